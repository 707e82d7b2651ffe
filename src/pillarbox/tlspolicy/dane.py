"""DANE for SMTP: what signed TLSA records say that a server's certificate must be (RFC 7672).

Pure. Looking up is elsewhere: only answers that DNSSEC vouches for may come here. Usages 2
and 3 count between mail servers, 0 and 1 do not (RFC 7672 §3.1.3).
"""

import hashlib
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)
from cryptography.x509 import verification
from cryptography.x509.oid import NameOID

from pillarbox.dns.resolver import Tlsa

MAX_RECORDS: Final = 100
MAX_CHAIN: Final = 10
DANE_TA: Final = 2
DANE_EE: Final = 3
_FULL: Final = 0  # the matching type that compares the octets themselves
_DIGESTS: Final = {1: hashlib.sha256, 2: hashlib.sha512}  # RFC 6698 §2.1.3
# What the library may raise for octets that are no certificate, or an odd one.
UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
_AUTHORITY: Final = verification.ExtensionPolicy.permit_all().require_present(
    x509.BasicConstraints, verification.Criticality.AGNOSTIC, None
)


@dataclass(frozen=True, slots=True)
class Records:
    """The TLSA records of one server. name: where they are. usable: those that count.

    unusable: the others, each with the reason. names: what a certificate below an authority
    may be for, the first is where the records are (RFC 7672 §3.2.2).
    """

    name: str
    usable: tuple[Tlsa, ...]
    unusable: tuple[tuple[Tlsa, str], ...]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """How a chain fits the records. record: the one that fits, None if none does.

    problem: why not, in a clause; "".
    """

    record: Tlsa | None
    problem: str = ""


def shown(record: Tlsa) -> str:
    """Return a record as a zone file has it."""
    return f"{record.usage} {record.selector} {record.matching} {record.data.hex()}"


def sort(name: str, records: Iterable[Tlsa], names: Sequence[str]) -> Records:
    """Tell the records that count from those that do not.

    Of two digests of the same thing only the stronger counts (RFC 7671 §9).
    """
    usable: list[Tlsa] = []
    unusable: list[tuple[Tlsa, str]] = []
    for number, record in enumerate(records):
        reason = "there are too many" if number >= MAX_RECORDS else _fault(record)
        if reason:
            unusable.append((record, reason))
        else:
            usable.append(record)
    strongest: dict[tuple[int, int], int] = {}
    for record in usable:
        kind = (record.usage, record.selector)
        strongest[kind] = max(strongest.get(kind, 0), record.matching)
    kept = []
    for record in usable:
        if record.matching in {_FULL, strongest[record.usage, record.selector]}:
            kept.append(record)
        else:
            unusable.append((record, "a stronger digest stands beside it"))
    return Records(name, tuple(kept), tuple(unusable), tuple(dict.fromkeys(names)))


def _fault(record: Tlsa) -> str:
    """Return why a record cannot be used, or ""."""
    if record.usage not in {DANE_TA, DANE_EE}:
        return f"usage {record.usage} does not count for mail"
    if record.selector not in {0, 1}:
        return f"selector {record.selector} is unknown"
    if record.matching in _DIGESTS:
        wanted = _DIGESTS[record.matching]().digest_size
        return "" if len(record.data) == wanted else f"a digest has {wanted} octets"
    if record.matching != _FULL:
        return f"matching type {record.matching} is unknown"
    try:
        if record.selector == 0:
            _load(record.data)
        else:
            load_der_public_key(record.data)
    except UNREADABLE:
        return "its data is neither a certificate nor a key"
    return ""


def match(records: Records, chain: Sequence[bytes], now: datetime) -> Match:
    """Compare what a server sent (DER, its own certificate first) with its usable records.

    Any octets give an answer. Usage 3 fits the server's own certificate, whatever name and
    date it has (RFC 7672 §3.1.1); usage 2 an authority above it, and then both count.
    """
    if not chain:
        return Match(None, "no certificate was sent")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _match(records, chain[:MAX_CHAIN], now)


def _match(records: Records, chain: Sequence[bytes], now: datetime) -> Match:
    for record in records.usable:
        if record.usage == DANE_EE and _fits(record, chain[0]):
            return Match(record)
    problem = "its certificate fits none of the TLSA records"
    for record in records.usable:
        if record.usage != DANE_TA:
            continue
        anchors = [der for der in chain[1:] if _fits(record, der)]
        if record.matching == _FULL and record.selector == 0 and not anchors:
            # RFC 7671 §5.2.1: the record brings the authority that was not sent.
            anchors = [record.data]
        for anchor in anchors:
            problem = _below(chain, anchor, records.names, now)
            if not problem:
                return Match(record)
    return Match(None, problem)


def _fits(record: Tlsa, der: bytes) -> bool:
    octets = der
    if record.selector == 1:
        try:
            key = _load(der).public_key()
            octets = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        except UNREADABLE:
            return False
    digest = _DIGESTS.get(record.matching)
    return (digest(octets).digest() if digest else octets) == record.data


def _below(chain: Sequence[bytes], anchor: bytes, names: Sequence[str], now: datetime) -> str:
    """Return why the server's certificate is not proven by an authority, or ""."""
    policy = verification.PolicyBuilder().time(now).extension_policies(
        ca_policy=_AUTHORITY, ee_policy=verification.ExtensionPolicy.permit_all()
    )  # fmt: skip
    try:
        own, *others = map(_load, chain)
        store = verification.Store([_load(anchor)])
        policy.store(store).build_client_verifier().verify(own, others)
        presented = _names_of(own)
    except (verification.VerificationError, *UNREADABLE) as exc:
        return f"the authority of the TLSA record does not prove it ({str(exc)[:200]})"
    if not any(_covers(name, wanted) for name in presented for wanted in names):
        return f"its certificate is for {', '.join(presented[:5]) or 'nobody'}"
    return ""


def _names_of(certificate: x509.Certificate) -> list[str]:
    """Return the DNS names, or where there are none the common name (RFC 7672 §3.2.3)."""
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = found.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        names = []
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return [n.lower() for n in names or [str(attribute.value) for attribute in common]]


def _covers(presented: str, wanted: str) -> bool:
    wanted = wanted.lower()
    if presented.startswith("*."):  # only as the whole first label (RFC 7672 §3.2.3)
        return wanted.partition(".")[2] == presented[2:]
    return wanted == presented


def _load(der: bytes) -> x509.Certificate:
    return x509.load_der_x509_certificate(der)
