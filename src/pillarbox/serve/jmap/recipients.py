"""Recipient/query: whom a few letters mean, from history and contacts (docs/jmap_own.md)."""

from typing import Any, Final

from pillarbox.jmap import arguments, ids
from pillarbox.jmap.dates import format_utc_date
from pillarbox.serve.jmap.method import Capability, Context
from pillarbox.store import correspondents
from pillarbox.store.correspondents import Recipient

URN: Final = "urn:pillarbox:jmap:recipients"
DEFAULT: Final = 10
MAX_LIMIT: Final = 100
_QUERY: Final = frozenset({"accountId", "text", "limit"})
_FORGET: Final = frozenset({"accountId", "emails"})
MAX_FORGET: Final = 100


def capability() -> Capability:
    """Return the capability."""
    methods = {"Recipient/query": query, "Recipient/forget": forget}
    return Capability(URN, methods, account=lambda _: {"maxRecipients": MAX_LIMIT})


async def query(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer Recipient/query. Without text: those written to most and latest."""
    arguments.check_names(args, _QUERY)
    asked = arguments.string_or_none(args, "text") or ""
    limit = min(arguments.number(args, "limit", DEFAULT, least=1), MAX_LIMIT)
    account_id = context.visitor.account_id
    found = await context.db.read(correspondents.query, account_id, asked, limit)
    return {"accountId": args["accountId"], "list": list(map(_shown, found))}


async def forget(context: Context, args: dict[str, Any]) -> dict[str, Any]:
    """Answer Recipient/forget: those addresses are offered no more, until they are used again."""
    arguments.check_names(args, _FORGET)
    emails = arguments.strings(args, "emails")
    if emails is None or len(emails) > MAX_FORGET:
        raise arguments.invalid(f"emails is no list of at most {MAX_FORGET}")
    account_id = context.visitor.account_id
    known = [
        email
        for email in emails
        if await context.db.write(correspondents.forget, account_id, email)
    ]
    return {"accountId": args["accountId"], "forgotten": known}


def _shown(one: Recipient) -> dict[str, Any]:
    return {
        "name": one.name,
        "email": one.address,
        "uses": one.uses,
        "lastUsedAt": None if one.used_at is None else format_utc_date(one.used_at),
        "contactId": ids.make(ids.CARD, one.card_id) if one.card_id else None,
    }
