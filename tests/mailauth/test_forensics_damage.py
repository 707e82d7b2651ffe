"""Forensics on messages of several kinds: the cause and the place, and never a wrong blame."""

from datetime import UTC, datetime
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.mailauth.forensics import diagnose
from pillarbox.mailauth.forensics_finding import BRIEF, Cause, Finding
from tests.mailauth.damage import (
    ATTACHED,
    BARE,
    BODY_DAMAGES,
    HEADER_DAMAGES,
    LETTER,
    PLAIN,
    Damage,
)
from tests.mailauth.dkim_lab import check_one, ed25519_key, published, signed

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
SURE = 0.7


def damaged(damage: Damage, form: str) -> bytes:
    field = signed(damage.message, canonicalisation=form)[: -len(damage.message)]
    return field + damage.change(damage.message)


def cases(damages):
    return [
        pytest.param(damage, form, id=f"{damage.name}, {form}")
        for damage in damages
        for form in damage.forms
    ]


def causes_of(finding: Finding) -> set[Cause]:
    return {finding.cause, *(each.cause for each in finding.also)}


@pytest.mark.parametrize(("damage", "form"), cases(BODY_DAMAGES))
def test_damage_to_bodies(damage, form):
    message = damaged(damage, form)
    finding = diagnose(message, check_one(message))
    assert (finding.cause, finding.part) == (damage.cause, "body"), finding
    assert (finding.confidence >= SURE) == (damage.cause is not Cause.UNKNOWN)
    assert damage.line in (0, finding.line), finding


@pytest.mark.parametrize(("damage", "form"), cases(HEADER_DAMAGES))
def test_damage_to_headers(damage, form):
    message = damaged(damage, form)
    finding = diagnose(message, check_one(message))
    assert (finding.cause, finding.part) == (damage.cause, "header"), finding
    assert (finding.confidence >= SURE) == (damage.cause is not Cause.UNKNOWN)
    assert damage.header in ("", finding.header), finding


def test_header_and_body_are_both_told():
    field = signed(PLAIN)[: -len(PLAIN)]
    message = field + PLAIN.replace(b"Subject: ", b"Subject: [l] ", 1) + b"--\r\nlist\r\n"
    finding = diagnose(message, check_one(message))
    assert (finding.cause, finding.line) == (Cause.FOOTER_ADDED, 9)
    assert [each.cause for each in finding.also] == [Cause.SUBJECT_TAGGED]


def test_a_header_that_is_explained_and_a_body_that_is_not_is_no_certainty():
    field = signed(PLAIN)[: -len(PLAIN)]
    message = field + PLAIN.replace(b"Subject: ", b"Subject: [l] ", 1).replace(b"Hello", b"Hallo")
    finding = diagnose(message, check_one(message))
    assert finding.cause is Cause.SUBJECT_TAGGED
    assert finding.confidence < SURE
    assert [each.cause for each in finding.also] == [Cause.UNKNOWN]


# Not wrong to say: two kinds of damage that make the same octets, or hide one another.
SAME = [
    {Cause.FOOTER_ADDED, Cause.BANNER_ADDED},
    {Cause.LINE_ENDS, Cause.BODY_WHITESPACE},
    {Cause.REENCODED, Cause.WRAPPED_IN_MULTIPART},
    {Cause.HEADER_ADDED, Cause.HEADER_CHANGED},
    {Cause.HEADER_ADDED, Cause.SUBJECT_TAGGED},
    {Cause.FROM_REWRITTEN, Cause.HEADER_CHANGED},
    {Cause.FROM_REWRITTEN, Cause.HEADER_ADDED},
    {Cause.CHARSET_CONVERTED, Cause.HEADER_CHANGED},
]


def is_wrong(finding: Finding, done: set[Cause]) -> bool:
    if finding.confidence < SURE:
        return False
    return not any(
        cause in done or any({cause, other} in SAME for other in done)
        for cause in causes_of(finding)
    )


BY_MESSAGE = {
    message: [d for d in BODY_DAMAGES + HEADER_DAMAGES if d.message == message]
    for message in (PLAIN, LETTER, ATTACHED, BARE)
}
PAIRS = [pair for damages in BY_MESSAGE.values() for pair in combinations(damages, 2)]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(PAIRS),
    st.booleans(),
    st.sampled_from(["relaxed/relaxed", "simple/simple", "simple/relaxed"]),
    st.booleans(),
)
def test_combined_damage_is_never_blamed_on_something_else(pair, turned, form, use_ed25519):
    first, second = reversed(pair) if turned else pair
    key = ed25519_key() if use_ed25519 else None
    field = signed(first.message, key, canonicalisation=form)[: -len(first.message)]
    changed = first.change(first.message)
    try:
        changed = second.change(changed)
    except (AssertionError, UnicodeError, ValueError):
        return
    message = field + changed
    outcome = check_one(message, published(key))
    finding = diagnose(message, outcome)
    if outcome.passed:
        assert finding.cause is Cause.NONE
        return
    done = {first.cause, second.cause}
    assert not is_wrong(finding, done), (first.name, second.name, finding)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([PLAIN, LETTER, BARE]), st.data())
def test_random_damage_is_never_blamed_on_anybody_in_particular(text, data):
    """Letters put in the place of others: no list or scanner does that."""
    field = signed(text, canonicalisation="simple/simple")[: -len(text)]
    letters = [at for at, octet in enumerate(text) if chr(octet).isalpha()]
    at = data.draw(st.sampled_from(letters))
    other = data.draw(st.sampled_from(b"qQxX7"))
    message = field + text[:at] + bytes([other]) + text[at + 1 :]
    outcome = check_one(message)
    finding = diagnose(message, outcome, effort=BRIEF)
    sure = finding.confidence >= SURE and finding.cause is not Cause.NONE
    # A header field's name in other letters, or a value in other letters, may be found.
    assert not sure or finding.part == "header"
    assert finding.part in ("", "header", "body")
