"""What is counted of each connection to another server, for reports (RFC 8460 §4).

`observe` makes a text of one connection, `gather` a report of counted texts. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from pillarbox.mailauth.tls_report import Failure, PolicyResult, TlsReport
from pillarbox.store.tls_results import Counted
from pillarbox.tlspolicy import dane
from pillarbox.tlspolicy.decide import Demand, Ruling
from pillarbox.tlspolicy.mta_sts import Kept

MAX_STRINGS: Final = 100
MAX_TEXT: Final = 200


class Observed(msgspec.Struct, frozen=True, omit_defaults=True):
    """One connection. kind, strings, mx_hosts: the policy. result: "" for success."""

    kind: str
    strings: tuple[str, ...] = ()
    mx_hosts: tuple[str, ...] = ()
    result: str = ""
    mx: str = ""
    ip: str = ""
    sending_ip: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Between whom. host, ip: the other server, "" if none was reached. ours: our address."""

    host: str = ""
    ip: str = ""
    ours: str = ""


def observe(
    demand: Demand, kept: Kept | None, place: Place, result: str = "", reason: str = ""
) -> str:
    """Return a connection as text; equal ones are equal. result: a type of RFC 8460 §4.3."""
    strings: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    if demand.ruling is Ruling.DANE and demand.records is not None:
        records = [*demand.records.usable, *(record for record, _ in demand.records.unusable)]
        strings = tuple(dane.shown(record)[:MAX_TEXT] for record in records[:MAX_STRINGS])
        hosts = (place.host,)
    elif demand.ruling is Ruling.STS and kept is not None:
        lines = kept.text.replace("\r\n", "\n").split("\n")
        strings = tuple(line[:MAX_TEXT] for line in lines[:MAX_STRINGS] if line.strip())
        hosts = kept.policy.mx[:MAX_STRINGS]
    found = Observed(
        kind=demand.ruling.value,
        strings=strings,
        mx_hosts=hosts,
        result=result,
        # A success is counted for the policy alone.
        mx=place.host if result else "",
        ip=place.ip if result else "",
        sending_ip=place.ours if result else "",
        reason=reason[:MAX_TEXT],
    )
    return msgspec.json.encode(found).decode()


def unfetched(code: str, reason: str) -> str:
    """Return that an MTA-STS policy could not be fetched, as text."""
    found = Observed(kind=Ruling.STS.value, result=code, reason=reason[:MAX_TEXT])
    return msgspec.json.encode(found).decode()


def gather(
    domain: str,
    counted: Iterable[Counted],
    about: tuple[str, str, str],
    period: tuple[datetime, datetime],
) -> TlsReport:
    """Return the report of one domain. about: organisation, contact, id of the report."""
    policies: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[tuple[Observed, int]]] = {}
    for one in counted:
        try:
            seen = msgspec.json.decode(one.body, type=Observed)
        except (msgspec.DecodeError, msgspec.ValidationError):
            continue
        key = (seen.kind, seen.strings, seen.mx_hosts)
        policies.setdefault(key, []).append((seen, one.count))
    found = []
    for (kind, strings, hosts), sessions in policies.items():
        failures = tuple(
            Failure(seen.result, count, seen.sending_ip, seen.mx, seen.ip, seen.reason)
            for seen, count in sessions
            if seen.result
        )
        succeeded = sum(count for seen, count in sessions if not seen.result)
        failed = sum(failure.count for failure in failures)
        found.append(PolicyResult(kind, domain, strings, hosts, succeeded, failed, failures))
    org, contact, report_id = about
    return TlsReport(org, contact, report_id, period[0], period[1], tuple(found))
