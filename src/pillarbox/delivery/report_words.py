"""What a DMARC report means for the owner of the domain, source by source (pure)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pillarbox.mailauth.alignment import is_under
from pillarbox.mailauth.dmarc_report import AggregateReport, Row

_REASONS: Final = {
    "mailing_list": "the receiver saw a mailing list in it",
    "forwarded": "the receiver saw that it was forwarded",
    "trusted_forwarder": "the receiver knows the server that forwarded it",
    "policy_test_mode": "the record says t=y: the policy is only being tried",
    "sampled_out": "the policy was not applied to all mail (pct)",
    "local_policy": "the receiver has a rule of its own",
}


@dataclass(frozen=True, slots=True)
class Source:
    """What one server sent in the domain's name.

    dispositions: what was done -> messages. does: "nothing", "forwarder", "service" or
    "unknown"; words: the same for people, with what to do.
    """

    ip: str
    messages: int
    aligned: int
    dispositions: dict[str, int]
    does: str
    words: str
    overrides: tuple[str, ...] = ()


def sources(report: AggregateReport) -> list[Source]:
    """Return the servers in a report, those with failing mail first, then by count."""
    by_ip: dict[str, list[Row]] = {}
    for row in report.rows:
        by_ip.setdefault(row.source_ip, []).append(row)
    found = [_source(ip, rows, report.policy.domain) for ip, rows in by_ip.items()]
    return sorted(found, key=lambda source: (source.does == "nothing", -source.messages))


def _source(ip: str, rows: list[Row], domain: str) -> Source:
    failing = [row for row in rows if not row.is_aligned]
    dispositions: dict[str, int] = {}
    for row in rows:
        dispositions[row.disposition] = dispositions.get(row.disposition, 0) + row.count
    does, words = _advice(failing, rows, domain)
    kinds = dict.fromkeys(kind for row in rows for kind, _ in row.reasons)
    return Source(
        ip=ip,
        messages=sum(row.count for row in rows),
        aligned=sum(row.count for row in rows if row.is_aligned),
        dispositions=dispositions,
        does=does,
        words=words,
        overrides=tuple(_REASONS.get(kind, f"override: {kind}") for kind in kinds),
    )


def _advice(failing: list[Row], rows: list[Row], domain: str) -> tuple[str, str]:
    if not failing:
        by = sorted({how for row in rows for how in ("dkim", "spf") if getattr(row, how) == "pass"})
        proof = " and ".join(how.upper() for how in by)
        return "nothing", f"proven to be {domain} by {proof}: nothing to do"
    signatures = [seen for row in failing for seen in row.dkim_results]
    broken = [s for s in signatures if is_under(s.domain, domain) and s.result != "pass"]
    if broken:
        names = _names(f"{s.selector or '?'}._domainkey.{s.domain}" for s in broken)
        return (
            "forwarder",
            f"it was signed by {domain}, but the signature did not hold: most likely a list or "
            f"forwarder changed the mail. If this is a server of yours, check the key at {names}",
        )
    others = {seen.domain for seen in signatures if seen.result == "pass"}
    others |= {c.domain for row in failing for c in row.spf_results if c.result == "pass"}
    if others:
        return (
            "service",
            f"{_names(others)} proves its own mail, but not yours. If it sends for you, let it "
            f"sign with a key of {domain}; if not, it is a forwarder, or pretends to be you",
        )
    return (
        "unknown",
        f"nothing proves that this is {domain}. If it is a server of yours, let it sign, and name "
        "it in SPF; else somebody pretends to be you, and your policy is there for that",
    )


def _names(names: Iterable[str]) -> str:
    found = sorted({name for name in names if name})
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return ", ".join(found[:3]) + more


def summary(report: AggregateReport) -> str:
    """Return one sentence on the whole report."""
    total = sum(row.count for row in report.rows)
    good = sum(row.count for row in report.rows if row.is_aligned)
    if not total:
        return f"{report.org_name} saw no mail from {report.policy.domain}."
    return (
        f"{report.org_name} saw {total} messages from {report.policy.domain}; "
        f"{good} of them ({100 * good // total} %) were proven."
    )
