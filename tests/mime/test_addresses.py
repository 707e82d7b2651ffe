"""mime/addresses.py and mime/date.py."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime.addresses import (
    Group,
    Mailbox,
    format_mailbox,
    mailboxes,
    parse_addresses,
)
from pillarbox.mime.date import format_date, parse_date


def m(name, local="a", domain="x.example"):
    return Mailbox(name, local, domain)


ADDRESSES = [
    (b"a@x.example", [m("")]),
    (b"<a@x.example>", [m("")]),
    (b"Ann Lee <a@x.example>", [m("Ann Lee")]),
    (b'"Lee, Ann" <a@x.example>', [m("Lee, Ann")]),
    (b"a@x.example (Ann Lee)", [m("Ann Lee")]),
    (b"a@x.example, b@y.example", [m(""), Mailbox("", "b", "y.example")]),
    (b"=?utf-8?Q?J=C3=B6rg?= <a@x.example>", [m("Jörg")]),
    (b'"a b"@x.example', [Mailbox("", "a b", "x.example")]),
    (b"a@[192.0.2.1]", [Mailbox("", "a", "[192.0.2.1]")]),
    (b"<@r.example,@s.example:a@x.example>", [m("")]),
    (b"Team: a@x.example, Bo <b@x.example>;", [Group("Team", (m(""), m("Bo", "b")))]),
    (b"undisclosed-recipients:;", [Group("undisclosed-recipients", ())]),
    (b"T: a@x.example; , b@x.example", [Group("T", (m(""),)), m("", "b")]),
    (b"J. R. Ewing <a@x.example>", [m("J. R. Ewing")]),
    (b"a . b @ x.example", [Mailbox("", "a.b", "x.example")]),
    ("jörg@bücher.example".encode(), [Mailbox("", "jörg", "bücher.example")]),
    (b"just words", [Mailbox("just words", "", "")]),
    (b'"boss@org.example" <a@x.example>', [m("boss@org.example")]),
    (b"a@b@x.example", [Mailbox("", "a@b", "x.example")]),
    (b"", []),
    (b",,,", []),
    (b"<>", []),
    (b"a@x.example (one (two) three)", [m("one two three")]),
]


@pytest.mark.parametrize(("octets", "found"), ADDRESSES, ids=[repr(c[0])[:40] for c in ADDRESSES])
def test_addresses(octets, found):
    got = parse_addresses(octets)
    assert [str(a) for a in got] == [str(a) for a in found]
    shown = [" ".join(a.display_name.split()) for a in got]
    assert shown == [a.display_name for a in found]


@given(st.binary(max_size=120))
def test_any_octets_give_addresses(octets):
    for mailbox in mailboxes(octets):
        assert format_mailbox(mailbox).isascii() or not str(mailbox).isascii()


NAMES = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]), max_size=20
)
LOCALS = st.from_regex(r"[a-z0-9]{1,8}(\.[a-z0-9]{1,4})?", fullmatch=True)


@given(NAMES, LOCALS)
def test_what_is_written_comes_back(name, local):
    mailbox = Mailbox(name, local, "x.example")
    assert list(parse_addresses(format_mailbox(mailbox))) == [mailbox]


def test_ten_thousand_addresses_are_enough():
    assert len(parse_addresses(b"a@b," * 20_000)) == 10_000


DATES = [
    (b"Mon, 23 Nov 2026 10:00:00 +0100", (2026, 11, 23, 9, 0, 0)),
    (b"23 Nov 2026 10:00 GMT", (2026, 11, 23, 10, 0, 0)),
    (b"Mon, 23 Nov 26 10:00:00 EST", (2026, 11, 23, 15, 0, 0)),
    (b"Tue, 1 Jan 99 00:00:60 +0000 (comment)", (1999, 1, 1, 0, 0, 59)),
    (b"Mon Nov 23 10:00:00 2026", (2026, 11, 23, 10, 0, 0)),
    (b"Monday, 23-November-2026 10:00:00 -0000", (2026, 11, 23, 10, 0, 0)),
    (b"23 Foo 2026 10:00:00", None),
    (b"31 Feb 2026 10:00:00", None),
    (b"nonsense", None),
    (b"", None),
]


@pytest.mark.parametrize(("octets", "fields"), DATES, ids=[repr(c[0]) for c in DATES])
def test_dates(octets, fields):
    wanted = None if fields is None else datetime(*fields[:6], tzinfo=UTC)  # type: ignore[misc]
    assert parse_date(octets) == wanted


@given(st.integers(631152000, 4102444800), st.integers(-720, 840))
def test_dates_come_back(seconds, minutes):
    moment = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=minutes)))
    assert parse_date(format_date(moment).encode()) == moment


@given(st.binary(max_size=60))
def test_any_octets_are_a_date_or_none(octets):
    found = parse_date(octets)
    assert found is None or found.tzinfo is not None
