"""The property senderVerdict."""

import pytest

from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap import sender
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
    shown = sender.sender_verdict(trace, "en")
    assert shown is not None
    assert (shown.verdict, shown.tone, shown.proven, shown.line) == (
        verdict or "internal", tone, proven, line,
    )  # fmt: skip
    assert shown.headline


def test_what_was_not_judged_has_none():
    assert sender.sender_verdict(Trace(id="t", direction="in", started_at=0.0), "en") is None


async def test_a_list_of_messages(tmp_path):
    async with house(tmp_path) as here:
        await submit(here, "ben@example.org")
        answer, _ = await here.receive(signed(), "ben@example.org")
        assert answer.accepted
        await here.receive(footer().replace(b"uni.example", b"nobody.example"), "ben@example.org")
        ben = (await here.db.read(find, "ben")).account_id
        sql = "SELECT message_id FROM messages WHERE account_id = ?1 ORDER BY message_id"
        ids = [row[0] for row in await here.db.read(lambda tx: tx.all(sql, ben))]
        wanted = [*ids, MessageId(4711)]
        extra = sender.extra()
        found = await here.db.read(extra.load, ben, wanted, {"language": "de"})
        assert await here.db.read(extra.load, ben, wanted, {"language": "de"}) == found
        english = await here.db.read(extra.load, ben, wanted, {})
        assert english[ids[1]]["line"] == "passed on by lists.project.example"
        assert {id_: (one["verdict"], one["proven"]) for id_, one in found.items()} == {
            ids[0]: ("internal", True),
            ids[1]: ("via", True),
            ids[2]: ("unproven", False),
        }
        assert found[ids[1]]["line"] == "weitergegeben von lists.project.example"


@pytest.mark.parametrize("language", [1, None, ["de"], "x" * 300])
def test_a_language_is_text(language):
    with pytest.raises(MethodError, match="invalidArguments"):
        sender.extra().arguments["language"](language)
    sender.extra().arguments["language"]("de-AT, en;q=0.5")
