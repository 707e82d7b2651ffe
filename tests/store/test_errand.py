"""store/errand.py: work goes to the loop's thread, and is done once whatever the loop does."""

import asyncio
import threading

import pytest

from pillarbox.store import errand
from pillarbox.store.errand import run_on


@pytest.fixture
def done():
    """Where the work notes its thread."""
    return []


async def send(loop, done, release=None):
    """Run the errand from another thread, and wait for it."""

    def work():
        done.append(threading.get_ident())
        if release is not None:
            release.set()

    await asyncio.to_thread(run_on, loop, work)


async def test_a_loop_that_has_time_does_it(done):
    await send(asyncio.get_running_loop(), done)
    assert done == [threading.get_ident()]


def test_a_busy_loop_does_not_hold_it_up(done):
    release = threading.Event()

    async def busy():
        errands = asyncio.ensure_future(send(asyncio.get_running_loop(), done, release))
        await asyncio.sleep(0)
        assert release.wait(10)  # The loop stands still until somebody else has done it.
        await errands

    asyncio.run(busy())
    assert len(done) == 1
    assert done != [threading.get_ident()]


def test_a_closed_loop_is_no_loop(done):
    loop = asyncio.new_event_loop()
    loop.close()
    run_on(loop, lambda: done.append(threading.get_ident()))
    assert done == [threading.get_ident()]


def test_work_that_has_begun_is_waited_for(done, monkeypatch):
    monkeypatch.setattr(errand, "PATIENCE_SECONDS", 0.001)
    begun, finish = threading.Event(), threading.Event()

    def work():
        begun.set()
        assert finish.wait(10)
        done.append(threading.get_ident())

    loop = asyncio.new_event_loop()
    turns = threading.Thread(target=loop.run_forever)
    sender = threading.Thread(target=run_on, args=(loop, work))
    turns.start()
    sender.start()
    assert begun.wait(10)
    sender.join(0.05)
    assert sender.is_alive()
    finish.set()
    sender.join(10)
    loop.call_soon_threadsafe(loop.stop)
    turns.join(10)
    loop.close()
    assert len(done) == 1
