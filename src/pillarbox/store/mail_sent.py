"""Where one's own copy of a message goes when the message was sent."""

from typing import Final

from pillarbox.store import copying, flags, keywords, mailboxes, placements
from pillarbox.store.database import Transaction
from pillarbox.store.flags import Change, How
from pillarbox.store.ids import AccountId, MessageId
from pillarbox.store.mailboxes import Role

_DRAFT: Final = Change(How.REMOVE, frozenset({keywords.DRAFT}))
_SEEN: Final = Change(How.ADD, frozenset({keywords.SEEN}))


def leave_scheduled(tx: Transaction, account_id: AccountId, message_id: int) -> bool:
    """Move a message out of the mailbox of role "scheduled" into that of role "sent".

    It is a draft no more. Nothing happens to messages that lie elsewhere; tells whether it did.
    """
    scheduled = mailboxes.find_role(tx, account_id, Role.SCHEDULED)
    sent = mailboxes.find_role(tx, account_id, Role.SENT)
    if scheduled is None or sent is None or not message_id:
        return False
    number = MessageId(message_id)
    places = placements.where(tx, account_id, [number]).get(number, [])
    uids = [uid for mailbox_id, uid, _ in places if mailbox_id == scheduled.mailbox_id]
    if not uids:
        return False
    for change in (_DRAFT, _SEEN):
        flags.set_keywords(tx, account_id, [number], change)
    copying.move(tx, account_id, scheduled.mailbox_id, uids, sent.mailbox_id)
    return True
