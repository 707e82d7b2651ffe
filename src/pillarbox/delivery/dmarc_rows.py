"""From traces of a day to the rows of aggregate reports (RFC 9990 §3.1). Pure.

The traces hold all that was judged; so nothing is counted while mail comes in.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from pillarbox.mailauth import dmarc_record
from pillarbox.mailauth.dmarc_record import DmarcRecord, NotDmarc
from pillarbox.mailauth.dmarc_report import DkimSeen, PolicyPublished, Row, SpfSeen
from pillarbox.trace.step import Step, Trace

MAX_ROWS: Final = 50_000  # different ones of one domain and day; what is beyond is counted apart
MAX_ROWS_IN_ALL: Final = 500_000
MAX_DOMAINS: Final = 20_000
MAX_DKIM: Final = 10
_DISPOSITIONS: Final = {"decision.junk": "quarantine", "decision.refuse": "reject"}


@dataclass(slots=True)
class Tally:
    """What came in one domain's name in a day.

    domain: where the record is. org: its organisational domain. rows: row with count 0 ->
    messages. left_out: messages beyond MAX_ROWS different rows.
    """

    domain: str
    record: DmarcRecord
    org: str
    rows: dict[Row, int] = field(default_factory=dict)
    left_out: int = 0

    @property
    def messages(self) -> int:
        """How many messages the rows are about."""
        return sum(self.rows.values())

    def report_rows(self) -> tuple[Row, ...]:
        """Return the rows with their counts, the most frequent first."""
        pairs = sorted(self.rows.items(), key=lambda pair: -pair[1])
        return tuple(replace(row, count=count) for row, count in pairs)

    def policy(self) -> PolicyPublished:
        """Return the record as reports have it."""
        record = self.record
        return PolicyPublished(
            domain=self.domain,
            p=record.p.value,
            sp=record.sp.value if record.sp else "",
            np=record.np.value if record.np else "",
            adkim=record.adkim.value,
            aspf=record.aspf.value,
            fo=":".join(record.fo),
            testing="y" if record.testing else "n",
            discovery_method="treewalk",
        )


class Tallies:
    """Adds traces up, by domain. The record that was seen last counts.

    Beyond MAX_DOMAINS further ones get no report: whoever makes up domains gains nothing.
    """

    def __init__(self) -> None:
        self.by_domain: dict[str, Tally] = {}
        self._rows = 0

    def add(self, found: Iterable[Trace]) -> None:
        """Count the traces in which DMARC found a record that wants reports."""
        for trace in found:
            step = next((s for s in trace.steps if s.key.startswith("dmarc.")), None)
            if step is not None and trace.client_ip:
                self._count(trace, step)

    def _count(self, trace: Trace, step: Step) -> None:
        domain = str(step.evidence.get("record_domain", ""))
        try:
            record = dmarc_record.parse(str(step.evidence.get("record", "")))
        except NotDmarc:
            return
        if not record.rua or not domain:
            return
        if domain not in self.by_domain and len(self.by_domain) >= MAX_DOMAINS:
            return
        org = str(step.evidence.get("org_domain", "")) or domain
        tally = self.by_domain.setdefault(domain, Tally(domain, record, org))
        tally.record, tally.org = record, org
        row = row_of(trace, step)
        if row in tally.rows:
            tally.rows[row] += 1
        elif len(tally.rows) < MAX_ROWS and self._rows < MAX_ROWS_IN_ALL:
            tally.rows[row] = 1
            self._rows += 1
        else:
            tally.left_out += 1


def row_of(trace: Trace, dmarc: Step) -> Row:
    """Return what a report says of one message, with count 0."""
    aligned = [str(one).partition(" ")[0] for one in dmarc.evidence.get("aligned_by", ())]
    decision = next((s for s in trace.steps if s.key.startswith("decision.")), None)
    return Row(
        source_ip=trace.client_ip,
        count=0,
        disposition=_disposition(dmarc, decision),
        dkim="pass" if "dkim" in aligned else "fail",
        spf="pass" if "spf" in aligned else "fail",
        header_from=str(dmarc.params.get("domain", "")),
        envelope_from=trace.sender.rpartition("@")[2].lower(),
        reasons=_reasons(decision),
        dkim_results=tuple(_dkim(trace.steps)),
        spf_results=tuple(_spf(trace.steps)),
    )


def _disposition(dmarc: Step, decision: Step | None) -> str:
    """Return what was done: "pass" where DMARC did, as RFC 9990 §3.1.1.8 has it."""
    if dmarc.key == "dmarc.pass":
        return "pass"
    return _DISPOSITIONS.get(decision.key if decision else "", "none")


def _reasons(decision: Step | None) -> tuple[tuple[str, str], ...]:
    kept: list[dict[str, Any]] = decision.evidence.get("reasons", []) if decision else []
    return tuple((str(one.get("type", "")), str(one.get("comment", ""))) for one in kept)


def _dkim(steps: Iterable[Step]) -> Iterable[DkimSeen]:
    found = (s for s in steps if s.key.startswith("dkim.") and s.params.get("domain"))
    for step, _ in zip(found, range(MAX_DKIM), strict=False):
        params = step.params
        yield DkimSeen(
            str(params["domain"]), str(params.get("selector", "")), str(params.get("result", ""))
        )


def _spf(steps: Iterable[Step]) -> Iterable[SpfSeen]:
    """Yield the check of the envelope's sender; reports have no other (RFC 9990 §3.1.1.11)."""
    for step in steps:
        if step.key.startswith("spf."):
            result = step.key.split(".")[1]
            scope = str(step.evidence.get("identity", "")) or "mfrom"
            yield SpfSeen(str(step.params.get("domain", "")), result, scope)
            return
