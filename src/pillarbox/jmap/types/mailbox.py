"""Mailboxes (RFC 8621 §2)."""

import msgspec


class MailboxRights(msgspec.Struct, rename="camel", frozen=True):
    """What the visitor may do with a mailbox (RFC 8621 §2)."""

    may_read_items: bool
    may_add_items: bool
    may_remove_items: bool
    may_set_seen: bool
    may_set_keywords: bool
    may_create_child: bool
    may_rename: bool
    may_delete: bool
    may_submit: bool


class Mailbox(msgspec.Struct, rename="camel", frozen=True):
    """A named set of emails.

    name: one part, NFC, at most 255 octets; the mailboxes above are found by parent_id. role:
    lower case, at most one mailbox has each. unread: neither $seen nor $draft. sort_order:
    lower comes first, among equals by name.
    """

    id: str
    name: str
    parent_id: str | None
    role: str | None
    sort_order: int
    total_emails: int
    unread_emails: int
    total_threads: int
    unread_threads: int
    my_rights: MailboxRights
    is_subscribed: bool
