"""Leaving mailing lists on behalf of a reader: by one request, if the list proved that it asked.

RFC 8058 §4: the fields count only under a DKIM signature that covers both, or anybody could have
us ask any URL. That evidence is in the message's trace (`h=` of a signature that passed when it
came); where there is no trace any more, or never was, the stored octets are verified again.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import NotFound, RateLimited
from pillarbox.base.ratelimit import TokenBuckets
from pillarbox.delivery.public_web import PublicWeb
from pillarbox.dns.resolver import Resolver
from pillarbox.mailauth import dkim
from pillarbox.mime import list_header
from pillarbox.mime.header import parse_header
from pillarbox.mime.list_header import Leaving, Letter
from pillarbox.store import mailboxes, placements, traces
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId, MessageId
from pillarbox.store.mailboxes import Role
from pillarbox.trace.step import Trace

FIELDS: Final = frozenset({"list-unsubscribe", "list-unsubscribe-post"})
BODY: Final = b"List-Unsubscribe=One-Click"  # RFC 8058 §3.2
MEDIA_TYPE: Final = "application/x-www-form-urlencoded"
VERIFY_SECONDS: Final = 3.0
MAX_KNOWN: Final = 2_000  # messages whose verification is remembered
BURST: Final = 50  # lists that one account leaves at once
PER_SECOND: Final = 1 / 60

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Way:
    """How to leave. url: for "oneClick" and "page". letter: for "mail"."""

    kind: Literal["oneClick", "mail", "page"]
    url: str = ""
    letter: Letter | None = None


@dataclass(frozen=True, slots=True)
class _Filed:
    """What the store knows of a message. junk: it lies in Junk."""

    blob: BlobRef
    trace: Trace | None
    junk: bool


class Unsubscribing:
    """Finds ways to leave lists, and goes the one that is ours."""

    def __init__(self, db: Database, resolver: Resolver, web: PublicWeb, clock: Clock) -> None:
        self._db = db
        self._resolver = resolver
        self._web = web
        self._clock = clock
        self._verified: OrderedDict[tuple[AccountId, MessageId], bool] = OrderedDict()
        self._buckets = TokenBuckets(BURST, PER_SECOND)

    async def way(self, account_id: AccountId, message_id: MessageId, header: bytes) -> Way | None:
        """Return how to leave the list that a message came by, None if it says no way.

        None for what lies in Junk, where an answer only tells that somebody reads. header: of the
        message. Raises NotFound.
        """
        leaving = list_header.read(parse_header(header))
        if leaving == list_header.NONE:
            return None
        filed = await self._db.read(_filed, account_id, message_id)
        if filed.junk:
            return None
        if leaving.one_click and await self._is_covered(account_id, message_id, filed):
            return Way("oneClick", leaving.one_click)
        return _by_hand(leaving)

    async def leave(self, account_id: AccountId, message_id: MessageId, header: bytes) -> int:
        """Leave by one request; return the HTTP status of the answer.

        Raises NotFound if there is no such way, RateLimited, NotFetched.
        """
        way = await self.way(account_id, message_id, header)
        if way is None or way.kind != "oneClick":
            raise NotFound(f"a way to leave the list of message {message_id}")
        if not self._buckets.take(account_id, self._clock.monotonic()):
            raise RateLimited(f"account {account_id} leaves lists")
        page = await self._web.post(way.url, BODY, MEDIA_TYPE)
        log.info("unsubscribed", account=account_id, status=page.status)
        return page.status

    async def _is_covered(
        self, account_id: AccountId, message_id: MessageId, filed: _Filed
    ) -> bool:
        if filed.trace is not None and (known := _told(filed.trace)) is not None:
            return known
        key = (account_id, message_id)
        if key not in self._verified:
            covered = await self._verify(filed.blob)
            if covered is None:
                return False
            self._verified[key] = covered
            if len(self._verified) > MAX_KNOWN:
                self._verified.popitem(last=False)
        return self._verified[key]

    async def _verify(self, blob: BlobRef) -> bool | None:
        """Verify the octets; None if DNS did not answer."""
        octets = await self._db.blob(blob)
        try:
            async with asyncio.timeout(VERIFY_SECONDS):
                outcomes = await dkim.verify(octets, self._resolver, self._clock.now())
        except TimeoutError:
            return None
        if any(one.passed and not one.partial and _covers(one.headers) for one in outcomes):
            return True
        failed = any(one.result is dkim.DkimResult.TEMPERROR for one in outcomes)
        return None if failed else False


def _by_hand(leaving: Leaving) -> Way | None:
    if leaving.letter is not None:
        return Way("mail", letter=leaving.letter)
    return Way("page", leaving.page) if leaving.page else None


def _filed(tx: Transaction, account_id: AccountId, message_id: MessageId) -> _Filed:
    rows = placements.metadata_by_id(tx, account_id, [message_id], ["blob", "trace_id"])
    places = placements.where(tx, account_id, [message_id]).get(message_id, [])
    if not rows or not places:
        raise NotFound(f"message {message_id}")
    _, blob, trace_id = rows[0]
    trace = None
    if trace_id:
        try:
            trace = traces.get(tx, trace_id)
        except NotFound:
            trace = None  # Traces are not kept as long as mail.
    junk = mailboxes.find_role(tx, account_id, Role.JUNK)
    is_junk = junk is not None and any(place[0] == junk.mailbox_id for place in places)
    return _Filed(BlobRef.parse(blob), trace, is_junk)


def _told(trace: Trace) -> bool | None:
    """Return what the trace says of signatures; None where it knows nothing of them."""
    steps = [step for step in trace.steps if step.key.startswith("dkim.")]
    for step in steps:
        headers = step.params.get("headers")
        if step.key == "dkim.pass" and isinstance(headers, list) and _covers(map(str, headers)):
            return True
    unknown = not steps or any(step.key == "dkim.temperror" for step in steps)
    return None if unknown else False


def _covers(headers: Iterable[str]) -> bool:
    return {name.lower() for name in headers} >= FIELDS
