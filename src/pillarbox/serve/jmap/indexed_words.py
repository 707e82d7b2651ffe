"""Words found by the index (`store/search`), and in what it does not hold yet.

A message that was filed a moment ago is found as well: what the index has not reached is looked
at itself, the newest of it, and remembered for the next key that is pressed.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

import structlog

from pillarbox.base.errors import MailError
from pillarbox.jmap.email_filter import Condition
from pillarbox.mime import lexicon
from pillarbox.mime.lexicon import Asked, Document
from pillarbox.serve.jmap.mail_words import StoredWords
from pillarbox.store import indexing, search
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId, MessageId
from pillarbox.store.search_index import SearchIndex

log = structlog.get_logger()

_TAIL: Final = (200, 16 * 1024 * 1024)
"""Messages that are not indexed yet and are looked at, and their octets."""
_SEALED: Final = (1000, 64 * 1024 * 1024)
"""The same where the words of sealed messages are not indexed at all."""
REMEMBERED: Final = 400
"""Messages whose tokens a worker remembers."""
FIELDS: Final = {"attachmentName": "attachment", "listId": "list"}
"""Conditions that are called otherwise in the index."""

_Read = Callable[[BlobRef, int, int | None], bytes]


class IndexedWords:
    """Finds words by the index of an installation."""

    def __init__(self, index: SearchIndex) -> None:
        self._index = index
        self._slow = StoredWords()
        self._remembered: OrderedDict[tuple[int, int], Document] = OrderedDict()

    async def find(
        self,
        db: Database,
        account_id: AccountId,
        condition: Condition,
        message_ids: Sequence[int],
    ) -> frozenset[int]:
        """Do what `Words.find` says. Text without a word in it finds nothing."""
        if condition.name in {"header", "verdict"}:
            return await self._slow.find(db, account_id, condition, message_ids)
        if not condition.value.strip():
            return frozenset(message_ids)
        asked = lexicon.ask(FIELDS.get(condition.name, condition.name), condition.value)
        if asked is None:
            return frozenset()
        try:
            indexed, found = await self._index.db.scan(_find, account_id, asked)
        except MailError as exc:
            log.error("search.index_failed", reason=str(exc), do="pillarbox store reindex")  # noqa: TRY400 - no bug of ours
            return await self._slow.find(db, account_id, condition, message_ids)
        limits = _TAIL
        if not self._index.bodies and "body" in asked.fields:
            indexed, limits = 0, _SEALED
        if message_ids and max(message_ids) > indexed:
            found += await db.scan(self._tail, db.blob_now, account_id, indexed, asked, limits)
        return frozenset(found)

    def _tail(
        self,
        tx: Transaction,
        read: _Read,
        account_id: AccountId,
        indexed: int,
        asked: Asked,
        limits: tuple[int, int],
    ) -> list[MessageId]:
        """Return what is found among the newest messages that are not indexed."""
        limit, left = limits
        found = []
        for message in indexing.waiting(tx, account_id, indexed, limit, newest=True):
            left -= message.octets
            if left < 0:
                break
            if lexicon.matches(self._document(account_id, message, read), asked):
                found.append(message.message_id)
        return found

    def _document(self, account_id: int, message: indexing.Waiting, read: _Read) -> Document:
        key = (account_id, message.message_id)
        known = self._remembered.get(key)
        if known is None:
            # Two threads may make the same; each step on the dictionary is whole.
            known = self._remembered[key] = indexing.lexicon(message, read)
            if len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)
        return known


def _find(tx: Transaction, account_id: AccountId, asked: Asked) -> tuple[int, list[MessageId]]:
    """Return how far the index goes, and what it finds."""
    progress = search.progress(tx, account_id)
    return progress.indexed, search.find(tx, account_id, asked)
