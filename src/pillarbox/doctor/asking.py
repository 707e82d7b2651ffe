"""Questions to DNS, each asked once, and no more than a limit of them."""

from typing import Final

from pillarbox.base.errors import TooMany
from pillarbox.dns.resolver import Answer, Resolver, RType, Txt

MAX_QUESTIONS: Final = 300


class Asker:
    """Implements `Resolver`; keeps each answer. Raises TooMany beyond MAX_QUESTIONS."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._answers: dict[tuple[str, RType], Answer] = {}

    async def resolve(self, name: str, rtype: RType) -> Answer:
        key = (name.lower(), rtype)
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= MAX_QUESTIONS:
                raise TooMany(f"over {MAX_QUESTIONS} questions to DNS for one domain")
            answer = self._answers[key] = await self._resolver.resolve(name, rtype)
        return answer


def texts_of(answer: Answer) -> list[str]:
    """Return the TXT records of an answer, strings joined."""
    return [
        value.joined.decode("utf-8", "backslashreplace")
        for value in answer.values
        if isinstance(value, Txt)
    ]


def problem_of(answer: Answer) -> str:
    """Return why there is no answer."""
    return answer.problem or "no name server answered"
