"""The property senderVerdict."""

import pytest

from pillarbox.serve.jmap.sender import sender_verdict, sender_verdicts
from pillarbox.store.ids import MessageId
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace
from tests.delivery.passing import footer, signed
from tests.delivery.test_own_traces import find, house, submit

CASES = [
    # verdict, direction, because -> tone, proven, line
    ("proven", "in", phrase("proven-both", domain="a.example"), "good", True, ""),
    ("via", "in", phrase("forwarded", domain="a.example"), "good", True, "passed on by f.example"),
    ("unproven", "in", phrase("spf-none", spf_domain=""), "unknown", False, "sender not confirmed"),
    ("misfit", "in", phrase("altered-body", domain="a"), "doubt", False,
     "changed after it was signed"),
    ("forged", "in", phrase("dmarc-reject", domain="a"), "bad", False, ""),
    ("", "submitted", "", "internal", True, ""),
    ("", "out", "", "internal", True, ""),
]  # fmt: skip


@pytest.mark.parametrize(("verdict", "direction", "because", "tone", "proven", "line"), CASES)
def test_what_a_list_shows(verdict, direction, because, tone, proven, line):
    decision = Step("decision.accept", 0.0, {"because": because, "via": "f.example"})
    trace = Trace(
        id="t", direction=direction, started_at=0.0, verdict=verdict, header_from="x@a.example",
        account="x@a.example", action="delivered", steps=[decision] if because else [],
    )  # fmt: skip
    shown = sender_verdict(trace, "en")
    assert shown is not None
    assert (shown.verdict, shown.tone, shown.proven, shown.line) == (
        verdict or "internal", tone, proven, line,
    )  # fmt: skip
    assert shown.headline or direction == "out"


def test_what_was_not_judged_has_none():
    assert sender_verdict(Trace(id="t", direction="in", started_at=0.0), "en") is None


async def test_a_list_of_messages(tmp_path):
    async with house(tmp_path) as here:
        await submit(here, "ben@example.org")
        answer, _ = await here.receive(signed(), "ben@example.org")
        assert answer.accepted
        await here.receive(footer().replace(b"uni.example", b"nobody.example"), "ben@example.org")
        ben = (await here.db.read(find, "ben")).account_id
        sql = "SELECT message_id FROM messages WHERE account_id = ?1 ORDER BY message_id"
        ids = [row[0] for row in await here.db.read(lambda tx: tx.all(sql, ben))]
        found = await sender_verdicts(here.db, ben, [*ids, MessageId(4711)], "de")
        assert list(found) == [*ids, 4711]
        assert [one and (one["verdict"], one["proven"]) for one in found.values()] == [
            ("internal", True), ("via", True), ("unproven", False), None,
        ]  # fmt: skip
        passed_on = found[ids[1]]
        assert passed_on is not None
        assert passed_on["line"] == "weitergegeben von lists.project.example"
