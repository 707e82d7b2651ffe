"""Trace/get and Trace/query: how mail came and went, for those whose mail it is.

A trace belongs to an account that sent the message, or that it was for: it lies in one of its
mailboxes, or was refused and would have. What others may know of it stands in `trace/reader`.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from pillarbox.delivery import own_traces
from pillarbox.delivery.ask_again import ask_again
from pillarbox.delivery.own_traces import Seen
from pillarbox.delivery.recipient_security import MAX_ADDRESSES, RecipientSecurity
from pillarbox.dns.resolver import Resolver
from pillarbox.jmap import ids
from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap.method import Capability, Context
from pillarbox.serve.jmap.traces import compare, tell, told
from pillarbox.serve.visitor import Visitor
from pillarbox.store import accounts, refused
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MessageId
from pillarbox.trace import catalogue

URN: Final = "urn:pillarbox:jmap:trace"
MAX_TRACES: Final = 100  # of one Trace/get
MAX_FOUND: Final = 200  # of one Trace/query
MAX_POSITION: Final = 10_000
MAX_TEXT: Final = 200  # characters to search for
_ACTIONS: Final = ("refused", "deferred")


class _Get(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    account_id: str
    email_ids: list[str] | None = None
    ids: list[str] | None = None
    language: str = ""


class _Filter(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    action: str = ""
    text: str = ""
    after: dt.datetime | None = None
    before: dt.datetime | None = None


class _Query(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    account_id: str
    filter: _Filter | None = None
    limit: int | None = None
    position: int = 0
    calculate_total: bool = False


def read(arguments: Mapping[str, Any], kind: type[msgspec.Struct]) -> Any:
    """Return the arguments of a method. Raises MethodError invalidArguments."""
    try:
        return msgspec.convert(arguments, kind)
    except msgspec.ValidationError as exc:
        raise MethodError("invalidArguments", str(exc)) from None


class _Secure(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    account_id: str
    addresses: list[str]
    language: str = ""


class _Ask(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    account_id: str
    email_id: str | None = None
    id: str | None = None
    language: str = ""


class Tracing:
    """The methods. separator: of subaddresses. resolver: for Trace/ask, which None leaves out."""

    def __init__(
        self, separator: str, security: RecipientSecurity, resolver: Resolver | None = None
    ) -> None:
        self._separator = separator
        self._security = security
        self._resolver = resolver

    def capability(self) -> Capability:
        """Return what app.py gives to the API."""
        methods = {
            "Trace/get": self.get,
            "Trace/query": self.query,
            "RecipientSecurity/get": self.security,
        }
        if self._resolver is not None:
            methods["Trace/ask"] = self.ask
        return Capability(URN, methods, account=_account, states=_states)

    async def get(self, context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
        """Trace/get: traces of emails, or by their own ids; docs/jmap_own.md."""
        asked: _Get = read(arguments, _Get)
        wanted = [*(asked.email_ids or []), *(asked.ids or [])]
        if asked.email_ids is None and asked.ids is None:
            raise MethodError("invalidArguments", "emailIds or ids must be given")
        if len(wanted) > MAX_TRACES:
            raise MethodError("requestTooLarge", f"at most {MAX_TRACES} traces at a time")
        language = catalogue.choose(asked.language)
        account_id = context.visitor.account_id
        found = await context.db.scan(_find, account_id, asked, self._separator)
        return {
            "accountId": asked.account_id,
            "list": [
                msgspec.to_builtins(tell(seen, email_id, language)) for email_id, seen in found.seen
            ],
            "notFound": found.missing,
        }

    async def ask(self, context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
        """Trace/ask: what DNS says now of what a trace rests on; docs/jmap_own.md."""
        assert self._resolver is not None
        asked: _Ask = read(arguments, _Ask)
        if (asked.email_id is None) is (asked.id is None):
            raise MethodError("invalidArguments", "emailId or id must be given")
        wanted = _Get(
            asked.account_id,
            None if asked.email_id is None else [asked.email_id],
            None if asked.id is None else [asked.id],
        )
        account_id = context.visitor.account_id
        found = await context.db.scan(_find, account_id, wanted, self._separator)
        if not found.seen:
            raise MethodError("notFound", "there is no such trace")
        part = found.seen[0][1].part
        language = catalogue.choose(asked.language)
        compared = await ask_again(part.steps, self._resolver)
        return {
            "accountId": asked.account_id,
            "id": part.id,
            "list": [msgspec.to_builtins(compare(one, language)) for one in compared],
        }

    async def security(self, context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
        """RecipientSecurity/get: how mail would be protected; docs/jmap_own.md."""
        asked: _Secure = read(arguments, _Secure)
        if len(asked.addresses) > MAX_ADDRESSES:
            raise MethodError("requestTooLarge", f"at most {MAX_ADDRESSES} addresses at a time")
        language = catalogue.choose(asked.language)
        found = await self._security.of(context.visitor.address, asked.addresses)
        return {
            "accountId": asked.account_id,
            "list": [msgspec.to_builtins(told(one, language)) for one in found],
        }

    async def query(self, context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
        """Trace/query: mail that was refused or put off, latest first; docs/jmap_own.md."""
        asked: _Query = read(arguments, _Query)
        wanted = _wanted(asked.filter or _Filter())
        limit = MAX_FOUND if asked.limit is None else min(asked.limit, MAX_FOUND)
        if limit < 0 or not 0 <= asked.position <= MAX_POSITION:
            raise MethodError("invalidArguments", "limit or position is out of range")
        account_id = context.visitor.account_id
        db = context.db
        found = await db.scan(refused.list_, account_id, wanted, limit, asked.position)
        state = await db.read(refused.newest, account_id)
        answer = {
            "accountId": asked.account_id,
            "queryState": str(state),
            "canCalculateChanges": False,
            "position": asked.position,
            "ids": found,
        }
        if limit != asked.limit:
            answer["limit"] = limit
        if asked.calculate_total:
            answer["total"] = await db.scan(refused.count, account_id, wanted)
        return answer


def _account(_: Visitor) -> Mapping[str, Any]:
    return {
        "maxTracesInGet": MAX_TRACES,
        "maxTracesInQuery": MAX_FOUND,
        "maxAddressesInSecurity": MAX_ADDRESSES,
        "languages": list(catalogue.LANGUAGES),
    }


def _states(tx: Transaction, account_id: AccountId) -> Mapping[str, str]:
    """Change when something more is refused; what happens to mail that was sent is Email's."""
    return {"Trace": str(refused.newest(tx, account_id))}


def _wanted(given: _Filter) -> refused.Wanted:
    if given.action and given.action not in _ACTIONS:
        raise MethodError("unsupportedFilter", f"action is one of {', '.join(_ACTIONS)}")
    if len(given.text) > MAX_TEXT:
        raise MethodError("unsupportedFilter", f"text has at most {MAX_TEXT} characters")
    for moment in (given.after, given.before):
        if moment is not None and moment.tzinfo is None:
            raise MethodError("invalidArguments", "after and before are UTCDate")
    return refused.Wanted(given.action, given.text, given.after, given.before)


@dataclass(slots=True)
class _Found:
    """seen: email id or None, and the trace. missing: ids of either kind."""

    seen: list[tuple[str | None, Seen]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def _find(tx: Transaction, account_id: AccountId, asked: _Get, separator: str) -> _Found:
    found = _Found()
    account = accounts.get(tx, account_id)
    numbers = {one: ids.number(ids.EMAIL, one) for one in asked.email_ids or []}
    wanted = [MessageId(number) for number in numbers.values() if number is not None]
    by_email = own_traces.of_messages(tx, account, wanted, separator)
    for email_id, number in numbers.items():
        seen = None if number is None else by_email.get(MessageId(number))
        if seen is None:
            found.missing.append(email_id)
        else:
            found.seen.append((email_id, seen))
    for trace_id in dict.fromkeys(asked.ids or []):
        seen = own_traces.find(tx, account, trace_id, separator)
        if seen is None:
            found.missing.append(trace_id)
        else:
            found.seen.append((None, seen))
    return found
