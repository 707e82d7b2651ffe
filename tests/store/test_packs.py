"""store/packs.py: the blob store of one machine."""

import os

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pillarbox.base.errors import StorageFull, Unavailable
from pillarbox.store.blobs import BlobRef, BlobStore
from pillarbox.store.pack_read import Place
from pillarbox.store.packs import Packs
from pillarbox.store.record import OVERHEAD


@pytest.fixture
def packs(tmp_path):
    packs: BlobStore = Packs(tmp_path / "packs", pack_octets=20_000, step_octets=4000)
    packs.open()
    yield packs
    packs.close()


def test_what_is_put_is_there(packs):
    blobs = [b"", b"one", b"two" * 1000, b"\0" * 50]
    refs = packs.put(blobs)
    assert [packs.get(ref) for ref in refs] == blobs
    assert [BlobRef.parse(str(ref)) for ref in refs] == refs
    assert packs.put([]) == []


@settings(max_examples=20)
@given(st.lists(st.lists(st.binary(max_size=3000), max_size=5), max_size=8))
def test_all_of_many_are_there(tmp_path_factory, batches):
    folder = tmp_path_factory.mktemp("packs")
    kept: dict[BlobRef, bytes] = {}
    for batch in batches:
        packs = Packs(folder, pack_octets=5000, step_octets=1000)
        packs.open()
        for half in (batch[:2], batch[2:]):
            kept.update(zip(packs.put(half), half, strict=True))
        packs.close()
    reader = Packs(folder)
    for ref, blob in kept.items():
        assert reader.get(ref) == blob
    reader.close()


@settings(max_examples=30)
@example(durable=[b"\0"], lost=[b"", b"\0\0\0\0\0\0\0\1"], pages=[True] * 6, cut=97)
@given(
    durable=st.lists(st.binary(min_size=1, max_size=2000), min_size=1, max_size=4),
    lost=st.lists(st.binary(max_size=3000), min_size=1, max_size=3),
    pages=st.lists(st.booleans(), min_size=6, max_size=6),
    cut=st.integers(0, 9000),
)
def test_a_torn_write_harms_nothing_before_or_after_it(tmp_path_factory, durable, lost, pages, cut):
    """After a power cut any part of a write that was not durable may be on the disk."""
    folder = tmp_path_factory.mktemp("packs")
    packs = Packs(folder, pack_octets=50_000, step_octets=4000)
    packs.open()
    kept = dict(zip(packs.put(durable), durable, strict=True))
    [path] = folder.glob("*.pack")
    end = Place.of(list(kept)[-1])
    start = end.offset + end.stored + OVERHEAD
    packs.put(lost)
    packs.close()
    octets = bytearray(path.read_bytes())
    for number, written in enumerate(pages):
        at = start + number * 512
        if not written and at < len(octets):
            octets[at : at + 512] = bytes(min(512, len(octets) - at))
    path.write_bytes(octets[: start + cut] + bytes(3000))

    again = Packs(folder, pack_octets=50_000, step_octets=4000)
    again.open()
    after = again.put([b"after the power came back"])
    assert Place.of(after[0]).pack == end.pack, "the pack is taken over"
    for ref, blob in kept.items():
        assert again.get(ref) == blob
    assert again.get(after[0]) == b"after the power came back"
    assert set(again.reader.iter_refs(end.pack)) >= {*kept, *after}
    again.close()


def test_another_process_reads_what_is_being_written(packs):
    other = Packs(packs.folder)
    other.open()
    [ref] = packs.put([b"just now"])
    assert other.get(ref) == b"just now"
    other.close()


def test_a_blob_that_was_packed_before_is_the_same(packs):
    packed = packs.pack(b"once " * 100)
    assert packed.octets == 500
    refs = packs.put([packed, b"once " * 100])
    assert [packs.get(ref) for ref in refs] == [b"once " * 100] * 2


def test_the_folder_is_private(tmp_path):
    packs = Packs(tmp_path / "a" / "packs")
    packs.open()
    assert packs.folder.stat().st_mode & 0o777 == 0o700
    packs.open()
    packs.close()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "packs").touch()
    with pytest.raises(Unavailable):
        Packs(tmp_path / "packs").open()


def test_room_is_kept_for_the_database(tmp_path, monkeypatch):
    packs = Packs(tmp_path, reserve_octets=10**6)
    free = [2 * 10**6]
    real = os.statvfs(tmp_path)

    class Disk:
        f_frsize = 1

        @property
        def f_bavail(self):
            return free[0]

    assert real.f_bavail
    monkeypatch.setattr(os, "statvfs", lambda _: Disk())
    packs.put([b"x"])
    assert not packs.full
    free[0] = 999_999
    assert packs.full
    with pytest.raises(StorageFull):
        packs.put([b"x"])
    free[0] = 10**6
    packs.put([b"x"])
    assert not packs.broken
    packs.close()


def test_a_folder_that_is_gone_is_not_full(tmp_path):
    assert Packs(tmp_path / "nowhere").full is False
