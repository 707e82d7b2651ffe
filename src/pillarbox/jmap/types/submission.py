"""Identities and submissions (RFC 8621 §6, §7)."""

from typing import Literal

import msgspec

from pillarbox.jmap.types.email import EmailAddress


class Identity(msgspec.Struct, rename="camel", frozen=True):
    """Who an account writes as (RFC 8621 §6). may_delete: false for the account's own addresses."""

    id: str
    name: str
    email: str
    reply_to: list[EmailAddress] | None
    bcc: list[EmailAddress] | None
    text_signature: str
    html_signature: str
    may_delete: bool


class SubmissionAddress(msgspec.Struct, rename="camel", frozen=True):
    """An address of an envelope (RFC 8621 §7). parameters: of SMTP, by name; null has no value."""

    email: str
    parameters: dict[str, str | None] | None = None


class SubmissionEnvelope(msgspec.Struct, rename="camel", frozen=True):
    """How a message travels (RFC 8621 §7)."""

    mail_from: SubmissionAddress
    rcpt_to: list[SubmissionAddress]


class DeliveryStatus(msgspec.Struct, rename="camel", frozen=True):
    """What became of a message for one recipient (RFC 8621 §7).

    smtp_reply: the last words of whoever had it. displayed: "yes" once a reader said so.
    """

    smtp_reply: str
    delivered: Literal["queued", "yes", "no", "unknown"]
    displayed: Literal["unknown", "yes"] = "unknown"


class EmailSubmission(msgspec.Struct, rename="camel", frozen=True):
    """A message that was handed in to be sent (RFC 8621 §7).

    send_at: when it was, or will be, released. delivery_status: by recipient, null while nothing
    is known. trace_id: only with urn:pillarbox:jmap:trace: leads to how it went.
    """

    id: str
    identity_id: str
    email_id: str
    thread_id: str
    envelope: SubmissionEnvelope
    send_at: str
    undo_status: Literal["pending", "final", "canceled"]
    delivery_status: dict[str, DeliveryStatus] | None
    dsn_blob_ids: list[str]
    mdn_blob_ids: list[str]
    trace_id: str | None = None


def names(struct: type[msgspec.Struct]) -> frozenset[str]:
    """Return the names of an object's properties as they travel."""
    return frozenset(struct.__struct_encode_fields__)
