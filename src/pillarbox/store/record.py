"""One record of a pack: the octets of a blob, packed, and what proves that they are whole.

    header   44 octets, little-endian:
        magic 4 | version 1 | codec 1 | flags 1 | frame 1 | key 4 | stored 4 | octets 4
        | digest 16 | data check 4 | header check 4
    data     `stored` octets
    end      1 octet, never zero: so the end of a pack is where its zeros begin

codec: 0 as it is, 1 zstd, 2 frames. A blob above 1 MiB is cut into frames of 2**`frame` octets,
each by itself, so that a part of a large message can be read without the rest. Then data begins
with an index: for each frame its stored length (the top bit set: not compressed) and CRC-32.
data check: CRC-32 of the data, or of the index where there is one. header check: CRC-32 of all
before it. digest: BLAKE2b-128 of the blob's octets.

flags: 1 = sealed. Then data (or each frame) is nonce 12 | AES-256-GCM of the packed octets |
tag 16, and the digest is keyed, so that it does not tell what the blob may be. `key` is the
number of the key.

Nothing here reads or writes files. Whatever the octets are, the result is the blob, or Corrupt.
"""

import hashlib
import os
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from pillarbox.base.errors import Corrupt, TooLarge
from pillarbox.store.blobs import Keyring

try:
    from compression import zstd  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    from backports import zstd

MAGIC: Final = b"\xf1PbR"
VERSION: Final = 1
END: Final = b"\xe1"
RAW, ZSTD, FRAMES = 0, 1, 2
SEALED: Final = 1

MAX_OCTETS: Final = 2**31
"""The largest blob."""
WHOLE_OCTETS: Final = 1024 * 1024
"""Larger blobs are cut into frames."""
FRAME_BITS: Final = 18
MIN_COMPRESS: Final = 128
LEVEL: Final = 1
_KEEP_RATIO: Final = 0.95
_NONCE: Final = 12
_TAG: Final = 16

_HEADER: Final = struct.Struct("<4sBBBBIII16sI")
_CHECK: Final = struct.Struct("<I")
_ENTRY: Final = struct.Struct("<II")
HEADER_OCTETS: Final = _HEADER.size + _CHECK.size
OVERHEAD: Final = HEADER_OCTETS + len(END)
_AS_IS: Final = 1 << 31


@dataclass(frozen=True, slots=True)
class Header:
    """What a record says of itself. stored: octets of data. octets: of the blob."""

    codec: int
    flags: int
    frame_bits: int
    key: int
    stored: int
    octets: int
    digest: bytes
    check: int

    @property
    def total(self) -> int:
        """Octets of the whole record."""
        return self.stored + OVERHEAD

    @property
    def frames(self) -> int:
        """How many frames there are; 0 without an index."""
        return -(-self.octets >> self.frame_bits) if self.codec == FRAMES else 0

    @property
    def index_octets(self) -> int:
        """How long the index is."""
        return self.frames * _ENTRY.size


def parse_header(data: bytes, at: int = 0) -> Header | None:
    """Return the header at `at`, or None if there is none, or one of a later version."""
    fields = data[at : at + HEADER_OCTETS]
    if len(fields) < HEADER_OCTETS or fields[:4] != MAGIC:
        return None
    (check,) = _CHECK.unpack_from(fields, _HEADER.size)
    if zlib.crc32(fields[: _HEADER.size]) != check:
        return None
    _, version, codec, flags, bits, key, stored, octets, digest, data_check = _HEADER.unpack_from(
        fields
    )
    if version != VERSION or codec > FRAMES or flags & ~SEALED or not 10 <= bits <= 30:
        return None
    header = Header(codec, flags, bits, key, stored, octets, digest, data_check)
    return header if octets <= MAX_OCTETS and header.index_octets <= stored else None


def is_whole(header: Header, data: bytes) -> bool:
    """Whether the data of a record is what was written, as far as the checks go."""
    if len(data) != header.stored:
        return False
    index = data[: header.index_octets]
    if header.codec != FRAMES:
        return zlib.crc32(data) == header.check
    at = header.index_octets
    for length, check in _ENTRY.iter_unpack(index):
        end = at + (length & ~_AS_IS)
        if zlib.crc32(data[at:end]) != check:
            return False
        at = end
    return zlib.crc32(index) == header.check and at == header.stored


class Codec:
    """Makes and opens records. For one thread at a time: it keeps compressors and ciphers."""

    def __init__(self, keyring: Keyring | None = None) -> None:
        self._keyring = keyring
        self._compressor = zstd.ZstdCompressor(LEVEL)
        self._ciphers: dict[int, tuple[AESGCM, bytes]] = {}

    def encode(self, blob: bytes) -> bytes:
        """Return the record of a blob. Raises TooLarge."""
        octets = len(blob)
        if octets > MAX_OCTETS:
            raise TooLarge(f"a blob of {octets} octets")
        key = self._keyring.current() if self._keyring else None
        number, flags = (key[0], SEALED) if key else (0, 0)
        if octets <= WHOLE_OCTETS:
            packed, compressed = self._compress(blob)
            codec = ZSTD if compressed else RAW
            data = self._seal(packed, number, codec, octets, 0)
            check = zlib.crc32(data)
        else:
            codec = FRAMES
            index, frames = self._cut(blob, number)
            check = zlib.crc32(index)
            data = b"".join((index, *frames))
        header = _HEADER.pack(
            MAGIC, VERSION, codec, flags, FRAME_BITS, number, len(data), octets,
            self._digest(blob, number), check,
        )  # fmt: skip
        return b"".join((header, _CHECK.pack(zlib.crc32(header)), data, END))

    def _cut(self, blob: bytes, number: int) -> tuple[bytes, list[bytes]]:
        size = 1 << FRAME_BITS
        octets = len(blob)
        index, frames = [], []
        for place, start in enumerate(range(0, octets, size)):
            packed, compressed = self._compress(blob[start : start + size])
            frame = self._seal(packed, number, FRAMES, octets, place)
            length = len(frame) if compressed else len(frame) | _AS_IS
            index.append(_ENTRY.pack(length, zlib.crc32(frame)))
            frames.append(frame)
        return b"".join(index), frames

    def decode(self, header: Header, data: bytes, stop: int | None = None) -> bytes:
        """Return the blob whose record has this header and data. Raises Corrupt, NotFound.

        stop: this many octets of its beginning are enough; it may still be all of them.
        """
        if len(data) != header.stored:
            raise Corrupt("a record ends too early")
        if header.codec != FRAMES:
            if zlib.crc32(data) != header.check:
                raise Corrupt("the octets of a record are not those that were written")
            packed = self._open(data, header, 0)
            return _unpack(packed, header.octets, compressed=header.codec == ZSTD, stop=stop)
        index = data[: header.index_octets]
        return self.decode_frames(
            header, index, 0, header.frames, lambda start, stop: data[start:stop]
        )

    def decode_frames(
        self,
        header: Header,
        index: bytes,
        first: int,
        last: int,
        read: Callable[[int, int], bytes],
    ) -> bytes:
        """Return the octets of frames [first, last) of a record with an index.

        read: gives octets [start, stop) of the record's data; called once.
        """
        if len(index) != header.index_octets or zlib.crc32(index) != header.check:
            raise Corrupt("the index of a record is not what was written")
        entries = list(_ENTRY.iter_unpack(index))
        lengths = [length & ~_AS_IS for length, _ in entries]
        start = header.index_octets + sum(lengths[:first])
        data = read(start, start + sum(lengths[first:last]))
        parts = []
        at = 0
        size = 1 << header.frame_bits
        for place in range(first, last):
            frame = data[at : at + lengths[place]]
            at += lengths[place]
            length, check = entries[place]
            if len(frame) != lengths[place] or zlib.crc32(frame) != check:
                raise Corrupt("a frame of a record is not what was written")
            packed = self._open(frame, header, place)
            octets = min(size, header.octets - place * size)
            parts.append(_unpack(packed, octets, compressed=not length & _AS_IS))
        return b"".join(parts)

    def check(self, header: Header, data: bytes) -> None:
        """Open a record and compare its digest. Raises Corrupt or NotFound."""
        if self._digest(self.decode(header, data), header.key) != header.digest:
            raise Corrupt("the digest of a record does not match")

    def _compress(self, data: bytes) -> tuple[bytes, bool]:
        if len(data) >= MIN_COMPRESS:
            packed: bytes = self._compressor.compress(data, zstd.ZstdCompressor.FLUSH_FRAME)
            if len(packed) < len(data) * _KEEP_RATIO:
                return packed, True
        return data, False

    def _digest(self, blob: bytes, number: int) -> bytes:
        secret = self._cipher(number)[1] if number else b""
        return hashlib.blake2b(blob, digest_size=16, key=secret).digest()

    def _seal(self, data: bytes, number: int, codec: int, octets: int, place: int) -> bytes:
        if not number:
            return data
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher(number)[0].encrypt(nonce, data, _bound(codec, octets, place))

    def _open(self, data: bytes, header: Header, place: int) -> bytes:
        if not header.flags & SEALED:
            return data
        if len(data) < _NONCE + _TAG:
            raise Corrupt("a sealed record is too short")
        bound = _bound(header.codec, header.octets, place)
        try:
            return self._cipher(header.key)[0].decrypt(data[:_NONCE], data[_NONCE:], bound)
        except InvalidTag as exc:
            raise Corrupt("a sealed record does not open with its key") from exc

    def _cipher(self, number: int) -> tuple[AESGCM, bytes]:
        found = self._ciphers.get(number)
        if found is None:
            if self._keyring is None:
                raise Corrupt("a sealed record, and no keys")
            key = self._keyring.get(number)
            # Its own key, so that the digest gives nothing away that helps against the cipher.
            digest_key = hashlib.blake2b(b"digest", digest_size=32, key=key).digest()
            found = self._ciphers[number] = (AESGCM(key), digest_key)
        return found


def _bound(codec: int, octets: int, place: int) -> bytes:
    """Return what a seal is bound to, so that frames cannot change places."""
    return struct.pack("<BII", codec, octets, place)


def _unpack(packed: bytes, octets: int, *, compressed: bool, stop: int | None = None) -> bytes:
    wanted = octets if stop is None else min(stop, octets)
    if compressed:
        try:
            # A limit: a record may claim anything, and a few octets can become gigabytes.
            most = wanted if wanted < octets else octets + 1
            packed = zstd.ZstdDecompressor().decompress(packed, max_length=most)
        except (zstd.ZstdError, EOFError) as exc:
            raise Corrupt("a record does not decompress") from exc
    else:
        wanted = octets
    if len(packed) != wanted:
        raise Corrupt("a record has another length than it says")
    return packed
