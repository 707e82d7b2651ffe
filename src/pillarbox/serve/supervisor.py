"""The process that owns the ports and keeps the workers alive.

It binds every port, gives up root, forks N identical workers and waits. A worker that
dies is started again, with a growing pause if it dies young. SIGTERM and SIGINT stop
everything gracefully; SIGHUP asks `reload` for a new worker function (new settings) and
replaces the workers one by one: each new one serves before its predecessor stops.

It runs no event loop and no thread, so forking is safe, and the modules it has imported
are shared with the workers by copy on write. If it is killed, the workers see their
pipe close and stop by themselves.
"""

import contextlib
import gc
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError
from pillarbox.base.metrics import RESTARTS
from pillarbox.serve.listener import Endpoint

log = structlog.get_logger()

STOP_SECONDS: Final = 20.0
YOUNG_SECONDS: Final = 5.0
PAUSE_SECONDS: Final = (0.0, 0.2, 0.5, 1.0, 2.0, 5.0)
_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)


@dataclass(frozen=True, slots=True)
class Seat:
    """What a worker gets: its number, its sockets, and its ties to the supervisor.

    alive: a file descriptor that becomes readable when the supervisor is gone.
    ready: call it once, when the worker serves.
    """

    slot: int
    slots: int
    sockets: Sequence[tuple[Endpoint, socket.socket]]
    alive: int
    ready: Callable[[], None]


WorkerMain = Callable[[Seat], int]


@dataclass(slots=True)
class _Child:
    pid: int
    slot: int
    started: float
    ready_fd: int
    ready: bool = False
    leaving: bool = False


@dataclass(slots=True)
class Supervisor:
    """One run of the server. `run` returns the exit code."""

    ports: Sequence[tuple[Endpoint, Sequence[socket.socket]]]
    slots: int
    clock: Clock
    work: WorkerMain
    reload: Callable[[], WorkerMain]
    on_ready: Callable[[], None]
    _children: dict[int, _Child] = field(default_factory=dict)
    _deaths: dict[int, int] = field(default_factory=dict)
    _due: dict[int, float] = field(default_factory=dict)
    _announced: bool = False
    _alive: tuple[int, int] = (-1, -1)

    def run(self) -> int:
        """Serve until told to stop. Returns 0, or 1 if no worker could start."""
        self._alive = os.pipe()
        wake_r, wake_w = os.pipe()
        for fd in (wake_r, wake_w):
            os.set_blocking(fd, False)
        old_wake = signal.set_wakeup_fd(wake_w, warn_on_full_buffer=False)
        old = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
        gc.collect()
        gc.freeze()
        try:
            for slot in range(self.slots):
                self._start(slot)
            return self._loop(wake_r)
        finally:
            signal.set_wakeup_fd(old_wake)
            for number, handler in old.items():
                signal.signal(number, handler)
            for fd in (wake_r, wake_w, *self._alive):
                os.close(fd)

    def _loop(self, wake: int) -> int:
        while True:
            fds = [wake, *(c.ready_fd for c in self._children.values() if not c.ready)]
            readable, _, _ = select.select(fds, [], [], self._patience())
            self._note_ready(readable)
            numbers = _drain(wake) if wake in readable else b""
            failed = self._reap()
            if signal.SIGTERM in numbers or signal.SIGINT in numbers:
                self._stop_all(wake)
                return 0
            if failed:
                self._stop_all(wake)
                return 1
            if signal.SIGHUP in numbers:
                self._replace_all()
            now = self.clock.monotonic()
            for slot in [s for s, due in self._due.items() if due <= now]:
                del self._due[slot]
                RESTARTS.add()
                self._start(slot)

    def _patience(self) -> float | None:
        if not self._due:
            return None
        return max(0.0, min(self._due.values()) - self.clock.monotonic())

    def _start(self, slot: int) -> None:
        ready_r, ready_w = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            os._exit(self._child(slot, ready_r, ready_w))
        os.close(ready_w)
        self._children[pid] = _Child(pid, slot, self.clock.monotonic(), ready_r)

    def _child(self, slot: int, ready_r: int, ready_w: int) -> int:
        """Be the worker: never returns to the supervisor's code."""
        try:
            signal.set_wakeup_fd(-1)
            for number in _SIGNALS:
                signal.signal(number, signal.SIG_DFL)
            # The terminal's Ctrl-C is the supervisor's to handle.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os.close(ready_r)
            os.close(self._alive[1])
            for child in self._children.values():
                if not child.ready:
                    os.close(child.ready_fd)

            def ready() -> None:
                os.write(ready_w, b"R")
                os.close(ready_w)

            mine = [(endpoint, sockets[slot]) for endpoint, sockets in self.ports]
            return self.work(Seat(slot, self.slots, mine, self._alive[0], ready))
        except BaseException:
            log.exception("worker.crashed", slot=slot)
            return 70
        finally:
            sys.stdout.flush()
            sys.stderr.flush()

    def _note_ready(self, readable: Sequence[int]) -> None:
        for child in self._children.values():
            if child.ready or child.ready_fd not in readable:
                continue
            if os.read(child.ready_fd, 1) == b"R":
                os.close(child.ready_fd)
                child.ready = True
                self._retire(child)
        serving = {c.slot for c in self._children.values() if c.ready and not c.leaving}
        if not self._announced and len(serving) == self.slots:
            self._announced = True
            self.on_ready()

    def _retire(self, new: _Child) -> None:
        """Stop the predecessor of a worker that now serves."""
        for child in self._children.values():
            if child.slot == new.slot and child.pid != new.pid and not child.leaving:
                child.leaving = True
                os.kill(child.pid, signal.SIGTERM)

    def _reap(self) -> bool:
        """Bury dead workers, plan their successors. True if the first start failed."""
        failed = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return failed
            if pid == 0:
                return failed
            child = self._children.pop(pid, None)
            if child is None:
                continue
            if not child.ready:
                os.close(child.ready_fd)
            if child.leaving or any(c.slot == child.slot for c in self._children.values()):
                continue
            now = self.clock.monotonic()
            code = os.waitstatus_to_exitcode(status)
            if not self._announced and not child.ready:
                log.error("worker.cannot_start", slot=child.slot, code=code)
                failed = True
                continue
            young = now - child.started < YOUNG_SECONDS
            deaths = self._deaths[child.slot] = self._deaths.get(child.slot, 0) + 1 if young else 0
            pause = PAUSE_SECONDS[min(deaths, len(PAUSE_SECONDS) - 1)]
            log.error("worker.died", slot=child.slot, pid=pid, code=code, restart_seconds=pause)
            self._due[child.slot] = now + pause

    def _replace_all(self) -> None:
        try:
            self.work = self.reload()
        except MailError as exc:  # the old settings go on: a typo must not stop the mail
            log.error("reload.refused", reason=str(exc))  # noqa: TRY400
            return
        log.info("reload.started")
        for slot in range(self.slots):
            self._start(slot)

    def _stop_all(self, wake: int) -> None:
        for child in self._children.values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGTERM)
        end = self.clock.monotonic() + STOP_SECONDS
        while self._children and (left := end - self.clock.monotonic()) > 0:
            self._due.clear()
            self._reap_stopped()
            if self._children:
                select.select([wake], [], [], min(left, 0.2))
                _drain(wake)
        for child in self._children.values():
            log.error("worker.killed", slot=child.slot, pid=child.pid)
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
        for pid in list(self._children):
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)

    def _reap_stopped(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                self._children.pop(pid, None)


def _drain(fd: int) -> bytes:
    try:
        return os.read(fd, 4096)
    except BlockingIOError:
        return b""
