"""The tree of an SPF record: every include and redirect followed, look-ups counted.

Unlike a check of one address, which stops at the first match, everything is walked: the
counts are those of the worst case, which some message will meet.
"""

from dataclasses import dataclass, field
from typing import Final

from pillarbox.dns.resolver import Answer, Mx, Resolver, RType, Status
from pillarbox.doctor.asking import texts_of
from pillarbox.mailauth import spf_record
from pillarbox.mailauth.spf_macro import Template
from pillarbox.mailauth.spf_record import LOOKUP_KINDS, Kind, Mechanism, Modifier, Record
from pillarbox.mailauth.spf_syntax import SyntaxProblem

MAX_LOOKUPS: Final = 10
MAX_RECORDS: Final = 60  # of a tree
MAX_DEPTH: Final = 15


@dataclass(slots=True)
class Term:
    """One term, and what came of it.

    number: which look-up of the whole tree it is, 0 if it asks nothing. void: it found
    nothing. names: how many hosts an mx stands for. macro: it depends on the message.
    problem: why DNS could not be asked. leads: the record that it leads to.
    """

    text: str
    number: int = 0
    void: bool = False
    names: int = 0
    macro: bool = False
    problem: str = ""
    leads: "Node | None" = None
    loop: str = ""


@dataclass(slots=True)
class Node:
    """The record of one name. texts: all SPF records there. record: None if it is faulty.

    problem: what is wrong with it, or why DNS could not be asked (then unknown is True).
    """

    name: str
    texts: list[str] = field(default_factory=list)
    record: Record | None = None
    problem: str = ""
    unknown: bool = False
    terms: list[Term] = field(default_factory=list)


class Walk:
    """One walk over a tree. lookups, voids: counted over the whole tree."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._records = 0
        self.lookups = 0
        self.voids = 0

    async def read(self, name: str, above: tuple[str, ...] = ()) -> Node:
        """Return the tree from the record of `name`. above: names on the way to it."""
        self._records += 1
        node = Node(name)
        answer = await self._resolver.resolve(name, RType.TXT)
        if answer.failed:
            node.problem, node.unknown = answer.problem or "no name server answered", True
            return node
        node.texts = [text for text in texts_of(answer) if spf_record.is_spf(text.encode())]
        if len(node.texts) != 1:
            return node
        try:
            node.record = spf_record.parse(node.texts[0].encode("utf-8", "replace"))
        except SyntaxProblem as exc:
            node.problem = str(exc)
            return node
        for mechanism in node.record.mechanisms:
            node.terms.append(await self._mechanism(mechanism, name, above))
        redirect = node.record.redirect
        has_all = any(m.kind is Kind.ALL for m in node.record.mechanisms)
        if redirect is not None and not has_all:
            node.terms.append(await self._lead(redirect, redirect.value, name, above))
        return node

    async def _mechanism(self, term: Mechanism, name: str, above: tuple[str, ...]) -> Term:
        if term.kind not in LOOKUP_KINDS:
            return Term(term.text)
        if term.kind is Kind.INCLUDE and term.domain is not None:
            return await self._lead(term, term.domain, name, above)
        found = self._count(term)
        target = term.domain.literal if term.domain is not None else name
        if target is None:
            found.macro = True
        elif term.kind in {Kind.A, Kind.EXISTS}:
            await self._addresses(found, target, both=term.kind is Kind.A)
        elif term.kind is Kind.MX:
            answer = await self._resolver.resolve(target, RType.MX)
            self._note(found, answer)
            found.names = sum(isinstance(value, Mx) for value in answer.values)
        return found

    async def _addresses(self, found: Term, target: str, *, both: bool) -> None:
        answer = await self._resolver.resolve(target, RType.A)
        if both and not answer.records and not answer.failed:
            answer = await self._resolver.resolve(target, RType.AAAA)
        self._note(found, answer)

    async def _lead(
        self, term: Mechanism | Modifier, to: Template, name: str, above: tuple[str, ...]
    ) -> Term:
        found = self._count(term)
        target = to.literal
        if target is None:
            found.macro = True
            return found
        target = target.lower().removesuffix(".")
        way = (*above, name)
        if target in way:
            found.loop = target
        elif self._records < MAX_RECORDS and len(way) < MAX_DEPTH:
            found.leads = await self.read(target, way)
        return found

    def _count(self, term: Mechanism | Modifier) -> Term:
        self.lookups += 1
        return Term(term.text, self.lookups)

    def _note(self, found: Term, answer: Answer) -> None:
        if answer.failed:
            found.problem = answer.problem or "no name server answered"
        elif not answer.records or answer.status is Status.NXDOMAIN:
            found.void = True
            self.voids += 1


def lines(node: Node, depth: int = 0) -> list[str]:
    """Return the tree as indented lines: each term with the number of its look-up."""
    if depth > MAX_DEPTH:
        return []
    shown = []
    for term in node.terms:
        marks = [f"look-up {term.number}"] if term.number else []
        marks += ["finds nothing"] if term.void else []
        marks += ["depends on the message"] if term.macro else []
        marks += [f"leads back to {term.loop}"] if term.loop else []
        marks += [term.problem] if term.problem else []
        shown.append("  " * depth + term.text + (f"   ({', '.join(marks)})" if marks else ""))
        if term.leads is not None:
            shown += lines(term.leads, depth + 1)
    return shown
