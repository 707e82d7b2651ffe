"""What a domain should publish in DNS, and how that compares with what it does publish.

"missing", "wrong" and "could not ask" are three different findings: each asks for another
deed. A record need not be letter for letter ours: an SPF record is right when it lets our
hosts send, a DMARC record when its policy can be read.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address
from typing import Final, Literal

from pillarbox.delivery.signing import Sealer, public_records
from pillarbox.dns.resolver import Answer, Mx, Resolver, RType, Txt
from pillarbox.mailauth import dmarc_record, publish, spf
from pillarbox.mailauth.dmarc_record import NotDmarc, Policy
from pillarbox.mailauth.publish import Wanted
from pillarbox.mailauth.spf_outcome import SpfResult
from pillarbox.mailauth.tags import TagError, parse_tags
from pillarbox.store import domains
from pillarbox.store.database import Transaction

Finding = Literal["ok", "missing", "wrong", "unknown"]

MAX_TEXT: Final = 500  # characters of a found record that are shown


@dataclass(frozen=True, slots=True)
class Checked:
    """One record and what DNS says. found: the texts there. problem: what to mend, or "".

    status "unknown": DNS could not be asked.
    """

    wanted: Wanted
    status: Finding
    found: tuple[str, ...] = ()
    problem: str = ""


def wanted(tx: Transaction, domain: str, sealer: Sealer, hostname: str) -> list[Wanted]:
    """Return the records that a domain of ours should publish. Raises NotFound.

    hostname: the name of this server, where the domain's mail should go.
    """
    name = domains.get(tx, domain).name
    reports_to = f"postmaster@{name}"
    return [
        publish.mx(name, hostname),
        publish.spf(name),
        *(
            Wanted(
                f"{selector}._domainkey.{name}",
                "TXT",
                text,
                f"the key that verifies our signatures, selector {selector} (DKIM)",
            )
            for selector, text in public_records(tx, name, sealer)
        ),
        publish.dmarc(name, Policy.QUARANTINE, reports_to),
        publish.tls_rpt(name, reports_to),
    ]


async def compare(
    resolver: Resolver, records: Sequence[Wanted], hostname: str, now: datetime
) -> list[Checked]:
    """Ask DNS for each record, side by side, and say how it fits."""
    return list(
        await asyncio.gather(*(_compare(resolver, record, hostname, now) for record in records))
    )


async def _compare(resolver: Resolver, record: Wanted, hostname: str, now: datetime) -> Checked:
    answer = await resolver.resolve(record.name, RType[record.rtype])
    if answer.failed:
        return Checked(record, "unknown", problem=answer.problem or "no name server answered")
    if record.rtype == "MX":
        return _compare_mx(record, answer, hostname)
    texts = _texts(answer)
    version = record.value.split(";")[0].split(" ")[0]
    if version == "v=spf1":
        return await _compare_spf(resolver, record, texts, hostname, now)
    if version == "v=DKIM1":
        return _compare_dkim(record, texts)
    return _compare_version(record, texts, version)


def _texts(answer: Answer) -> list[str]:
    return [v.joined.decode("utf-8", "replace") for v in answer.values if isinstance(v, Txt)]


def _compare_mx(record: Wanted, answer: Answer, hostname: str) -> Checked:
    hosts = [value for value in answer.values if isinstance(value, Mx)]
    found = tuple(f"{mx.preference} {mx.host}." for mx in hosts)
    if not hosts:
        return Checked(record, "missing", problem="there is no MX record")
    if hostname.lower() not in {mx.host.lower() for mx in hosts}:
        return Checked(record, "wrong", found, f"mail goes to other hosts, not to {hostname}")
    return Checked(record, "ok", found)


async def _compare_spf(
    resolver: Resolver, record: Wanted, texts: Sequence[str], hostname: str, now: datetime
) -> Checked:
    found = tuple(text for text in texts if text.lower().split(" ")[0] == "v=spf1")
    if not found:
        return Checked(record, "missing", problem="there is no SPF record")
    if len(found) > 1:
        return Checked(record, "wrong", found, "several SPF records: then none counts")
    answers = [await resolver.resolve(hostname, rtype) for rtype in (RType.A, RType.AAAA)]
    if any(answer.failed for answer in answers):
        problem = f"the addresses of {hostname} could not be asked"
        return Checked(record, "unknown", found, problem)
    hosts = [v for a in answers for v in a.values if isinstance(v, IPv4Address | IPv6Address)]
    if not hosts:
        return Checked(record, "wrong", found, f"{hostname} has no address")
    for ip in hosts:
        sender = f"postmaster@{record.name}"
        outcome = await spf.check_host(resolver, ip, hostname, sender, receiver=hostname, now=now)
        if outcome.result is SpfResult.TEMPERROR:
            return Checked(record, "unknown", found, outcome.problem)
        if outcome.result is not SpfResult.PASS:
            problem = outcome.problem or f"it gives {outcome.result.value} for our address {ip}"
            return Checked(record, "wrong", found, problem)
    return Checked(record, "ok", found)


def _compare_dkim(record: Wanted, texts: Sequence[str]) -> Checked:
    if not texts:
        return Checked(record, "missing", problem="the key is not published")
    key = _tag(record.value, "p")
    if any(_tag(text, "p") == key for text in texts):
        if len(texts) > 1:
            problem = "several records stand at this name: then none may count"
            return Checked(record, "wrong", tuple(texts), problem)
        return Checked(record, "ok", tuple(texts))
    return Checked(record, "wrong", tuple(texts), "another key is published")


def _tag(text: str, name: str) -> str:
    try:
        found = parse_tags(text.encode("utf-8", "replace")).get(name)
    except TagError:
        return ""
    return found.compact.decode() if found else ""


def _compare_version(record: Wanted, texts: Sequence[str], version: str) -> Checked:
    """Compare a DMARC or TLS reporting record: there is one, and it can be read."""
    found = tuple(text for text in texts if text.replace(" ", "").startswith(f"{version};"))
    if not found:
        return Checked(record, "missing", problem=f"there is no {version} record")
    if len(found) > 1:
        return Checked(record, "wrong", found, f"several {version} records: then none counts")
    if version == "v=DMARC1":
        try:
            parsed = dmarc_record.parse(found[0])
        except NotDmarc as exc:
            return Checked(record, "wrong", found, str(exc))
        status: Finding = "wrong" if parsed.policy_broken else "ok"
        return Checked(record, status, found, "; ".join(parsed.problems))
    if "rua=" not in found[0]:
        return Checked(record, "wrong", found, "it says nowhere to send reports (rua)")
    return Checked(record, "ok", found)
