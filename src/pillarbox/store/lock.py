"""A lock between processes that serves them in turn.

SQLite's own waiting is a retry with growing pauses: whoever has just released the lock takes it
again, and others starve for up to a second. Here a process first takes the *gate*, then waits
with it for the *lock*, then leaves the gate. Who has just released the lock finds the gate taken
by the next in line, so nobody gets it twice while another waits.

Both are flock(2) on files, so the kernel frees them when a process dies, however it dies. They
belong to the open file: a process opens its own, after forking.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path


class FairLock:
    """Held by at most one thread of one process at a time. Not re-entrant.

    One object is for one thread: two threads take two objects.
    """

    def __init__(self, path: Path) -> None:
        """Open `path` and its neighbour ".turn"; made if they do not exist."""
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._lock = os.open(path, flags, 0o600)
        self._gate = os.open(path.with_name(path.name + ".turn"), flags, 0o600)

    def acquire(self) -> None:
        """Wait for our turn. As long as it takes: a holder that stands still stops everybody."""
        fcntl.flock(self._gate, fcntl.LOCK_EX)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX)
        finally:
            fcntl.flock(self._gate, fcntl.LOCK_UN)

    def release(self) -> None:
        """Let the next one in."""
        fcntl.flock(self._lock, fcntl.LOCK_UN)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock while inside."""
        self.acquire()
        try:
            yield
        finally:
            self.release()

    def close(self) -> None:
        """Close the files; what was held is free."""
        os.close(self._lock)
        os.close(self._gate)
