"""ContactCard/import and ContactCard/export: vCard files of other programs (docs/jmap_own.md)."""

import asyncio
from typing import Any, Final

import msgspec

from pillarbox.jmap import arguments, card_vcard, ids
from pillarbox.jmap import card as cards
from pillarbox.jmap.dates import format_utc_date
from pillarbox.jmap.error import MethodError, SetError
from pillarbox.mime.vcard import MAX_CARDS, MAX_OCTETS, format_vcard, parse_vcards
from pillarbox.serve.jmap.contacts import completed, put
from pillarbox.serve.jmap.mail_blobs import Fetch
from pillarbox.serve.jmap.method import Context
from pillarbox.store import contacts
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

BATCH: Final = 100
"""Cards written in one transaction."""
MAX_TOLD: Final = 100
"""Cards that could not be read, of which is said why."""
VERSIONS: Final = ("4.0", "3.0")
_IMPORT: Final = frozenset({"accountId", "blobId"})
_EXPORT: Final = frozenset({"accountId", "ids", "version"})


class Files:
    """The methods. fetch: the octets of blobs."""

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch

    async def import_(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer ContactCard/import. A card whose uid is known replaces that one."""
        arguments.check_names(args, _IMPORT)
        octets = await self._fetch(context, arguments.string(args, "blobId"))
        if octets is None:
            raise arguments.invalid("there is no such blob")
        if len(octets) > MAX_OCTETS:
            raise MethodError("requestTooLarge", f"more than {MAX_OCTETS} octets")
        now = format_utc_date(context.now)
        found, refused = await asyncio.to_thread(_cards, octets)
        account_id = context.visitor.account_id
        created: list[str] = []
        updated: list[str] = []
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            new, old, bad = await context.db.write(_file, account_id, batch, now)
            created += new
            updated += old
            refused += bad
        if created or updated:
            context.changed(account_id)
        return {
            "accountId": args["accountId"],
            "created": created,
            "updated": updated,
            "notCreated": [{"index": i, "description": why} for i, why in refused[:MAX_TOLD]],
            "total": len(created) + len(updated) + len(refused),
        }

    async def export(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Answer ContactCard/export: all cards, or those of `ids`, as one vCard file."""
        arguments.check_names(args, _EXPORT)
        asked = arguments.strings(args, "ids")
        version = arguments.string_or_none(args, "version") or VERSIONS[0]
        if version not in VERSIONS:
            raise arguments.invalid(f"version is one of {', '.join(VERSIONS)}")
        numbers = None
        if asked is not None:
            numbers = [n for one in asked if (n := ids.number(ids.CARD, one)) is not None]
        text, count = await context.db.scan(_text, context.visitor.account_id, numbers, version)
        return {
            "accountId": args["accountId"],
            "type": "text/vcard",
            "count": count,
            "text": text,
        }


def _cards(octets: bytes) -> tuple[list[tuple[int, cards.Card]], list[tuple[int, str]]]:
    """Return the cards of a file by their place in it, and what is wrong with others."""
    found, refused = [], []
    for index, lines in enumerate(parse_vcards(octets)):
        try:
            card = cards.check(card_vcard.card_of(lines))
        except SetError as exc:
            refused.append((index, exc.description))
            continue
        if cards.full_name(card) or cards.emails(card):
            found.append((index, card))
        else:
            refused.append((index, "neither a name nor an address"))
    return found, refused


def _file(
    tx: Transaction, account_id: AccountId, batch: list[tuple[int, cards.Card]], now: str
) -> tuple[list[str], list[str], list[tuple[int, str]]]:
    contacts.lock(tx, account_id)
    created: list[str] = []
    updated: list[str] = []
    refused: list[tuple[int, str]] = []
    for index, card in batch:
        uid = card.get("uid")
        known = contacts.find_uid(tx, account_id, uid) if uid else None
        try:
            number = put(tx, account_id, known, completed(card, now))
        except SetError as exc:
            refused.append((index, exc.description))
            continue
        (created if known is None else updated).append(ids.make(ids.CARD, number))
    return created, updated, refused


def _text(
    tx: Transaction, account_id: AccountId, numbers: list[int] | None, version: str
) -> tuple[str, int]:
    found = contacts.list_(tx, account_id, numbers)
    if len(found) > MAX_CARDS:
        raise MethodError("requestTooLarge", f"more than {MAX_CARDS} cards: ask for ids")
    pieces = []
    for one in found:
        card = msgspec.json.decode(one.body)
        lines = card_vcard.lines_of(card, cards.full_name(card), version)
        pieces.append(format_vcard(lines, version).decode())
    return "".join(pieces), len(pieces)
