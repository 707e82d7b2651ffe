"""Octets of responses: strings, status lines, response codes, untagged data (RFC 9051 §7).

Functions that return a whole response end it with CRLF; those that return a part do not.
Names are `str`, and `utf8` says how this session writes them (names.py). Lists of
numbers come in the order in which they are to be written.
"""

import enum
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pillarbox.imap.names import encode_mailbox
from pillarbox.imap.values import SequenceSet, sequence_set

MAX_QUOTED_OCTETS: Final = 1024  # longer strings go as literals

# TEXT-CHAR without 8-bit octets: everything but CTL, quote and backslash.
_QUOTABLE: Final = re.compile(rb"[\x20-\x21\x23-\x5b\x5d-\x7e]*")
_ATOM: Final = re.compile(rb'[^\x00-\x20"(){%*\\\]\x7f-\xff]+')


class Reply(enum.Enum):
    """How a command ended. value: the word on the wire."""

    OK = b"OK"
    NO = b"NO"
    BAD = b"BAD"


def quoted(octets: bytes) -> bytes:
    r"""Return a quoted string. octets: without NUL, CR and LF; quotes and \ are escaped."""
    return b'"' + octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'


def literal(octets: bytes) -> bytes:
    """Return a literal, `{n}` CRLF and the octets."""
    return b"{%d}\r\n" % len(octets) + octets


def literal8(octets: bytes) -> bytes:
    """Return a literal8, which may hold NUL (RFC 3516 §4.3)."""
    return b"~{%d}\r\n" % len(octets) + octets


def string(octets: bytes) -> bytes:
    """Return the shorter of both forms that can carry `octets` (no NUL) to any client."""
    if len(octets) <= MAX_QUOTED_OCTETS and _QUOTABLE.fullmatch(octets):
        return b'"' + octets + b'"'
    if len(octets) <= MAX_QUOTED_OCTETS and octets.isascii() and _printable(octets):
        return quoted(octets)
    return b"{%d}\r\n%b" % (len(octets), octets)


def nstring(octets: bytes | None) -> bytes:
    """Return `string(octets)`, or NIL for None."""
    return b"NIL" if octets is None else string(octets)


def text(value: str, *, utf8: bool = False) -> bytes:
    """Return a string for `value`; quoted UTF-8 only when the session may see it."""
    octets = value.encode("utf-8", "replace")
    if utf8 and not octets.isascii() and _printable(octets) and len(octets) <= MAX_QUOTED_OCTETS:
        return quoted(octets)
    return string(octets)


def mailbox(name: str, *, utf8: bool) -> bytes:
    """Return a mailbox name: an atom for INBOX and its like, else a string."""
    octets = encode_mailbox(name, utf8=utf8)
    if _ATOM.fullmatch(octets) and octets.upper() != b"NIL":
        return octets
    return quoted(octets) if _printable(octets) else literal(octets)


def flags(names: Iterable[str]) -> bytes:
    """Return a parenthesised list of flags."""
    return b"(" + " ".join(names).encode() + b")"


def tagged(tag: bytes, reply: Reply, words: str, code: bytes = b"") -> bytes:
    """Return the response that ends a command. tag: b"*" makes it untagged.

    words: for people; control and non-ASCII characters become "?". code: a response code
    without its brackets.
    """
    return b"%b %b%b %b\r\n" % (
        tag,
        reply.value,
        b" [" + code + b"]" if code else b"",
        _line(words),
    )


def untagged(reply: Reply, words: str, code: bytes = b"") -> bytes:
    """Return `* OK ...`, `* NO ...` or `* BAD ...`."""
    return tagged(b"*", reply, words, code)


def bye(words: str, code: bytes = b"") -> bytes:
    """Return `* BYE ...` (RFC 9051 §7.1.5)."""
    return b"* BYE%b %b\r\n" % (b" [" + code + b"]" if code else b"", _line(words))


def greeting(words: str, code: bytes = b"", *, preauth: bool = False) -> bytes:
    """Return the first line of the server (RFC 9051 §7.1.4)."""
    return b"* %b%b %b\r\n" % (
        b"PREAUTH" if preauth else b"OK",
        b" [" + code + b"]" if code else b"",
        _line(words),
    )


def capability(names: Iterable[bytes]) -> bytes:
    """Return `* CAPABILITY ...`; as a response code it is `capability_code`."""
    return b"* CAPABILITY %b\r\n" % b" ".join(names)


def capability_code(names: Iterable[bytes]) -> bytes:
    """Return the response code CAPABILITY."""
    return b"CAPABILITY " + b" ".join(names)


def enabled(names: Iterable[bytes]) -> bytes:
    """Return `* ENABLED ...`; the list may be empty (RFC 9051 §7.2.1)."""
    return b" ".join((b"* ENABLED", *names)) + b"\r\n"


def exists(count: int) -> bytes:
    """Return `* n EXISTS`."""
    return b"* %d EXISTS\r\n" % count


def recent(count: int) -> bytes:
    """Return `* n RECENT`: for clients of RFC 3501 only."""
    return b"* %d RECENT\r\n" % count


def expunged(sequence_numbers: Iterable[int]) -> bytes:
    """Return `* n EXPUNGE` for each number, which must be right at its place."""
    return b"".join([b"* %d EXPUNGE\r\n" % number for number in sequence_numbers])


def vanished(uids: SequenceSet, *, earlier: bool = False) -> bytes:
    """Return `* VANISHED [(EARLIER)] uids`, or b"" for none (RFC 7162 §3.2.10)."""
    if not uids:
        return b""
    return b"* VANISHED %b%b\r\n" % (b"(EARLIER) " if earlier else b"", uids.format())


def flags_line(names: Iterable[str]) -> bytes:
    """Return `* FLAGS (...)`."""
    return b"* FLAGS %b\r\n" % flags(names)


def search(numbers: Sequence[int], modseq: int | None = None) -> bytes:
    """Return `* SEARCH ...`. modseq: the highest found, when MODSEQ was asked for."""
    return _numbers_line(b"* SEARCH", numbers, modseq)


def sort(numbers: Sequence[int], modseq: int | None = None) -> bytes:
    """Return `* SORT ...` (RFC 5256 §4)."""
    return _numbers_line(b"* SORT", numbers, modseq)


def esearch(tag: bytes, items: Mapping[str, bytes | int], *, uid: bool) -> bytes:
    """Return `* ESEARCH ...` (RFC 9051 §7.3.4).

    items: MIN, MAX, ALL, COUNT, MODSEQ in the order to be written, as octets or numbers;
    leave out what an empty result has not.
    """
    parts = [b"* ESEARCH (TAG %b)" % quoted(tag)]
    if uid:
        parts.append(b"UID")
    for name, value in items.items():
        parts.append(name.encode())
        parts.append(b"%d" % value if isinstance(value, int) else value)
    return b" ".join(parts) + b"\r\n"


def esearch_all(numbers: Iterable[int]) -> bytes:
    """Return the value of ALL for numbers in any order; there must be one."""
    return sequence_set(numbers).format()


def appenduid(uidvalidity: int, uids: Iterable[int]) -> bytes:
    """Return the code APPENDUID (RFC 4315 §3, RFC 3502 §6.3.11)."""
    return b"APPENDUID %d %b" % (uidvalidity, sequence_set(uids).format())


def copyuid(uidvalidity: int, pairs: Sequence[tuple[int, int]]) -> bytes:
    """Return the code COPYUID. pairs: source and new UID, not empty, sources ascending.

    Both lists are written in step, in ranges only where both ascend together, so that
    the n-th of one is the n-th of the other (RFC 4315 §3).
    """
    sources: list[str] = []
    targets: list[str] = []
    at = 0
    while at < len(pairs):
        end = at
        source, target = pairs[at]
        while end + 1 < len(pairs) and pairs[end + 1] == (
            source + end + 1 - at,
            target + end + 1 - at,
        ):
            end += 1
        length = end - at
        sources.append(f"{source}:{source + length}" if length else str(source))
        targets.append(f"{target}:{target + length}" if length else str(target))
        at = end + 1
    return f"COPYUID {uidvalidity} {','.join(sources)} {','.join(targets)}".encode()


def modified(numbers: SequenceSet) -> bytes:
    """Return the code MODIFIED of a conditional STORE (RFC 7162 §3.1.3)."""
    return b"MODIFIED " + numbers.format()


def permanentflags(names: Iterable[str]) -> bytes:
    r"""Return the code PERMANENTFLAGS; put "\\*" last where new keywords are allowed."""
    return b"PERMANENTFLAGS " + flags(names)


def _numbers_line(head: bytes, numbers: Sequence[int], modseq: int | None) -> bytes:
    line = head + b" " + " ".join(map(str, numbers)).encode() if numbers else head
    if modseq is not None and numbers:
        line += b" (MODSEQ %d)" % modseq
    return line + b"\r\n"


def _printable(octets: bytes) -> bool:
    """Tell whether no octet is a control character."""
    return not _CONTROL.search(octets)


_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")


def _line(words: str) -> bytes:
    if words.isascii() and words.isprintable() and words:
        return words.encode()
    return "".join(c if " " <= c <= "~" else "?" for c in words).encode() or b"."
