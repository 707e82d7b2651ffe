"""What DNS says now of the questions that a trace rests on, beside what it said then."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from pillarbox.delivery import evidence
from pillarbox.dns.resolver import Resolver, RType
from pillarbox.trace.step import Step

MAX_QUESTIONS: Final = 30  # of one trace
SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Compared:
    """One question. then, now: records in presentation form; now None if nobody answered.

    failed_then: nobody answered then. same: True where both are known and equal.
    """

    name: str
    rtype: str
    then: tuple[str, ...]
    now: tuple[str, ...] | None
    failed_then: bool

    @property
    def same(self) -> bool:
        """Whether the answers are known and have the same records, in any order."""
        return not self.failed_then and self.now is not None and set(self.then) == set(self.now)


async def ask_again(
    steps: Iterable[Step], resolver: Resolver, seconds: float = SECONDS
) -> list[Compared]:
    """Ask each question of the steps once more, all at once; at most MAX_QUESTIONS of them."""
    kept: dict[tuple[str, str], dict[str, Any]] = {}
    for step in steps:
        for answer in _listed(step.evidence.get("answers")):
            name, kind = answer.get("name"), answer.get("type")
            if isinstance(name, str) and isinstance(kind, str) and kind in RType.__members__:
                kept.setdefault((name, kind), answer)
    asked = list(kept.items())[:MAX_QUESTIONS]
    found = await asyncio.gather(
        *(_ask(resolver, name, kind, seconds) for (name, kind), _ in asked)
    )
    return [
        Compared(
            name,
            kind,
            tuple(str(record) for record in _texts(answer.get("records"))),
            now,
            failed_then=answer.get("status") == "failed",
        )
        for ((name, kind), answer), now in zip(asked, found, strict=True)
    ]


async def _ask(resolver: Resolver, name: str, kind: str, seconds: float) -> tuple[str, ...] | None:
    try:
        async with asyncio.timeout(seconds):
            answer = await resolver.resolve(name, RType[kind])
    except TimeoutError:
        return None
    return None if answer.failed else tuple(evidence.answer(answer)["records"])


def _listed(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(value: object) -> list[object]:
    return value if isinstance(value, list) else []
