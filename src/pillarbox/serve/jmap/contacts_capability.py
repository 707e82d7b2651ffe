"""The capability urn:ietf:params:jmap:contacts (RFC 9610 §1.5.1), with import and export."""

from collections.abc import Mapping
from typing import Any, Final

from pillarbox.serve.jmap import address_books, contacts
from pillarbox.serve.jmap.contacts_files import Files
from pillarbox.serve.jmap.mail_blobs import Fetch
from pillarbox.serve.jmap.method import Capability
from pillarbox.serve.visitor import Visitor
from pillarbox.store import contacts as kept
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

URN: Final = "urn:ietf:params:jmap:contacts"


def capability(fetch: Fetch) -> Capability:
    """Return the capability. fetch: the octets of blobs."""
    files = Files(fetch)
    return Capability(
        URN,
        {
            "AddressBook/get": address_books.get,
            "AddressBook/changes": address_books.get_changes,
            "AddressBook/set": address_books.set_,
            "ContactCard/get": contacts.get,
            "ContactCard/changes": contacts.get_changes,
            "ContactCard/query": contacts.query,
            "ContactCard/queryChanges": contacts.query_changes,
            "ContactCard/set": contacts.set_,
            "ContactCard/copy": contacts.copy,
            "ContactCard/import": files.import_,
            "ContactCard/export": files.export,
        },
        account=_account,
        states=_states,
    )


def _account(_: Visitor) -> Mapping[str, Any]:
    return {"maxAddressBooksPerCard": 1, "mayCreateAddressBook": False}


def _states(tx: Transaction, account_id: AccountId) -> Mapping[str, str]:
    return {
        "AddressBook": str(kept.book(tx, account_id)[0]),
        contacts.TYPE: str(kept.state(tx, account_id)),
    }
