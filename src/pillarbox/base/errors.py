"""The failures that one part of the system reports to another.

Each class says *what* went wrong in terms of the domain. No class knows a wire
protocol: every server has one table that maps these classes to its own replies
(`serve/smtp/errors.py`, `serve/imap/errors.py`, `serve/pop3/errors.py`), and a test checks
that every table covers every class. Whether a retry may help is part of the class.
"""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


class MailError(Exception):
    """A failure that the peer may be told of.

    `str(exc)` is for the log. The peer sees only the fixed text of the reply table,
    so that no path, query or host name leaks.
    """


class NotFound(MailError):
    """The named account, mailbox, message or domain does not exist."""


class AlreadyExists(MailError):
    """The name is taken."""


class NotPermitted(MailError):
    """The caller is known, but may not do this."""


class AuthenticationFailed(MailError):
    """The credentials are wrong, or the account is disabled. Never says which."""


class AppPasswordNeeded(AuthenticationFailed):
    """The password is right, but a program signs in here with an app password for this protocol.

    Only told to those who know the password (or an app password for something else).
    """


class Invalid(MailError):
    """A value breaks a rule of the protocol or of the settings. No retry will help."""


class TooLarge(MailError):
    """One item exceeds its size limit. No retry will help."""


class TooMany(MailError):
    """A count limit is reached (recipients, mailboxes, keywords, connections)."""


class OverQuota(MailError):
    """The change would exceed the account's storage limit. A retry may succeed later."""


class Conflict(MailError):
    """Somebody else changed the same thing first, or holds it. Retry with fresh state."""


class RateLimited(MailError):
    """Too many attempts in too short a time. Retry later."""


class Unavailable(MailError):
    """A resource we depend on (database, DNS, peer) did not answer. Retry later."""


class StorageFull(MailError):
    """The disk takes no more octets. Reads go on; a retry may succeed later."""


class Corrupt(MailError):
    """Stored octets do not match their checksum, or a row breaks an invariant."""


def entry(table: Mapping[type[MailError], T], exc: MailError) -> T:
    """Return what a table holds for a failure: that of its class, or of the nearest above it."""
    return next(table[kind] for kind in type(exc).__mro__ if kind in table)
