"""From failures to SMTP replies: the one table (RFC 5321 §4.2, RFC 3463)."""

from typing import Final

from pillarbox.base import errors
from pillarbox.smtp import reply as r

REPLIES: Final[dict[type[errors.MailError], r.Reply]] = {
    errors.NotFound: r.reply(550, "5.1.1", "There is no such mailbox here; check the spelling"),
    errors.AlreadyExists: r.reply(550, "5.3.0", "That exists already"),
    errors.NotPermitted: r.reply(550, "5.7.1", "Not permitted"),
    errors.AuthenticationFailed: r.reply(535, "5.7.8", "Wrong user name or password"),
    errors.AppPasswordNeeded: r.reply(
        534, "5.7.9", "Sign in with an app password for sending; make one in the webmail"
    ),
    errors.Invalid: r.reply(554, "5.6.0", "The message cannot be taken"),
    errors.TooLarge: r.reply(552, "5.3.4", "The message is too large"),
    errors.TooMany: r.reply(452, "4.5.3", "Too many at once, send the rest separately"),
    errors.OverQuota: r.reply(452, "4.2.2", "The mailbox is full; its owner must make room"),
    errors.Conflict: r.reply(451, "4.3.0", "Try again"),
    errors.RateLimited: r.reply(454, "4.7.0", "Too many failed sign-ins, try again later"),
    errors.Unavailable: r.reply(451, "4.3.0", "The server cannot take mail now, try again later"),
    errors.StorageFull: r.reply(452, "4.3.1", "The server has no space left, try again later"),
    errors.Corrupt: r.reply(451, "4.3.0", "The server has a problem, try again later"),
}
