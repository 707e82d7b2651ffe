"""Which capabilities to announce, by state (RFC 9051 §7.2.2, §6.1.1).

Before login only what can be used before login, and what clients look for in the
greeting: a short greeting saves every client octets and leaks less.
"""

from collections.abc import Iterable
from typing import Final

_ALWAYS: Final = (
    b"IMAP4rev1",
    b"IMAP4rev2",
    b"SASL-IR",
    b"LITERAL+",
    b"ID",
    b"ENABLE",
)
_SIGNED_IN: Final = (
    b"IDLE",
    b"NAMESPACE",
    b"UIDPLUS",
    b"UNSELECT",
    b"CHILDREN",
    b"MOVE",
    b"MULTIAPPEND",
    b"BINARY",
    b"SPECIAL-USE",
    b"CREATE-SPECIAL-USE",
    b"LIST-EXTENDED",
    b"LIST-STATUS",
    b"STATUS=SIZE",
    b"ESEARCH",
    b"SEARCHRES",
    b"WITHIN",
    b"SORT",
    b"SORT=DISPLAY",
    b"THREAD=ORDEREDSUBJECT",
    b"THREAD=REFERENCES",
    b"CONDSTORE",
    b"QRESYNC",
    b"UTF8=ACCEPT",
    b"PREVIEW",
    b"OBJECTID",
    b"SAVEDATE",
    b"QUOTA",
    b"QUOTA=RES-STORAGE",
)
ENABLEABLE: Final = frozenset({"CONDSTORE", "QRESYNC", "UTF8=ACCEPT", "IMAP4REV2"})


def before_login(
    mechanisms: Iterable[str], *, starttls: bool, login_disabled: bool
) -> tuple[bytes, ...]:
    """Return what to announce before login.

    mechanisms: usable now, best first. starttls: TLS is offered and not yet on.
    """
    extra = [b"AUTH=" + name.encode() for name in mechanisms]
    if starttls:
        extra.insert(0, b"STARTTLS")
    if login_disabled:
        extra.append(b"LOGINDISABLED")
    return (*_ALWAYS, *extra)


def signed_in(append_limit_octets: int | None) -> tuple[bytes, ...]:
    """Return what to announce after login. append_limit_octets: RFC 7889 §2, None: no limit."""
    limit = () if append_limit_octets is None else (b"APPENDLIMIT=%d" % append_limit_octets,)
    return (*_ALWAYS, *_SIGNED_IN, *limit)
