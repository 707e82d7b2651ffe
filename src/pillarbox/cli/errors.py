"""From failures to the one line that a person reads.

Expected failures never show a traceback: `describe` gives each class of `base/errors.py` its
words, and names file, key and reason where there are such.
"""

import sys
from typing import IO, Any, Final

import click

from pillarbox.base import errors as e
from pillarbox.cli.terminal import clean

# The class says what happened; the exception says to what.
WORDS: Final[dict[type[e.MailError], str]] = {
    e.NotFound: "there is no {what}",
    e.AlreadyExists: "{what} exists already",
    e.NotPermitted: "not allowed: {what}",
    e.AuthenticationFailed: "the user name or password is wrong",
    e.Invalid: "not valid: {what}",
    e.TooLarge: "too large: {what}",
    e.TooMany: "too many: {what}",
    e.OverQuota: "no room in the account: {what}",
    e.Conflict: "somebody else changed it at the same time, try again: {what}",
    e.RateLimited: "too many attempts, try again later: {what}",
    e.Unavailable: "cannot be reached now: {what}",
    e.StorageFull: "the disk is full: {what}",
    e.Corrupt: "damaged: {what}",
}


class Failure(click.ClickException):
    """An expected failure: one line on standard error, exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"pillarbox: {self.format_message()}", file=file or sys.stderr)


def describe(exc: Exception) -> str:
    """Return what to tell of an expected failure, in one line."""
    for kind in type(exc).__mro__:
        if (pattern := WORDS.get(kind)) is not None:
            return clean(pattern.format(what=str(exc) or "no reason is known"))
    if isinstance(exc, OSError):
        reason = exc.strerror or str(exc)
        return clean(f"{exc.filename}: {reason}" if exc.filename else reason)
    return clean(str(exc))
