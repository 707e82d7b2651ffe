import asyncio

import pytest

from pillarbox.base.errors import TooMany
from pillarbox.dns.resolver import RType
from pillarbox.dns.zone import Zones
from pillarbox.doctor.asking import MAX_QUESTIONS, Asker, problem_of, texts_of
from tests.doctor.zone import Clock


class Counting:
    def __init__(self, text):
        self.zones = Zones(text, Clock())
        self.asked = 0

    async def resolve(self, name, rtype):
        self.asked += 1
        return await self.zones.resolve(name, rtype)


def test_each_question_is_asked_once():
    counting = Counting('a.example. IN TXT "x" "y"\n')
    asker = Asker(counting)

    async def run():
        await asker.resolve("A.example", RType.TXT)
        return await asker.resolve("a.example", RType.TXT)

    assert texts_of(asyncio.run(run())) == ["xy"]
    assert counting.asked == 1


def test_questions_have_a_limit():
    asker = Asker(Counting(""))

    async def run():
        for number in range(MAX_QUESTIONS + 1):
            await asker.resolve(f"n{number}.example", RType.TXT)

    with pytest.raises(TooMany, match="over 300 questions"):
        asyncio.run(run())


def test_why_there_is_no_answer():
    answer = asyncio.run(Asker(Counting("$FAIL a.example\n")).resolve("a.example", RType.TXT))
    assert problem_of(answer)
