"""Running a JMAP request: one call after the other, each with what it needs (RFC 8620 §3).

A call that fails is an "error" among the responses, and the next one runs. What fails for a
reason of our own is serverFail; the reason goes to the log and nowhere else.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import Corrupt, MailError
from pillarbox.jmap import ids
from pillarbox.jmap.error import MethodError
from pillarbox.jmap.limits import Limits
from pillarbox.jmap.reference import References
from pillarbox.jmap.request import (
    Invocation,
    Request,
    RequestError,
    Response,
    check_request,
    parse_request,
)
from pillarbox.jmap.session import Urls, session_object
from pillarbox.serve.jmap.errors import method_error
from pillarbox.serve.jmap.method import Capability, Context, Method
from pillarbox.serve.visitor import Visitor
from pillarbox.store.database import Database

log = structlog.get_logger()

ERROR: Final = "error"
MAX_CREATED: Final = 10_000  # ids that a client may send along
_MAKERS: Final = ("/set", "/copy", "/import", "/upload")


class Api:
    """All methods of all capabilities. One for each worker.

    changed: to be called after each commit that changed an account.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        capabilities: Sequence[Capability],
        changed: Callable[[int], None],
        limits: Limits,
        urls: Urls | None = None,
    ) -> None:
        self.limits: Final = limits
        self.capabilities: Final = tuple(capabilities)
        self._db = db
        self._clock = clock
        self._changed = changed
        self._urls = urls or Urls()
        self._known = {one.urn: one for one in capabilities}
        self._methods: dict[str, tuple[Capability, Method]] = {}
        for one in capabilities:
            for name, method in one.methods.items():
                assert name not in self._methods, name
                self._methods[name] = (one, method)
        self._running: Counter[int] = Counter()
        self._encoder = msgspec.json.Encoder()

    def session(self, visitor: Visitor, origin: str = "") -> dict[str, Any]:
        """Return the Session object. origin: "https://host"."""
        account = {one.urn: one.account(visitor) for one in self.capabilities if one.personal}
        server = {one.urn: one.server for one in self.capabilities}
        account_id = ids.make(ids.ACCOUNT, visitor.account_id)
        return session_object(account_id, visitor.address, server, account, self._urls, origin)

    async def answer(self, visitor: Visitor, octets: bytes | str) -> bytes:
        """Return the Response to a Request, as JSON. Raises RequestError."""
        request = parse_request(octets, self.limits, self._known)
        return self._encoder.encode(await self.run(visitor, request))

    def check(self, value: Any) -> Request:
        """Return the request that a decoded value is. Raises RequestError."""
        return check_request(value, self.limits, self._known)

    async def run(self, visitor: Visitor, request: Request) -> Response:
        """Run a checked request. Raises RequestError: limit."""
        number = visitor.account_id
        if self._running[number] >= self.limits.max_concurrent_requests:
            raise RequestError("limit", "too many requests at once", limit="maxConcurrentRequests")
        if len(request.created_ids or ()) > MAX_CREATED:
            raise RequestError("notRequest", "too many createdIds")
        self._running[number] += 1
        try:
            return await self._run(visitor, request)
        finally:
            self._running[number] -= 1
            if not self._running[number]:
                del self._running[number]

    async def _run(self, visitor: Visitor, request: Request) -> Response:
        context = Context(
            self._db,
            visitor,
            self._clock.now(),
            self.limits,
            frozenset(request.using),
            self._changed,
            dict(request.created_ids or {}),
        )
        references = References(self.limits.max_size_request)
        responses: list[Invocation] = []
        encoded: list[msgspec.Raw] = []
        for call in request.method_calls:
            name, found = await self._call(context, call, references, responses)
            more, context.more = context.more, []
            for each in [(name, found), *more]:
                response = Invocation(each[0], each[1], call.call_id)
                responses.append(response)
                encoded.append(self._encode(response))
        created = msgspec.UNSET if request.created_ids is None else context.created
        return Response(encoded, self.session(visitor)["state"], created)

    def _encode(self, response: Invocation) -> msgspec.Raw:
        return msgspec.Raw(self._encoder.encode(response))

    async def _call(
        self,
        context: Context,
        call: Invocation,
        references: References,
        responses: Sequence[Invocation],
    ) -> tuple[str, dict[str, Any]]:
        """Return name and arguments of the response to one call."""
        try:
            found = await self._result(context, call, references, responses)
        except MethodError as exc:
            return ERROR, exc.as_object()
        except Corrupt as exc:
            log.error("jmap.corrupt", method=call.name, error=str(exc))  # noqa: TRY400
            return ERROR, method_error(exc).as_object()
        except MailError as exc:
            log.info("jmap.refused", method=call.name, error=type(exc).__name__, reason=str(exc))
            return ERROR, method_error(exc).as_object()
        except Exception:
            log.exception("jmap.failed", method=call.name)
            return ERROR, MethodError("serverFail", "the server failed; it is noted").as_object()
        if call.name.endswith(_MAKERS):
            _note_created(context.created, found)
        return call.name, found

    async def _result(
        self,
        context: Context,
        call: Invocation,
        references: References,
        responses: Sequence[Invocation],
    ) -> dict[str, Any]:
        capability, method = self._methods.get(call.name, (None, None))
        # RFC 8620 §3.3: what the client did not ask for is not there for it.
        if capability is None or method is None or capability.urn not in context.using:
            raise MethodError("unknownMethod")
        arguments = references.resolve(call.arguments, responses)
        if call.name not in capability.anywhere:
            _check_account(context.visitor, arguments)
        return await method(context, arguments)


def _check_account(visitor: Visitor, arguments: Mapping[str, Any]) -> None:
    """Raise if the account is not the visitor's (RFC 8620 §3.6.2)."""
    named = arguments.get("accountId")
    if not isinstance(named, str):
        raise MethodError("invalidArguments", "accountId is not an id")
    if named != ids.make(ids.ACCOUNT, visitor.account_id):
        raise MethodError("accountNotFound")


def _note_created(created: dict[str, str], response: Mapping[str, Any]) -> None:
    """Remember what a method has made (RFC 8620 §5.3)."""
    found = response.get("created")
    if isinstance(found, dict):
        for creation_id, made in found.items():
            if isinstance(made, dict) and isinstance(made.get("id"), str):
                created[creation_id] = made["id"]
