"""Names, keywords and numbers as the store keeps them: no database."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import Invalid, TooMany
from pillarbox.store import ids, keywords, mailboxes, routes, threads

NAMES = [
    ("inbox", "INBOX"),
    ("InBox/a", "INBOX/a"),
    ("a/inbox", "a/inbox"),
    ("a/b/", "a/b"),
    ("ame\u0301lie", "am\u00e9lie"),
    ("100%*", "100%*"),
    ("\u65e5\u672c\u8a9e", "\u65e5\u672c\u8a9e"),
    ("x" * 255, "x" * 255),
]


@pytest.mark.parametrize(("name", "stored"), NAMES)
def test_canonical_names(name, stored):
    assert mailboxes.canonical(name) == stored
    assert mailboxes.canonical(stored) == stored


@pytest.mark.parametrize(
    "name",
    [
        "",
        "/",
        "/a",
        "a//b",
        "a//",
        "a\r\nb",
        "a\0b",
        "a\x7fb",
        "a\u2028b",
        "\ud800",
        "x" * 256,
        "\u00e9" * 128,
        "/".join("a" * 21),
        "x" * 2000,
        "/".join(["y" * 200] * 6),
    ],
)
def test_names_that_cannot_be(name):
    with pytest.raises(Invalid):
        mailboxes.canonical(name)


@given(st.text())
def test_any_text_is_a_name_or_invalid(name):
    try:
        stored = mailboxes.canonical(name)
    except Invalid:
        return
    assert mailboxes.canonical(stored) == stored
    assert len(stored.encode()) <= mailboxes.MAX_NAME_OCTETS


@given(st.text())
def test_any_text_is_an_address_or_invalid(address):
    try:
        stored = routes.canonical(address)
    except Invalid:
        return
    assert routes.canonical(stored) == stored
    assert len(stored.encode()) <= routes.MAX_ADDRESS_OCTETS


def test_keywords_are_a_set_of_lower_case_names():
    assert keywords.canonical(["Work", "$Seen", "work"]) == "$seen work"
    assert keywords.canonical([]) == ""
    assert keywords.names("$seen work") == {"$seen", "work"}


@pytest.mark.parametrize(
    ("stored", "seen"),
    [("", False), ("$seen", True), ("a $seen z", True), ("$seenit", False), ("x$seen", False)],
)
def test_is_seen(stored, seen):
    assert keywords.is_seen(stored) is seen


@pytest.mark.parametrize(
    "name", ["", "a b", "a(b", "a*", "a%", 'a"', "a\\", "a]", "a{", "é", "x" * 256]
)
def test_keywords_that_cannot_be(name):
    with pytest.raises(Invalid):
        keywords.canonical([name])


def test_there_is_an_end_to_keywords():
    with pytest.raises(TooMany):
        keywords.canonical([f"k{n}" for n in range(101)])


@given(st.sets(st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)))
def test_canonical_keywords_stay_as_they_are(names):
    try:
        stored = keywords.canonical(names)
    except (Invalid, TooMany):
        return
    assert keywords.canonical(keywords.names(stored)) == stored
    assert keywords.names(stored) == {name.lower() for name in names}


@given(st.datetimes(timezones=st.just(UTC)))
def test_times_go_both_ways(moment):
    assert ids.moment(ids.micros(moment)) == moment


def test_times_of_other_zones_are_the_same_moments():
    eastern = timezone(timedelta(hours=-5))
    moment = datetime(2026, 3, 1, 7, tzinfo=eastern)
    assert ids.micros(moment) == ids.micros(datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert ids.moment_or_none(None) is None


@given(st.text() | st.text(st.characters(categories=["Cs", "Cc"])))
def test_texts_can_be_kept(value):
    kept = ids.text(value)
    assert len(kept) == len(value)
    assert "\0" not in kept
    kept.encode()


def test_links_try_the_nearest_reference_first_and_the_own_name_last():
    one = threads.links("<c@x>", ("<a@x>", "<b@x>"), "hello")
    two = threads.links("<b@x>", (), "hello")
    three = threads.links("<a@x>", (), "Hello")
    assert len(one) == 3
    assert (one[0], one[1]) == (*two, *three)
    assert threads.links("<a@x>", (), "other") != three
    assert threads.links("", (), "hello") == ()


def test_links_are_bounded_and_distinct():
    many = tuple(f"<{n}@x>" for n in range(10_000))
    links = threads.links("<own@x>", many, "")
    assert len(links) == threads.MAX_LINKS
    assert links[0] == threads.links(many[-1], (), "")[0]
    assert all(-(2**63) <= link < 2**63 for link in links)
    assert len(threads.links("<a@x>", ("<a@x>", "<a@x>"), "")) == 1
