"""delivery/filing.py: owners' own wishes are done and told, to nobody but themselves."""

from pillarbox.delivery import own_traces
from pillarbox.store import flags, traces, wishes
from pillarbox.store.flags import Change, How
from pillarbox.trace import words
from pillarbox.trace.step import encode

from .test_own_traces import find, house, submit


def steps(trace, prefix):
    return [step for step in trace.steps if step.key.startswith(prefix)]


async def part(here, name, trace_id):
    return await here.db.read(
        lambda tx: own_traces.find(tx, find(tx, name), trace_id, "+").part  # type: ignore[union-attr]
    )


async def test_who_blocks_a_sender_knows_it_and_nobody_else(tmp_path):
    async with house(tmp_path) as here:
        await here.db.write(
            lambda tx: wishes.set_blocked(tx, find(tx, "ben").account_id, ["anna@example.org"])
        )
        trace_id = await submit(here, "ben@example.org", "carl@example.org")
        trace = await here.db.read(traces.get, trace_id)
        assert trace.action == "delivered"
        (step,) = steps(trace, "own.")
        assert step.key == "own.blocked"
        assert words.sentence(step) == "You blocked anna@example.org, so it went to Junk."
        assert "?" not in words.explanation(step, "de")
        ben = await part(here, "ben", trace_id)
        assert (ben.action, len(steps(ben, "own."))) == ("junked", 1)
        for name in ("anna", "carl"):
            other = await part(here, name, trace_id)
            assert (other.action, steps(other, "own.")) == ("delivered", [])
            assert "Junk" not in encode(other).decode()


async def test_mail_that_nobody_wanted_is_told_as_junk(tmp_path):
    async with house(tmp_path) as here:
        await here.db.write(
            lambda tx: wishes.set_blocked(tx, find(tx, "ben").account_id, ["anna@example.org"])
        )
        trace_id = await submit(here, "ben@example.org")
        assert (await here.db.read(traces.get, trace_id)).action == "junked"


async def test_a_muted_conversation_goes_past_the_inbox(tmp_path):
    async with house(tmp_path) as here:
        await submit(here, "ben@example.org")

        def mute(tx):
            ben = find(tx, "ben").account_id
            sql = "SELECT message_id FROM messages WHERE account_id = ?1"
            ids = [row[0] for row in tx.all(sql, ben)]
            flags.set_keywords(tx, ben, ids, Change(How.ADD, frozenset({"$muted"})))

        await here.db.write(mute)
        trace_id = await submit(here, "ben@example.org")
        ben = await part(here, "ben", trace_id)
        assert [step.params["mailbox"] for step in steps(ben, "filed")] == ["Archive"]
        (step,) = steps(ben, "own.")
        assert words.sentence(step, "de").startswith("Sie haben diese Unterhaltung stummgeschaltet")
        assert ben.action == "delivered"
