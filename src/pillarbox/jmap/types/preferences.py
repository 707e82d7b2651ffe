"""How one person wants to see their mail (urn:pillarbox:jmap:preferences; docs/jmap_own.md).

Each field has the value that counts until it is set. Unknown keys are refused, everywhere.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

Line = Annotated[str, Meta(max_length=200)]
Text = Annotated[str, Meta(max_length=10_000)]
Address = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^\s@]+@[^\s@]+$")]
Keyword = Annotated[str, Meta(pattern=r"^[!#$&'+\-/-Z\[^-z|}~]{1,255}$")]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}$")]
Key = Annotated[str, Meta(min_length=1, max_length=40)]
Hour = Annotated[int, Meta(ge=0, le=23)]


class Keyboard(msgspec.Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """on: single keys do something. map: command -> keys, only where it is not the usual."""

    on: bool = True
    map: Annotated[dict[Line, Key], Meta(max_length=200)] = {}


class RemoteContent(msgspec.Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """mode: what to do with remote images. senders: of whom they are always shown.

    What stands in `senders` counts only for mail whose sender is proven (senderVerdict.proven).
    """

    mode: Literal["ask", "never", "always"] = "ask"
    senders: Annotated[list[Address], Meta(max_length=1000)] = []


class Label(msgspec.Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """A keyword with a name and a colour. hidden: not in the list beside the mail."""

    keyword: Keyword
    name: Annotated[str, Meta(min_length=1, max_length=200)]
    color: Colour = "#5f6368"
    hidden: bool = False


class SavedSearch(msgspec.Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """A search to be made again. query: as it is typed."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    query: Annotated[str, Meta(max_length=2000)]


class SnoozeHours(msgspec.Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """When "later" is, in hours of the person's own day."""

    morning: Hour = 8
    afternoon: Hour = 13
    evening: Hour = 18
    weekend: Literal["friday", "saturday", "sunday"] = "saturday"


class Preferences(msgspec.Struct, rename="camel", forbid_unknown_fields=True, frozen=True):
    """All of them; the only object has the id "singleton".

    language, time_zone: "" is as the browser has it. undo_seconds: how long sending waits.
    blocked_senders: their mail goes to Junk; the address in From is compared, proven or not.
    after_archive: what is shown when a message is put away. notify: of which mail to tell by push.
    own: what a client wants to remember, by names of its choice.
    """

    id: Literal["singleton"] = "singleton"
    language: Annotated[str, Meta(max_length=35)] = ""
    time_zone: Annotated[str, Meta(max_length=100)] = ""
    theme: Literal["system", "light", "dark"] = "system"
    density: Literal["comfortable", "normal", "compact"] = "normal"
    text_size: Annotated[int, Meta(ge=75, le=200)] = 100
    conversations: bool = True
    reading_pane: Literal["right", "below", "off"] = "right"
    previews: bool = True
    undo_seconds: Annotated[int, Meta(ge=0, le=60)] = 10
    mark_seen_seconds: Annotated[int, Meta(ge=-1, le=60)] = 0
    after_archive: Literal["list", "next", "previous"] = "list"
    compose: Literal["rich", "plain"] = "rich"
    reply: Literal["sender", "all"] = "sender"
    quote: Literal["below", "above", "none"] = "below"
    default_identity_id: Annotated[str, Meta(max_length=255)] | None = None
    forgotten_attachment: bool = True
    keyboard: Keyboard = Keyboard()
    remote_content: RemoteContent = RemoteContent()
    blocked_senders: Annotated[list[Address], Meta(max_length=1000)] = []
    labels: Annotated[list[Label], Meta(max_length=200)] = []
    saved_searches: Annotated[list[SavedSearch], Meta(max_length=200)] = []
    snooze_hours: SnoozeHours = SnoozeHours()
    notify: Literal["all", "proven", "none"] = "none"
    offline_messages: Annotated[int, Meta(ge=0, le=1000)] = 200
    read_receipts: Literal["ask", "never"] = "ask"
    own: Annotated[dict[Line, Text], Meta(max_length=50)] = {}
