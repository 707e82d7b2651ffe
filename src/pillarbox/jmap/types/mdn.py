"""Message disposition notifications: what readers tell senders (RFC 9007 §1.3)."""

from typing import Literal

import msgspec


class Disposition(msgspec.Struct, rename="camel", frozen=True):
    """What became of a message, and who said so (RFC 8098 §3.2.6)."""

    action_mode: Literal["manual-action", "automatic-action"]
    sending_mode: Literal["mdn-sent-manually", "mdn-sent-automatically"]
    type: Literal["deleted", "dispatched", "displayed", "processed"]


class MDN(
    msgspec.Struct,
    kw_only=True,
    frozen=True,
    rename={
        "for_email_id": "forEmailId",
        "text_body": "textBody",
        "include_original_message": "includeOriginalMessage",
        "reporting_ua": "reportingUA",
        "mdn_gateway": "mdnGateway",
        "original_recipient": "originalRecipient",
        "final_recipient": "finalRecipient",
        "original_message_id": "originalMessageId",
        "extension_fields": "extensionFields",
    },
):
    """A notification. for_email_id: what it is about, null if that is not here.

    mdn_gateway, original_recipient, original_message_id, error: set by the server.
    """

    disposition: Disposition
    for_email_id: str | None = None
    subject: str | None = None
    text_body: str | None = None
    include_original_message: bool = False
    reporting_ua: str | None = None
    mdn_gateway: str | None = None
    original_recipient: str | None = None
    final_recipient: str | None = None
    original_message_id: str | None = None
    error: list[str] | None = None
    extension_fields: dict[str, str] | None = None
