"""store/pack_read.py: whole blobs, parts of them, and damage."""

import os
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import Corrupt, NotFound, Unavailable
from pillarbox.store import pack_read, record
from pillarbox.store.blobs import BlobRef
from pillarbox.store.pack_read import PackReader, Place
from pillarbox.store.packs import Packs

from .test_record import Keys, pseudo_random

SMALL = b"Hello, world. " * 300
NOISE = pseudo_random(5000)
LARGE = pseudo_random(1_500_000)
TEXT = b"a large text " * 200_000


@pytest.fixture(scope="module", params=[None, Keys()], ids=["plain", "sealed"])
def stored(request, tmp_path_factory):
    """A reader, and refs of the blobs above."""
    packs = Packs(tmp_path_factory.mktemp("packs"), keyring=request.param)
    packs.open()
    refs = dict(
        zip((SMALL, NOISE, LARGE, TEXT), packs.put([SMALL, NOISE, LARGE, TEXT]), strict=True)
    )
    yield packs.reader, refs
    packs.close()


def test_whole_blobs(stored):
    reader, refs = stored
    for blob, ref in refs.items():
        assert reader.get(ref) == blob
        assert reader.check(ref) == len(blob)


@given(st.data())
def test_any_part_is_that_part(stored, data):
    reader, refs = stored
    blob = data.draw(st.sampled_from([SMALL, NOISE, LARGE, TEXT]))
    start = data.draw(st.integers(0, len(blob) + 10))
    stop = data.draw(st.none() | st.integers(0, len(blob) + 10))
    assert reader.get(refs[blob], start, stop) == blob[start:stop]


EDGES = [0, 1, (1 << 18) - 1, 1 << 18, (1 << 18) + 1, 2 << 18, 1_499_999, 1_500_000, 2_000_000]


@pytest.mark.parametrize("start", EDGES)
def test_parts_at_the_edges_of_frames(stored, start):
    reader, refs = stored
    for stop in EDGES:
        assert reader.get(refs[LARGE], start, stop) == LARGE[start:stop]


def test_a_part_of_a_large_blob_reads_little(stored, monkeypatch):
    reader, refs = stored
    octets = []
    real = os.pread

    def count(file, size, offset):
        data = real(file, size, offset)
        octets.append(len(data))
        return data

    monkeypatch.setattr(os, "pread", count)
    reader.get(refs[LARGE], 700_000, 700_100)
    assert len(octets) == 2
    assert sum(octets) < 64 * 1024 + (1 << 18) + 1000


def test_small_blobs_come_without_waiting(stored):
    reader, refs = stored
    found = reader.get_cached(refs[SMALL], 7, 12)
    if reader._can_ask_cache:
        assert found == b"world"
    assert reader.get_cached(refs[LARGE], 0, 10) is None, "large ones are for threads"


@pytest.mark.parametrize("error", [BlockingIOError(), OSError(95, "not here")])
def test_what_is_not_in_memory_is_read_in_a_thread(stored, monkeypatch, error):
    reader, refs = stored

    def refuse(*_):
        raise error

    monkeypatch.setattr(os, "preadv", refuse)
    monkeypatch.setattr(reader, "_can_ask_cache", True)
    assert reader.get_cached(refs[SMALL]) is None
    monkeypatch.undo()
    assert reader.get(refs[SMALL]) == SMALL


def test_a_half_answer_from_memory_is_none(stored, monkeypatch):
    reader, refs = stored
    monkeypatch.setattr(os, "preadv", lambda *_: 10)
    monkeypatch.setattr(reader, "_can_ask_cache", True)
    assert reader.get_cached(refs[SMALL]) is None


def fresh(folder, *blobs):
    packs = Packs(folder)
    packs.open()
    refs = packs.put(blobs)
    packs.close()
    return packs.reader, refs


BAD = [
    "x",
    "test/1",
    "aaaaaaaaaaaaa/1/2",
    "aaaaaaaaaaaaa/1/2/3/4",
    "aaaaaaaaaaaaa/-1/2/3",
    "aaaaaaaaaaaaa/1/2/x",
    "../../../etc/passwd/0/1/1",
    "AAAAAAAAAAAAA/1/2/3",
]


@pytest.mark.parametrize("text", BAD)
def test_what_is_not_a_ref_of_ours(tmp_path, text):
    reader = PackReader(tmp_path)
    for read in (reader.get, reader.get_cached, reader.check):
        with pytest.raises(Corrupt):
            read(BlobRef(text))


def test_a_pack_that_is_not_there(tmp_path):
    reader = PackReader(tmp_path)
    with pytest.raises(NotFound):
        reader.get(BlobRef("aaaaaaaaaaaaa/0/10/10"))


@pytest.mark.parametrize(
    "change",
    [(1, 0, 0), (0, 1, 0), (0, 0, 1), (10**9, 0, 0), (10**30, 0, 0), (0, 10**6, 0), (0, 0, 2**21)],
)
def test_a_ref_that_is_a_little_wrong(tmp_path, change):
    reader, [_, ref] = fresh(tmp_path, NOISE, NOISE)
    place = Place.of(ref)
    wrong = Place(
        place.pack, place.offset + change[0], place.stored + change[1], place.octets + change[2]
    ).ref
    with pytest.raises((Corrupt, Unavailable)):
        reader.get(wrong)


@pytest.fixture(scope="module")
def damaged(tmp_path_factory):
    """A reader of a pack with one record, a ref to it, and the file, to do damage."""
    folder = tmp_path_factory.mktemp("packs")
    reader, [ref] = fresh(folder, NOISE)
    [path] = folder.glob("*.pack")
    with path.open("r+b", buffering=0) as file:
        yield reader, ref, file.fileno()
    reader.close()


@given(st.integers(0, 5000 + record.HEADER_OCTETS - 1), st.integers(1, 255))
def test_damage_is_noticed(damaged, place, flip):
    reader, ref, file = damaged
    before = os.pread(file, 1, place)
    os.pwrite(file, bytes([before[0] ^ flip]), place)
    with pytest.raises(Corrupt):
        reader.get(ref)
    os.pwrite(file, before, place)
    assert reader.get(ref) == NOISE


def test_a_pack_cut_short_is_noticed(tmp_path):
    reader, refs = fresh(tmp_path, SMALL, LARGE)
    [path] = tmp_path.glob("*.pack")
    os.truncate(path, path.stat().st_size - 200_000)
    assert reader.get(refs[0]) == SMALL
    assert reader.get(refs[1], 0, 1000) == LARGE[:1000], "what is there is there"
    with pytest.raises(Corrupt):
        reader.get(refs[1])


def test_the_records_of_a_pack(tmp_path):
    reader, refs = fresh(tmp_path, SMALL, b"", LARGE, NOISE)
    assert list(reader.iter_refs(Place.of(refs[0]).pack)) == refs


def test_records_behind_damage_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(pack_read, "_CHUNK", 1000)
    reader, refs = fresh(tmp_path, SMALL, NOISE, LARGE, NOISE)
    [path] = tmp_path.glob("*.pack")
    octets = bytearray(path.read_bytes())
    octets[Place.of(refs[1]).offset + 10] ^= 1
    path.write_bytes(octets + b"\0" * 3000 + record.MAGIC + b"nothing")
    assert list(reader.iter_refs(path.stem)) == [refs[0], *refs[2:]]
    os.truncate(path, Place.of(refs[3]).offset + 1000)
    assert list(reader.iter_refs(path.stem)) == [refs[0], refs[2]], "not one that is cut"


def test_a_torn_record_does_not_hide_the_next(tmp_path):
    reader, refs = fresh(tmp_path, SMALL, NOISE)
    [path] = tmp_path.glob("*.pack")
    place = Place.of(refs[1])
    octets = path.read_bytes()
    whole = octets[place.offset :]
    # The head of a record, and another behind it, where the first should go on.
    path.write_bytes(octets[: place.offset + 500] + whole)
    after = Place(place.pack, place.offset + 500, place.stored, place.octets).ref
    assert list(reader.iter_refs(place.pack)) == [refs[0], after]
    assert reader.get(after) == NOISE


def test_few_files_are_open_and_none_that_was_deleted(tmp_path, monkeypatch):
    monkeypatch.setattr(pack_read, "OPEN_FILES", 3)
    refs = []
    for number in range(6):
        (tmp_path / str(number)).mkdir()
        _, [ref] = fresh(tmp_path / str(number), b"%d" % number)
        (tmp_path / str(number) / f"{Place.of(ref).pack}.pack").rename(
            tmp_path / f"{Place.of(ref).pack}.pack"
        )
        refs.append(ref)
    reader = PackReader(tmp_path)
    for _ in range(2):
        for number, ref in enumerate(refs):
            assert reader.get(ref) == b"%d" % number
            assert len(reader._files) <= 3
    (tmp_path / f"{Place.of(refs[5]).pack}.pack").unlink()
    assert reader.get(refs[5]) == b"5", "who has it open can still read it"
    reader.get(refs[0])
    with pytest.raises(NotFound):
        reader.get(refs[5])
    reader.forget(Place.of(refs[0]).pack)
    reader.close()
    assert reader.get(refs[1]) == b"1"
    reader.close()


def test_many_threads_read_while_files_are_closed(tmp_path, monkeypatch):
    monkeypatch.setattr(pack_read, "OPEN_FILES", 1)
    reader, [ref] = fresh(tmp_path / "a", LARGE)
    [path] = (tmp_path / "a").glob("*.pack")
    (tmp_path / "a" / "bbbbbbbbbbbbb.pack").write_bytes(path.read_bytes())
    other = BlobRef("bbbbbbbbbbbbb" + ref[13:])
    found: list[bytes] = []

    def read():
        for _ in range(20):
            found.extend(reader.get(one, 700_000, 700_010) for one in (ref, other))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [LARGE[700_000:700_010]] * 160
    reader.close()


def test_a_disk_that_cannot_be_read(tmp_path, monkeypatch):
    reader, [ref] = fresh(tmp_path, SMALL)

    def fail(*_):
        raise OSError(5, "input/output error")

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(Unavailable):
        reader.get(ref)
