"""store/record.py: what goes in comes out, and nothing else does."""

import contextlib
import dataclasses
import hashlib
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import Corrupt, NotFound, TooLarge
from pillarbox.store import record
from pillarbox.store.record import Codec, Header, parse_header


class Keys:
    """A keyring of constant keys; writes with the number it was made with."""

    def __init__(self, number=1):
        self.number = number

    def current(self):
        return (self.number, self.get(self.number)) if self.number else None

    def get(self, number):
        if number > 3:
            raise NotFound(f"key {number}")
        return bytes([number]) * 32


PLAIN, SEALED = Codec(), Codec(Keys())
CODECS = [pytest.param(PLAIN, id="plain"), pytest.param(SEALED, id="sealed")]


def split(octets):
    header = parse_header(octets)
    assert header is not None
    assert len(octets) == header.total
    assert octets.endswith(record.END)
    return header, octets[record.HEADER_OCTETS : -1]


def pseudo_random(octets):
    return b"".join(hash_(number) for number in range(octets // 64 + 1))[:octets]


def hash_(number):
    return hashlib.blake2b(number.to_bytes(8, "big")).digest()


BLOBS = [
    ("empty", b"", record.RAW),
    ("one octet", b"\0", record.RAW),
    ("too small to pack", b"a" * 100, record.RAW),
    ("text", b"Hello, world. " * 100, record.ZSTD),
    ("noise", pseudo_random(5000), record.RAW),
    ("largest in one piece", b"text " * (record.WHOLE_OCTETS // 5), record.ZSTD),
    ("large", b"text " * (record.WHOLE_OCTETS // 5 + 1), record.FRAMES),
    ("large noise", pseudo_random(record.WHOLE_OCTETS + 300_000), record.FRAMES),
    ("whole frames", b"frame " * (1 << record.FRAME_BITS), record.FRAMES),
]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(("blob", "expected"), [b[1:] for b in BLOBS], ids=[b[0] for b in BLOBS])
def test_round_trip(codec, blob, expected):
    header, data = split(codec.encode(blob))
    assert header.codec == expected
    assert header.octets == len(blob)
    assert bool(header.flags & record.SEALED) == (codec is SEALED)
    assert codec.decode(header, data) == blob
    codec.check(header, data)


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("blob", [b"", b"small", pseudo_random(record.WHOLE_OCTETS + 300_000)])
def test_whole_or_not(codec, blob):
    header, data = split(codec.encode(blob))
    assert record.is_whole(header, data)
    assert not record.is_whole(header, data + b"x")
    for place in {0, len(data) // 2, len(data) - 1} if data else ():
        changed = bytearray(data)
        changed[place] ^= 1
        assert not record.is_whole(header, bytes(changed))


@given(st.binary(max_size=2000), st.booleans())
def test_any_blob_comes_back(blob, sealed):
    codec = SEALED if sealed else PLAIN
    header, data = split(codec.encode(blob))
    assert codec.decode(header, data) == blob


@given(st.binary(max_size=2000), st.integers(1, 5), st.integers(0, 12_000), st.booleans())
def test_the_beginning_of_a_blob_comes_back(part, times, stop, sealed):
    blob = part * times
    codec = SEALED if sealed else PLAIN
    header, data = split(codec.encode(blob))
    assert codec.decode(header, data, stop)[:stop] == blob[:stop]


def test_the_beginning_of_a_record_that_is_shorter_than_it_says_is_corrupt():
    header, data = split(PLAIN.encode(b"Hello, world. " * 100))
    longer = dataclasses.replace(header, octets=header.octets + 1000)
    assert PLAIN.decode(longer, data, 100) == (b"Hello, world. " * 100)[:100]
    with pytest.raises(Corrupt):
        PLAIN.decode(longer, data, header.octets + 1)


def test_text_becomes_smaller_and_noise_hardly_larger():
    assert len(PLAIN.encode(b"Hello, world. " * 1000)) < 500
    assert len(PLAIN.encode(pseudo_random(10_000))) == 10_000 + record.OVERHEAD


@given(st.binary(min_size=1, max_size=400), st.data())
def test_one_changed_octet_is_noticed(blob, data):
    for codec in (PLAIN, SEALED):
        octets = bytearray(codec.encode(blob))
        place = data.draw(st.integers(0, len(octets) - 2))
        octets[place] ^= data.draw(st.integers(1, 255))
        header = parse_header(bytes(octets))
        if header is not None:
            with pytest.raises(Corrupt):
                codec.decode(header, bytes(octets[record.HEADER_OCTETS : -1]))


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("place", [0, 10, 44, 100, 5000, 300_000, -2])
def test_a_changed_octet_of_a_large_blob_is_noticed(codec, place):
    octets = bytearray(codec.encode(pseudo_random(record.WHOLE_OCTETS + 1000)))
    octets[place] ^= 1
    header = parse_header(bytes(octets))
    if header is not None:
        with pytest.raises(Corrupt):
            codec.decode(header, bytes(octets[record.HEADER_OCTETS : -1]))


@pytest.mark.parametrize("cut", [0, 1, 43, 44, 45, 1000, -1])
def test_a_cut_record_is_noticed(cut):
    octets = PLAIN.encode(pseudo_random(3000))[:cut]
    header = parse_header(octets)
    if header is not None:
        with pytest.raises(Corrupt):
            PLAIN.decode(header, octets[record.HEADER_OCTETS : -1])


@given(st.binary(max_size=200))
def test_any_octets_are_a_header_or_none(octets):
    assert parse_header(octets) is None
    assert parse_header(record.MAGIC + octets) is None


headers = st.builds(
    Header,
    codec=st.sampled_from([record.RAW, record.ZSTD, record.FRAMES]),
    flags=st.sampled_from([0, record.SEALED]),
    frame_bits=st.integers(10, 30),
    key=st.integers(0, 5),
    stored=st.integers(0, 2**32 - 1),
    octets=st.integers(0, record.MAX_OCTETS),
    digest=st.binary(min_size=16, max_size=16),
    check=st.integers(0, 2**32 - 1),
)


@given(headers, st.binary(max_size=300), st.booleans())
def test_any_record_is_a_blob_or_corrupt(header, data, honest):
    if honest:
        header = dataclasses.replace(header, stored=len(data), check=zlib.crc32(data))
    for codec in (PLAIN, SEALED):
        with contextlib.suppress(Corrupt, NotFound):
            assert len(codec.decode(header, data)) == header.octets
            assert record.is_whole(header, data)


def test_a_frame_read_by_itself():
    blob = pseudo_random(3 * (1 << record.FRAME_BITS) + 5 + record.WHOLE_OCTETS)
    for codec in (PLAIN, SEALED):
        header, data = split(codec.encode(blob))
        index = data[: header.index_octets]
        asked: list[int] = []

        def read(start, stop, data=data, asked=asked):
            asked.append(stop - start)
            return data[start:stop]

        size = 1 << header.frame_bits
        assert codec.decode_frames(header, index, 1, 3, read) == blob[size : 3 * size]
        assert len(asked) == 1
        assert asked[0] < 2 * size + 100
        last = header.frames - 1
        assert codec.decode_frames(header, index, last, last + 1, read) == blob[last * size :]


def test_sealed_octets_do_not_show_the_text():
    octets = SEALED.encode(b"secret " * 3)
    assert b"secret" not in octets
    assert SEALED.encode(b"secret " * 3) != octets, "every seal has its own nonce"


def test_the_digest_of_a_sealed_record_needs_the_key():
    plain, _ = split(PLAIN.encode(b"a message that many people got"))
    one, _ = split(SEALED.encode(b"a message that many people got"))
    other, _ = split(Codec(Keys(2)).encode(b"a message that many people got"))
    assert len({plain.digest, one.digest, other.digest}) == 3


def test_sealed_records_need_their_key():
    header, data = split(SEALED.encode(b"secret"))
    with pytest.raises(Corrupt, match="no keys"):
        PLAIN.decode(header, data)
    header, data = split(Codec(Keys(2)).encode(b"secret"))
    assert SEALED.decode(header, data) == b"secret", "old keys stay readable"
    with pytest.raises(NotFound):
        SEALED.decode(dataclasses.replace(header, key=4), data)
    with pytest.raises(Corrupt):
        SEALED.decode(dataclasses.replace(header, key=1), data)


def test_frames_of_a_sealed_record_cannot_change_places():
    size = 1 << record.FRAME_BITS
    blob = b"".join(bytes([n]) * size for n in range(6))
    header, data = split(SEALED.encode(blob))
    entries = [data[n * 8 : n * 8 + 8] for n in range(6)]
    lengths = [int.from_bytes(entry[:4], "little") & ~(1 << 31) for entry in entries]
    starts = [48 + sum(lengths[:n]) for n in range(6)]
    frames = [data[start : start + length] for start, length in zip(starts, lengths, strict=True)]
    entries[0], entries[1] = entries[1], entries[0]
    frames[0], frames[1] = frames[1], frames[0]
    index = b"".join(entries)
    header = dataclasses.replace(header, check=zlib.crc32(index))
    with pytest.raises(Corrupt):
        SEALED.decode(header, index + b"".join(frames))


def test_a_bomb_is_not_unpacked():
    header, data = split(PLAIN.encode(b"\0" * record.WHOLE_OCTETS))
    small = dataclasses.replace(header, octets=1000, check=zlib.crc32(data))
    tracemalloc.start()
    with pytest.raises(Corrupt):
        PLAIN.decode(small, data)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < record.WHOLE_OCTETS // 4


def test_a_blob_has_a_largest_size(monkeypatch):
    monkeypatch.setattr(record, "MAX_OCTETS", 1000)
    with pytest.raises(TooLarge):
        PLAIN.encode(b"x" * 1001)


def test_a_record_of_a_later_version_is_not_a_record_of_ours():
    octets = bytearray(PLAIN.encode(b"x"))
    octets[4] = 2
    octets[40:44] = zlib.crc32(octets[:40]).to_bytes(4, "little")
    assert parse_header(bytes(octets)) is None
