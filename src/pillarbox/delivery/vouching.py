"""A reason to accept what was broken on the way: somebody we know vouches for it. Pure.

Local policy in the sense of RFC 9989 §5.4 and RFC 8617 §7.2.1. A chain that is whole says
nothing of whether its sealers are honest: only what a known sealer wrote down counts, and only
where the message is as that sealer left it, or where everybody since is known as well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from pillarbox.delivery import known
from pillarbox.delivery.known import Known, Reason
from pillarbox.mailauth import authres
from pillarbox.mailauth.alignment import Mode, is_aligned, is_under, normalise
from pillarbox.mailauth.arc import ArcOutcome, ArcSet
from pillarbox.mailauth.authres import AuthresError
from pillarbox.mailauth.dmarc import DmarcOutcome

MAX_SAID: Final = 300  # characters of what a sealer wrote that are repeated


@dataclass(frozen=True, slots=True)
class Passed:
    """What is known of the way of one message.

    author: the one author domain. client: who brought it. list_id: of its List-Id field.
    signers: domains of whole DKIM signatures. chain: None without fields of ARC.
    """

    author: str
    dmarc: DmarcOutcome
    client: IPv4Address | IPv6Address
    list_id: str
    signers: Sequence[str]
    chain: ArcOutcome | None


@dataclass(frozen=True, slots=True)
class Vouched:
    """An exception to the owner's policy.

    entry: the acquaintance. by: its name for people. said: what a sealer wrote down, "" where
    none did. instance: of the seal, 0 without.
    """

    entry: Known
    by: str
    said: str = ""
    instance: int = 0

    @property
    def reason(self) -> Reason:
        """The type in reports."""
        return self.entry.reason

    @property
    def comment(self) -> str:
        """One line for reports and Authentication-Results."""
        if self.instance:
            return f"known sealer {self.by}, arc i={self.instance}: {self.said}"
        return f"known {self.entry.kind.value} {self.by}"


def find_voucher(passed: Passed, acquaintances: Sequence[Known]) -> Vouched | None:
    """Return who vouches for a message, None if nobody that we know does."""
    if not acquaintances:
        return None
    if passed.chain is not None and (found := _by_seal(passed, passed.chain, acquaintances)):
        return found
    if passed.list_id:
        entry = known.find_list(acquaintances, passed.list_id, passed.signers)
        if entry is not None:
            return Vouched(entry, entry.value)
    entry = known.find_network(acquaintances, passed.client)
    return Vouched(entry, str(passed.client)) if entry is not None else None


def find_stranger(passed: Passed) -> tuple[str, str]:
    """Return (sealer, what it says) of the newest seal that vouches, ("", "") if none does.

    For the story: a server that we do not know says that all was well.
    """
    if passed.chain is None or not passed.chain.passed:
        return "", ""
    for arc_set in reversed(passed.chain.sets):
        if said := claim(arc_set, passed.author, passed.dmarc):
            return arc_set.domain, said
    return "", ""


def _by_seal(passed: Passed, chain: ArcOutcome, acquaintances: Sequence[Known]) -> Vouched | None:
    """Walk from the newest set to the oldest.

    A set counts if its sealer is known, and the message is unchanged since (its own signature
    holds) or was changed only by sealers that are known too: an unbroken run of them.
    """
    if not chain.passed:
        return None
    run = False
    for arc_set in reversed(chain.sets):
        entry = known.find_sealer(acquaintances, arc_set.domain)
        signature = arc_set.message_signature
        whole = arc_set.message_ok is True and signature.limit is None and signature.signs_author
        run = entry is not None and (run or whole)
        if run and entry is not None and (said := claim(arc_set, passed.author, passed.dmarc)):
            return Vouched(entry, arc_set.domain, said, arc_set.instance)
    return None


def claim(arc_set: ArcSet, author: str, dmarc: DmarcOutcome) -> str:
    """Return what a sealer wrote that speaks for the author domain, "" if nothing does.

    DMARC passed for this very domain, or a signature of the author's organisation held
    (RFC 8617 §7.2.1). SPF is not enough: it names a server, not a message.
    """
    try:
        found = authres.parse(arc_set.results.encode())
    except AuthresError:
        return ""
    for result in found.results:
        if result.value != "pass" or result.method not in {"dmarc", "dkim"}:
            continue
        for ptype, name, value in result.properties:
            domain = normalise(value.rpartition("@")[2])
            if ptype != "header" or not domain:
                continue
            own = result.method == "dmarc" and name == "from" and domain == author
            signed = result.method == "dkim" and name in {"d", "i"}
            if own or (signed and _belongs(domain, author, dmarc)):
                return f"{result.method}=pass {ptype}.{name}={domain}"[:MAX_SAID]
    return ""


def _belongs(domain: str, author: str, dmarc: DmarcOutcome) -> bool:
    mode = dmarc.record.adkim if dmarc.record is not None else Mode.RELAXED
    org = dmarc.org_domain or author
    return is_aligned(mode, author, domain, org, org if is_under(domain, org) else "")
