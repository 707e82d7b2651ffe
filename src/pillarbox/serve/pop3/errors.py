"""From failures to POP3 replies: the one table (RFC 1939 §3, RFC 3206)."""

from typing import Final

from pillarbox.base import errors
from pillarbox.pop3.event import AUTH_FAILED, IN_USE, TRY_LATER, Reply, err

REPLIES: Final[dict[type[errors.MailError], Reply]] = {
    errors.NotFound: err("There is no such message any more"),
    errors.AlreadyExists: err("That exists already"),
    errors.NotPermitted: err("Not permitted"),
    errors.AuthenticationFailed: AUTH_FAILED,
    errors.AppPasswordNeeded: err(
        "Sign in with an app password for POP3; make one in the webmail", "AUTH"
    ),
    errors.Invalid: err("That cannot be done"),
    errors.TooLarge: err("Too large"),
    errors.TooMany: TRY_LATER,
    errors.OverQuota: err("The account is full"),
    errors.Conflict: IN_USE,
    errors.RateLimited: err("Too many failed sign-ins, try again later", "SYS/TEMP"),
    errors.Unavailable: TRY_LATER,
    errors.StorageFull: TRY_LATER,
    errors.Corrupt: err("The stored message is damaged", "SYS/PERM"),
}
