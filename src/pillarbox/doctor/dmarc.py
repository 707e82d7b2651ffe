"""Is a domain's DMARC record right (RFC 9989), and do its reports arrive (RFC 9990)?"""

from collections.abc import Iterator
from typing import Final

from pillarbox.dns.resolver import Resolver, RType
from pillarbox.doctor.asking import problem_of, texts_of
from pillarbox.doctor.finding import Finding, make
from pillarbox.mailauth import dmarc_record, psl
from pillarbox.mailauth.alignment import Mode, is_under, normalise
from pillarbox.mailauth.dmarc import walk_targets
from pillarbox.mailauth.dmarc_record import DmarcRecord, NotDmarc, Policy

MAX_REPORT_HOSTS: Final = 10
_WISH: Final = {
    Policy.NONE: "delivered as any other",
    Policy.QUARANTINE: "treated as suspicious",
    Policy.REJECT: "refused",
}
_STRENGTH: Final = [Policy.NONE, Policy.QUARANTINE, Policy.REJECT]


async def check(resolver: Resolver, domain: str) -> tuple[list[Finding], DmarcRecord | None]:
    """Return what is wrong with the policy of `domain`, and the record that applies."""
    name = f"_dmarc.{domain}"
    where = f"{name} TXT"
    answer = await resolver.resolve(name, RType.TXT)
    if answer.failed:
        return [make("dmarc.unknown", where, name=name, problem=problem_of(answer))], None
    texts = texts_of(answer)
    records = [text for text in texts if dmarc_record.is_dmarc(text.encode())]
    default = _default(domain)
    if len(records) > 1:
        found = make(
            "dmarc.several", where, found=" | ".join(records), publish=_strictest(records),
            count=len(records),
        )  # fmt: skip
        return [found], None
    if not records:
        if any("dmarc" in text.lower() for text in texts):
            shown = " | ".join(texts)
            return [
                make("dmarc.not-dmarc", where, found=shown, publish=_mended(texts, default))
            ], None
        return await _inherited(resolver, domain, default)
    try:
        record = dmarc_record.parse(records[0])
    except NotDmarc:
        return [make("dmarc.not-dmarc", where, found=records[0], publish=default)], None
    found_all = list(_record(record, where, domain))
    found_all += await _reports(resolver, domain, record, where)
    if not any(one.severity.value in {"error", "warning"} for one in found_all):
        wish = _WISH[record.p]
        found_all.insert(0, make("dmarc.ok", where, found=record.text, wish=wish))
    return found_all, record


def _default(domain: str) -> str:
    return f"v=DMARC1; p=none; rua=mailto:dmarc-reports@{domain}"


async def _inherited(
    resolver: Resolver, domain: str, default: str
) -> tuple[list[Finding], DmarcRecord | None]:
    """Look for the record of the organisation, by the tree walk of RFC 9989 §4.10."""
    where = f"_dmarc.{domain} TXT"
    for target in walk_targets(domain)[1:]:
        answer = await resolver.resolve(f"_dmarc.{target}", RType.TXT)
        if answer.failed:
            problem = problem_of(answer)
            return [make("dmarc.unknown", where, name=f"_dmarc.{target}", problem=problem)], None
        texts = [text for text in texts_of(answer) if dmarc_record.is_dmarc(text.encode())]
        if len(texts) != 1:
            continue
        record = dmarc_record.parse(texts[0])
        policy = f"sp={record.sp.value}" if record.sp else f"p={record.p.value}"
        found = [make("dmarc.inherited", where, found=texts[0], name=target, policy=policy)]
        if (record.sp or record.p) is Policy.NONE:
            found.append(make("dmarc.policy-none", where, found=texts[0], publish=default))
        return found, record
    return [make("dmarc.missing", where, publish=default)], None


def _record(record: DmarcRecord, where: str, domain: str) -> Iterator[Finding]:
    text = record.text
    if record.policy_broken:
        problem = next((p for p in record.problems if "is not none" in p), "it is no policy")
        publish = _with(text, "p", "none")
        yield make("dmarc.policy-broken", where, found=text, publish=publish, problem=problem)
    for problem in record.problems:
        if "is not none" not in problem:
            sentence = problem[:1].upper() + problem[1:]
            yield make("dmarc.syntax", where, found=text, problem=sentence)
    if record.p is Policy.NONE and not record.policy_broken:
        publish = _with(text, "p", "quarantine")
        yield make("dmarc.policy-none", where, found=text, publish=publish)
    if record.testing:
        tag = "t=y" if record.t else "pct=0"
        yield make("dmarc.testing", where, found=text, publish=_with(text, tag[:-2], ""), tag=tag)
    elif record.pct != 100:
        publish = _with(text, "pct", "")
        yield make("dmarc.pct", where, found=text, publish=publish, pct=record.pct)
    if not record.rua:
        publish = f"{text.rstrip('; ')}; rua=mailto:dmarc-reports@{domain}"
        yield make("dmarc.no-reports", where, found=text, publish=publish)
    for tag, policy in (("sp", record.sp), ("np", record.np)):
        if policy is not None and _STRENGTH.index(policy) < _STRENGTH.index(record.p):
            yield make(
                "dmarc.subdomains-weaker", where, found=text, policy=record.p.value,
                tag=f"{tag}={policy.value}", publish=_with(text, tag, record.p.value),
            )  # fmt: skip
    for tag, mode in (("adkim", record.adkim), ("aspf", record.aspf)):
        if mode is Mode.STRICT:
            yield make("dmarc.strict", where, found=text, tag=f"{tag}=s")


async def _reports(
    resolver: Resolver, domain: str, record: DmarcRecord, where: str
) -> list[Finding]:
    """Ask whether those who should get reports elsewhere agree (RFC 9990 §4)."""
    found: list[Finding] = []
    hosts: dict[str, str] = {}
    for uri in (*record.rua, *record.ruf):
        if not uri.address:
            found.append(make("dmarc.report-uri", where, found=record.text, uri=uri.uri))
            continue
        host = normalise(uri.address.rpartition("@")[2])
        if psl.organisational_domain(host) != psl.organisational_domain(domain) and not (
            is_under(host, domain) or is_under(domain, host)
        ):
            hosts.setdefault(host, uri.address)
    for host, address in list(hosts.items())[:MAX_REPORT_HOSTS]:
        name = f"{domain}._report._dmarc.{host}"
        answer = await resolver.resolve(name, RType.TXT)
        if answer.failed:
            problem = problem_of(answer)
            found.append(
                make("dmarc.report-unknown", f"{name} TXT", name=name, problem=problem, host=host)
            )
        elif not any(dmarc_record.is_dmarc(text.encode()) for text in texts_of(answer)):
            found.append(
                make("dmarc.report-unauthorised", f"{name} TXT", publish="v=DMARC1;",
                     address=address, host=host)
            )  # fmt: skip
    return found


def _with(text: str, name: str, value: str) -> str:
    """Return the record with a tag set, or without it where `value` is ""."""
    tags = [tag.strip() for tag in text.split(";") if tag.strip()]
    kept = [tag for tag in tags[1:] if tag.partition("=")[0].strip().lower() != name]
    new = [f"{name}={value}"] if value else []
    return "; ".join([tags[0], *new, *kept])


def _strictest(texts: list[str]) -> str:
    return max(texts, key=lambda text: _STRENGTH.index(dmarc_record.parse(text).p))


def _mended(texts: list[str], default: str) -> str:
    """Return the record with the version in front, if that is what is wrong with it."""
    text = next(text for text in texts if "dmarc" in text.lower())
    tags = [tag.strip() for tag in text.strip('" ').split(";") if tag.strip()]
    kept = [tag for tag in tags if tag.partition("=")[0].strip().lower() not in {"v", ""}]
    named = [tag for tag in kept if "=" in tag]
    mended = "; ".join(["v=DMARC1", *named])
    return mended if named and not dmarc_record.parse(mended).policy_broken else default
