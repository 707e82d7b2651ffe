"""The capability urn:ietf:params:jmap:mail (RFC 8621 §1.3.1): all methods of this family."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from pillarbox.jmap.email_filter import SORTS
from pillarbox.serve.jmap import (
    emails_get,
    emails_import,
    mail_blobs,
    mailboxes,
    snippets,
    threads,
)
from pillarbox.serve.jmap.emails_get import EmailsGet
from pillarbox.serve.jmap.emails_import import EmailsImport
from pillarbox.serve.jmap.emails_parse import EmailsParse
from pillarbox.serve.jmap.emails_query import EmailsQuery
from pillarbox.serve.jmap.emails_set import MAX_OCTETS, EmailsSet
from pillarbox.serve.jmap.extras import EmailExtra, by_name
from pillarbox.serve.jmap.mail_blobs import Fetch
from pillarbox.serve.jmap.mail_words import StoredWords, Words
from pillarbox.serve.jmap.mailboxes import MailboxesGet
from pillarbox.serve.jmap.mailboxes_set import MailboxesSet
from pillarbox.serve.jmap.method import Capability
from pillarbox.serve.jmap.roster import Rosters
from pillarbox.serve.visitor import Visitor
from pillarbox.store import changes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId
from pillarbox.store.mailboxes import MAX_DEPTH, MAX_PART_OCTETS

URN: Final = "urn:ietf:params:jmap:mail"


def capability(
    extras: Sequence[EmailExtra] = (),
    words: Words | None = None,
    rosters: Rosters | None = None,
    fetch: Fetch = mail_blobs.fetch,
    max_octets: int = MAX_OCTETS,
    emails: EmailsSet | None = None,
) -> Capability:
    """Return the capability.

    extras: properties of Email that others bring. words: the full-text index. rosters: of this
    worker, if others use them too. fetch: the octets of blobs, uploaded ones too.
    max_octets: of an email that a client makes. emails: Email/set, if others imply it.
    """
    rosters = rosters or Rosters()
    known = by_name(extras)
    mailboxes_get = MailboxesGet(rosters)
    get = EmailsGet(known)
    query = EmailsQuery(rosters, words or StoredWords())
    imports = EmailsImport(fetch)
    parsing = EmailsParse(fetch)
    return Capability(
        URN,
        {
            "Mailbox/get": mailboxes_get.get,
            "Mailbox/changes": mailboxes.get_changes,
            "Mailbox/query": mailboxes_get.query,
            "Mailbox/queryChanges": mailboxes_get.query_changes,
            "Mailbox/set": MailboxesSet(rosters).set,
            "Thread/get": threads.get,
            "Thread/changes": threads.get_changes,
            "Email/get": get.get,
            "Email/changes": emails_get.get_changes,
            "Email/query": query.query,
            "Email/queryChanges": query.query_changes,
            "Email/set": (emails or EmailsSet(known, fetch, max_octets)).set,
            "Email/import": imports.import_,
            "Email/copy": emails_import.copy,
            "Email/parse": parsing.parse,
            "SearchSnippet/get": snippets.get,
        },
        account=partial(_account, max_octets),
        states=states,
    )


def _account(max_octets: int, _: Visitor) -> Mapping[str, Any]:
    return {
        "maxMailboxesPerEmail": None,
        "maxMailboxDepth": MAX_DEPTH,
        "maxSizeMailboxName": MAX_PART_OCTETS,
        # Base64 adds a good third, headers and text a little.
        "maxSizeAttachmentsPerEmail": max_octets * 7 // 10,
        "emailQuerySortOptions": list(SORTS),
        "mayCreateTopLevelMailbox": True,
    }


def states(tx: Transaction, account_id: AccountId) -> Mapping[str, str]:
    """Return the state of each type (RFC 8620 §7.1)."""
    found = changes.states(tx, account_id)
    emails = str(found.emails)
    return {
        "Email": emails,
        "EmailDelivery": str(found.deliveries),  # RFC 8621 §1.5
        "Thread": emails,
        "Mailbox": str(found.mailboxes),
    }
