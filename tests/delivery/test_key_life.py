"""delivery/key_life.py: what DNS shows, what signs, what comes next."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pillarbox.delivery import key_life
from pillarbox.delivery.key_life import KeyPolicy, advance, choose, look, waiting_for
from pillarbox.dns.everywhere import Everywhere, Said
from pillarbox.dns.resolver import RType
from pillarbox.dns.zone import Zones
from pillarbox.store.dkim_keys import DkimKey
from tests.fakes import START, FakeClock

RECORD = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
NAME = "s._domainkey.example.org"
OURS = f'{NAME}. 300 TXT "{RECORD}"\n'
SAME = f'{NAME}. 300 TXT "p=11qYAYKxCrfVS/7TyWQHOg7h" "cvPapiMlrwIaaPcHURo=; k=ed25519; n=hi"\n'
OTHER = f'{NAME}. 300 TXT "v=DKIM1; k=ed25519; p=AAAA"\n'
REVOKED = f'{NAME}. 300 TXT "v=DKIM1; p="\n'
FAILS = f"$FAIL {NAME}\n"


def key(selector="s", algorithm="ed25519", state="made", **fields):
    return DkimKey(selector, algorithm, b"k", state, START, START, RECORD, **fields)


def shown(*zones):
    clock = FakeClock()
    answers = [Zones(zone, clock).look_up(NAME, RType.TXT) for zone in zones]
    said = tuple(Said(f"ns{n}", answer) for n, answer in enumerate(answers))
    return Everywhere(NAME, "example.org", said, "" if said else "no zone")


# what the servers say -> finding, whether it counts as seen since before
LOOKS = [
    ("on all", [OURS, OURS], "ok", True),
    ("other tags", [SAME], "ok", True),
    ("on one of two", [OURS, ""], "partial", False),
    ("one other", [OURS, OTHER], "partial", False),
    ("one silent", [OURS, FAILS], "partial", True),
    ("on none", ["", ""], "missing", False),
    ("none and silence", ["", FAILS], "missing", False),
    ("another key", [OTHER, OTHER], "wrong", False),
    ("revoked", [REVOKED], "wrong", False),
    ("two records", [OURS + OTHER], "wrong", False),
    ("no tags", [f'{NAME}. TXT "hello"'], "wrong", False),
    ("all silent", [FAILS], "unasked", True),
    ("no servers", [], "unasked", True),
]


@pytest.mark.parametrize(("zones", "finding", "kept"), [c[1:] for c in LOOKS],
                         ids=[c[0] for c in LOOKS])  # fmt: skip
def test_what_a_look_shows(zones, finding, kept):
    later = START + timedelta(minutes=5)
    found = look(key(seen_at=START), shown(*zones), later)
    assert (found.finding, found.checked_at) == (finding, later)
    assert found.seen_at == (START if kept else None)
    assert found.detail


def test_the_first_sight_begins_the_wait():
    assert look(key(), shown(OURS), START).seen_at == START
    assert look(key(), shown(OURS), START).ttl == 300
    assert look(key(), shown(OURS, FAILS), START).seen_at is None


# keys -> those that sign, those whose record is gone
SIGNERS = [
    ("both algorithms", [key("e", state="signing"), key("r", "rsa", "signing")], "r e", ""),
    ("made does not", [key("e", state="signing"), key("n", state="made", finding="ok")], "e", ""),
    ("missing", [key("e", state="signing", finding="missing")], "", "e"),
    ("unasked", [key("e", state="signing", finding="unasked")], "e", ""),
    ("partial", [key("e", state="signing", finding="partial")], "e", ""),
    ("the old one stands in",
     [key("o", state="retired", finding="ok"), key("e", state="signing", finding="wrong")],
     "o", "e"),
    ("the coming one stands in",
     [key("e", state="signing", finding="wrong"), key("n", state="published", finding="ok")],
     "n", "e"),
    ("the old one is gone too",
     [key("o", state="retired", finding="missing"), key("e", state="signing", finding="missing")],
     "", "e"),
    ("removed", [replace(key("o", state="removed", finding="ok"), private_key=b"")], "", ""),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "signing", "gone"), [c[1:] for c in SIGNERS],
                         ids=[c[0] for c in SIGNERS])  # fmt: skip
def test_what_signs(keys, signing, gone):
    found = choose(keys, KeyPolicy())
    assert [[k.selector for k in part] for part in found] == [signing.split(), gone.split()]


def test_what_signs_by_setting():
    lost = key("e", state="signing", finding="missing")
    assert choose([lost], KeyPolicy(sign_unpublished=True)) == ([lost], [lost])
    assert choose([key("e", state="signing")], KeyPolicy(algorithms=("rsa",))) == ([], [])


# key, seconds later -> its next states
MOVES = [
    (key(finding="ok", seen_at=START, ttl=300), 299, []),
    (key(finding="ok", seen_at=START, ttl=300), 300, ["published"]),
    (key(finding="partial", seen_at=START, ttl=300), 900, []),
    (key(finding="ok", ttl=300), 900, []),
    (key(state="published", finding="ok"), 0, ["signing"]),
    (key(state="published", finding="missing"), 0, []),
    (key(state="signing", finding="missing"), 10**7, []),
    (key(state="retired", finding="ok"), 7 * 86400 - 1, []),
    (key(state="retired", finding="missing"), 7 * 86400, ["removed"]),
    (key(state="removed", finding="ok", checked_at=START), 10**7, []),
    (key(state="removed", finding="missing", checked_at=START - timedelta(1)), 10**7, []),
    (key(state="removed", finding="missing", checked_at=START), 10**7, [""]),
]


@pytest.mark.parametrize(("one", "seconds", "states"), MOVES)
def test_what_comes_next(one, seconds, states):
    moves = advance([one], KeyPolicy(), START + timedelta(seconds=seconds))
    assert [move.state for move in moves] == states


def test_a_successor_retires_only_the_key_of_its_algorithm():
    keys = [
        key("r", "rsa", "signing"),
        key("e", state="signing"),
        key("n", state="published", finding="ok"),
    ]
    moves = advance(keys, KeyPolicy(), START)
    assert {move.selector: move.state for move in moves} == {"n": "signing", "e": "retired"}


@pytest.mark.parametrize(
    ("days", "age", "states", "due"),
    [(0, 999, ["signing"], False), (90, 89, ["signing"], False), (90, 90, ["signing"], True),
     (90, 90, ["signing", "made"], False), (90, 90, ["retired"], False)],
)  # fmt: skip
def test_rotation_by_age(days, age, states, due):
    policy = KeyPolicy(rotate=timedelta(days=days))
    keys = [key(str(n), state=state) for n, state in enumerate(states)]
    assert key_life.due_for_rotation(keys, policy, START + timedelta(days=age)) is due


@pytest.mark.parametrize(
    ("one", "words"),
    [(key(), "every name server"), (key(finding="ok", seen_at=START, ttl=60), "03:05:05 UTC"),
     (key(state="published"), "next look"), (key(state="signing"), ""),
     (key(state="signing", finding="wrong"), "publish it"),
     (key(state="retired"), "2026-01-09"), (key(state="removed"), "out of DNS")],
)  # fmt: skip
def test_what_is_waited_for(one, words):
    told = waiting_for(one, KeyPolicy())
    assert words in told
    assert bool(told) is bool(words)
