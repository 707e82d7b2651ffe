"""store/lock.py: one at a time, in turn, and free when its holder dies."""

import fcntl
import os
import signal
import subprocess
import sys
import threading

import pytest

from pillarbox.store.lock import FairLock

HOLD = """
import sys
from pathlib import Path
from pillarbox.store.lock import FairLock
lock = FairLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


def test_one_at_a_time_and_everybody_in_turn(tmp_path):
    """Threads with their own files are to flock(2) what processes are."""
    path = tmp_path / "lock"
    turns: list[int] = []
    inside = []

    def work(number):
        lock = FairLock(path)
        start.wait()
        for _ in range(100):
            with lock.held():
                inside.append(number)
                assert inside == [number]
                turns.append(number)
                inside.clear()
        lock.close()

    start = threading.Barrier(3)
    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turns) == [0] * 100 + [1] * 100 + [2] * 100


def test_who_releases_does_not_get_it_again_before_who_waits(tmp_path):
    mine, other = FairLock(tmp_path / "lock"), FairLock(tmp_path / "lock")
    order = []
    mine.acquire()

    def wait():
        other.acquire()
        order.append("other")
        other.release()

    thread = threading.Thread(target=wait)
    thread.start()
    gate = FairLock(tmp_path / "lock")
    while not _taken(gate._gate):
        pass
    mine.release()
    mine.acquire()
    order.append("mine")
    mine.release()
    thread.join()
    assert order == ["other", "mine"]
    for lock in (mine, other, gate):
        lock.close()


def _taken(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_dead_holder_holds_nothing(tmp_path, how):
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        lock = FairLock(path)
        assert _taken(lock._lock)
        process.send_signal(how)
        process.wait()
    lock.acquire()
    lock.release()
    lock.close()


def test_it_is_not_inherited(tmp_path):
    lock = FairLock(tmp_path / "lock")
    assert not os.get_inheritable(lock._lock)
    assert not os.get_inheritable(lock._gate)
    lock.close()
