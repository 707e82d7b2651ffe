"""What the failures of the system are to a JMAP client (RFC 8620 §3.6.2)."""

from collections.abc import Mapping
from typing import Final

from pillarbox.base import errors
from pillarbox.base.errors import MailError, entry
from pillarbox.jmap.error import MethodError

TABLE: Final[Mapping[type[MailError], tuple[str, str]]] = {
    errors.NotFound: ("accountNotFound", "the account is gone"),
    errors.AlreadyExists: ("serverFail", "something like it is there already"),
    errors.NotPermitted: ("forbidden", "not for this account"),
    errors.AuthenticationFailed: ("forbidden", "sign in again"),
    errors.Invalid: ("invalidArguments", "a value that cannot be kept"),
    errors.TooLarge: ("requestTooLarge", "larger than is allowed"),
    errors.TooMany: ("serverUnavailable", "too much at once; try again later"),
    errors.OverQuota: ("overQuota", "the account has no room"),
    errors.Conflict: ("serverUnavailable", "somebody changed the same thing; try again"),
    errors.RateLimited: ("rateLimit", "too often; try again later"),
    errors.Unavailable: ("serverUnavailable", "try again later"),
    errors.StorageFull: ("serverUnavailable", "the disk is full; reading goes on"),
    errors.Corrupt: ("serverFail", "stored data is damaged"),
    errors.MailError: ("serverFail", ""),
}


def method_error(exc: MailError) -> MethodError:
    """Return what the client is told."""
    type_, description = entry(TABLE, exc)
    return MethodError(type_, description)
