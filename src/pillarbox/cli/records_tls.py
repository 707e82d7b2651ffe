"""The records of encryption that this installation can keep: MTA-STS and DANE.

They are proposed only where they would be true: MTA-STS where a listener serves the policy,
DANE where the zone of this host is signed.
"""

from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pillarbox import policies
from pillarbox.cli.records import Checked
from pillarbox.config import Settings
from pillarbox.dns.resolver import Answer, Resolver, RType, Tlsa, Txt
from pillarbox.mailauth import publish
from pillarbox.mailauth.publish import Wanted
from pillarbox.tlspolicy import dane, mta_sts

_ADDRESSES: Final = (RType.A, RType.AAAA)


def announced(settings: Settings, domain: str) -> list[Wanted]:
    """Return the MTA-STS records, if a listener serves the policy."""
    served = any(
        one.protocol == "web" or (one.protocol == "http" and one.tls == "implicit")
        for one in settings.listener
    )
    text = policies.sts_policy(settings)
    if not served or text is None:
        return []
    place = Wanted(
        f"mta-sts.{domain}",
        "CNAME",
        f"{settings.hostname}.",
        "where the policy lies; the certificate must be for this name, too (MTA-STS)",
    )
    return [publish.mta_sts(domain, publish.policy_id(text)), place]


async def pinned(resolver: Resolver, settings: Settings) -> list[Wanted]:
    """Return the TLSA record of this host, if its address stands in signed DNS."""
    answers = [await resolver.resolve(settings.hostname, kind) for kind in _ADDRESSES]
    found = [answer for answer in answers if answer.records]
    if not found or not all(answer.authentic for answer in found):
        return []
    named = settings.tls.certificate
    path = Path(named) if named else settings.path("certificate.pem")
    try:
        certificate = x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError):
        return []
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return [publish.tlsa(settings.hostname, key)]


async def compare(resolver: Resolver, wanted: Wanted) -> Checked:
    """Say how one of these records fits what is published."""
    answer = await resolver.resolve(wanted.name, RType[wanted.rtype])
    if answer.failed:
        return Checked(wanted, "unknown", problem=answer.problem or "no name server answered")
    if wanted.rtype == "TLSA":
        return _compare_tlsa(wanted, answer)
    if wanted.rtype == "CNAME":
        return await _compare_place(resolver, wanted, answer)
    return _compare_sts(wanted, answer)


def _compare_tlsa(wanted: Wanted, answer: Answer) -> Checked:
    found = tuple(dane.shown(value) for value in answer.values if isinstance(value, Tlsa))
    if not found:
        return Checked(wanted, "missing", problem="there is no TLSA record")
    if wanted.value not in found:
        problem = "none is of the key of this host: senders that look at it cannot deliver"
        return Checked(wanted, "wrong", found, problem)
    others = (one for one in found if one != wanted.value)
    return Checked(wanted, "ok", (wanted.value, *others))


async def _compare_place(resolver: Resolver, wanted: Wanted, answer: Answer) -> Checked:
    """A name that leads here is right, by an alias or by its own addresses."""
    host = wanted.value.removesuffix(".").lower()
    aliases = tuple(f"{value}." for value in answer.values)
    if f"{host}." in aliases:
        return Checked(wanted, "ok", aliases)
    addresses = []
    for name in (wanted.name, host):
        answers = [await resolver.resolve(name, kind) for kind in _ADDRESSES]
        addresses.append({str(value) for one in answers for value in one.values})
    own, ours = addresses
    if own & ours:
        return Checked(wanted, "ok", (wanted.value,))
    if not own and not aliases:
        return Checked(wanted, "missing", problem="the name has no address")
    problem = f"the name leads to another host than {host}"
    return Checked(wanted, "wrong", aliases or tuple(sorted(own)), problem)


def _compare_sts(wanted: Wanted, answer: Answer) -> Checked:
    texts = [value.joined.decode("utf-8", "replace") for value in answer.values
             if isinstance(value, Txt)]  # fmt: skip
    found = tuple(text for text in texts if text.startswith("v=STSv1"))
    if not found:
        return Checked(wanted, "missing", problem="there is no MTA-STS record")
    if len(found) > 1:
        return Checked(wanted, "wrong", found, "several MTA-STS records: then none counts")
    if mta_sts.find_id(found) != mta_sts.find_id([wanted.value]):
        problem = "its id is not that of the policy as it is now: senders keep the old one"
        return Checked(wanted, "wrong", found, problem)
    return Checked(wanted, "ok", found)
