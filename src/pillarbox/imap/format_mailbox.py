"""Octets of responses about mailboxes and the account: LIST, STATUS, NAMESPACE, QUOTA, ID.

RFC 9051 §7.3; LIST: RFC 5258 §3; QUOTA: RFC 9208 §4.2; ID: RFC 2971. `utf8` as in format.py.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pillarbox.imap import format as f

# What STATUS and GETQUOTA report is a number, but for the object id (RFC 8474 §4.3).
_IN_PARENTHESES: Final = frozenset({"MAILBOXID"})


def list_line(
    name: str,
    attributes: Iterable[str],
    *,
    utf8: bool,
    delimiter: str = "/",
    child_info: Iterable[str] = (),
    old_name: str | None = None,
    verb: bytes = b"LIST",
) -> bytes:
    r"""Return `* LIST (attributes) "/" name`.

    attributes: with their backslash. delimiter: one ASCII character, or "" for NIL.
    child_info: options that matched below, for CHILDINFO (RFC 5258 §3.5). old_name: for
    OLDNAME after a RENAME (RFC 9051 §6.3.9.7). verb: b"LSUB" for LSUB.
    """
    line = b"* %b %b %b %b" % (
        verb,
        f.flags(attributes),
        f.quoted(delimiter.encode()) if delimiter else b"NIL",
        f.mailbox(name, utf8=utf8),
    )
    extended: list[bytes] = []
    if options := [f.quoted(option.encode()) for option in child_info]:
        extended.append(b'"CHILDINFO" (%b)' % b" ".join(options))
    if old_name is not None:
        extended.append(b'"OLDNAME" (%b)' % f.mailbox(old_name, utf8=utf8))
    if extended:
        line += b" (%b)" % b" ".join(extended)
    return line + b"\r\n"


def status_line(name: str, items: Mapping[str, int | str | None], *, utf8: bool) -> bytes:
    """Return `* STATUS name (...)`. items: None is written NIL (APPENDLIMIT without one)."""
    parts: list[bytes] = []
    for item, value in items.items():
        if value is None:
            shown = b"NIL"
        elif item in _IN_PARENTHESES:
            shown = b"(%b)" % str(value).encode()
        else:
            shown = str(value).encode()
        parts.append(item.encode() + b" " + shown)
    return b"* STATUS %b (%b)\r\n" % (f.mailbox(name, utf8=utf8), b" ".join(parts))


def namespace_line(
    personal: Sequence[tuple[str, str]],
    other: Sequence[tuple[str, str]] = (),
    shared: Sequence[tuple[str, str]] = (),
    *,
    utf8: bool,
) -> bytes:
    """Return `* NAMESPACE ...` from (prefix, delimiter) pairs (RFC 9051 §7.3.2)."""
    groups = [_namespace(pairs, utf8=utf8) for pairs in (personal, other, shared)]
    return b"* NAMESPACE %b\r\n" % b" ".join(groups)


def _namespace(pairs: Sequence[tuple[str, str]], *, utf8: bool) -> bytes:
    if not pairs:
        return b"NIL"
    shown: list[bytes] = []
    for prefix, delimiter in pairs:
        name = f.mailbox(prefix, utf8=utf8) if prefix else b'""'
        # A string is asked for here, never an atom.
        name = name if name[:1] in b'"{' else f.quoted(name)
        shown.append(b"(%b %b)" % (name, f.quoted(delimiter.encode()) if delimiter else b"NIL"))
    return b"(" + b"".join(shown) + b")"


def id_line(params: Mapping[str, str | None] | None) -> bytes:
    """Return `* ID (...)`, or `* ID NIL` for nothing to say (RFC 2971 §3.2)."""
    if not params:
        return b"* ID NIL\r\n"
    parts: list[bytes] = []
    for name, value in params.items():
        parts.append(f.text(name))
        parts.append(b"NIL" if value is None else f.text(value))
    return b"* ID (%b)\r\n" % b" ".join(parts)


def quota_line(root: str, resources: Mapping[str, tuple[int, int]], *, utf8: bool) -> bytes:
    """Return `* QUOTA root (STORAGE used limit ...)` (RFC 9208 §4.2.1).

    resources: name -> (usage, limit); STORAGE counts units of 1024 octets.
    """
    parts = [f"{name} {used} {limit}".encode() for name, (used, limit) in resources.items()]
    return b"* QUOTA %b (%b)\r\n" % (_astring(root, utf8=utf8), b" ".join(parts))


def quotaroot_line(name: str, roots: Iterable[str], *, utf8: bool) -> bytes:
    """Return `* QUOTAROOT mailbox roots` (RFC 9208 §4.2.2)."""
    shown = b" ".join([f.mailbox(name, utf8=utf8), *(_astring(r, utf8=utf8) for r in roots)])
    return b"* QUOTAROOT %b\r\n" % shown


def _astring(value: str, *, utf8: bool) -> bytes:
    """Return a string: a quota root may be empty, and no mailbox name."""
    return f.text(value, utf8=utf8)
