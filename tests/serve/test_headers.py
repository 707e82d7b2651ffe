"""serve/imap/headers.py: each header is read once, and what is kept has a limit."""

import threading

import pytest

from pillarbox.base.errors import Corrupt
from pillarbox.serve.imap.headers import MAX_HEADER_OCTETS, Headers


class Blobs:
    """Blobs `0/1/2/n`, each n times "h". asked: what was read, in order."""

    def __init__(self):
        self.asked = []

    def read(self, ref, start, stop):
        self.asked.append((str(ref), start, stop))
        return b"h" * min(int(ref.rpartition("/")[2]), stop)


def test_a_header_is_read_once():
    blobs = Blobs()
    headers = Headers(blobs.read)
    assert headers.get("0/1/2/9", 5) == headers.get("0/1/2/9", 5) == b"hhhhh"
    assert blobs.asked == [("0/1/2/9", 0, 5)]


def test_what_was_asked_for_last_is_kept_within_the_limit():
    blobs = Blobs()
    headers = Headers(blobs.read, 5000)
    for number in (1000, 1001, 1002, 1000, 1003, 1004, 1005):
        headers.get(f"0/1/2/{number}", 9999)
        assert headers.octets <= 5000
    blobs.asked.clear()
    for number in (1000, 1005):
        headers.get(f"0/1/2/{number}", 9999)
    assert blobs.asked == []
    headers.get("0/1/2/1001", 9999)
    assert len(blobs.asked) == 1


def test_a_huge_header_is_not_kept():
    headers = Headers(Blobs().read)
    headers.get("0/1/2/9999999", MAX_HEADER_OCTETS + 1)
    assert headers.octets == 0


def test_what_is_no_ref_is_refused():
    with pytest.raises(Corrupt):
        Headers(Blobs().read).get("../etc/passwd", 5)


def test_many_threads_at_once():
    headers = Headers(Blobs().read, 20_000)
    wrong = []

    def work(seed):
        for step in range(2000):
            size = 100 + (step * seed) % 50
            if headers.get(f"0/1/2/{size}", 9999) != b"h" * size:
                wrong.append(size)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in (3, 5, 7, 11)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert 0 < headers.octets <= 20_000
