"""The canonical forms that DKIM and ARC hash: RFC 6376 §3.4.

The header section is cut into its fields once; signatures then pick fields from the
bottom up (RFC 6376 §5.4.2). The body is never copied whole: it is canonicalised and
hashed in pieces of 256 KiB, cut at line ends.

A line of the body ends in CRLF and nothing else; bare CR and LF are data. In the header
section a bare LF also ends a line: every reader of mail sees a field there, and a check
that saw less than the reader would let a second From hide. Simple canonicalisation keeps
such octets, so they still fail where the signer sent CRLF.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

MAX_HEADER_OCTETS: Final = 1024 * 1024
PIECE_OCTETS: Final = 256 * 1024

_WSP: Final = b" \t"
_FIELD: Final = re.compile(rb"[^\n]*\n(?:[ \t][^\n]*\n)*")
_LINE_END: Final = re.compile(rb"\r?\n")
_WSP_RUN: Final = re.compile(rb"[ \t]+")


@dataclass(slots=True)
class Selected:
    """What a list of names chose.

    fields: in canonical form, in the order of hashing. absent: names that found no field
    (any more). repeated: names of which the message has more fields than were chosen.
    """

    fields: list[bytes]
    absent: list[bytes]
    repeated: list[bytes]


@dataclass(slots=True)
class Header:
    """A header section, cut into fields.

    fields: each as received, with its line end; continuation lines belong to their field.
    positions: lower-case name -> indexes into `fields`, from the top. body_start: offset
    of the body in the message.
    """

    fields: list[bytes]
    positions: dict[bytes, list[int]]
    body_start: int
    _text: bytes
    _relaxed: dict[int, bytes]
    _plain: bool | None = None

    @property
    def too_large(self) -> bool:
        """True when the section is longer than MAX_HEADER_OCTETS, and was not read to its end."""
        return self.body_start > MAX_HEADER_OCTETS + 2

    def relaxed(self, index: int) -> bytes:
        """Return field number `index` in relaxed form, with CRLF."""
        found = self._relaxed.get(index)
        if found is None:
            if self._plain is None:
                self._plain = _is_plain(self._text)
            found = self._relaxed[index] = relax_field(self.fields[index], plain=self._plain)
        return found

    def select(self, names: Collection[bytes], *, relaxed: bool, omit: int = -1) -> Selected:
        """Return the fields that `names` (lower case) choose, in canonical form.

        A name that occurs n times chooses its n last fields, the last one first. Those
        that do not exist choose nothing (RFC 6376 §5.4.2). omit: the index of the
        signature itself, which exists for the verifier but did not for the signer.
        """
        positions = self.positions
        if omit >= 0:
            own = self.fields[omit].partition(b":")[0].rstrip(_WSP).lower()
            if own in names:
                positions = positions | {own: [i for i in positions[own] if i != omit]}
        used: dict[bytes, int] = {}
        chosen: list[bytes] = []
        absent: list[bytes] = []
        for name in names:
            indexes = positions.get(name)
            count = used.get(name, 0)
            if indexes is None or count == len(indexes):
                absent.append(name)
                continue
            used[name] = count + 1
            index = indexes[-1 - count]
            chosen.append(self.relaxed(index) if relaxed else self.fields[index])
        repeated = [name for name, count in used.items() if count < len(positions[name])]
        return Selected(chosen, absent, repeated)


def split_header(message: bytes, header_end: int | None = None) -> Header:
    """Cut the header section of `message` into fields.

    header_end: offset of the empty line that ends it, where the caller knows; it need not
    exist. A line without a colon is kept as a field without a name. Of a section beyond 1 MiB
    only that much is cut into fields: look at `too_large` before trusting any.
    """
    end = _header_end(message) if header_end is None else header_end
    text = message[: min(end, MAX_HEADER_OCTETS)]
    if text and not text.endswith(b"\n"):
        text += b"\r\n"
    fields = _FIELD.findall(text)
    positions: dict[bytes, list[int]] = {}
    for index, field in enumerate(fields):
        name, colon, _ = field.partition(b":")
        if colon:
            name = name.rstrip(_WSP).lower()
            if name in positions:
                positions[name].append(index)
            else:
                positions[name] = [index]
    start = end
    if message.startswith(b"\r\n", end):
        start = end + 2
    elif message.startswith(b"\n", end):
        start = end + 1
    return Header(fields, positions, start, text, {})


def _is_plain(text: bytes) -> bool:
    """Tell whether bytes.split() and WSP agree: no VT, FF or bare CR is about."""
    if b"\x0b" in text or b"\x0c" in text:
        return False
    return text.count(b"\r") == text.count(b"\r\n")


def _header_end(message: bytes) -> int:
    if message.startswith((b"\r\n", b"\n")):
        return 0
    # 0 where there is none: an empty line at the start was dealt with above.
    within = message.find(b"\n\r\n") + 1 or len(message)
    return message.find(b"\n\n", 0, within) + 1 or within


def relax_field(field: bytes, *, plain: bool = False) -> bytes:
    """Return one header field in relaxed form, with CRLF: RFC 6376 §3.4.2.

    plain: the caller knows that `field` holds no VT, FF or bare CR.
    """
    name, _, value = field.partition(b":")
    name = name.rstrip(_WSP).lower()
    if plain:
        return name + b":" + b" ".join(value.split()) + b"\r\n"
    value = _WSP_RUN.sub(b" ", _LINE_END.sub(b"", value)).strip(b" ")
    return name + b":" + value + b"\r\n"


@dataclass(slots=True)
class BodyDigests:
    """SHA-256 of one canonical body.

    octets: length of the whole canonical body. by_limit: digest of its first `limit`
    octets, or of all of them for None; no entry for a limit beyond its end.
    """

    octets: int
    by_limit: dict[int | None, bytes]


def hash_body(
    message: bytes, start: int, *, relaxed: bool, limits: Collection[int | None] = (None,)
) -> BodyDigests:
    """Hash the canonical form of `message[start:]` once, for all `limits` (l=)."""
    digests: dict[int | None, bytes] = {}
    waiting = sorted({limit for limit in limits if limit is not None}, reverse=True)
    running = sha256()
    done = 0
    for piece in body_pieces(message, start, relaxed=relaxed):
        octets = len(piece)
        while waiting and waiting[-1] <= done + octets:
            limit = waiting.pop()
            partial = running.copy()
            partial.update(memoryview(piece)[: limit - done])
            digests[limit] = partial.digest()
        running.update(piece)
        done += octets
    while waiting and waiting[-1] <= done:
        digests[waiting.pop()] = running.digest()
    digests[None] = running.digest()
    return BodyDigests(done, digests)


def body_pieces(
    message: bytes, start: int, *, relaxed: bool, piece_octets: int = PIECE_OCTETS
) -> Iterator[bytes | memoryview]:
    """Yield the canonical body of `message[start:]` in pieces: RFC 6376 §3.4.3, §3.4.4.

    A piece is whole lines, of about `piece_octets` in the message; simple form is one view.
    """
    end = _content_end(message, start, _WSP + b"\r\n" if relaxed else b"\r\n")
    if not relaxed:
        yield memoryview(message)[start:end]
    else:
        if end == start:
            return
        while end - start > piece_octets:
            cut = message.rfind(b"\r\n", start, start + piece_octets)
            if cut < 0:
                cut = message.find(b"\r\n", start + piece_octets - 1, end)
                if cut < 0:
                    break
            yield relax_lines(message[start : cut + 2])
            start = cut + 2
        yield relax_lines(message[start:end])
    # An empty body is CRLF in simple form and nothing in relaxed form (RFC 6376 §3.4.3,
    # §3.4.4); any other ends in exactly one CRLF, even where it had none.
    yield b"\r\n"


def relax_lines(lines: bytes) -> bytes:
    """Return whole lines in relaxed form: RFC 6376 §3.4.4 (a). The last may lack its CRLF."""
    lines = lines.replace(b"\t", b" ")
    # Searching backwards is twice as fast as forwards here, and join(rsplit()) than replace();
    # but that makes a list, which one hostile line of 50 MB would blow up.
    while lines.rfind(b"  ") >= 0:  # each round halves the longest run
        if len(lines) > PIECE_OCTETS:
            lines = lines.replace(b"  ", b" ")
        else:
            lines = b" ".join(lines.rsplit(b"  "))
    if lines.rfind(b" \r\n") >= 0:
        lines = lines.replace(b" \r\n", b"\r\n")
    return lines


def _content_end(message: bytes, start: int, blank: bytes) -> int:
    """Return where the last line that is not empty ends, without its line end.

    blank: the octets that empty lines are made of. WSP before the final line ends counts
    as empty too if it is among them.
    """
    end = len(message)
    window = 4096
    content = max(start, end - window)
    while True:
        text = message[content:end]
        kept = len(text.rstrip(blank))
        if kept or content == start:
            break
        window *= 16
        content = max(start, end - window)
    tail = text[kept:]
    # Of CR and LF only whole pairs are line ends. What precedes the last lone one stays.
    lone = tail.replace(b"\r\n", b"  ") if tail != b"\r\n" else b""
    last = max(lone.rfind(b"\r"), lone.rfind(b"\n"))
    return content + kept + last + 1
