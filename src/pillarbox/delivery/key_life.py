"""The life of a DKIM key, decided (pure): what DNS shows, what may sign, what comes next.

    made -> published -> signing -> retired -> removed

A key leaves "made" when every name server of the zone has shown its record for the record's
TTL: then no cache still says that it does not exist. It signs in place of the older key of its
algorithm, which stays published while mail that it signed may be on its way.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pillarbox.dns.everywhere import Everywhere
from pillarbox.dns.resolver import Answer, Txt
from pillarbox.mailauth.tags import TagError, parse_tags
from pillarbox.store.dkim_keys import DkimKey, Look

OK: Final = "ok"
PARTIAL: Final = "partial"  # some servers show it
MISSING: Final = "missing"
WRONG: Final = "wrong"  # something else stands at the name
UNASKED: Final = "unasked"
GONE: Final = frozenset({MISSING, WRONG})

ALGORITHMS: Final = ("rsa", "ed25519")


@dataclass(frozen=True, slots=True)
class KeyPolicy:
    """What holds for all keys.

    algorithms: that are made and sign. sign_unpublished: sign even with a key whose record
    is gone. retire: how long a retired key stays published. rotate: the age at which a
    signing key gets a successor by itself; zero for never.
    """

    algorithms: tuple[str, ...] = ALGORITHMS
    sign_unpublished: bool = False
    retire: timedelta = timedelta(days=7)
    rotate: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True)
class Next:
    """A key that moves on. state: "" to forget it wholly. why: for the log."""

    selector: str
    state: str
    why: str


def look(key: DkimKey, shown: Everywhere, now: datetime) -> Look:
    """Return what DNS shows of a key, given what it showed before."""
    per_server = [(said.host, _compare(key.record, said.answer)) for said in shown.said]
    findings = {finding for _, finding in per_server}
    if not findings or findings == {UNASKED}:
        problems = [said.answer.problem for said in shown.said if said.answer.problem]
        detail = shown.problem or "; ".join(problems[:3]) or "no name server answered"
        # Silence changes nothing: what was seen counts until somebody says otherwise.
        return Look(UNASKED, now, key.seen_at, key.ttl, detail)
    ttl = max(said.answer.ttl for said in shown.said)
    if findings == {OK}:
        return Look(OK, now, key.seen_at or now, ttl, _everyone(shown))
    if OK in findings:
        lacking = [f"{host}: {_WORDS[f]}" for host, f in per_server if f != OK]
        # A server that is silent for once does not begin the wait anew.
        seen = key.seen_at if findings == {OK, UNASKED} else None
        return Look(PARTIAL, now, seen, ttl, "; ".join(lacking))
    if WRONG in findings:
        return Look(WRONG, now, None, ttl, f"{shown.name}: {_WORDS[WRONG]}")
    return Look(MISSING, now, None, ttl, f"nothing stands at {shown.name}")


_WORDS: Final = {
    MISSING: "nothing stands there",
    WRONG: "another record stands there",
    UNASKED: "it did not answer",
}


def _everyone(shown: Everywhere) -> str:
    return "seen on " + ", ".join(said.host for said in shown.said)


def _compare(record: str, answer: Answer) -> str:
    if answer.failed:
        return UNASKED
    texts = [value.joined for value in answer.values if isinstance(value, Txt)]
    if not texts:
        return MISSING
    # Several records at one name are undefined (RFC 6376 §3.6.2.2).
    if len(texts) > 1 or not _same_key(record.encode(), texts[0]):
        return WRONG
    return OK


def _same_key(ours: bytes, theirs: bytes) -> bool:
    """Tell whether two records hold one key; other tags may differ."""
    try:
        mine, found = parse_tags(ours), parse_tags(theirs)
    except TagError:
        return False
    if "p" not in found or mine["p"].compact != found["p"].compact:
        return False
    kinds = [tags["k"].compact if "k" in tags else b"rsa" for tags in (mine, found)]
    return kinds[0] == kinds[1]


def choose(keys: Sequence[DkimKey], policy: KeyPolicy) -> tuple[list[DkimKey], list[DkimKey]]:
    """Return the keys that sign a message now, and those that should but whose record is gone.

    For each algorithm one key: the newest that signs; when its record is gone, the newest
    other that is seen in DNS, be it published or retired.
    """
    signing: list[DkimKey] = []
    gone: list[DkimKey] = []
    for algorithm in policy.algorithms:
        own = [key for key in reversed(keys) if key.algorithm == algorithm and key.private_key]
        first = [key for key in own if key.state == "signing"]
        good = [key for key in first if key.finding not in GONE]
        rest = [k for k in own if k.state in {"published", "retired"} and k.finding == OK]
        gone += [key for key in first if key.finding in GONE]
        if good or rest:
            signing.append((good or rest)[0])
        elif first and policy.sign_unpublished:
            signing.append(first[0])
    return signing, gone


def advance(keys: Sequence[DkimKey], policy: KeyPolicy, now: datetime) -> list[Next]:
    """Return which keys of a domain move on now; one step each."""
    moves: list[Next] = []
    for key in keys:
        since = key.since or key.created_at
        if key.state == "made" and _shown_long_enough(key, now):
            why = f"every name server has shown it for {key.ttl} s"
            moves.append(Next(key.selector, "published", why))
        elif key.state == "published" and key.finding == OK:
            moves.append(Next(key.selector, "signing", "it takes over"))
            moves += [
                Next(old.selector, "retired", f"{key.selector} signs in its place")
                for old in keys
                if old.state == "signing" and old.algorithm == key.algorithm
            ]
        elif key.state == "retired" and now - since >= policy.retire:
            moves.append(Next(key.selector, "removed", "mail that it signed has arrived"))
        elif key.state == "removed" and key.finding == MISSING and _looked_since(key, since):
            moves.append(Next(key.selector, "", "its record is out of DNS"))
    return list({move.selector: move for move in moves}.values())


def due_for_rotation(keys: Sequence[DkimKey], policy: KeyPolicy, now: datetime) -> bool:
    """Tell whether the domain's keys are old, and no successor is on its way."""
    if not policy.rotate or any(key.state in {"made", "published"} for key in keys):
        return False
    signing = [key for key in keys if key.state == "signing"]
    return any(now - key.created_at >= policy.rotate for key in signing)


def waiting_for(key: DkimKey, policy: KeyPolicy) -> str:
    """Return in words what has to happen before the key moves on."""
    since = key.since or key.created_at
    match key.state:
        case "made" if key.seen_at and key.finding == OK:
            return f"every cache to know it, at {_at(key.seen_at + timedelta(seconds=key.ttl))}"
        case "made":
            return "its record on every name server of the zone"
        case "published":
            return "the next look, then it signs"
        case "signing" if key.finding in GONE:
            return "its record in DNS again: publish it, or rotate"
        case "retired":
            return f"mail on its way, until {_at(since + policy.retire)}; keep the record"
        case "removed":
            return "you to take its record out of DNS"
        case _:
            return ""


def _at(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")


def _shown_long_enough(key: DkimKey, now: datetime) -> bool:
    return (
        key.finding == OK
        and key.seen_at is not None
        and now - key.seen_at >= timedelta(seconds=key.ttl)
    )


def _looked_since(key: DkimKey, since: datetime) -> bool:
    return key.checked_at is not None and key.checked_at >= since
