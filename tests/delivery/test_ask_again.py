"""delivery/ask_again.py: DNS then and now."""

import asyncio

import pytest

from pillarbox.delivery import evidence
from pillarbox.delivery.ask_again import MAX_QUESTIONS, ask_again
from pillarbox.dns.resolver import RType
from pillarbox.trace.step import Step
from tests.fakes import FakeClock, FakeResolver

THEN = 'a.example. TXT "v=spf1 -all"\na.example. TXT "other"\nb.example. MX 10 mx.b.example.\n'
CASES = [
    # now, (name, type) -> same, what there is now
    (THEN, ("a.example", "TXT"), True, 2),
    ('a.example. TXT "other"\na.example. TXT "v=spf1 -all"\n', ("a.example", "TXT"), True, 2),
    ('a.example. TXT "v=spf1 ~all"\n', ("a.example", "TXT"), False, 1),
    ("", ("a.example", "TXT"), False, 0),
    ("$FAIL a.example.\n", ("a.example", "TXT"), False, None),
    (THEN, ("b.example", "MX"), True, 1),
    (THEN, ("c.example", "TXT"), True, 0),
]


async def step_of(zone, name, kind):
    answer = await FakeResolver(zone, FakeClock()).resolve(name, RType[kind])
    return Step("spf.pass", 0.0, {}, {"answers": [evidence.answer(answer)]})


@pytest.mark.parametrize(("now", "question", "same", "count"), CASES)
async def test_then_and_now(now, question, same, count):
    step = await step_of(THEN, *question)
    (found,) = await ask_again([step, step], FakeResolver(now, FakeClock()))
    assert ((found.name, found.rtype), found.same) == (question, same)
    assert (None if found.now is None else len(found.now)) == count


async def test_what_nobody_answered_then_is_never_the_same():
    step = await step_of("$FAIL a.example.\n", "a.example", "TXT")
    (found,) = await ask_again([step], FakeResolver("", FakeClock()))
    assert (found.failed_then, found.same, found.now) == (True, False, ())


async def test_nobody_waits_for_ever_and_odd_evidence_is_passed_over():
    class Silent:
        async def resolve(self, _name, _rtype):
            await asyncio.Event().wait()

    steps = [await step_of(THEN, f"{n}.example", "TXT") for n in range(40)]
    odd = Step("x", 0.0, {}, {"answers": [1, {"name": 2}, {"name": "x", "type": "ODD"}]})
    found = await ask_again([odd, *steps], Silent(), 0.01)
    assert [one.now for one in found] == [None] * MAX_QUESTIONS
    assert await ask_again([Step("x", 0.0, {}, {"answers": "x"})], Silent()) == []
