"""Emails, their addresses and parts (RFC 8621 §4)."""

import msgspec


class EmailAddress(msgspec.Struct, rename="camel", frozen=True):
    """An address (RFC 8621 §4.1.2.3). email: as written; need not be a valid address."""

    name: str | None
    email: str


class EmailAddressGroup(msgspec.Struct, rename="camel", frozen=True):
    """A group of addresses (RFC 8621 §4.1.2.4). name: None where addresses stand in no group."""

    name: str | None
    addresses: list[EmailAddress]


class EmailHeader(msgspec.Struct, rename="camel", frozen=True):
    """A header field (RFC 8621 §4.1.3). value: in the Raw form."""

    name: str
    value: str


class EmailBodyPart(msgspec.Struct, rename="camel", frozen=True):
    """A MIME part (RFC 8621 §4.1.4).

    part_id, blob_id: None exactly for multiparts. size: octets with the transfer encoding undone.
    type: lower case. sub_parts: of a multipart. Properties `header:...` may stand beside these.
    """

    part_id: str | None
    blob_id: str | None
    size: int
    headers: list[EmailHeader]
    name: str | None
    type: str
    charset: str | None
    disposition: str | None
    cid: str | None
    language: list[str] | None
    location: str | None
    sub_parts: "list[EmailBodyPart] | None"


class EmailBodyValue(msgspec.Struct, rename="camel", frozen=True):
    """The text of a part (RFC 8621 §4.1.4). value: line ends are LF."""

    value: str
    is_encoding_problem: bool = False
    is_truncated: bool = False


class Email(msgspec.Struct, rename="camel", frozen=True):
    """A message (RFC 8621 §4.1).

    Dates are RFC 3339; received_at in UTC, sent_at in the sender's zone. preview: at most 256
    characters. mailbox_ids and keywords: sets. Properties `header:Name:asForm:all`, and those of
    our own capabilities, may stand beside these.
    """

    id: str
    blob_id: str
    thread_id: str
    mailbox_ids: dict[str, bool]
    keywords: dict[str, bool]
    size: int
    received_at: str
    message_id: list[str] | None
    in_reply_to: list[str] | None
    references: list[str] | None
    sender: list[EmailAddress] | None
    from_: list[EmailAddress] | None = msgspec.field(name="from")
    to: list[EmailAddress] | None
    cc: list[EmailAddress] | None
    bcc: list[EmailAddress] | None
    reply_to: list[EmailAddress] | None
    subject: str | None
    sent_at: str | None
    headers: list[EmailHeader]
    has_attachment: bool
    preview: str
    body_structure: EmailBodyPart
    body_values: dict[str, EmailBodyValue]
    text_body: list[EmailBodyPart]
    html_body: list[EmailBodyPart]
    attachments: list[EmailBodyPart]


class SearchSnippet(msgspec.Struct, rename="camel", frozen=True):
    """Why a search found an email (RFC 8621 §5). HTML with <mark>, or None where nothing fits."""

    email_id: str
    subject: str | None
    preview: str | None


def names(struct: type[msgspec.Struct]) -> frozenset[str]:
    """Return the names of an object's properties as they travel."""
    return frozenset(struct.__struct_encode_fields__)


class EmailImport(msgspec.Struct, rename="camel", frozen=True):
    """What Email/import takes for one message (RFC 8621 §4.8). received_at: None for now."""

    blob_id: str
    mailbox_ids: dict[str, bool]
    keywords: dict[str, bool] = {}
    received_at: str | None = None
