"""What a report on encryption means for the owner of the domain (pure)."""

from dataclasses import dataclass
from typing import Final

from pillarbox.mailauth.tls_report import Failure, TlsReport

_POLICIES: Final = {
    "sts": "MTA-STS",
    "tlsa": "DANE",
    "no-policy-found": "no policy",
}
_MEANINGS: Final = {
    "starttls-not-supported": "your server offered no encryption, or somebody took the offer out",
    "certificate-host-mismatch": "the certificate is for another name: add the server's name to it",
    "certificate-expired": "the certificate has expired: renew it",
    "certificate-not-trusted": "the certificate is from an authority that senders do not know",
    "validation-failure": "the encryption failed in another way; the reason may say more",
    "tlsa-invalid": "the TLSA records cannot be used: see pillarbox check",
    "dnssec-invalid": "the DNSSEC signatures of your zone do not hold",
    "dane-required": "the sender sends by DANE only, and your server has no TLSA record",
    "sts-policy-fetch-error": "the policy file could not be fetched from mta-sts. your domain",
    "sts-policy-invalid": "the policy file cannot be read: see pillarbox check",
    "sts-webpki-invalid": "the certificate of mta-sts. your domain is not valid for that name",
}


@dataclass(frozen=True, slots=True)
class Told:
    """One kind of failure. words: what it means and what to do."""

    policy: str
    result: str
    count: int
    mx: str
    words: str
    reason: str


def summary(report: TlsReport) -> str:
    """Return the report in one sentence."""
    succeeded = sum(policy.succeeded for policy in report.policies)
    failed = sum(policy.failed for policy in report.policies)
    name = report.org_name or "Somebody"
    domain = report.policies[0].domain
    if not failed:
        return f"{name} reached the servers of {domain} {succeeded} times, always as you demand"
    return (
        f"{name} reached the servers of {domain} {succeeded + failed} times; "
        f"{failed} times something was wrong with the encryption"
    )


def failures(report: TlsReport) -> list[Told]:
    """Return what failed, the most frequent first."""
    found = [
        _told(_POLICIES.get(policy.kind, policy.kind or "?"), failure)
        for policy in report.policies
        for failure in policy.failures
    ]
    return sorted(found, key=lambda told: -told.count)


def _told(policy: str, failure: Failure) -> Told:
    words = _MEANINGS.get(failure.result, f"the sender calls it {failure.result or 'nothing'}")
    return Told(policy, failure.result, failure.count, failure.mx, words, failure.reason)
