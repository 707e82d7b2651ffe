"""MessageView/get and MessageView/unsubscribe: messages as they are shown; docs/jmap.md."""

from typing import Any, Final, Literal, TypeVar

import msgspec

from pillarbox.base.errors import NotFound, RateLimited
from pillarbox.delivery.https import NotFetched
from pillarbox.delivery.unsubscribing import Unsubscribing, Way
from pillarbox.jmap import blob_id, ids
from pillarbox.jmap.error import MethodError
from pillarbox.jmap.types import view as types
from pillarbox.serve import frame_ticket
from pillarbox.serve.frame_ticket import FrameTicket
from pillarbox.serve.jmap.method import Capability, Context
from pillarbox.serve.reading import Reading, Readings
from pillarbox.serve.view_token import Tokens
from pillarbox.store.ids import MessageId

T = TypeVar("T")

URN: Final = "urn:pillarbox:jmap:view"
MAX_VIEWS: Final = 50
"""Messages of one MessageView/get."""


class _Get(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    account_id: str
    email_ids: list[str]
    remote: Literal["blocked", "proxied"] = "blocked"
    language: str = "en"


class _Unsubscribe(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    account_id: str
    email_id: str


class Viewing:
    """The methods. tokens: for addresses of frames."""

    def __init__(self, readings: Readings, tokens: Tokens, unsubscribing: Unsubscribing) -> None:
        self._readings = readings
        self._tokens = tokens
        self._unsubscribing = unsubscribing

    def capability(self) -> Capability:
        """Return what app.py gives to the API."""
        return Capability(
            URN,
            {"MessageView/get": self.get, "MessageView/unsubscribe": self.unsubscribe},
            account=lambda _: {"maxViews": MAX_VIEWS},
        )

    async def get(self, context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
        """MessageView/get."""
        asked = _read(arguments, _Get)
        if len(asked.email_ids) > MAX_VIEWS:
            raise MethodError("requestTooLarge", f"more than {MAX_VIEWS} messages")
        account_id = context.visitor.account_id
        found, missing = [], []
        for email_id in dict.fromkeys(asked.email_ids):
            number = ids.number(ids.EMAIL, email_id)
            ticket = FrameTicket(account_id, MessageId(number or 0), asked.remote)
            try:
                reading = await self._readings.open(*ticket, context.now)
                way = await self._unsubscribing.way(*ticket[:2], reading.header)
            except NotFound:
                missing.append(email_id)
                continue
            path = frame_ticket.address(self._tokens, ticket, context.now)
            found.append(msgspec.to_builtins(_view(email_id, ticket, reading, way, path)))
        return {"accountId": asked.account_id, "list": found, "notFound": missing}

    async def unsubscribe(self, context: Context, arguments: dict[str, Any]) -> dict[str, Any]:
        """MessageView/unsubscribe: ask the list's server once (RFC 8058 §3.2)."""
        asked = _read(arguments, _Unsubscribe)
        account_id = context.visitor.account_id
        message_id = MessageId(ids.number(ids.EMAIL, asked.email_id) or 0)
        status, problem = None, ""
        try:
            reading = await self._readings.open(account_id, message_id, "blocked", context.now)
            status = await self._unsubscribing.leave(account_id, message_id, reading.header)
        except NotFound:
            raise MethodError("notFound", "there is no list to leave by one request") from None
        except RateLimited:
            raise MethodError("rateLimit", "too many lists at once") from None
        except NotFetched as exc:
            problem = str(exc)
        return {
            "accountId": asked.account_id,
            "emailId": asked.email_id,
            "done": status is not None and status < 400,
            "status": status,
            "problem": problem,
        }


def _read(arguments: dict[str, Any], kind: type[T]) -> T:
    try:
        return msgspec.convert(arguments, kind)
    except msgspec.ValidationError as exc:
        raise MethodError("invalidArguments", str(exc)) from None


def _way(way: Way | None) -> types.ViewUnsubscribe | None:
    if way is None:
        return None
    if way.letter is None:
        return types.ViewUnsubscribe(kind=way.kind, url=way.url)
    letter = way.letter
    return types.ViewUnsubscribe(
        kind=way.kind, to=letter.to, subject=letter.subject, body=letter.body
    )


def _view(
    email_id: str, ticket: FrameTicket, reading: Reading, way: Way | None, path: str
) -> types.MessageView:
    page = reading.page
    return types.MessageView(
        email_id=email_id,
        frame_url=f"{path}body" if page else None,
        text=reading.text,
        remote_images=page.remote if page else 0,
        trackers=page.trackers if page else 0,
        other_remote=page.other if page else 0,
        colours=page.colours if page else False,
        shown_as_text=page.problem if page else "",
        unsubscribe=_way(way),
        attachments=[
            types.ViewAttachment(
                part_id=one.part_id,
                blob_id=blob_id.message(ticket.message_id, one.part_id),
                name=one.name or None,
                type=one.type,
                size=one.size,
                inline=one.inline,
                preview=one.preview,
                preview_url=f"{path}preview/{one.part_id}" if one.preview else None,
            )
            for one in reading.attachments
        ],
    )
