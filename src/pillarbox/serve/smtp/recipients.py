"""May mail for this address come in, and where does it go."""

from dataclasses import dataclass, replace
from datetime import datetime

from pillarbox.base.address import Address
from pillarbox.delivery.route import Followed, Local, Remote, Routing, resolve
from pillarbox.mailauth import srs
from pillarbox.smtp import reply as r
from pillarbox.store import accounts, domains, quota
from pillarbox.store.database import Transaction

NO_MAILBOX = r.reply(550, "5.1.1", "There is no such mailbox here; check the spelling")
NO_RELAY = r.reply(
    550, "5.7.1", "We take mail only for our own domains; sign in on the submission port to send"
)
MAILBOX_FULL = r.reply(452, "4.2.2", "The mailbox is full; its owner must make room")
NO_ANSWER = r.reply(550, "5.7.1", "Only messages with a return address are tested here")
NOT_FROM_HERE = r.reply(
    550, "5.7.1", "The mail-tester judges what comes from other servers; use the tester of another"
)
BAD_RETURN = r.reply(550, "5.7.1", "This return address is not ours, or has expired")


@dataclass(frozen=True, slots=True)
class Rules:
    """What the settings say. rewriter: None when we do not rewrite return addresses.

    postmaster: who gets mail for <postmaster> without a domain, and for the postmaster of a
    domain where nobody has that address. tester: what the local parts begin with that the
    mail-tester answers, "" for none.
    """

    separator: str
    rewriter: srs.Rewriter | None
    postmaster: str
    tester: str = ""


def route(
    tx: Transaction,
    recipient: Address,
    rules: Rules,
    *,
    relay: bool,
    null_sender: bool,
    octets: int,
    now: datetime,
) -> Routing | r.Reply:
    """Return where one recipient's mail goes, or the refusal.

    relay: the client may send to anybody. octets: the declared size, 0 if none.
    """
    address = str(recipient) if recipient.domain else rules.postmaster
    if rules.rewriter is not None and srs.is_srs(address):
        bounced = _bounced(tx, address, rules, rules.rewriter, null_sender=null_sender, now=now)
        if bounced is not None:
            return bounced
    routing = resolve(tx, address, rules.separator)
    if not routing.ours:
        return routing if relay else NO_RELAY
    if not routing.targets and address.rpartition("@")[0].lower() == "postmaster":
        routing = _postmaster(tx, routing, rules)
    if not routing.targets:
        if rules.tester and address.lower().startswith(rules.tester.lower()):
            return _tested(routing, relay=relay, null_sender=null_sender)
        return NO_MAILBOX
    if all(isinstance(t, Local) and not _has_room(tx, t, octets) for t in routing.targets):
        return MAILBOX_FULL
    return routing


def _tested(routing: Routing, *, relay: bool, null_sender: bool) -> Routing | r.Reply:
    if relay:
        return NOT_FROM_HERE
    # RFC 3834 §2: nothing answers a message without a return address.
    return NO_ANSWER if null_sender else replace(routing, answering=True)


def _postmaster(tx: Transaction, nobody: Routing, rules: Rules) -> Routing:
    """Return who reads a postmaster's mail where nobody was named: RFC 5321 §4.5.1 wants one."""
    for address in (rules.postmaster, accounts.oldest(tx)):
        found = resolve(tx, address, rules.separator)
        if found.ours and found.targets:
            found.recipient = nobody.recipient
            found.followed.insert(0, Followed("alias", nobody.recipient, (address,)))
            return found
    return nobody


def _has_room(tx: Transaction, target: Local, octets: int) -> bool:
    return quota.usage(tx, target.account_id).has_room(max(octets, 1))


def _bounced(
    tx: Transaction,
    address: str,
    rules: Rules,
    rewriter: srs.Rewriter,
    *,
    null_sender: bool,
    now: datetime,
) -> Routing | r.Reply | None:
    """Return the way back of a rewritten return address; None if it is not one of ours."""
    if domains.find(tx, address.rpartition("@")[2]) is None:
        return None
    back = rewriter.reverse(address, now)
    if back is srs.SrsProblem.NOT_SRS:
        return None
    # Only bounces may use it, or it would be a small open relay.
    if isinstance(back, srs.SrsProblem) or not null_sender:
        return BAD_RETURN
    routing = resolve(tx, back, rules.separator)
    if not routing.ours:
        return Routing(address, ours=True, targets=[Remote(back)], returning=True)
    return routing
