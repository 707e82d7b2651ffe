"""The capability urn:ietf:params:jmap:submission (RFC 8621 §1.3.2): all methods of this family."""

from collections.abc import Mapping
from typing import Any, Final

from pillarbox.delivery.handing_in import HandingIn
from pillarbox.jmap.handing_in import EXTENSIONS, MAX_HOLD
from pillarbox.serve.jmap import submissions
from pillarbox.serve.jmap.emails_set import EmailsSet
from pillarbox.serve.jmap.identities import Identities
from pillarbox.serve.jmap.method import Capability
from pillarbox.serve.jmap.submissions_set import SubmissionsSet
from pillarbox.serve.visitor import Visitor
from pillarbox.store import identities
from pillarbox.store import submissions as stored
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

URN: Final = "urn:ietf:params:jmap:submission"


def capability(
    handing_in: HandingIn, emails: EmailsSet, max_octets: int, max_recipients: int
) -> Capability:
    """Return the capability. emails: for Email/set that is implied. The rest: of one message."""
    own = Identities(handing_in)
    setting = SubmissionsSet(handing_in, emails, max_octets, max_recipients)
    return Capability(
        URN,
        {
            "Identity/get": own.get,
            "Identity/changes": own.changes,
            "Identity/set": own.set,
            "EmailSubmission/get": submissions.get,
            "EmailSubmission/changes": submissions.get_changes,
            "EmailSubmission/query": submissions.query,
            "EmailSubmission/queryChanges": submissions.query_changes,
            "EmailSubmission/set": setting.set,
        },
        account=_account,
        states=_states,
    )


def _account(_: Visitor) -> Mapping[str, Any]:
    return {
        "maxDelayedSend": int(MAX_HOLD.total_seconds()),
        "submissionExtensions": dict(EXTENSIONS),
    }


def _states(tx: Transaction, account_id: AccountId) -> Mapping[str, str]:
    return {
        "Identity": str(identities.state(tx, account_id)),
        "EmailSubmission": str(stored.state(tx, account_id)),
    }
