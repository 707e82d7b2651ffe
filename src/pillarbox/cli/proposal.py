"""What to publish for a domain that publishes something already: merged, never blindly replaced.

A domain often has an SPF record for its newsletter or its office before it has this server.
Whoever replaces it takes the right to send from all of them; so our host is put into it, and the
result is judged as if it were published.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from pillarbox.cli import records, records_tls
from pillarbox.cli.records import Checked
from pillarbox.dns.resolver import Answer, Record, Resolver, RType, Status, Txt
from pillarbox.doctor import spf as doctor_spf
from pillarbox.doctor.finding import Severity
from pillarbox.mailauth import publish
from pillarbox.mailauth.publish import Wanted
from pillarbox.mailauth.spf_record import SyntaxProblem

Change = Literal["new", "same", "changed", "unknown"]

TERM: Final = "mx"  # the mechanism that lets our host send: mail comes to it by MX


@dataclass(frozen=True, slots=True)
class Proposed:
    """One record to publish, beside what stands there.

    change: "new" nothing stands there, "same" publish nothing, "changed" replace `before`,
    "unknown" DNS could not be asked. before: the texts there. note: what to know before it is
    done, "" for nothing.
    """

    wanted: Wanted
    change: Change
    before: tuple[str, ...] = ()
    note: str = ""


def unasked(found: Sequence[Wanted]) -> list[Proposed]:
    """Return the records as they are for a domain without any."""
    return [Proposed(wanted, "new") for wanted in found]


async def propose(
    resolver: Resolver, found: Sequence[Wanted], hostname: str, now: datetime
) -> list[Proposed]:
    """Return each record beside what DNS says, merged where several senders share it."""
    checked = await records.compare(resolver, found, hostname, now)
    return [await _propose(resolver, one) for one in checked]


async def propose_encryption(resolver: Resolver, found: Sequence[Wanted]) -> list[Proposed]:
    """Return the records of MTA-STS and DANE beside what DNS says."""
    checked = [await records_tls.compare(resolver, one) for one in found]
    return [await _propose(resolver, one) for one in checked]


async def _propose(resolver: Resolver, checked: Checked) -> Proposed:
    wanted = checked.wanted
    spf = wanted.value.startswith("v=spf1")
    if checked.status == "missing":
        return Proposed(wanted, "new")
    if checked.status == "unknown" and not checked.found:
        note = f"DNS could not be asked ({checked.problem}): look first what stands there"
        if spf:
            note += f"; if it is an SPF record, put {TERM} into it and keep the rest"
        return Proposed(wanted, "unknown", (), note)
    if checked.status == "ok":
        if wanted.rtype == "MX" and len(checked.found) > 1:
            note = "mail goes to other hosts too: " + ", ".join(checked.found)
            return Proposed(wanted, "same", checked.found, note)
        text = wanted.value if wanted.rtype == "MX" else checked.found[0]
        return Proposed(replace(wanted, value=text), "same", checked.found)
    if spf:
        return await _merge(resolver, checked)
    note = checked.problem
    if wanted.rtype == "MX":
        note = f"mail for {wanted.name} goes elsewhere now: with this record it comes here"
    return Proposed(wanted, "changed", checked.found, note)


async def _merge(resolver: Resolver, checked: Checked) -> Proposed:
    """Put our host into the SPF record that stands there, and judge the result."""
    wanted, found = checked.wanted, checked.found
    notes = []
    text = found[0]
    if len(found) > 1:
        text = doctor_spf.merged(found)
        notes.append(
            f"{len(found)} SPF records stand there, and then none counts: publish one, "
            "with the terms of all"
        )
    try:
        merged = publish.merge_spf(text, TERM)
    except SyntaxProblem as exc:
        mended = doctor_spf.without(text, str(exc))
        try:
            merged = publish.merge_spf(mended, TERM)
        except SyntaxProblem:
            note = f"the record there is faulty ({exc}) and cannot be merged: keep what you need"
            return Proposed(wanted, "changed", found, note)
        notes.append(f"what stands there is faulty and counts as absent: {exc}")
    if merged == text and len(found) == 1:
        # It names our host already; what is wrong is elsewhere, and records does not mend it.
        return Proposed(replace(wanted, value=text), "same", found, checked.problem)
    notes += await _faults(resolver, wanted.name, merged)
    return Proposed(replace(wanted, value=merged), "changed", found, "; ".join(notes))


async def _faults(resolver: Resolver, name: str, text: str) -> list[str]:
    """Return what would be wrong with an SPF record if it were published."""
    findings, _ = await doctor_spf.check(AsIf(resolver, name, text), name)
    return [f"{one.id}: {one.text}" for one in findings if one.severity is Severity.ERROR]


class AsIf:
    """A resolver that answers as if one TXT record were published already."""

    def __init__(self, resolver: Resolver, name: str, text: str) -> None:
        self._resolver = resolver
        self._name = name
        self._text = text

    async def resolve(self, name: str, rtype: RType) -> Answer:
        if rtype is not RType.TXT or name.lower().rstrip(".") != self._name:
            return await self._resolver.resolve(name, rtype)
        before = await self._resolver.resolve(name, rtype)
        value = Txt(publish.txt_strings(self._text))
        record = Record(self._name, rtype, publish.TTL, value, publish.quote_txt(self._text))
        return replace(
            before, status=Status.NOERROR, records=(record,), ttl=publish.TTL, problem=""
        )
