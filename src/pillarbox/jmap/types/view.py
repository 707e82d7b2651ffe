"""MessageView (urn:pillarbox:jmap:view): a message as it is shown; docs/jmap.md."""

from typing import Literal

import msgspec


class ViewUnsubscribe(msgspec.Struct, rename="camel", kw_only=True):
    """How to leave a mailing list (RFC 2369, RFC 8058).

    kind: "oneClick" by MessageView/unsubscribe, "mail" by a message to `to`, "page" by opening
    `url`. subject, body: of that message.
    """

    kind: Literal["oneClick", "mail", "page"]
    url: str | None = None
    to: str | None = None
    subject: str | None = None
    body: str | None = None


class ViewAttachment(msgspec.Struct, rename="camel", kw_only=True):
    """What is attached. type: as its octets are, not as the sender says. size: octets.

    inline: it is shown in the frame already. previewUrl: an image, text, or for "pdf" the file
    for the browser's viewer.
    """

    part_id: str
    blob_id: str
    name: str | None
    type: str
    size: int
    inline: bool
    preview: Literal["image", "text", "pdf"] | None
    preview_url: str | None


class MessageView(msgspec.Struct, rename="camel", kw_only=True):
    """A message as it is shown.

    frameUrl: HTML for a sandboxed frame, null without HTML. `?sheet=dark` or `?sheet=inverted` may
    be put behind it. text: the plain text, null with HTML. remoteImages: images that lie elsewhere
    and can be shown by our proxy. trackers: images that only count readers, never fetched.
    otherRemote: backgrounds and fonts from elsewhere, never fetched. colours: it sets colours of
    its own, and wants a light sheet. shownAsText: "" or why HTML is shown as text ("large": cut;
    "deep"; "slow").
    """

    email_id: str
    frame_url: str | None
    text: str | None
    remote_images: int
    trackers: int
    other_remote: int
    colours: bool
    shown_as_text: str
    unsubscribe: ViewUnsubscribe | None
    attachments: list[ViewAttachment]
