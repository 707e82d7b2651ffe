"""How well a message to an address would be protected, told before it is sent.

What the domain announces (DANE, MTA-STS) is asked for as when mail is sent, and what earlier
mail of the same account to the same address met is read from its traces. All of it in a bounded
time: what could not be found out is said to be unknown, never to be absent.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from pillarbox.base.address import AddressProblem, parse
from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError, NotFound
from pillarbox.delivery.destination import Destination
from pillarbox.delivery.route import resolve
from pillarbox.delivery.tls_policies import TlsPolicies
from pillarbox.store import domains, traces
from pillarbox.store.database import Database, Transaction
from pillarbox.store.traces import Query
from pillarbox.tlspolicy.decide import Demand, Fault, Ruling
from pillarbox.tlspolicy.mta_sts import Mode
from pillarbox.trace.phrase import Phrase, phrase
from pillarbox.trace.recipients import fates

MAX_ADDRESSES: Final = 50  # that are looked at at once
SECONDS: Final = 2.0
MAX_HOSTS: Final = 5  # of one domain
_AT_ONCE: Final = 10  # domains that are asked about
_KEPT: Final = 4096  # domains
_KEEP: Final = timedelta(minutes=10)
_KEEP_UNKNOWN: Final = timedelta(seconds=20)

Level = Literal["dane", "mta-sts", "tls", "none", "local", "unknown"]
Trouble = Literal["", "no-such-domain", "no-mail", "no-such-mailbox", "not-an-address"]
Find = Callable[[str], Awaitable[Destination]]
"""Returns the servers of a domain in A-labels."""


@dataclass(frozen=True, slots=True)
class Security:
    """What is known of one address. domain: as in the address. words: a sentence, by its code."""

    address: str
    domain: str
    level: Level
    words: Phrase
    problem: Trouble = ""


@dataclass(frozen=True, slots=True)
class _Domain:
    level: Level
    code: str
    problem: Trouble = ""


_UNKNOWN: Final = _Domain("unknown", "unknown")
_NOTHING: Final = _Domain("none", "none")
# Why nobody takes mail, by the code of RFC 3463.
_NOBODY: Final = {
    "5.1.2": _Domain("unknown", "no-such-domain", "no-such-domain"),
    "5.1.10": _Domain("unknown", "no-mail", "no-mail"),
    "5.4.6": _Domain("unknown", "no-mail", "no-mail"),
    "5.4.4": _Domain("unknown", "no-mail", "no-mail"),
}
_ORDER: Final = ("unknown", "none", "tls", "mta-sts", "dane")  # the weakest server counts


class RecipientSecurity:
    """Looks addresses up. policies: None looks at none. encrypt: our settings never send in clear.

    seconds: for all addresses of one question together.
    """

    def __init__(
        self,
        db: Database,
        find: Find,
        policies: TlsPolicies | None,
        clock: Clock,
        *,
        separator: str = "+",
        encrypt: bool = False,
        seconds: float = SECONDS,
    ) -> None:
        self._db = db
        self._find = find
        self._policies = policies
        self._clock = clock
        self._separator = separator
        self._encrypt = encrypt
        self._seconds = seconds
        self._kept: OrderedDict[str, tuple[datetime, _Domain]] = OrderedDict()
        self._room = asyncio.Semaphore(_AT_ONCE)

    async def of(self, account: str, addresses: Sequence[str]) -> list[Security]:
        """Return what is known, in the order of the addresses; at most MAX_ADDRESSES.

        account: the address of who is going to write.
        """
        wanted = addresses[:MAX_ADDRESSES]
        names = {address: _domain_of(address) for address in wanted}
        here = await self._db.read(_local, [(a, d) for a, d in names.items() if d], self._separator)
        asked = {domain for address, domain in names.items() if domain and address not in here}
        found = dict(zip(asked, await asyncio.gather(*map(self._domain, asked)), strict=True))
        last = await self._db.scan(_earlier, account, [a for a in names if a not in here])
        return [self._security(address, names, here, found, last) for address in wanted]

    def _security(
        self,
        address: str,
        names: dict[str, str],
        here: dict[str, bool],
        found: dict[str, _Domain],
        last: dict[str, bool],
    ) -> Security:
        domain = names[address]
        shown = address.rpartition("@")[2]
        if not domain:
            words = phrase("security-not-an-address")
            return Security(address, shown, "unknown", words, "not-an-address")
        if address in here:
            code = "local" if here[address] else "no-such-mailbox"
            problem: Trouble = "" if here[address] else "no-such-mailbox"
            words = phrase(f"security-{code}", domain=shown, address=address)
            return Security(address, shown, "local", words, problem)
        known = found[domain]
        level, code = known.level, known.code
        if level == "none" and address in last:
            level, code = ("tls", "tls-before") if last[address] else ("none", "none-before")
        return Security(
            address, shown, level, phrase(f"security-{code}", domain=shown), known.problem
        )

    async def _domain(self, domain: str) -> _Domain:
        now = self._clock.now()
        kept = self._kept.get(domain)
        if kept is not None and kept[0] > now:
            return kept[1]
        try:
            async with asyncio.timeout(self._seconds), self._room:
                found = await self._ask(domain)
        except (TimeoutError, MailError):
            found = _UNKNOWN
        end = now + (_KEEP_UNKNOWN if found is _UNKNOWN else _KEEP)
        self._kept[domain] = (end, found)
        self._kept.move_to_end(domain)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return found

    async def _ask(self, domain: str) -> _Domain:
        where = await self._find(domain)
        if where.problem is not None:
            return _NOBODY.get(where.problem.enhanced, _UNKNOWN)
        nothing = _Domain("tls", "tls-demanded") if self._encrypt else _NOTHING
        if self._policies is None:
            return nothing
        policy = await self._policies.of_domain(domain)
        hosts = list(dict.fromkeys(endpoint.host for endpoint in where.endpoints))[:MAX_HOSTS]
        demands = await asyncio.gather(
            *(
                self._policies.of_host(host, where.answers, policy, always=self._encrypt)
                for host in hosts
            )
        )
        levels = []
        for wanted in demands:
            if wanted.problem is not None and wanted.problem.fault is Fault.DNSSEC:
                return _UNKNOWN
            levels.append(_level(wanted.demand))
        weakest = min(levels, key=lambda one: _ORDER.index(one.level))
        if weakest.level == "none":
            # A policy that is announced and could not be read may yet be there when we send.
            unread = policy.problem is not None and policy.kept is None
            testing = policy.kept is not None and policy.kept.policy.mode is Mode.TESTING
            return _UNKNOWN if unread else _Domain("none", "testing") if testing else nothing
        return weakest


def _level(demand: Demand) -> _Domain:
    """Return what one server must do."""
    if demand.ruling is Ruling.DANE and demand.records is not None and demand.records.usable:
        return _Domain("dane", "dane")
    if demand.ruling is Ruling.STS and demand.enforced:
        return _Domain("mta-sts", "mta-sts")
    return _Domain("tls", "tls-demanded") if demand.encrypted else _NOTHING


def _domain_of(address: str) -> str:
    """Return the domain in A-labels, "" if it is no address that mail can go to."""
    try:
        return parse(address).ascii_domain
    except AddressProblem:
        return ""


def _local(
    tx: Transaction, addresses: Sequence[tuple[str, str]], separator: str
) -> dict[str, bool]:
    """Return the addresses at domains of ours, and whether anybody has them."""
    ours = {domain for _, domain in addresses if domains.find(tx, domain) is not None}
    return {
        address: bool(resolve(tx, address, separator).targets)
        for address, domain in addresses
        if domain in ours
    }


def _earlier(tx: Transaction, account: str, addresses: Sequence[str]) -> dict[str, bool]:
    """Return to which addresses the account's last mail went encrypted, and to which not."""
    found = {}
    for address in addresses:
        query = Query(recipient=address, account=account, direction="submitted")
        for entry in traces.list_(tx, query, 3):
            try:
                told = fates(traces.get(tx, entry.trace_id))
            except NotFound:
                continue
            taken = [
                fate
                for fate in told
                if fate.address.lower() == address.lower() and fate.state == "accepted"
            ]
            if taken:
                found[address] = bool(taken[0].tls)
                break
    return found
