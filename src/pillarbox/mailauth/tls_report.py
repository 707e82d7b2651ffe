"""Reports on encryption between servers as values and as JSON (RFC 8460 §4), and who wants them.

`parse` takes what senders write, with limits; `format_json` writes what the RFC says.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote

import msgspec

from pillarbox.mailauth.dmarc_report import BadReport

MAX_JSON_OCTETS: Final = 8 * 1024 * 1024
MAX_POLICIES: Final = 100
MAX_DETAILS: Final = 5000  # of one policy
MAX_STRINGS: Final = 200  # lines of a policy
MAX_TEXT: Final = 500  # characters of one value; the rest is cut off
MAX_URIS: Final = 10
MAX_COUNT: Final = 2**53

_RECORD: Final = re.compile(r"v=TLSRPTv1[ \t]*;")
_MAILTO: Final = re.compile(r"mailto:([^@\s?]{1,200}@[^@\s?]{1,250})(?:\?\S*)?\Z", re.IGNORECASE)
_HTTPS: Final = re.compile(r"https://([A-Za-z0-9.-]{1,253})(?::443)?(/[!-~]{0,1000})?\Z")


@dataclass(frozen=True, slots=True)
class Failure:
    """Connections that failed alike. result: a type of RFC 8460 §4.3. reason: free text."""

    result: str
    count: int
    sending_ip: str = ""
    mx: str = ""
    ip: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PolicyResult:
    """What came of one policy. kind: "tlsa", "sts" or "no-policy-found". strings: its lines."""

    kind: str
    domain: str
    strings: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    succeeded: int = 0
    failed: int = 0
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class TlsReport:
    """One report. begin, end: aware UTC."""

    org_name: str
    contact: str
    report_id: str
    begin: datetime
    end: datetime
    policies: tuple[PolicyResult, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """Where reports go. addresses: of mail. sites: (host, path) of HTTPS."""

    addresses: tuple[str, ...] = ()
    sites: tuple[tuple[str, str], ...] = ()


def parse_record(texts: Iterable[str]) -> Wish | None:
    """Return what the TXT records of _smtp._tls.DOMAIN ask for (RFC 8460 §3); None for nothing."""
    records = [text for text in texts if _RECORD.match(text)]
    if len(records) != 1:
        return None
    for part in records[0].split(";")[1:]:
        name, equals, value = part.strip(" \t").partition("=")
        if name != "rua" or not equals:
            continue
        uris = [uri.strip(" \t") for uri in value.split(",")[:MAX_URIS]]
        mail = [unquote(match[1]) for uri in uris if (match := _MAILTO.match(uri))]
        web = [(m[1].lower(), m[2] or "/") for uri in uris if (m := _HTTPS.match(uri))]
        return Wish(tuple(mail), tuple(web)) if mail or web else None
    return None


def parse(octets: bytes) -> TlsReport:
    """Read a report. Raises BadReport, and nothing else."""
    if len(octets) > MAX_JSON_OCTETS:
        raise BadReport(f"larger than {MAX_JSON_OCTETS} octets")
    try:
        raw = msgspec.json.decode(octets)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as exc:
        raise BadReport(f"not JSON: {exc}"[:MAX_TEXT]) from None
    raw = _object(raw, "the report")
    period = _object(raw.get("date-range"), "date-range")
    policies = _list(raw.get("policies"), "policies", MAX_POLICIES)
    report = TlsReport(
        org_name=_text(raw, "organization-name"),
        contact=_text(raw, "contact-info"),
        report_id=_text(raw, "report-id"),
        begin=_moment(period, "start-datetime"),
        end=_moment(period, "end-datetime"),
        policies=tuple(_policy(_object(item, "policies")) for item in policies),
    )
    if not report.report_id or not report.policies:
        raise BadReport("the report has no report-id or no policies")
    return report


def _policy(raw: dict[str, Any]) -> PolicyResult:
    policy = _object(raw.get("policy"), "policy")
    summary = _object(raw.get("summary"), "summary")
    domain = _text(policy, "policy-domain").lower().rstrip(".")
    if not domain:
        raise BadReport("a policy has no policy-domain")
    details = _list(raw.get("failure-details"), "failure-details", MAX_DETAILS)
    return PolicyResult(
        kind=_text(policy, "policy-type").lower(),
        domain=domain,
        strings=_strings(policy, "policy-string"),
        mx=_strings(policy, "mx-host"),
        succeeded=_count(summary, "total-successful-session-count"),
        failed=_count(summary, "total-failure-session-count"),
        failures=tuple(_failure(_object(item, "failure-details")) for item in details),
    )


def _failure(raw: dict[str, Any]) -> Failure:
    return Failure(
        result=_text(raw, "result-type").lower(),
        count=_count(raw, "failed-session-count"),
        sending_ip=_text(raw, "sending-mta-ip"),
        mx=_text(raw, "receiving-mx-hostname"),
        ip=_text(raw, "receiving-ip"),
        reason=_text(raw, "failure-reason-code"),
    )


def _object(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise BadReport(f"{name} is not an object")
    return value


def _list(value: object, name: str, most: int) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise BadReport(f"{name} is not a list")
    if len(value) > most:
        raise BadReport(f"{name} has more than {most} members")
    return value


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _strings(raw: dict[str, Any], name: str) -> tuple[str, ...]:
    value = raw.get(name)
    # Some write one string where the RFC wants a list.
    items = value if isinstance(value, list) else [value]
    return tuple(item[:MAX_TEXT] for item in items[:MAX_STRINGS] if isinstance(item, str))


def _count(raw: dict[str, Any], name: str) -> int:
    value = raw.get(name, 0)
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MAX_COUNT:
        raise BadReport(f"{name} is no number")
    return value


def _moment(raw: dict[str, Any], name: str) -> datetime:
    value = _text(raw, name)
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise BadReport(f"{name}: {value[:40]!r} is no time") from None
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except OverflowError:
        raise BadReport(f"{name}: {value[:40]!r} is no time") from None


def format_json(report: TlsReport) -> bytes:
    """Return the report as RFC 8460 §4.4 has it."""
    return msgspec.json.encode(
        {
            "organization-name": report.org_name,
            "date-range": {
                "start-datetime": f"{report.begin:%Y-%m-%dT%H:%M:%SZ}",
                "end-datetime": f"{report.end:%Y-%m-%dT%H:%M:%SZ}",
            },
            "contact-info": report.contact,
            "report-id": report.report_id,
            "policies": [_policy_json(policy) for policy in report.policies],
        }
    )


def _policy_json(policy: PolicyResult) -> dict[str, Any]:
    about: dict[str, Any] = {"policy-type": policy.kind, "policy-domain": policy.domain}
    if policy.strings:
        about["policy-string"] = list(policy.strings)
    if policy.mx:
        about["mx-host"] = list(policy.mx)
    found: dict[str, Any] = {
        "policy": about,
        "summary": {
            "total-successful-session-count": policy.succeeded,
            "total-failure-session-count": policy.failed,
        },
    }
    if policy.failures:
        found["failure-details"] = [_failure_json(failure) for failure in policy.failures]
    return found


def _failure_json(failure: Failure) -> dict[str, Any]:
    pairs = {
        "result-type": failure.result,
        "sending-mta-ip": failure.sending_ip,
        "receiving-mx-hostname": failure.mx,
        "receiving-ip": failure.ip,
        "failure-reason-code": failure.reason,
    }
    found: dict[str, Any] = {name: value for name, value in pairs.items() if value}
    return found | {"failed-session-count": failure.count}
