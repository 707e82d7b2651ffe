"""What a domain says of encryption: MTA-STS (RFC 8461), TLS reports (RFC 8460); BIMI."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from pillarbox.dns.resolver import Resolver, RType
from pillarbox.doctor.asking import problem_of, texts_of
from pillarbox.doctor.finding import Finding, make
from pillarbox.mailauth import publish
from pillarbox.mailauth.dmarc_record import DmarcRecord, Policy
from pillarbox.tlspolicy import mta_sts
from pillarbox.tlspolicy.mta_sts import Mode, StsPolicy

SHORT_SECONDS: Final = 86_400  # a policy that is kept for less protects little
MAX_SHOWN: Final = 10  # servers of a policy
_RPT: Final = re.compile(r"v=TLSRPTv1[ \t]*;[ \t]*rua=([^;]{1,1000})(;.*)?\Z")
_URI: Final = re.compile(r"(?:mailto:[^@\s,]{1,200}@[^@\s,]{1,250}|https://[^\s,]{1,500})\Z")


@dataclass(frozen=True, slots=True)
class NoPolicyFile:
    """Why there is no policy. code: "sts-policy-fetch-error" and others of RFC 8460 §4.3."""

    code: str
    text: str


# Fetches the policy that the record of a domain with this id announces: (domain, id).
Fetch = Callable[[str, str], Awaitable[StsPolicy | NoPolicyFile]]

_NO_FILE: Final = {
    "sts-webpki-invalid": "mta-sts.certificate",
    "sts-policy-invalid": "mta-sts.invalid",
}


async def check_sts(
    resolver: Resolver, domain: str, hosts: Sequence[str] = (), fetch: Fetch | None = None
) -> list[Finding]:
    """Judge the MTA-STS record, and the policy file if `fetch` can ask for it.

    hosts: the servers that take the domain's mail.
    """
    name = f"_mta-sts.{domain}"
    where = f"{name} TXT"
    answer = await resolver.resolve(name, RType.TXT)
    if answer.failed:
        return [make("tls.unknown", where, name=name, problem=problem_of(answer))]
    texts = [text for text in texts_of(answer) if text.startswith("v=STSv1")]
    wanted = publish.mta_sts(domain, "1").value
    if not texts:
        return [make("mta-sts.missing", where, publish=wanted)]
    if len(texts) > 1:
        shown = " | ".join(texts)
        return [make("mta-sts.several", where, found=shown, publish=texts[0], count=len(texts))]
    policy_id = mta_sts.find_id(texts)
    if policy_id is None:
        problem = "it must be v=STSv1; id= and 1 to 32 letters or digits;"
        return [make("mta-sts.syntax", where, found=texts[0], publish=wanted, problem=problem)]
    host = f"mta-sts.{domain}"
    answers = [await resolver.resolve(host, rtype) for rtype in (RType.A, RType.AAAA)]
    if not any(one.records for one in answers):
        failed = next((one for one in answers if one.failed), None)
        if failed is not None:
            return [make("tls.unknown", f"{host} A", name=host, problem=problem_of(failed))]
        return [make("mta-sts.no-host", f"{host} A", host=host)]
    found = await _check_file(domain, policy_id, hosts, fetch)
    return [make("mta-sts.ok", where, found=texts[0]), *found]


async def _check_file(
    domain: str, policy_id: str, hosts: Sequence[str], fetch: Fetch | None
) -> list[Finding]:
    host = f"mta-sts.{domain}"
    url = f"https://{host}/.well-known/mta-sts.txt"
    if fetch is None:
        return [make("mta-sts.not-asked", url)]
    policy = await fetch(domain, policy_id)
    if isinstance(policy, NoPolicyFile):
        id_ = _NO_FILE.get(policy.code, "mta-sts.unreachable")
        wanted = publish.mta_sts_policy(hosts) if hosts else ""
        return [make(id_, url, publish=wanted, problem=policy.text, host=host)]
    return _judge_policy(policy, hosts, url)


def _judge_policy(policy: StsPolicy, hosts: Sequence[str], url: str) -> list[Finding]:
    """Compare a policy file with the servers that take the mail (RFC 8461 §4.1)."""
    mode, names = policy.mode.value, ", ".join(policy.mx[:MAX_SHOWN])
    shown = publish.mta_sts_policy(policy.mx, mode, policy.max_age)
    if policy.mode is Mode.NONE:
        return [make("mta-sts.none", url, found=shown)]
    found = []
    unlisted = [host for host in hosts if not policy.allows(host)]
    if unlisted:
        wanted = publish.mta_sts_policy([*policy.mx, *unlisted], mode, policy.max_age)
        missing = ", ".join(unlisted)
        found.append(
            make("mta-sts.mx", url, found=shown, publish=wanted, missing=missing, names=names)
        )
    if policy.max_age < SHORT_SECONDS:
        wanted = publish.mta_sts_policy(policy.mx, mode)
        found.append(
            make("mta-sts.short", url, found=shown, publish=wanted, seconds=policy.max_age)
        )
    if policy.mode is Mode.TESTING:
        wanted = publish.mta_sts_policy(policy.mx, "enforce", policy.max_age)
        found.append(make("mta-sts.testing", url, found=shown, publish=wanted))
    return found or [make("mta-sts.policy", url, found=shown, names=names)]


async def check_rpt(resolver: Resolver, domain: str) -> list[Finding]:
    """Judge the record that asks for reports on encryption."""
    name = f"_smtp._tls.{domain}"
    where = f"{name} TXT"
    answer = await resolver.resolve(name, RType.TXT)
    if answer.failed:
        return [make("tls.unknown", where, name=name, problem=problem_of(answer))]
    texts = [text for text in texts_of(answer) if text.startswith("v=TLSRPTv1")]
    wanted = publish.tls_rpt(domain, f"tls-reports@{domain}").value
    if not texts:
        return [make("tls-rpt.missing", where, publish=wanted)]
    if len(texts) > 1:
        shown = " | ".join(texts)
        return [make("tls-rpt.several", where, found=shown, publish=texts[0], count=len(texts))]
    match = _RPT.match(texts[0])
    uris = [uri.strip() for uri in match[1].split(",")] if match else []
    if not uris or not all(_URI.match(uri) for uri in uris):
        problem = "it must be v=TLSRPTv1; rua= and mailto: or https: addresses"
        return [make("tls-rpt.syntax", where, found=texts[0], publish=wanted, problem=problem)]
    return [make("tls-rpt.ok", where, found=texts[0], address=", ".join(uris))]


async def check_bimi(resolver: Resolver, domain: str, policy: DmarcRecord | None) -> list[Finding]:
    """Say whether a logo is published; nothing where there is none."""
    name = f"default._bimi.{domain}"
    answer = await resolver.resolve(name, RType.TXT)
    texts = [text for text in texts_of(answer) if text.lower().startswith("v=bimi1")]
    if not texts:
        return []
    enforced = policy is not None and policy.p is not Policy.NONE
    id_ = "bimi.present" if enforced else "bimi.needs-policy"
    return [make(id_, f"{name} TXT", found=texts[0])]


async def check_dnssec(resolver: Resolver, domain: str) -> list[Finding]:
    """Say whether answers about the domain are signed."""
    answer = await resolver.resolve(domain, RType.MX)
    if answer.failed:
        return []
    return [make("dnssec.signed" if answer.authentic else "dnssec.unsigned", f"{domain} MX")]
