"""From failures to IMAP responses: the one table (RFC 5530)."""

from typing import Final

from pillarbox.base import errors

# error: (response code, words). The answer is NO.
RESPONSES: Final[dict[type[errors.MailError], tuple[bytes, str]]] = {
    errors.NotFound: (b"NONEXISTENT", "There is no such mailbox or message"),
    errors.AlreadyExists: (b"ALREADYEXISTS", "The name is taken"),
    errors.NotPermitted: (b"NOPERM", "Not permitted"),
    errors.AuthenticationFailed: (b"AUTHENTICATIONFAILED", "Wrong user name or password"),
    errors.AppPasswordNeeded: (
        b"ALERT",
        "Sign in with an app password for IMAP; make one in the webmail",
    ),
    errors.Invalid: (b"CANNOT", "That cannot be done"),
    errors.TooLarge: (b"TOOBIG", "Too large"),
    errors.TooMany: (b"LIMIT", "Too many"),
    errors.OverQuota: (b"OVERQUOTA", "The account is full"),
    errors.Conflict: (b"INUSE", "Somebody else changed it first, try again"),
    errors.RateLimited: (b"LIMIT", "Too many attempts, try again later"),
    errors.Unavailable: (b"UNAVAILABLE", "Try again later"),
    errors.StorageFull: (b"OVERQUOTA", "The server is full, try again later"),
    errors.Corrupt: (b"SERVERBUG", "The stored message is damaged"),
}
