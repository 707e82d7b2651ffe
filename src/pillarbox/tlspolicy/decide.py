"""What a connection must prove before mail goes over it, and whether it did. Pure.

DANE comes first: where it applies, what MTA-STS would allow does not count (RFC 8461 §2).
Signed TLSA records of which none is usable still demand encryption (RFC 7672 §2.2), and then
MTA-STS may demand more.
"""

import enum
from dataclasses import dataclass
from typing import Final

from pillarbox.tlspolicy.dane import Match, Records
from pillarbox.tlspolicy.mta_sts import Mode, StsPolicy


class Ruling(enum.Enum):
    """Which policy rules. value: as reports name it (RFC 8460 §4.2)."""

    DANE = "tlsa"
    STS = "sts"
    NOTHING = "no-policy-found"


class Fault(enum.Enum):
    """Why a connection is not as the policy wants it. value: as in reports (RFC 8460 §4.3)."""

    NO_STARTTLS = "starttls-not-supported"
    WRONG_NAME = "certificate-host-mismatch"
    EXPIRED = "certificate-expired"
    NOT_PROVEN = "certificate-not-trusted"
    DNSSEC = "dnssec-invalid"
    OTHER = "validation-failure"


_PROOFS: Final = {"wrong name": Fault.WRONG_NAME, "expired": Fault.EXPIRED}


@dataclass(frozen=True, slots=True)
class Demand:
    """What one server must prove.

    encrypted: never in the clear. enforced: False when a failure is only told. records: the
    TLSA records that must fit. proven: the certificate must be proven by a known authority.
    listed: the server is among those that the policy names.
    """

    ruling: Ruling = Ruling.NOTHING
    encrypted: bool = False
    enforced: bool = False
    records: Records | None = None
    proven: bool = False
    listed: bool = True

    @property
    def words(self) -> str:
        """What the policy is called."""
        return {Ruling.DANE: "DANE", Ruling.STS: "MTA-STS"}.get(self.ruling, "the settings")


ANYTHING: Final = Demand()


@dataclass(frozen=True, slots=True)
class Problem:
    """What a connection lacks. text: a clause for people."""

    fault: Fault
    text: str


def demand(host: str, sts: StsPolicy | None, records: Records | None, *, always: bool) -> Demand:
    """Return what `host` must prove. records: signed TLSA records, None if there are none.

    always: our own settings want encryption for everybody.
    """
    if records is not None and records.usable:
        return Demand(Ruling.DANE, encrypted=True, enforced=True, records=records)
    tested = sts is not None and sts.mode is not Mode.NONE
    if sts is not None and tested:
        enforced = sts.mode is Mode.ENFORCE
        encrypted = enforced or always or records is not None
        return Demand(
            Ruling.STS, encrypted, enforced, proven=True, listed=sts.allows(host)
        )  # fmt: skip
    if records is not None:
        return Demand(Ruling.DANE, encrypted=True, enforced=True, records=records)
    return Demand(encrypted=always, enforced=always)


def unlisted(wanted: Demand, host: str) -> Problem | None:
    """Return what is wrong before anybody has connected (RFC 8461 §4.1)."""
    if wanted.listed:
        return None
    return Problem(Fault.OTHER, f"{host} is not among the servers that the policy names")


def plain(wanted: Demand, because: str) -> Problem | None:
    """Return what is wrong with a connection in the clear. because: why it is."""
    if wanted.ruling is Ruling.NOTHING and not wanted.encrypted:
        return None
    return lacking(because)


def lacking(because: str) -> Problem:
    """Return the reason for a connection in the clear as reports name it."""
    offered = "offers no STARTTLS" not in because
    return Problem(Fault.OTHER if offered else Fault.NO_STARTTLS, because)


def encrypted(wanted: Demand, proof: str, detail: str, fit: Match | None) -> Problem | None:
    """Return what is wrong with an encrypted connection, or None.

    proof: what a known authority says of the certificate, "verified" or why not
    (`PeerCertificate.proof`). fit: the comparison with the TLSA records of the demand.
    """
    if fit is not None and fit.record is None:
        return Problem(Fault.OTHER, fit.problem)
    if wanted.proven and proof != "verified":
        fault = _PROOFS.get(proof, Fault.NOT_PROVEN)
        more = f": {detail}" if detail else ""
        return Problem(fault, f"its certificate is not proven ({proof}{more})"[:400])
    return None
