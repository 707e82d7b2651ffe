"""PushSubscription/get and /set (RFC 8620 §7.2): where a client wants its news sent.

A subscription belongs to the credentials that made it: others neither see nor change it, and it
ends with them. The first thing that is sent to it is a code, which the client must bring back.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import msgspec
import structlog

from pillarbox.base import token as tokens
from pillarbox.base.clock import Clock
from pillarbox.base.errors import TooMany
from pillarbox.jmap import arguments, ids, push
from pillarbox.jmap.dates import format_utc_date
from pillarbox.jmap.error import MethodError, SetError
from pillarbox.serve.jmap.method import Context, Method
from pillarbox.serve.jmap.news import News
from pillarbox.serve.jmap.web_push import WebPush
from pillarbox.serve.visitor import Visitor
from pillarbox.store import push_subscriptions
from pillarbox.store.database import Transaction
from pillarbox.store.push_subscriptions import Subscription

log = structlog.get_logger()

KIND: Final = "p"  # the letter of ids
MAX_CODES: Final = 30  # that are sent for one account in CODE_SECONDS
CODE_SECONDS: Final = 600.0
_ACCOUNTS: Final = 10_000  # for which is remembered how many were sent
_IMMUTABLE: Final = frozenset({"id", "deviceClientId", "url", "keys"})


class PushMethods:
    """The methods. news: set when all types are known."""

    def __init__(self, sender: WebPush, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock
        self._sent: OrderedDict[int, deque[float]] = OrderedDict()
        self._sending: set[asyncio.Task[None]] = set()
        self.news: News | None = None

    def methods(self) -> Mapping[str, Method]:
        """Return the methods, of the core capability; they take no accountId."""
        return {"PushSubscription/get": self.get, "PushSubscription/set": self.set}

    async def get(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """PushSubscription/get (§7.2.1)."""
        arguments.check_names(args, ("ids", "properties"))
        asked = arguments.ids(args, context.limits.max_objects_in_get)
        wanted = arguments.properties(args, push.PROPERTIES)
        if wanted is not None and push.SECRET & set(wanted):
            raise MethodError("forbidden", "url and keys are not told")
        own = await context.db.read(_own, context.visitor, context.now)
        shown = push.PROPERTIES if wanted is None else {"id", *wanted}
        found = own if asked is None else {one: own[one] for one in asked if one in own}
        return {
            "list": [_as_object(one, shown) for one in found.values()],
            "notFound": [one for one in asked or () if one not in own],
        }

    async def set(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """PushSubscription/set (§7.2.2)."""
        arguments.check_names(args, ("create", "update", "destroy"))
        asked = arguments.Set.read(args, context.limits.max_objects_in_set)
        answer: dict[str, dict[str, Any]] = {
            name: {} for name in ("created", "notCreated", "updated", "notUpdated", "notDestroyed")
        }
        destroyed = []
        for creation_id, wanted in asked.create.items():
            try:
                made = await self._create(context, wanted)
            except SetError as exc:
                answer["notCreated"][creation_id] = exc.as_object()
            else:
                answer["created"][creation_id] = made
                context.created[creation_id] = made["id"]
        for named, patch in asked.update.items():
            one = context.created.get(named[1:], named) if named.startswith("#") else named
            try:
                answer["updated"][one] = await self._update(context, one, patch)
            except SetError as exc:
                answer["notUpdated"][one] = exc.as_object()
        for named in asked.destroy:
            one = context.created.get(named[1:], named) if named.startswith("#") else named
            if await context.db.write(_remove, context.visitor, context.now, one):
                destroyed.append(one)
            else:
                answer["notDestroyed"][one] = SetError("notFound").as_object()
        return {**{k: v or None for k, v in answer.items()}, "destroyed": destroyed or None}

    async def _create(self, context: Context, given: dict[str, Any]) -> dict[str, Any]:
        wanted = push.read_create(given, context.now)
        visitor = context.visitor
        self._count(visitor.account_id)
        subscription = Subscription(
            0,
            visitor.account_id,
            visitor.kind,
            visitor.number,
            wanted.device_client_id,
            wanted.url,
            wanted.p256dh,
            wanted.auth,
            tokens.new_token(),
            verified=False,
            types=wanted.types,
            states="{}",
            expires_at=wanted.expires,
        )
        try:
            number = await context.db.write(push_subscriptions.add, subscription)
        except TooMany:
            raise SetError("overQuota", "too many subscriptions") from None
        self._send_code(replace(subscription, subscription_no=number))
        made: dict[str, Any] = {"id": ids.make(KIND, number)}
        if given.get("expires") != format_utc_date(wanted.expires):
            made["expires"] = format_utc_date(wanted.expires)
        return made

    def _count(self, account_id: int) -> None:
        """Raise SetError if codes were sent for the account too often: URLs are anybody's."""
        now = self._clock.monotonic()
        sent = self._sent.setdefault(account_id, deque(maxlen=MAX_CODES))
        self._sent.move_to_end(account_id)
        while len(self._sent) > _ACCOUNTS:
            self._sent.popitem(last=False)
        if len(sent) == MAX_CODES and now - sent[0] < CODE_SECONDS:
            raise SetError("rateLimit", "too many subscriptions in too short a time")
        sent.append(now)

    def _send_code(self, subscription: Subscription) -> None:
        """Send what the client must bring back (§7.2.2), without waiting for it."""
        value = {
            "@type": "PushVerification",
            "pushSubscriptionId": ids.make(KIND, subscription.subscription_no),
            "verificationCode": subscription.code,
        }

        async def send() -> None:
            await self._sender.send(subscription, value, self._clock.now())

        task = asyncio.ensure_future(send())
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def _update(
        self, context: Context, one: str, patch: dict[str, Any]
    ) -> dict[str, Any] | None:
        assert self.news is not None
        return await context.db.write(_update, self.news, context.visitor, context.now, one, patch)


def _own(tx: Transaction, visitor: Visitor, now: datetime) -> dict[str, Subscription]:
    """Return the subscriptions that were made with the visitor's credentials."""
    return {
        ids.make(KIND, one.subscription_no): one
        for one in push_subscriptions.list_(tx, visitor.account_id)
        if (one.kind, one.number) == (visitor.kind, visitor.number) and one.expires_at > now
    }


def _as_object(one: Subscription, shown: Any) -> dict[str, Any]:
    whole = {
        "id": ids.make(KIND, one.subscription_no),
        "deviceClientId": one.device_client_id,
        "verificationCode": one.code if one.verified else None,
        "expires": format_utc_date(one.expires_at),
        "types": push.format_types(one.types),
    }
    return {name: value for name, value in whole.items() if name in shown}


def _update(
    tx: Transaction,
    news: News,
    visitor: Visitor,
    now: datetime,
    one: str,
    patch: dict[str, Any],
) -> dict[str, Any] | None:
    """Change a subscription; return what the server made of it. Raises SetError."""
    found = _own(tx, visitor, now).get(one)
    if found is None:
        raise SetError("notFound")
    answer = None
    for name, value in patch.items():
        if name == "verificationCode":
            if value is not None and value != found.code:
                raise SetError("invalidProperties", "another code was sent", [name])
            if value is not None and not found.verified:
                # From here on it is told of what is new.
                states = msgspec.json.encode(news.read(tx, visitor.account_id)).decode()
                found = replace(found, verified=True, states=states)
        elif name == "types":
            found = replace(found, types=push.read_types(value))
        elif name == "expires":
            found = replace(found, expires_at=push.read_expires(value, now))
            if value != format_utc_date(found.expires_at):
                answer = {"expires": format_utc_date(found.expires_at)}
        elif name not in _IMMUTABLE or value != _as_object(found, push.PROPERTIES).get(name):
            raise SetError("invalidProperties", "unknown, or cannot be changed", [name])
    push_subscriptions.change(tx, found)
    return answer


def _remove(tx: Transaction, visitor: Visitor, now: datetime, one: str) -> bool:
    found = _own(tx, visitor, now).get(one)
    return found is not None and push_subscriptions.remove(
        tx, visitor.account_id, found.subscription_no
    )
