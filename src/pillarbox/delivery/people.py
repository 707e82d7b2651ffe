"""Who is to be remembered of a message, for completing addresses; and who is known already."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from pillarbox.delivery.envelope import Envelope
from pillarbox.delivery.judge import Friends
from pillarbox.delivery.route import Local, Routing
from pillarbox.mime.addresses import Mailbox, mailboxes
from pillarbox.mime.header import Header
from pillarbox.store import contacts
from pillarbox.store.database import Database
from pillarbox.trace.step import Trace

MAX_FIELD: Final = 20_000  # octets of an address field
_AUTHOR: Final = re.compile(r"(?:([^<>]*) )?<([^<>@\s]+)@([^<>@\s]+)>|([^<>@\s,]+)@([^<>@\s,]+)")
_DOUBTED: Final = frozenset({"misfit", "forged"})


def written_to(header: Header, envelope: Envelope) -> list[Mailbox]:
    """Return the recipients of what an account sends, with their names where the header has them.

    Who is named there and gets nothing is left out.
    """
    named: dict[str, Mailbox] = {}
    for name in ("to", "cc"):
        for field in header.all(name):
            for mailbox in mailboxes(field.value[:MAX_FIELD]):
                named.setdefault(str(mailbox).lower(), mailbox)
    found = []
    for recipient in envelope.recipients:
        local, _, domain = recipient.address.rpartition("@")
        found.append(named.get(recipient.address.lower()) or Mailbox("", local, domain))
    return found


def author(trace: Trace, from_text: str) -> Sequence[Mailbox]:
    """Return the author of mail that came in, if there is one and the name fits the sender.

    from_text: as of `mime/summary`.
    """
    if trace.direction != "in" or trace.verdict in _DOUBTED:
        return ()
    match = _AUTHOR.fullmatch(from_text)
    if match is None:
        return ()
    return (Mailbox(match[1] or "", match[2] or match[4], match[3] or match[5]),)


def friends_of(db: Database, routings: Sequence[Routing]) -> Friends:
    """Return what finds contacts of the account that a message is for.

    Only if it is for one account and nobody else: contacts are told to nobody but their owner.
    """
    targets = {target for routing in routings for target in routing.targets}
    accounts = {target.account_id for target in targets if isinstance(target, Local)}
    alone = len(accounts) == 1 and all(isinstance(target, Local) for target in targets)

    async def find(name: str) -> Collection[str]:
        if not alone:
            return ()
        return await db.read(contacts.addresses_of_name, next(iter(accounts)), name)

    return find
