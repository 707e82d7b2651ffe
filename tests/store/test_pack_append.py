"""store/pack_append.py: append, rotate, adopt, and what a failing disk does."""

import errno
import fcntl
import os

import pytest

from pillarbox.base.errors import StorageFull, Unavailable
from pillarbox.store import pack_append
from pillarbox.store.pack_append import Appender, lock_pack, pack_files, trim, write_all

PACK, STEP = 10_000, 4_000


def rec(text, octets=100):
    return (text * octets)[: octets - 1] + b"\xe1"


def appender(folder, **options):
    return Appender(folder, **{"pack_octets": PACK, "step_octets": STEP, **options})


def read(folder, name, offset, octets):
    return (folder / f"{name}.pack").read_bytes()[offset : offset + octets]


def names(folder):
    return [name for name, _ in pack_files(folder)]


def test_records_are_where_it_says(tmp_path):
    pack = appender(tmp_path)
    records = [rec(b"a", 10), rec(b"b", 1), rec(b"c", 500)]
    name, offsets = pack.append(records)
    assert offsets == [0, 10, 11]
    again, more = pack.append([rec(b"d")])
    assert (again, more) == (name, [511])
    for offset, record in zip([*offsets, *more], [*records, rec(b"d")], strict=True):
        assert read(tmp_path, name, offset, len(record)) == record
    pack.close()


def test_room_is_allocated_in_steps_and_cut_at_the_end(tmp_path):
    pack = appender(tmp_path)
    name, _ = pack.append([rec(b"a")])
    path = tmp_path / f"{name}.pack"
    assert path.stat().st_size == STEP
    pack.append([rec(b"b", STEP)])
    assert path.stat().st_size == 2 * STEP
    pack.close()
    assert path.stat().st_size == 100 + STEP
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_full_pack_is_followed_by_another(tmp_path):
    pack = appender(tmp_path)
    first, _ = pack.append([rec(b"a", 6000)])
    second, offsets = pack.append([rec(b"b", 6000)])
    assert second != first
    assert offsets == [0]
    assert read(tmp_path, first, 0, 99999) == rec(b"a", 6000)
    pack.close()


def test_a_batch_larger_than_a_pack_gets_its_own(tmp_path):
    pack = appender(tmp_path)
    first, _ = pack.append([rec(b"a")])
    second, _ = pack.append([rec(b"b", 3 * PACK)])
    third, _ = pack.append([rec(b"c")])
    assert second != first
    assert third == first, "there is room in it"
    pack.close()


def test_the_next_process_goes_on_with_the_pack(tmp_path):
    one = appender(tmp_path)
    name, _ = one.append([rec(b"a")])
    one.close()
    two = appender(tmp_path)
    assert two.append([rec(b"b")]) == (name, [100])
    two.close()
    assert read(tmp_path, name, 0, 999) == rec(b"a") + rec(b"b")


def test_two_processes_do_not_share_a_pack(tmp_path):
    one, two = appender(tmp_path), appender(tmp_path)
    first, _ = one.append([rec(b"a")])
    second, _ = two.append([rec(b"b")])
    assert first != second
    one.close()
    two.close()


@pytest.mark.parametrize("dies", [False, True])
def test_a_new_pack_that_another_process_finds_first_is_that_ones(tmp_path, monkeypatch, dies):
    first, second = appender(tmp_path), appender(tmp_path)
    real = fcntl.flock
    acknowledged: list[tuple[str, list[int]]] = []
    looked: list[int] = []

    def late(file, how):
        # Between making a file and locking it, the other process looks for a pack.
        if not looked:
            looked.append(file)
            acknowledged.append(second.append([rec(b"b")]))
            if dies:
                second.close()
        return real(file, how)

    monkeypatch.setattr(fcntl, "flock", late)
    mine, offsets = first.append([rec(b"a")])
    ((theirs, their_offsets),) = acknowledged
    assert read(tmp_path, theirs, their_offsets[0], 100) == rec(b"b")
    assert read(tmp_path, mine, offsets[0], 100) == rec(b"a")
    assert (mine == theirs) is dies


def test_when_every_new_pack_is_taken_it_says_so(tmp_path, monkeypatch):
    def taken(file, how):
        raise BlockingIOError(errno.EAGAIN, "taken")

    monkeypatch.setattr(fcntl, "flock", taken)
    pack = appender(tmp_path)
    with pytest.raises(Unavailable):
        pack.append([rec(b"a")])
    assert pack.broken is None


def test_what_a_dead_process_left_is_not_written_over(tmp_path):
    dead = appender(tmp_path)
    name, _ = dead.append([rec(b"a")])
    torn = b"\0" * 50 + b"part of a record that was never durable" + b"\0" * 7
    os.pwrite(dead._file, torn, 100)
    os.close(dead._file)
    dead._file = -1
    path = tmp_path / f"{name}.pack"
    assert path.stat().st_size == STEP
    pack = appender(tmp_path)
    end = 100 + len(torn.rstrip(b"\0"))
    assert pack.append([rec(b"b")]) == (name, [end])
    assert path.read_bytes().startswith(rec(b"a") + torn.rstrip(b"\0") + rec(b"b"))
    pack.close()


def test_a_full_or_dead_pack_is_not_adopted(tmp_path):
    one = appender(tmp_path)
    full, _ = one.append([rec(b"a", PACK - 50)])
    one.close()
    two = appender(tmp_path)
    dead, _ = two.append([rec(b"b")])
    two.close()
    (tmp_path / f"{dead}.dead").touch()
    (tmp_path / "notes.pack").touch()
    (tmp_path / "notes.txt").touch()
    three = appender(tmp_path)
    name, _ = three.append([rec(b"c")])
    assert name not in {full, dead, "notes"}
    three.close()


def test_a_pack_deleted_while_it_was_opened_is_not_locked(tmp_path, monkeypatch):
    path = tmp_path / "a.pack"
    path.touch()
    real = os.open

    def open_and_lose(name, *args):
        file = real(name, *args)
        path.unlink()
        return file

    monkeypatch.setattr(os, "open", open_and_lose)
    with pytest.raises(FileNotFoundError):
        lock_pack(path)


@pytest.mark.parametrize("zeros", [0, 1, 5000, 3 * 1024 * 1024])
@pytest.mark.parametrize("octets", [b"", b"x", b"\0\0x", b"x" * 2_000_000])
def test_trim_cuts_zeros_and_nothing_else(tmp_path, octets, zeros):
    path = tmp_path / "a.pack"
    path.write_bytes(octets + b"\0" * zeros)
    with path.open("r+b") as file:
        assert trim(file.fileno()) == len(octets)
    assert path.read_bytes() == octets


@pytest.mark.parametrize("most", [1, 7, 1000])
def test_writing_goes_on_after_short_writes(tmp_path, monkeypatch, most):
    real = os.pwritev

    def short(file, buffers, offset):
        return real(file, [b"".join(buffers)[:most]], offset)

    monkeypatch.setattr(os, "pwritev", short)
    buffers = [b"one", b"", b"two" * 50, b"three"]
    with (tmp_path / "a").open("wb") as file:
        write_all(file.fileno(), buffers, 5)
    assert (tmp_path / "a").read_bytes() == b"\0" * 5 + b"".join(buffers)


def test_many_small_records_at_once(tmp_path):
    pack = appender(tmp_path, pack_octets=10**6)
    records = [rec(b"%d " % number, 20) for number in range(2000)]
    name, offsets = pack.append(records)
    assert offsets == list(range(0, 40_000, 20))
    assert read(tmp_path, name, 0, 40_000) == b"".join(records)
    pack.close()


def fail_with(monkeypatch, function, number, times=1):
    """Make a function of `os` fail some times."""
    real = getattr(os, function)
    left = [times]

    def fail(*args):
        if left[0]:
            left[0] -= 1
            raise OSError(number, os.strerror(number))
        return real(*args)

    monkeypatch.setattr(os, function, fail)


@pytest.mark.parametrize("function", ["pwritev", "posix_fallocate", "open"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_passes(tmp_path, monkeypatch, function, number):
    pack = appender(tmp_path)
    first, _ = pack.append([rec(b"a", 9000)])
    fail_with(monkeypatch, function, number)
    with pytest.raises(StorageFull):
        pack.append([rec(b"b", 9000)])
    name, offsets = pack.append([rec(b"c", 9000)])
    assert read(tmp_path, name, offsets[0], 9000) == rec(b"c", 9000)
    assert read(tmp_path, first, 0, 9000) == rec(b"a", 9000)
    assert pack.broken is None
    pack.close()


def test_a_write_that_failed_half_way_is_written_over(tmp_path, monkeypatch):
    pack = appender(tmp_path)
    name, _ = pack.append([rec(b"a")])
    real = os.pwritev

    def half(file, buffers, offset):
        real(file, [buffers[0][:50]], offset)
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(os, "pwritev", half)
    with pytest.raises(StorageFull):
        pack.append([rec(b"b")])
    monkeypatch.setattr(os, "pwritev", real)
    assert (tmp_path / f"{name}.pack").stat().st_size == 100, "the room is given back"
    assert pack.append([rec(b"c")]) == (name, [100])
    pack.close()
    assert read(tmp_path, name, 0, 999) == rec(b"a") + rec(b"c")


def test_without_room_for_a_step_what_is_needed_will_do(tmp_path, monkeypatch):
    pack = appender(tmp_path)
    fail_with(monkeypatch, "posix_fallocate", errno.ENOSPC)
    name, _ = pack.append([rec(b"a")])
    assert (tmp_path / f"{name}.pack").stat().st_size == 100
    pack.close()


def test_a_file_system_that_cannot_allocate_will_do(tmp_path, monkeypatch):
    pack = appender(tmp_path)
    fail_with(monkeypatch, "posix_fallocate", errno.EOPNOTSUPP, times=99)
    name, _ = pack.append([rec(b"a")])
    assert pack.append([rec(b"b")]) == (name, [100])
    pack.close()
    assert read(tmp_path, name, 0, 999) == rec(b"a") + rec(b"b")


def test_too_many_open_files_pass(tmp_path, monkeypatch):
    pack = appender(tmp_path)
    fail_with(monkeypatch, "open", errno.EMFILE)
    with pytest.raises(Unavailable):
        pack.append([rec(b"a")])
    pack.append([rec(b"a")])
    assert pack.broken is None
    pack.close()


@pytest.mark.parametrize("function", ["pwritev", "posix_fallocate", "open", "fsync"])
def test_a_disk_error_ends_all_writing(tmp_path, monkeypatch, function):
    pack = appender(tmp_path)
    fail_with(monkeypatch, function, errno.EIO)
    for _ in range(2):
        with pytest.raises(Unavailable):
            pack.append([rec(b"a")])
    assert pack.broken is not None
    pack.close()


def test_after_a_failed_sync_nobody_is_told_that_all_is_well(tmp_path):
    results = [None, OSError(errno.EIO, "the disk is gone"), None]

    def sync(_):
        result = results.pop(0)
        if result:
            raise result

    pack = appender(tmp_path, sync=sync)
    pack.append([rec(b"a")])
    for _ in range(2):
        with pytest.raises(Unavailable):
            pack.append([rec(b"b")])
    pack.close()


def test_a_write_of_nothing_is_an_error(monkeypatch):
    monkeypatch.setattr(os, "pwritev", lambda *_: 0)
    with pytest.raises(OSError, match="nothing"):
        write_all(0, [b"x"], 0)


def test_names_are_names(tmp_path):
    pack = appender(tmp_path)
    name, _ = pack.append([rec(b"a")])
    assert pack_append.NAME.fullmatch(name)
    assert names(tmp_path) == [name]
    pack.close()
