"""Judging again; `test_trace.py` has the whole command."""

import pytest

from pillarbox.base.errors import Invalid
from pillarbox.cli.replay import replay
from pillarbox.delivery.verdict import Rules
from pillarbox.store import traces
from pillarbox.trace.step import Step, Trace
from tests.cli import mail


def judge_again(shell, trace_id, **options):
    async def work(db):
        trace = await db.read(traces.get, trace_id)
        return await replay(db, trace, rules=Rules(), hostname="mx.example.org", **options)

    return shell.installation.run(work)


def test_each_message_is_found_by_its_own_trace(shell):
    first = mail.receive(shell, mail.signed()).trace_id
    second = mail.receive(shell, mail.signed(mail.MESSAGE + b"More.\r\n")).trace_id
    for trace_id in (first, second):
        done = judge_again(shell, trace_id)
        assert done.verified
        assert done.same


def test_signatures_of_a_message_that_is_gone_are_taken_as_recorded(shell):
    trace_id = mail.receive(shell, mail.signed()).trace_id

    shell.run("account", "remove", "anna@example.org", "--yes")
    done = judge_again(shell, trace_id)
    assert not done.verified
    assert done.same
    assert ("DKIM sender.example s", "pass", "pass") in [
        (line.what, line.then, line.now) for line in done.lines
    ]


def test_junk_is_found_in_its_mailbox(shell):
    changed = mail.signed().replace(b"Hello", b"Pay me")
    trace_id = mail.receive(shell, changed, ip="198.51.100.9").trace_id
    done = judge_again(shell, trace_id)
    assert done.verified
    assert done.same
    assert done.judgement.verdict == "misfit"


def test_unanswered_questions_of_then_stay_unanswered(shell):
    records = mail.zone() + "$FAIL s._domainkey.sender.example\n"
    trace_id = mail.receive(shell, mail.signed(), records=records).trace_id
    done = judge_again(shell, trace_id)
    assert done.same
    assert ("temperror", "temperror") in [(line.then, line.now) for line in done.lines]


@pytest.mark.parametrize("steps", [[], [Step(key="spf.pass", at=0.0)]])
def test_nothing_was_judged(shell, steps):
    trace = Trace(id="x", direction="in", started_at=0.0, client_ip="192.0.2.1", steps=steps)
    shell.write(lambda tx: traces.save(tx, traces.prepare(trace)))
    with pytest.raises(Invalid, match="nothing was judged"):
        judge_again(shell, "x")
