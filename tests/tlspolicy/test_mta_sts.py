"""tlspolicy/mta_sts.py: records, policy files, which servers they allow, how long they count."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.tlspolicy import mta_sts
from pillarbox.tlspolicy.mta_sts import BadPolicy, Kept, Mode, StsPolicy, find_id, parse_policy

NOW = datetime(2026, 1, 1, tzinfo=UTC)

RECORDS = [
    ("plain", ["v=STSv1; id=20160831085700Z;"], "20160831085700Z"),
    ("no last semicolon", ["v=STSv1; id=1"], "1"),
    ("blanks", ["v=STSv1 \t; \t id=a1 ;  "], "a1"),
    ("extension", ["v=STSv1; ext=x-y_z; id=7;"], "7"),
    ("beside others", ["v=spf1 -all", "v=STSv1; id=7;", "hello"], "7"),
    ("first id counts", ["v=STSv1; id=1; id=2;"], "1"),
    ("none", [], None),
    ("two", ["v=STSv1; id=1;", "v=STSv1; id=1;"], None),
    ("no id", ["v=STSv1;"], None),
    ("version not first", ["id=1; v=STSv1;"], None),
    ("another version", ["v=STSv10; id=1;"], None),
    ("case of the version", ["v=stsv1; id=1;"], None),
    ("id too long", ["v=STSv1; id=" + "a" * 33], None),
    ("id of other characters", ["v=STSv1; id=2016-01-01;"], None),
    ("empty field", ["v=STSv1; id=;"], None),
    ("junk field", ["v=STSv1; what is this; id=1;"], None),
]


@pytest.mark.parametrize(
    ("texts", "expected"), [r[1:] for r in RECORDS], ids=[r[0] for r in RECORDS]
)
def test_records(texts, expected):
    assert find_id(texts) == expected


GOOD = "version: STSv1\nmode: enforce\nmx: mx1.d.example\nmx: *.d.example\nmax_age: 604800\n"
POLICIES = [
    ("line feeds", GOOD, Mode.ENFORCE, ("mx1.d.example", "*.d.example"), 604800),
    ("crlf", GOOD.replace("\n", "\r\n"), Mode.ENFORCE, ("mx1.d.example", "*.d.example"), 604800),
    ("no last line end", GOOD.rstrip(), Mode.ENFORCE, ("mx1.d.example", "*.d.example"), 604800),
    ("any order", "mx:A.Example.\nmax_age:0\nmode:testing\nversion:STSv1", Mode.TESTING,
     ("a.example",), 0),
    ("none needs no mx", "version: STSv1\nmode: none\nmax_age: 1\n", Mode.NONE, (), 1),
    ("unknown keys", GOOD + "x-new: \u00e4\u00f6 and: more\n", Mode.ENFORCE,
     ("mx1.d.example", "*.d.example"), 604800),
    ("the first counts", "mode: none\n" + GOOD, Mode.NONE, ("mx1.d.example", "*.d.example"),
     604800),
    ("too long an age", GOOD.replace("604800", "9999999999"), Mode.ENFORCE,
     ("mx1.d.example", "*.d.example"), mta_sts.MAX_AGE),
    ("twice the same mx", GOOD + "mx: mx1.d.example\n", Mode.ENFORCE,
     ("mx1.d.example", "*.d.example"), 604800),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "mode", "mx", "max_age"), [p[1:] for p in POLICIES], ids=[p[0] for p in POLICIES]
)
def test_policies(text, mode, mx, max_age):
    assert parse_policy(text.encode()) == StsPolicy(mode, mx, max_age)


BAD = [
    ("empty", b"", "version"),
    ("html", b"<html>\n", "line 1"),
    ("version", GOOD.replace("STSv1", "STSv2").encode(), "version"),
    ("mode", GOOD.replace("enforce", "Enforce").encode(), "mode: 'Enforce'"),
    ("no mode", GOOD.replace("mode: enforce\n", "").encode(), "mode: ''"),
    ("no mx", b"version: STSv1\nmode: enforce\nmax_age: 1\n", "names no mx"),
    ("no age", GOOD.replace("max_age: 604800\n", "").encode(), "max_age"),
    ("negative age", GOOD.replace("604800", "-1").encode(), "max_age"),
    ("fraction", GOOD.replace("604800", "1.5").encode(), "max_age"),
    ("huge", GOOD.replace("604800", "1" * 11).encode(), "max_age"),
    ("other digits", GOOD.replace("604800", "\u0661").encode(), "max_age"),
    ("wildcard inside", GOOD.replace("*.d", "a.*").encode(), "line 4"),
    ("only a star", GOOD.replace("*.d.example", "*").encode(), "line 4"),
    ("an address", GOOD.replace("*.d.example", "[192.0.2.1]").encode(), "line 4"),
    ("not utf-8", GOOD.encode() + b"a: \xff\n", "UTF-8"),
    ("too large", b"a" * (mta_sts.MAX_POLICY_OCTETS + 1), "more than"),
    ("too many lines", b"a:\n" * 6000, "lines"),
    ("too many servers", GOOD.encode() + b"mx: a.example\n" * 1001, "servers"),
]


@pytest.mark.parametrize(("octets", "reason"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_what_is_no_policy(octets, reason):
    with pytest.raises(BadPolicy, match=reason):
        parse_policy(octets)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_any_octets_give_a_policy_or_the_one_error(octets):
    try:
        policy = parse_policy(octets)
    except BadPolicy:
        return
    assert policy.mode is Mode.NONE or policy.mx


@given(st.lists(st.text(max_size=60), max_size=4))
def test_any_records_give_an_answer(texts):
    found = find_id(texts)
    assert found is None or found.isalnum()


# pattern, host, allowed (RFC 8461 §4.1)
NAMES = [
    ("mx.d.example", "mx.d.example", True),
    ("mx.d.example", "MX.D.example.", True),
    ("*.d.example", "mx.d.example", True),
    ("*.d.example", "a.b.d.example", False),
    ("*.d.example", "d.example", False),
    ("*.d.example", "mxd.example", False),
    ("d.example", "mx.d.example", False),
]


@pytest.mark.parametrize(("pattern", "host", "allowed"), NAMES)
def test_which_servers_are_allowed(pattern, host, allowed):
    assert StsPolicy(Mode.ENFORCE, ("other.example", pattern), 1).allows(host) is allowed


def test_how_long_a_policy_counts():
    day = timedelta(days=1)
    kept = Kept("1", NOW, StsPolicy(Mode.ENFORCE, ("a.example",), 7 * 86400), "")
    assert kept.is_fresh("1", NOW)
    assert not kept.is_fresh("2", NOW)
    assert not kept.is_fresh("1", NOW + day)
    assert kept.is_current(NOW + 7 * day - timedelta(seconds=1))
    assert not kept.is_current(NOW + 7 * day)
    short = Kept("1", NOW, StsPolicy(Mode.ENFORCE, ("a.example",), 60), "")
    assert short.is_fresh("1", NOW + timedelta(seconds=29))
    assert not short.is_fresh("1", NOW + timedelta(seconds=30))
