"""What a sender looks like, beside who it is: names that hold addresses, domains like ours. Pure.

Mail programs show names, and people read domains at a glance (not letter by letter). Four
things are told: a display name that is another address, a domain that looks like one of ours,
a name that a contact of the reader has, who has another address, and our own domain from outside
without any proof. Only the last changes what we do.
"""

import functools
import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import idna

from pillarbox.base.errors import Invalid
from pillarbox.delivery.verdict import Action, Judgement
from pillarbox.dns.name import to_ascii
from pillarbox.mailauth.alignment import is_under, normalise
from pillarbox.mime.addresses import Mailbox
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step

Kind = Literal["name", "like", "ours", "known"]

MAX_AUTHORS: Final = 10
MAX_OWN: Final = 50
MAX_NAME: Final = 300  # characters of a display name that are looked at
_CACHED: Final = 1024
MIN_LETTERS: Final = 6  # of a first label for which one other character counts
_ADDRESS: Final = re.compile(
    r"[^\s<>\"'(),;:\[\]@]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"
)
_CODES: Final = {"name": "name-is-address", "like": "lookalike", "known": "known-name"}
_CHANGED: Final = frozenset({"altered-body", "altered-header"})
# Characters that are read as others; two-letter ones come first.
_PAIRS: Final = (("rn", "m"), ("vv", "w"))
_ALIKE: Final = str.maketrans(
    "0135\u0456\u04cf\u0131\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0455\u0458\u04bb\u0501\u0261\u03bf\u03b1\u03c1\u03bd\u03ba\u03c4\u03b9\u03c5\u03b7\u03c9\u00df",
    "olesiliaeopcyxsjhdgoapvktiunwb",
)


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was seen. params: of the step, and of the phrase."""

    kind: Kind
    params: dict[str, Any]


def look(
    authors: Sequence[Mailbox],
    own: Iterable[str],
    *,
    proven: bool,
    listed: bool,
    undecided: bool = False,
) -> list[Seen]:
    """Return what is odd about the authors.

    own: domains of ours, A-labels, that the message is for. proven: the author's domain is.
    listed: it came through a mailing list; such lists may write the author into the name.
    undecided: a proof could not be asked for just now, so that its lack says nothing.
    """
    seen: list[Seen] = []
    ours = [domain for domain in dict.fromkeys(own) if domain][:MAX_OWN]
    for author in authors[:MAX_AUTHORS]:
        domain = _a_labels(author.domain)
        if not (proven and listed) and (claimed := _other_address(author, domain)):
            real = f"{author.localpart}@{author.domain.lower()}"
            seen.append(Seen("name", {"claimed": claimed, "real": real}))
        if any(is_under(domain, one) for one in ours):
            if not proven and not undecided:
                seen.append(Seen("ours", {"domain": domain}))
            continue
        for one in ours:
            if how := _likeness(domain, one):
                params = {"domain": domain, "own": one, "how": phrase(f"how-{how}")}
                seen.append(Seen("like", params))
                break
    return seen


def name_to_know(authors: Sequence[Mailbox], *, listed: bool) -> str:
    """Return the display name to look for among the reader's contacts, "" for none.

    First names alone say nothing, and lists write what they like.
    """
    if listed or len(authors) != 1:
        return ""
    name = " ".join(authors[0].display_name[:MAX_NAME].split())
    return name if " " in name and "@" not in name else ""


def look_known(
    author: Mailbox, name: str, addresses: Collection[str], *, proven: bool
) -> list[Seen]:
    """Return what is odd if contacts of a name have these addresses, and none is the author's.

    Another address of the same domain is somebody's second one, if the domain is proven.
    """
    real = str(author).lower()
    if not addresses or real in addresses:
        return []
    domains = {address.rpartition("@")[2] for address in addresses}
    if proven and real.rpartition("@")[2] in domains:
        return []
    return [Seen("known", {"name": name, "real": f"{author.localpart}@{author.domain.lower()}"})]


def steps(seen: Iterable[Seen], at: float) -> list[Step]:
    """Return the steps that tell it."""
    rules = {"name": "RFC 5322 §3.4", "like": "RFC 5890 §4.4", "ours": "RFC 5322 §3.6.2"}
    rules["known"] = "RFC 5322 §3.4"
    return [
        Step(key=f"looks.{one.kind}", at=at, params=one.params, rfc=rules[one.kind]) for one in seen
    ]


def recorded(found: Iterable[Step]) -> list[Seen]:
    """Return what `steps` told: for judging again."""
    kinds: dict[str, Kind] = {"looks.name": "name", "looks.like": "like", "looks.ours": "ours"}
    kinds["looks.known"] = "known"
    return [Seen(kinds[step.key], dict(step.params)) for step in found if step.key in kinds]


def weigh(judgement: Judgement, seen: Iterable[Seen]) -> Judgement:
    """Return the decision with what was seen.

    A name or domain that misleads does not fit, whoever sent it, and goes where it went. Our own
    domain from outside, unproven and vouched for by nobody, is forged: Junk.
    """
    for one in seen:
        if one.kind == "ours":
            # An own signature that no longer fits: a list gave it back, perhaps. Not forged.
            changed = judgement.reason is not None and judgement.reason["code"] in _CHANGED
            decided = judgement.action in {Action.REFUSE, Action.DEFER}
            if decided or changed or judgement.vouched is not None:
                continue
            because = phrase("claims-ours", domain=one.params["domain"])
            judgement = replace(
                judgement, verdict="forged", action=Action.JUNK, because=because, reason=because,
                rfc="RFC 5322 §3.6.2",
            )  # fmt: skip
        elif judgement.verdict in {"proven", "via", "unproven"} and judgement.vouched is None:
            code = _CODES[one.kind]
            judgement = replace(judgement, verdict="misfit", reason=phrase(code, **one.params))
    return judgement


def _other_address(author: Mailbox, domain: str) -> str:
    """Return an address of somebody else in the display name, "" if there is none.

    One in the same domain, above or below it misleads nobody: "info@" as a name for "noreply@".
    """
    for found in _ADDRESS.finditer(author.display_name[:MAX_NAME]):
        named = _a_labels(found[0].rpartition("@")[2])
        if not is_under(named, domain) and not is_under(domain, named):
            return found[0]
    return ""


def _a_labels(domain: str) -> str:
    """Return a domain in the form in which ours are written; as it is if it cannot be one."""
    try:
        return normalise(to_ascii(domain))
    except Invalid:
        return domain.lower()


def _likeness(domain: str, own: str) -> str:
    """Return how a domain looks like ours: "confusable", "edit", or "" if it does not."""
    labels = domain.split(".")[-own.count(".") - 1 :]
    shown = ".".join(labels)
    if _skeleton(shown) == _skeleton(own):
        return "confusable"
    first, _, rest = own.partition(".")
    other = labels[0]
    if labels[1:] == rest.split(".") and len(first) >= MIN_LETTERS and _one_edit(other, first):
        return "edit"
    return ""


@functools.lru_cache(_CACHED)
def _skeleton(domain: str) -> str:
    """Return a domain as it looks: U-labels, without accents, look-alikes made one."""
    try:
        text = idna.decode(domain) if "xn--" in domain else domain
    except (idna.IDNAError, UnicodeError):
        text = domain
    plain = unicodedata.normalize("NFKD", text.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(_ALIKE)
    for pair, letter in _PAIRS:
        plain = plain.replace(pair, letter)
    return plain


def _one_edit(one: str, other: str) -> bool:
    """Tell whether two words differ by one character more, less, other, or swapped."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])
