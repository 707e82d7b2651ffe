"""Where mail for an address goes: accounts here, or addresses elsewhere.

An address is looked up as given, then without its subaddress ("anna+shop" is anna's).
Aliases are followed until accounts or foreign addresses are left; circles and endless
chains end. What was followed is kept, so that the trace can tell it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from pillarbox.base.errors import Invalid
from pillarbox.store import routes
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

MAX_DEPTH: Final = 10  # aliases of aliases
MAX_TARGETS: Final = 1000  # for one recipient


@dataclass(frozen=True, slots=True)
class Local:
    """An account here. address: the account's. detail: the subaddress, "" if none."""

    account_id: AccountId
    address: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Remote:
    """An address at another server."""

    address: str


@dataclass(frozen=True, slots=True)
class Followed:
    """One alias or catch-all on the way. kind: "alias" or "catchall"."""

    kind: str
    address: str
    targets: tuple[str, ...]


@dataclass(slots=True)
class Routing:
    """Where one recipient's mail goes.

    ours: the domain is one of ours. targets: empty means that nobody has the address
    (or, when not `ours`, that it is elsewhere: then it is the one Remote target). returning:
    it is a rewritten return address of ours, and leads back to a sender. answering: it is the
    mail-tester's, which has no mailbox.
    """

    recipient: str
    ours: bool = True
    targets: list[Local | Remote] = field(default_factory=list)
    followed: list[Followed] = field(default_factory=list)
    returning: bool = False
    answering: bool = False

    @property
    def is_forwarded(self) -> bool:
        """True when a local address passes mail on to another server."""
        return self.ours and any(isinstance(target, Remote) for target in self.targets)


def resolve(tx: Transaction, address: str, separator: str) -> Routing:
    """Find where mail for `address` goes. Any string is answered.

    separator: what begins a subaddress, usually "+"; "" turns them off.
    """
    routing = Routing(address)
    seen: set[str] = set()
    _follow(tx, address, separator, routing, seen, depth=0)
    return routing


def _follow(
    tx: Transaction,
    address: str,
    separator: str,
    routing: Routing,
    seen: set[str],
    depth: int,
) -> None:
    # One address counts once, however many roads lead to it; that also ends circles.
    key = address.lower()
    if key in seen or depth > MAX_DEPTH or len(routing.targets) >= MAX_TARGETS:
        return
    seen.add(key)
    localpart, _, domain = address.rpartition("@")
    detail = ""
    found = routes.lookup(tx, localpart, domain)
    if separator and not isinstance(found, routes.ToAccount | routes.ToTargets | routes.NotOurs):
        base, mark, rest = localpart.partition(separator)
        if mark and base:
            plain = routes.lookup(tx, base, domain)
            if isinstance(plain, routes.ToAccount | routes.ToTargets):
                found, localpart, detail = plain, base, rest
    match found:
        case routes.ToAccount(account_id=account_id):
            target = Local(account_id, f"{localpart}@{domain}".lower(), detail)
            if all(_account(t) != account_id for t in routing.targets):
                routing.targets.append(target)
        case routes.ToTargets(targets=targets):
            routing.followed.append(Followed("alias", address, targets))
            for next_address in targets:
                _follow(tx, next_address, separator, routing, seen, depth + 1)
        case routes.ToCatchAll(target=next_address):
            routing.followed.append(Followed("catchall", address, (next_address,)))
            _follow(tx, next_address, separator, routing, seen, depth + 1)
        case routes.NoSuchAddress():
            pass
        case routes.NotOurs():
            routing.ours = routing.ours and depth > 0
            routing.targets.append(Remote(address))


def _account(target: Local | Remote) -> AccountId | None:
    return target.account_id if isinstance(target, Local) else None


def accounts_of(routings: Iterable[Routing]) -> set[AccountId]:
    """Return the accounts that mail for these recipients goes to."""
    targets = [target for routing in routings for target in routing.targets]
    return {target.account_id for target in targets if isinstance(target, Local)}


def may_send_as(tx: Transaction, account_address: str, sender: str, separator: str) -> bool:
    """Say whether a signed-in account may use `sender` as its address.

    Its own address, its subaddresses, and aliases that lead to it.
    """
    try:
        wanted = routes.canonical(sender)
    except Invalid:
        return False
    if wanted == account_address:
        return True
    routing = resolve(tx, wanted, separator)
    return any(isinstance(t, Local) and t.address == account_address for t in routing.targets)
