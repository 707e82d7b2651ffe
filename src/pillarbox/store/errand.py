"""Work of a writer's thread that the event loop's thread does for it.

Each SQL statement lets go of the interpreter, and a thread that wants it back from a busy event
loop waits, wakes, and throws the loop out in turn: twelve switches of threads for each message
filed, which cost as much as all else. The loop itself runs the same statements without any. So
the thread keeps what really waits (fsync, the lock between processes), and sends the rest over.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Final

PATIENCE_SECONDS: Final = 0.05
"""How long a loop may take to begin. A lock is held meanwhile: then the thread does it itself."""


def run_on(loop: asyncio.AbstractEventLoop, work: Callable[[], None]) -> None:
    """Run `work` once, on the loop's thread or on this one, and return when it is done.

    To be called from another thread than the loop's. work: must not raise, nor take long.
    """
    claim, done = threading.Lock(), threading.Lock()
    done.acquire()

    def there() -> None:
        if claim.acquire(blocking=False):
            try:
                work()
            finally:
                done.release()

    try:
        loop.call_soon_threadsafe(there)
    except RuntimeError:
        # The loop is closed.
        work()
        return
    if done.acquire(timeout=PATIENCE_SECONDS):
        return
    if claim.acquire(blocking=False):
        work()
        return
    done.acquire()
