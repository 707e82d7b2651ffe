"""Hints between workers: "account 7 changed", "the queue has work".

Each worker of a host has a unix datagram socket; after a commit it tells the others,
and itself, in one small datagram per batch. Hints may be lost (a full buffer, a worker
that is starting): the truth is in the store, and whoever waits looks again on a slow
timer. So nothing here is retried and nothing here can block.
"""

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final

QUEUE: Final = 0  # the "account" that stands for the queue
_HINT: Final = struct.Struct("!q")
_MAX_HINTS: Final = 512  # per datagram


def hint(folder: Path, changed: Iterable[int]) -> None:
    """Tell all workers, from a process that is none: the command line after it wrote.

    Nothing happens where no server runs, or where another user's sockets may not be written.
    """
    datagram = b"".join([_HINT.pack(number) for number in changed][:_MAX_HINTS])
    if not datagram:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
        sock.setblocking(False)
        for path in folder.glob("worker-*.sock"):
            with contextlib.suppress(OSError):
                sock.sendto(datagram, str(path))


class Hub:
    """The hints of one worker. Use it on its event loop only."""

    def __init__(self, folder: Path, slot: int, slots: int) -> None:
        self._path = folder / f"worker-{slot}.{os.getpid()}.sock"
        self._folder = folder
        self._slots = slots
        self._waiting: dict[int, set[Callable[[], None]]] = {}
        self._watching: set[Callable[[int], None]] = set()
        self._pending: set[int] = set()
        self._loop = asyncio.get_running_loop()
        self._socket: socket.socket | None = None
        self._peers: list[str] = []
        self._peers_at = 0.0

    def open(self) -> None:
        """Start to listen. The folder must exist; sockets of dead workers are removed."""
        for stale in self._folder.glob("worker-*.sock"):
            pid = stale.name.split(".")[1]
            if not Path(f"/proc/{pid}").exists():
                stale.unlink(missing_ok=True)
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        sock.setblocking(False)
        self._path.unlink(missing_ok=True)
        sock.bind(str(self._path))
        self._socket = sock
        self._loop.add_reader(sock.fileno(), self._receive)

    def close(self) -> None:
        """Stop to listen, and remove the socket."""
        if self._socket is not None:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None
            self._path.unlink(missing_ok=True)

    @contextlib.contextmanager
    def subscribe(self, account_id: int, wake: Callable[[], None]) -> Iterator[None]:
        """Call `wake` for each hint about the account, while inside."""
        self._waiting.setdefault(account_id, set()).add(wake)
        try:
            yield
        finally:
            callbacks = self._waiting[account_id]
            callbacks.discard(wake)
            if not callbacks:
                del self._waiting[account_id]

    @contextlib.contextmanager
    def watch(self, wake: Callable[[int], None]) -> Iterator[None]:
        """Call `wake(account_id)` for each hint about any account (or QUEUE), while inside."""
        self._watching.add(wake)
        try:
            yield
        finally:
            self._watching.discard(wake)

    def changed(self, account_id: int) -> None:
        """Say, after a commit, that an account (or QUEUE) changed. Call on the loop."""
        if not self._pending:
            self._loop.call_soon(self._flush)
        self._pending.add(account_id)

    def changed_from_thread(self, account_id: int) -> None:
        """Do the same from any other thread."""
        self._loop.call_soon_threadsafe(self.changed, account_id)

    def _flush(self) -> None:
        hints, self._pending = self._pending, set()
        for account_id in hints:
            self._wake(account_id)
        if self._slots < 2 or self._socket is None:
            return
        packed = [_HINT.pack(hint) for hint in hints]
        for start in range(0, len(packed), _MAX_HINTS):
            datagram = b"".join(packed[start : start + _MAX_HINTS])
            for path in self._others():
                with contextlib.suppress(OSError):
                    self._socket.sendto(datagram, path)

    def _others(self) -> list[str]:
        """Return the sockets of the other workers, looked up at most once a second."""
        now = self._loop.time()
        if now - self._peers_at > 1.0:
            self._peers_at = now
            mine = str(self._path)
            self._peers = [p for f in self._folder.glob("worker-*.sock") if (p := str(f)) != mine]
        return self._peers

    def _receive(self) -> None:
        assert self._socket is not None
        for _ in range(64):
            try:
                data = self._socket.recv(_MAX_HINTS * _HINT.size)
            except OSError:
                return
            for (account_id,) in _HINT.iter_unpack(data[: len(data) // 8 * 8]):
                self._wake(account_id)

    def _wake(self, account_id: int) -> None:
        for wake in tuple(self._waiting.get(account_id, ())):
            wake()
        for watcher in tuple(self._watching):
            watcher(account_id)
