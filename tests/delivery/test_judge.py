"""delivery/judge.py: whose message it is, and what is said of it."""

from datetime import UTC, datetime

import pytest

from pillarbox.delivery.envelope import Client
from pillarbox.delivery.judge import judge
from pillarbox.delivery.verdict import Rules
from pillarbox.mailauth import authres
from pillarbox.mime.header import parse_header
from pillarbox.trace import words
from tests.fakes import FakeResolver
from tests.mailauth import dkim_lab

NOW = datetime(2026, 1, 2, tzinfo=UTC)
ZONE = """
a.example. IN TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.a.example. IN TXT "v=DMARC1; p={policy}"
"""


async def judged(message, *, policy="reject", ip="192.0.2.1", sender="x@a.example"):
    resolver = FakeResolver(ZONE.format(policy=policy))
    header = parse_header(message)
    client = Client(ip, "mx.a.example", "smtp")
    return await judge(
        message, header, client, sender,
        resolver=resolver, hostname="mx.example.org", rules=Rules(), now=NOW,
    )  # fmt: skip


FROM = [
    (b"From: ann@a.example\r\n", "accept", 250),
    (b"From: ann@a.example\r\nFrom: ann@a.example\r\n", "accept", 250),
    (b"From: ann@a.example\r\nFrom: Bea <bea@a.example>\r\n", "refuse", 550),
    (b"From: ann@a.example\r\nFrom: bea@b.example\r\n", "refuse", 550),
    (b"From: ann@a.example, bea@b.example\r\n", "refuse", 550),
    (b"From: ann@a.example, bea@a.example\r\n", "accept", 250),
    (b"From: nobody:;\r\n", "refuse", 550),
    (b"From:\r\n", "refuse", 550),
    (b"Subject: x\r\n", "refuse", 550),
]


@pytest.mark.parametrize(("fields", "action", "code"), FROM)
async def test_whose_message_it_is(fields, action, code):
    found = await judged(fields + b"\r\nText\r\n")
    assert (found.judgement.action.value, found.judgement.code) == (action, code)


POLICIES = [
    ("reject", "refuse", "forged", "reject"),
    ("quarantine", "junk", "misfit", "quarantine"),
    ("none", "junk", "misfit", "none"),
    ("reject; t=y", "junk", "misfit", "quarantine"),
    ("quarantine; t=y", "junk", "misfit", "none"),
    ("reject; pct=0", "junk", "misfit", "quarantine"),
    ("reject; pct=1; ri=60; rf=afrf:iodef", "refuse", "forged", "reject"),
]


@pytest.mark.parametrize(("policy", "action", "verdict", "disposition"), POLICIES)
async def test_policies(policy, action, verdict, disposition):
    message = b"From: ann@a.example\r\n\r\nText\r\n"
    found = await judged(message, policy=policy, ip="192.0.2.9", sender="x@other.example")
    assert (found.judgement.action.value, found.judgement.verdict) == (action, verdict)
    field = authres.parse(found.authres.partition(b":")[2])
    result = next(one for one in field.results if one.method == "dmarc")
    assert result.value == "fail"
    assert ("policy", "dmarc", disposition) in result.properties


async def test_a_broken_chain_is_told_and_counts_for_nothing():
    message = b"ARC-Seal: i=1; cv=none\r\nFrom: ann@a.example\r\n\r\nText\r\n"
    found = await judged(message)
    assert found.judgement.verdict == "proven"
    assert [step.key for step in found.steps if step.key.startswith("arc")] == ["arc.fail"]
    assert b"arc=fail" in found.authres


SIGNED = b"From: Ann <ann@example.org>\r\nSubject: Hello\r\n\r\nText.\r\n"


async def _signature_steps(message):
    judged = await judge(
        message, parse_header(message), Client("192.0.2.1", "mx.example", "smtp"),
        "ann@example.org", resolver=dkim_lab.published(), hostname="mx.here", rules=Rules(),
        now=dkim_lab.NOW,
    )  # fmt: skip
    return [step for step in judged.steps if step.key.startswith("dkim")]


async def test_the_trace_says_why_a_signature_fails():
    (step,) = await _signature_steps(dkim_lab.signed(SIGNED) + b"list\r\n")
    assert step.key == "dkim.fail.body_hash"
    assert step.params["forensics"]["cause"] == "footer_added"
    assert step.params["forensics"]["where"] == "body, line 2"
    assert "Certainly: Text was added at the end" in words.explanation(step)


async def test_nothing_is_looked_for_where_a_signature_passes():
    (step,) = await _signature_steps(dkim_lab.signed(SIGNED))
    assert step.key == "dkim.pass"
    assert "forensics" not in step.params


async def test_of_many_broken_signatures_few_are_looked_into():
    fields = dkim_lab.signed(SIGNED)[: -len(SIGNED)] * 4
    steps = await _signature_steps(fields + SIGNED + b"list\r\n")
    assert ["forensics" in step.params for step in steps] == [True, True, False, False]
