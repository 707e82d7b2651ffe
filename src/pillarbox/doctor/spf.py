"""Is a domain's SPF record right (RFC 7208)?"""

from collections.abc import Iterator, Sequence
from typing import Final

from pillarbox.dns.resolver import Resolver
from pillarbox.doctor.finding import Finding, make
from pillarbox.doctor.spf_tree import MAX_LOOKUPS, Node, Term, Walk
from pillarbox.mailauth.spf_record import Kind, Mechanism, Modifier, Qualifier, Record

MAX_VOIDS: Final = 2
MAX_NAMES: Final = 10
MANY_LOOKUPS: Final = 8
LONG_OCTETS: Final = 450
WIDE_BITS: Final = {4: 24, 6: 96}  # a network of so many free bits is for no one sender
DEFAULT: Final = "v=spf1 mx -all"


async def check(resolver: Resolver, domain: str) -> tuple[list[Finding], Node]:
    """Return what is wrong with the record of `domain`, and the tree of all records."""
    walk = Walk(resolver)
    tree = await walk.read(domain)
    return list(_findings(tree, walk)), tree


def _findings(tree: Node, walk: Walk) -> Iterator[Finding]:
    where = f"{tree.name} TXT"
    if tree.unknown:
        yield make("spf.unknown", where, name=tree.name, problem=tree.problem)
    elif not tree.texts:
        yield make("spf.missing", where, publish=DEFAULT)
    elif len(tree.texts) > 1:
        found = " | ".join(tree.texts)
        yield make(
            "spf.several", where, found=found, publish=merged(tree.texts), count=len(tree.texts)
        )
    elif tree.record is None:
        publish = without(tree.texts[0], tree.problem)
        yield make(
            "spf.syntax", where, found=tree.texts[0], publish=publish, problem=_sentence(tree)
        )
    else:
        yield from _record(tree, tree.record, walk)


def _record(tree: Node, record: Record, walk: Walk) -> Iterator[Finding]:
    where, text = f"{tree.name} TXT", record.text
    if text.split() == ["v=spf1", "-all"]:
        yield make("spf.sends-not", where, found=text)
        return
    found = [*_end(record, where), *_style(record, where)]
    found += _tree(tree, record)
    blamed = _blamed(tree)
    if walk.lookups > MAX_LOOKUPS and blamed is not None:
        term, name = blamed
        found.append(
            make("spf.too-many-lookups", where, found=text, lookups=walk.lookups, term=term.text,
                 name=name, publish=_cut(record, term) if name == tree.name else "")
        )  # fmt: skip
    elif walk.lookups >= MANY_LOOKUPS:
        found.append(make("spf.many-lookups", where, found=text, lookups=walk.lookups))
    if walk.voids > MAX_VOIDS:
        found.append(make("spf.too-many-void-lookups", where, found=text, count=walk.voids))
    if not any(one.severity.value in {"error", "warning", "unknown"} for one in found):
        yield make("spf.ok", where, found=text, lookups=walk.lookups)
    yield from found


def _end(record: Record, where: str) -> Iterator[Finding]:
    """Judge how the record ends: all, redirect, or neither."""
    text = record.text
    ends = [m for m in record.mechanisms if m.kind is Kind.ALL]
    if not ends:
        if record.redirect is None:
            yield make("spf.no-all", where, found=text, publish=f"{text.rstrip()} -all")
        return
    first = ends[0]
    if record.redirect is not None:
        publish = _cut_text(text, record.redirect)
        yield make(
            "spf.redirect-ignored", where, found=text, publish=publish, term=record.redirect.text
        )
    for term in record.mechanisms:
        if term.position > first.position:
            publish = _moved(text, term, first)
            yield make("spf.after-all", where, found=text, publish=publish, term=term.text)
    ids = {
        Qualifier.PASS: "spf.pass-all",
        Qualifier.NEUTRAL: "spf.neutral-all",
        Qualifier.SOFTFAIL: "spf.softfail-all",
    }
    if (id_ := ids.get(first.qualifier)) is not None:
        publish = _replaced(text, first, "-all") if id_ != "spf.softfail-all" else ""
        yield make(id_, where, found=text, publish=publish, term=first.text)


def _style(record: Record, where: str) -> Iterator[Finding]:
    text = record.text
    seen: set[str] = set()
    for term in record.mechanisms:
        plain = term.text.removeprefix("+").lower()
        if plain in seen and term.kind is not Kind.ALL:
            publish = _cut_text(text, term)
            yield make("spf.duplicate", where, found=text, publish=publish, term=term.text)
        seen.add(plain)
    if len(text) > LONG_OCTETS:
        yield make("spf.long", where, found=text, octets=len(text))


def _tree(tree: Node, record: Record) -> Iterator[Finding]:
    """Judge every record of the tree."""
    where = f"{tree.name} TXT"
    for name, term, mechanism in _terms(tree):
        if mechanism is not None:
            yield from _mechanism(mechanism, where, name, record)
        if term.loop:
            yield make("spf.loop", where, found=record.text, publish=_cut(record, term),
                       term=term.text, name=term.loop)  # fmt: skip
        if term.problem:
            yield make("spf.unknown", where, name=term.text, problem=term.problem)
        if term.void:
            publish = _cut(record, term) if name == tree.name else ""
            yield make("spf.void-lookup", where, found=record.text, publish=publish,
                       term=term.text, name=name)  # fmt: skip
        if term.names > MAX_NAMES:
            yield make("spf.too-many-names", where, found=record.text, term=term.text, name=name,
                       count=term.names)  # fmt: skip
        if term.macro:
            yield make("spf.macro", where, found=record.text, term=term.text, name=name)
        if term.leads is not None:
            yield from _led(term, term.leads, record, where, mine=name == tree.name)


def _led(term: Term, to: Node, record: Record, where: str, *, mine: bool) -> Iterator[Finding]:
    """Judge the record that an include or redirect leads to."""
    publish = _cut(record, term) if mine else ""
    about = {"term": term.text, "name": to.name}
    if to.unknown:
        yield make("spf.unknown", where, name=to.name, problem=to.problem)
    elif not to.texts:
        yield make("spf.include-without-record", where, found=record.text, publish=publish, **about)
    elif len(to.texts) > 1:
        yield make("spf.include-several", where, found=record.text, publish=publish,
                   count=len(to.texts), **about)  # fmt: skip
    elif to.record is None:
        yield make("spf.include-syntax", where, found=record.text, publish=publish,
                   problem=to.problem, **about)  # fmt: skip


def _mechanism(term: Mechanism, where: str, name: str, record: Record) -> Iterator[Finding]:
    if term.kind is Kind.PTR:
        publish = _cut_text(record.text, term) if term in record.mechanisms else ""
        yield make("spf.ptr", where, found=record.text, publish=publish, term=term.text, name=name)
    wide = term.family in WIDE_BITS and term.shift >= WIDE_BITS[term.family]
    if wide and term.qualifier is Qualifier.PASS:
        count = f"2^{term.shift}" if term.shift > 40 else f"{1 << term.shift:,}"
        yield make("spf.wide-network", where, found=record.text, term=term.text, name=name,
                   count=count)  # fmt: skip


def _terms(node: Node) -> Iterator[tuple[str, Term, Mechanism | None]]:
    """Yield (whose record, term, its mechanism) over the tree; None for redirect."""
    mechanisms = node.record.mechanisms if node.record else ()
    for index, term in enumerate(node.terms):
        yield node.name, term, mechanisms[index] if index < len(mechanisms) else None
        if term.leads is not None:
            yield from _terms(term.leads)


def _blamed(tree: Node) -> tuple[Term, str] | None:
    """Return the term with the first look-up that is one too many, and whose record has it."""
    for name, term, _ in _terms(tree):
        if term.number == MAX_LOOKUPS + 1:
            return term, name
    return None


def _sentence(node: Node) -> str:
    text = node.problem
    return text[:1].upper() + text[1:]


def merged(texts: Sequence[str]) -> str:
    """Return one record of several: all their terms once, one end."""
    words = [word for text in texts for word in text.split()[1:]]
    ends = [word for word in words if word.lower().lstrip("+-~?") == "all"]
    kept = [word for word in dict.fromkeys(words) if word not in ends]
    return " ".join(["v=spf1", *kept, ends[0] if ends else "-all"])


def without(text: str, problem: str) -> str:
    """Return the record without the word at fault, "" where that is not one word."""
    _, _, place = problem.rpartition("(at character ")
    digits = place.rstrip(")")
    if not digits.isdigit():
        return ""
    position = min(int(digits) - 1, len(text) - 1)
    start = text.rfind(" ", 0, position + 1) + 1
    stop = text.find(" ", position)
    if start == 0:
        return ""
    return " ".join((text[:start] + ("" if stop < 0 else text[stop:])).split())


def _cut(record: Record, term: Term) -> str:
    for held in record.terms:
        if held.text == term.text:
            return _cut_text(record.text, held)
    return ""


def _cut_text(text: str, term: Mechanism | Modifier) -> str:
    return _replaced(text, term, "")


def _replaced(text: str, term: Mechanism | Modifier, new: str) -> str:
    after = text[term.position + len(term.text) :]
    return " ".join((text[: term.position] + new + after).split())


def _moved(text: str, term: Mechanism, before: Mechanism) -> str:
    rest = text[: term.position] + text[term.position + len(term.text) :]
    return " ".join((rest[: before.position] + term.text + " " + rest[before.position :]).split())
