"""Trace/get and Trace/query: how mail came and went, for those whose mail it is."""

from typing import Any

import msgspec
import pytest

from pillarbox.delivery.recipient_security import Security
from pillarbox.jmap.error import MethodError
from pillarbox.jmap.types import trace as types
from pillarbox.serve.jmap.tracing import MAX_TRACES, URN, Tracing
from pillarbox.serve.visitor import Visitor
from pillarbox.store import traces
from pillarbox.store.ids import AccountId
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step
from tests.delivery.passing import footer, zone
from tests.delivery.test_own_traces import SECRET, house, submit
from tests.fakes import FakeResolver

from .calling import Caller


class FakeSecurity:
    """Knows one thing of every address. asked: (account, addresses)."""

    def __init__(self):
        self.asked = []

    async def of(self, account, addresses):
        self.asked.append((account, list(addresses)))
        return [
            Security(one, "d.example", "dane", phrase("security-dane", domain="d.example"))
            for one in addresses
        ]


SECURITY: Any = FakeSecurity()
TRACING = Tracing("+", SECURITY, FakeResolver(zone()))


async def test_what_was_sent_and_what_became_of_it(tmp_path):
    async with house(tmp_path) as here:
        trace_id = await submit(here, "ben@example.org", SECRET)
        steps = [
            Step("mx", 1.0, {"domain": "hidden.example", "hosts": ["mx.hidden.example"]}),
            Step("attempt.tls", 1.0, {"host": "mx.hidden.example", "version": "TLSv1.3"}),
            Step("attempt.accepted", 60.0, {"host": "mx.hidden.example", "recipient": SECRET}),
        ]
        await here.db.write(traces.append, trace_id, steps, "relayed")
        call = Caller(here.db, "anna@example.org", here.clock)
        answer = await call(TRACING.get, ids=[trace_id, "nothing"])
        assert (answer["notFound"], len(answer["list"])) == (["nothing"], 1)
        found = msgspec.convert(answer["list"][0], types.Trace)
        assert (found.id, found.email_id, found.direction) == (trace_id, None, "submitted")
        assert (found.tone, found.verdict, found.outcome) == (
            "internal", "internal", "Accepted by the other server",
        )  # fmt: skip
        assert [(one.address, one.state, one.tls, one.at) for one in found.recipients] == [
            ("ben@example.org", "delivered", None, "2026-01-02T03:04:05Z"),
            (SECRET, "accepted", "TLS 1.3", "1970-01-01T00:01:00Z"),
        ]
        assert found.recipients[1].sentence.startswith("Accepted by mx.hidden.example, over an")
        german = await call(TRACING.get, ids=[trace_id], language="de-AT")
        sentence = german["list"][0]["recipients"][1]["sentence"]
        assert sentence.startswith("Von mx.hidden.example angenommen")


async def test_mail_in_the_mailbox_tells_how_it_came(tmp_path):
    async with house(tmp_path) as here:
        trace_id = await submit(here, "ben@example.org", SECRET)
        call = Caller(here.db, "ben@example.org", here.clock)
        sql = "SELECT message_id FROM messages ORDER BY message_id"
        ids = [f"e{row[0]}" for row in await here.db.read(lambda tx: tx.all(sql))]
        answer = await call(TRACING.get, emailIds=[*ids, "e4711", "m1", ids[0]])
        assert answer["notFound"] == ["e4711", "m1"]
        (found,) = answer["list"]
        assert (found["id"], found["emailId"]) == (trace_id, ids[0])
        assert found["headline"] == (
            "This is from anna@example.org, signed in here. It never left this server."
        )
        assert [one["address"] for one in found["recipients"]] == ["ben@example.org"]
        assert SECRET not in msgspec.json.encode(found).decode()
        assert found["claims"][1]["says"].startswith("The sender is signed in here")


async def test_refused_for_you(tmp_path):
    async with house(tmp_path) as here:
        wanted = []
        for to in ("ben+shop@example.org", "carl@example.org", ("ben@example.org",)):
            here.clock.advance(60)
            _, trace = await here.receive(footer(), to)
            if to != "carl@example.org":
                wanted.append(trace.id)
        wanted.reverse()
        call = Caller(here.db, "ben@example.org", here.clock)
        answer = await call(TRACING.query, filter={"action": "refused"}, calculateTotal=True)
        assert (answer["ids"], answer["total"], answer["position"]) == (wanted, 2, 0)
        assert answer["limit"] == 200
        page = await call(TRACING.query, position=1, limit=5)
        assert page["ids"] == wanted[1:]
        assert "limit" not in page
        one = await call(TRACING.query, filter={"text": "RELEASE", "after": "2026-01-02T03:06:00Z"})
        assert one["ids"] == wanted[:1]
        assert (await call(TRACING.query, filter={"action": "deferred"}))["ids"] == []
        got = await call(TRACING.get, ids=wanted)
        first = got["list"][0]
        assert (first["tone"], first["action"], first["mark"]) == ("bad", "refused", "■")
        assert first["headline"] == "This does not come from uni.example. The address was forged."
        assert first["forSender"].startswith("Your message “[dev] Release” of 2026-01-02")
        asks = [step["question"] for step in first["steps"] if step["question"]]
        assert {"SPF", "DKIM", "DMARC"} <= {ask["term"] for ask in asks}
        assert {step["part"] for step in first["steps"]} >= {"way", "checks", "decision"}
        state = TRACING.capability().states
        ben = await here.db.read(lambda tx: tx.value(
            "SELECT account_id FROM accounts WHERE address = 'ben@example.org'"))  # fmt: skip
        assert (await here.db.read(state, ben))["Trace"] == answer["queryState"]


async def test_dns_is_asked_again(tmp_path):
    async with house(tmp_path) as here:
        _, trace = await here.receive(footer(), "ben@example.org")
        call = Caller(here.db, "ben@example.org", here.clock)
        answer = await call(TRACING.ask, id=trace.id)
        assert answer["id"] == trace.id
        assert len(answer["list"]) > 2
        assert {one["same"] for one in answer["list"]} == {True}
        assert answer["list"][0]["sentence"].endswith("is as it was.")
        other = Caller(here.db, "carl@example.org", here.clock)
        with pytest.raises(MethodError, match="notFound"):
            await other(TRACING.ask, id=trace.id)


async def test_how_mail_would_be_protected(tmp_path):
    async with house(tmp_path) as here:
        call = Caller(here.db, "ben@example.org", here.clock)
        answer = await call(TRACING.security, addresses=["x@d.example"], language="de")
        assert SECURITY.asked[-1] == ("ben@example.org", ["x@d.example"])
        assert answer["list"] == [
            {
                "address": "x@d.example",
                "domain": "d.example",
                "level": "dane",
                "problem": "",
                "sentence": "Geht verschlüsselt an d.example, und nur an einen Server, dessen "
                "Zertifikat d.example selbst nennt.",
            }
        ]


WRONG = [
    (TRACING.ask, {}, "invalidArguments"),
    (TRACING.ask, {"id": "x", "emailId": "e1"}, "invalidArguments"),
    (TRACING.ask, {"emailId": "e4711"}, "notFound"),
    (TRACING.security, {}, "invalidArguments"),
    (TRACING.security, {"addresses": ["x"] * 51}, "requestTooLarge"),
    (TRACING.get, {}, "invalidArguments"),
    (TRACING.get, {"ids": "x"}, "invalidArguments"),
    (TRACING.get, {"ids": [], "colour": 1}, "invalidArguments"),
    (TRACING.get, {"ids": ["x"] * (MAX_TRACES + 1)}, "requestTooLarge"),
    (TRACING.query, {"filter": {"action": "delivered"}}, "unsupportedFilter"),
    (TRACING.query, {"filter": {"text": "x" * 300}}, "unsupportedFilter"),
    (TRACING.query, {"filter": {"after": "yesterday"}}, "invalidArguments"),
    (TRACING.query, {"filter": {"after": "2026-01-01T00:00:00"}}, "invalidArguments"),
    (TRACING.query, {"limit": -1}, "invalidArguments"),
    (TRACING.query, {"position": -1}, "invalidArguments"),
]


@pytest.mark.parametrize(("method", "arguments", "error"), WRONG)
async def test_what_is_wrong_is_said(tmp_path, method, arguments, error):
    async with house(tmp_path) as here:
        call = Caller(here.db, "ben@example.org", here.clock)
        with pytest.raises(MethodError) as refused:
            await call(method, **arguments)
        assert refused.value.type == error


def test_the_session_tells_the_limits():
    capability = TRACING.capability()
    assert capability.urn == URN
    assert (
        capability.account(Visitor(AccountId(1), "a@b", "session"))["maxTracesInGet"] == MAX_TRACES
    )
