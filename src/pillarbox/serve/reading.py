"""Messages as they are shown: HTML made safe, plain text, and what is attached.

Shared by the frames and by MessageView/get. What was made safe is kept for a while, by message,
version of the sanitizer and whether remote images are shown.
"""

import asyncio
import html
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from pillarbox.base.errors import NotFound
from pillarbox.jmap import body_parts, body_values
from pillarbox.jmap.body_parts import BodyPart
from pillarbox.mime import flowed, sniff
from pillarbox.mime import html as sanitizer
from pillarbox.mime.html import Sanitized
from pillarbox.mime.html_links import Organisation
from pillarbox.mime.text import decode_transfer, html_to_text
from pillarbox.mime.tree import decode_tree
from pillarbox.serve.frame_ticket import Remote
from pillarbox.serve.view_token import Tokens, expiry
from pillarbox.store import placements
from pillarbox.store.database import Database
from pillarbox.store.ids import AccountId, MessageId

MAX_TEXT: Final = 1_000_000  # characters of plain text that are shown
MAX_KEPT: Final = 32 * 1024 * 1024  # characters of all readings of a worker
MAX_ATTACHMENTS: Final = 500
MAX_PARTS: Final = 100  # that are shown one below the other
EXACT_OCTETS: Final = 4 * 1024 * 1024  # above, the size of an encoded part is worked out
MAX_AT_ONCE: Final = 2  # messages that a worker makes safe at the same time
PATIENCE_SECONDS: Final = 3.0  # for one message; then it is shown as text
IMAGE: Final = "image"
"""The purpose of tokens for images from elsewhere: account, URL."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """type: as its octets begin. inline: it is shown in the HTML."""

    part_id: str
    name: str
    type: str
    size: int
    inline: bool
    preview: Literal["image", "text", "pdf"] | None


@dataclass(frozen=True, slots=True)
class Reading:
    """One message. page: None without HTML. text: None with it. header: octets of its header."""

    page: Sanitized | None
    text: str | None
    attachments: tuple[Attachment, ...]
    header: bytes

    @property
    def weight(self) -> int:
        page = 0 if self.page is None else len(self.page.markup) + len(self.page.sheet)
        return 1000 + page + len(self.text or "") + len(self.header)


class Readings:
    """Opens messages for showing. organisation: for comparing hosts of links."""

    def __init__(self, db: Database, tokens: Tokens, organisation: Organisation) -> None:
        self._db = db
        self._tokens = tokens
        self._organisation = organisation
        self._kept: OrderedDict[tuple[int | str, ...], Reading] = OrderedDict()
        self._weight = 0
        self._busy = asyncio.Semaphore(MAX_AT_ONCE)

    async def open(
        self, account_id: AccountId, message_id: MessageId, remote: Remote, now: datetime
    ) -> Reading:
        """Return a message as it is shown. Raises NotFound."""
        located = await self._db.read(placements.locate_by_id, account_id, message_id)
        key = (located.blob, account_id, message_id, remote, expiry(now))
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        octets = await self._db.blob(located.blob)
        root = body_parts.view(decode_tree(located.tree))

        def image(url: str) -> str | None:
            if remote == "blocked":
                return None
            return f"/img/{self._tokens.make(IMAGE, [account_id, url], expiry(now))}"

        async with self._busy:
            work = asyncio.to_thread(
                _read, octets, located.header_octets, root, image, self._organisation
            )
            try:
                found = await asyncio.wait_for(work, PATIENCE_SECONDS)
            except TimeoutError:
                found = await asyncio.to_thread(
                    _read, octets, located.header_octets, root, None, self._organisation
                )
        self._keep(key, found)
        return found

    async def part(
        self, account_id: AccountId, message_id: MessageId, part_id: str
    ) -> tuple[bytes, BodyPart]:
        """Return the decoded octets of a part. Raises NotFound."""
        located = await self._db.read(placements.locate_by_id, account_id, message_id)
        root = body_parts.view(decode_tree(located.tree))
        part = next((one for one in root.walk() if one.part_id == part_id), None)
        if part is None or not part_id:
            raise NotFound(f"part {part_id} of message {message_id}")
        octets = await self._db.blob(located.blob, part.part.body_start, part.part.end)
        encoding = part.part.encoding
        return await asyncio.to_thread(decode_transfer, octets, encoding, len(octets) + 1), part

    def _keep(self, key: tuple[int | str, ...], reading: Reading) -> None:
        if key in self._kept:
            return
        self._kept[key] = reading
        self._weight += reading.weight
        while self._weight > MAX_KEPT:
            _, dropped = self._kept.popitem(last=False)
            self._weight -= dropped.weight


def _read(
    octets: bytes,
    header_octets: int,
    root: BodyPart,
    image: sanitizer.Rewrite | None,
    organisation: Organisation,
) -> Reading:
    """Return a message as it is shown. image: None to show HTML as text."""
    lists = body_parts.bodies(root)
    used: set[str] = set()
    page: Sanitized | None = None
    text: str | None = None
    if any(part.type == "text/html" for part in lists.html):
        page = _page(octets, root, lists.html, used, image, organisation)
    else:
        text = _text(octets, lists.text)
    shown = [part for part in lists.html if not part.is_text and part.part_id]
    listed = {part.part_id: part for part in (*shown, *lists.attachments)}
    if page is not None:
        used |= {part.part_id for part in shown}
    attachments = [
        _attachment(octets, part, inline=part_id in used) for part_id, part in listed.items()
    ]
    return Reading(page, text, tuple(attachments[:MAX_ATTACHMENTS]), octets[:header_octets])


def _page(
    octets: bytes,
    root: BodyPart,
    parts: Sequence[BodyPart],
    used: set[str],
    image: sanitizer.Rewrite | None,
    organisation: Organisation,
) -> Sanitized:
    """Return the parts of the body as one page, each made safe by itself."""
    by_cid = {
        part.part.content_id.strip().strip("<>").lower(): part.part_id
        for part in root.walk()
        if part.part_id and part.part.content_id
    }

    def address(cid: str) -> str | None:
        part_id = by_cid.get(cid.lower())
        if part_id is None:
            return None
        used.add(part_id)
        return f"part/{part_id}"

    pages = []
    for part in parts[:MAX_PARTS]:
        if part.type == "text/html":
            markup = str(body_values.body_value(octets, part)["value"])
            if image is None:
                markup = f"<pre>{html.escape(html_to_text(markup[:MAX_TEXT]))}</pre>"
            pages.append(
                sanitizer.sanitize(
                    markup, part=address, image=image or _none, organisation=organisation
                )
            )
        elif part.is_text:
            text = _plain(octets, part)[:MAX_TEXT]
            pages.append(sanitizer.sanitize(f"<pre>{html.escape(text)}</pre>"))
        elif sniff.sniff(_start(octets, part)) in sniff.RASTER:
            pages.append(Sanitized(f'<p><img src="part/{part.part_id}" alt=""></p>'))
    page = _joined(pages)
    return replace(page, problem="slow") if image is None else page


def _none(_: str) -> str | None:
    return None


def _joined(pages: Sequence[Sanitized]) -> Sanitized:
    if len(pages) == 1:
        return pages[0]
    return Sanitized(
        "\n".join(page.markup for page in pages),
        "\n".join(page.sheet for page in pages if page.sheet),
        sum(page.remote for page in pages),
        sum(page.trackers for page in pages),
        sum(page.other for page in pages),
        any(page.colours for page in pages),
        next((page.problem for page in pages if page.problem), ""),
    )


def _text(octets: bytes, parts: Iterable[BodyPart]) -> str:
    shown = [part for part in parts if part.is_text][:MAX_PARTS]
    return "\n".join([_plain(octets, part) for part in shown])[:MAX_TEXT]


def _plain(octets: bytes, part: BodyPart) -> str:
    text = str(body_values.body_value(octets, part)["value"])
    parameters = part.part.parameters
    if parameters.get("format", "").lower() == "flowed":
        text = flowed.join(text, delete_space=parameters.get("delsp", "").lower() == "yes")
    return text


def _start(octets: bytes, part: BodyPart) -> bytes:
    place = part.part
    raw = octets[place.body_start : min(place.end, place.body_start + 3 * sniff.ENOUGH)]
    return decode_transfer(raw, place.encoding, sniff.ENOUGH)


def _attachment(octets: bytes, part: BodyPart, *, inline: bool) -> Attachment:
    kind = sniff.sniff(_start(octets, part))
    preview: Literal["image", "text", "pdf"] | None = None
    if kind in sniff.RASTER:
        preview = "image"
    elif kind == sniff.PDF:
        preview = "pdf"
    elif kind == sniff.TEXT:
        preview = "text"
    declared = part.type
    if declared == "message/rfc822" or (kind == sniff.TEXT and declared.startswith("text/")):
        kind = declared
    return Attachment(part.part_id, part.name, kind, _size(octets, part), inline, preview)


def _size(octets: bytes, part: BodyPart) -> int:
    place = part.part
    if not part.is_encoded or (place.encoding != "base64" and place.octets > EXACT_OCTETS):
        return place.octets
    if place.octets > EXACT_OCTETS:
        ends = sum(octets.count(end, place.body_start, place.end) for end in (b"\r", b"\n"))
        padding = octets[max(place.body_start, place.end - 8) : place.end].count(b"=")
        return max(0, (place.octets - ends) * 3 // 4 - padding)
    return len(body_parts.decoded(octets, place))
