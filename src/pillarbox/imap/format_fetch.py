"""Octets of FETCH responses (RFC 9051 §7.5.2).

A response is joined from parts that are ready: the store keeps ENVELOPE, BODY and
BODYSTRUCTURE as octets, `Section.label` is made when the command is parsed.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from pillarbox.imap import format as f
from pillarbox.imap.section import Binary, BinarySize, Section
from pillarbox.imap.values import format_date_time
from pillarbox.imap.view import Updates


def fetch_line(seq: int, items: Sequence[bytes]) -> bytes:
    """Return `* n FETCH (items)`; each item is a name, a space and a value."""
    return b"* %d FETCH (%b)\r\n" % (seq, b" ".join(items))


def flags_item(names: Iterable[str]) -> bytes:
    """Return `FLAGS (...)`."""
    return b"FLAGS (" + " ".join(names).encode() + b")"


def uid_item(uid: int) -> bytes:
    """Return `UID n`."""
    return b"UID %d" % uid


def size_item(octets: int) -> bytes:
    """Return `RFC822.SIZE n`."""
    return b"RFC822.SIZE %d" % octets


def modseq_item(modseq: int) -> bytes:
    """Return `MODSEQ (n)` (RFC 7162 §3.1.4)."""
    return b"MODSEQ (%d)" % modseq


def internaldate_item(at: datetime) -> bytes:
    """Return `INTERNALDATE "..."`. at: aware."""
    return b"INTERNALDATE " + format_date_time(at)


def savedate_item(at: datetime | None) -> bytes:
    """Return `SAVEDATE "..."`, NIL when the mailbox keeps none (RFC 8514 §4.2)."""
    return b"SAVEDATE NIL" if at is None else b"SAVEDATE " + format_date_time(at)


def emailid_item(value: str) -> bytes:
    """Return `EMAILID (id)` (RFC 8474 §5.3)."""
    return b"EMAILID (%b)" % value.encode()


def threadid_item(value: str | None) -> bytes:
    """Return `THREADID (id)`, or NIL (RFC 8474 §5.3)."""
    return b"THREADID NIL" if value is None else b"THREADID (%b)" % value.encode()


def preview_item(words: str | None) -> bytes:
    """Return `PREVIEW "..."`, NIL when there is none yet (RFC 8970 §3.1).

    The octets are UTF-8; beyond ASCII they go as a literal, which every client reads.
    """
    return b"PREVIEW NIL" if words is None else b"PREVIEW " + f.text(words)


def section_item(asked: Section, octets: bytes | None) -> bytes:
    """Return `BODY[...] string`, NIL where the part does not exist.

    octets: cut by `asked.partial` already. A literal may not hold NUL (RFC 9051 §9,
    CHAR8), and the size must not change: each becomes 0x80.
    """
    if octets is None:
        return asked.label + b" NIL"
    if not octets:
        return asked.label + b' ""'
    if b"\0" in octets:
        octets = octets.replace(b"\0", b"\x80")
    # Always a literal: content has line ends, and clients expect no quoted one here.
    return b"%b {%d}\r\n%b" % (asked.label, len(octets), octets)


def binary_item(asked: Binary, octets: bytes | None) -> bytes:
    """Return `BINARY[...] string`; a literal8 when there is a NUL (RFC 3516 §4.2)."""
    if octets is None:
        return asked.label + b" NIL"
    value = f.literal8(octets) if b"\0" in octets else f.literal(octets) if octets else b'""'
    return asked.label + b" " + value


def binary_size_item(asked: BinarySize, octets: int) -> bytes:
    """Return `BINARY.SIZE[...] n`."""
    return b"%b %d" % (asked.label, octets)


class FlagWords:
    """Writes flag lists, each distinct one only once.

    A mailbox of 100 000 messages has a handful of flag combinations. At most `limit` are
    remembered, then it starts anew.
    """

    __slots__ = ("_known", "_limit")

    def __init__(self, limit: int = 4096) -> None:
        self._known: dict[tuple[str, ...], bytes] = {}
        self._limit = limit

    def __call__(self, names: tuple[str, ...]) -> bytes:
        """Return the parenthesised list."""
        found = self._known.get(names)
        if found is None:
            if len(self._known) >= self._limit:
                self._known.clear()
            found = self._known[names] = f.flags(names)
        return found


def flag_lines(rows: Iterable[tuple[int, int, bytes, int]], *, modseq: bool, uid: bool) -> bytes:
    """Return the FETCH responses that a resynchronising client asks for, many at once.

    rows: (sequence number, UID, parenthesised flags, mod-sequence).
    """
    if modseq and uid:
        return b"".join(
            [b"* %d FETCH (UID %d FLAGS %b MODSEQ (%d))\r\n" % (s, u, w, m) for s, u, w, m in rows]
        )
    if modseq:
        return b"".join(
            [b"* %d FETCH (FLAGS %b MODSEQ (%d))\r\n" % (s, w, m) for s, _, w, m in rows]
        )
    if uid:
        return b"".join([b"* %d FETCH (UID %d FLAGS %b)\r\n" % (s, u, w) for s, u, w, _ in rows])
    return b"".join([b"* %d FETCH (FLAGS %b)\r\n" % (s, w) for s, _, w, _ in rows])


def update_lines(
    updates: Updates, *, uid: bool, modseq: bool, vanished: bool, recent: bool
) -> bytes:
    """Return what tells the client of `updates`, in an order that keeps numbers right.

    uid: the command was a UID command. modseq: the session knows CONDSTORE. vanished: it
    enabled QRESYNC, so VANISHED replaces EXPUNGE (RFC 7162 §3.2.10). recent: it is one
    of RFC 3501.
    """
    rows = [(u.seq, u.uid, f.flags(u.flags), u.modseq) for u in updates.flags]
    parts = [flag_lines(rows, modseq=modseq, uid=uid or modseq)]
    if vanished:
        parts.append(f.vanished(updates.vanished))
    else:
        parts.append(f.expunged(updates.expunged))
    if updates.exists is not None:
        parts.append(f.exists(updates.exists))
        if recent:
            parts.append(f.recent(updates.recent or 0))
    return b"".join(parts)
