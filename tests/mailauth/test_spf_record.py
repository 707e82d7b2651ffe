"""mailauth/spf_record.py."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth import spf_record
from pillarbox.mailauth.spf_record import Kind, Mechanism, Modifier, Qualifier, SyntaxProblem


def test_a_record_is_its_terms_in_order():
    text = (
        "V=sPf1 +mx a:colo.example.com/28  -IP4:192.0.2.0/24 x-y.z=%{d}"
        " exp=e.example redirect=r.example ?all "
    )
    record = spf_record.parse(text)
    assert [(t.text, t.position) for t in record.terms] == [
        ("+mx", 7),
        ("a:colo.example.com/28", 11),
        ("-IP4:192.0.2.0/24", 34),
        ("x-y.z=%{d}", 52),
        ("exp=e.example", 63),
        ("redirect=r.example", 77),
        ("?all", 96),
    ]
    assert all(text[t.position :].startswith(t.text) for t in record.terms)
    assert [m.kind for m in record.mechanisms] == [Kind.MX, Kind.A, Kind.IP4, Kind.ALL]
    assert [m.qualifier for m in record.mechanisms] == [
        Qualifier.PASS,
        Qualifier.PASS,
        Qualifier.FAIL,
        Qualifier.NEUTRAL,
    ]
    assert record.redirect is not None
    assert record.redirect.value.literal == "r.example"
    assert record.explanation is not None
    assert record.explanation.name == "exp"
    assert record.lookups == 3


def test_the_parts_of_mechanisms():
    record = spf_record.parse("v=spf1 a/24//64 mx//48 ip6:2001:db8::/32 ip4:192.0.2.1 ptr ptr:%{d}")
    a, mx, ip6, ip4, ptr, named = record.mechanisms
    assert (a.domain, a.prefix4, a.prefix6) == (None, 24, 64)
    assert (mx.domain, mx.prefix4, mx.prefix6) == (None, 32, 48)
    assert (ip6.family, ip6.network, ip6.shift) == (6, int(ip_address("2001:db8::")), 96)
    assert (ip4.family, ip4.network, ip4.shift) == (4, int(ip_address("192.0.2.1")), 0)
    assert ptr.domain is None
    assert named.domain is not None
    assert named.domain.letters == {"d"}


@pytest.mark.parametrize("text", ["v=spf1", "v=spf1 ", "V=SPF1   ", b"v=spf1"])
def test_empty_records(text):
    assert spf_record.parse(text).terms == ()


def test_bytes_and_text_are_the_same():
    assert spf_record.parse(b"v=spf1 a -all") == spf_record.parse("v=spf1 a -all")


@pytest.mark.parametrize(
    "term",
    [
        "include=a",  # A modifier whose name happens to be a mechanism's.
        "moo.cow-far_out=man:dog/cat",
        "foo=",
        "foo=%{c}",
        "default=+",
        "EXP=%{d}.example.com",
        "ip6:::1.1.1.1/0",
        "ip6:::ffff:192.0.2.1",
        "exists:%{ir}.%{l1r+-}._spf.%{d}",
        "a:foo:bar/baz.example.com",
        "~PTR",
    ],
)
def test_valid_terms(term):
    (held,) = spf_record.parse(f"v=spf1 {term}").terms
    assert held.text == term
    assert isinstance(held, Modifier if "=" in term else Mechanism)


WRONG = [
    ("v=spf2 a", 0, "does not begin"),
    ("v=spf10", 0, "does not begin"),
    (" v=spf1", 0, "does not begin"),
    ("", 0, "does not begin"),
    ("v=spf1\ta", 0, "does not begin"),
    ("v=spf1 moo", 7, "no mechanism 'moo'"),
    ("v=spf1 redirect:a.example", 7, "write redirect="),
    ("v=spf1 all.", 7, "no mechanism"),
    ("v=spf1 all:x", 10, "no argument"),
    ("v=spf1 -all/8", 11, "no argument"),
    ("v=spf1 a:", 9, "missing"),
    ("v=spf1 a:b..", 11, "top-level"),
    ("v=spf1 a/33", 8, "/33"),
    ("v=spf1 a//129", 8, "/129"),
    ("v=spf1 a/024", 8, "/024"),
    ("v=spf1 a/24/64", 11, "/64"),
    ("v=spf1 a/", 8, "no prefix length"),
    ("v=spf1 mx:a.example/", 12, "top-level"),
    ("v=spf1 include", 14, "needs a domain"),
    ("v=spf1 include:", 15, "missing"),
    ("v=spf1 include:a.example/24", 17, "top-level"),
    ("v=spf1 exists", 13, "needs a domain"),
    ("v=spf1 ptr/24", 10, "no prefix length"),
    ("v=spf1 ptr:", 11, "missing"),
    ("v=spf1 ip4", 10, "needs an address"),
    ("v=spf1 ip4:", 10, "needs an address"),
    ("v=spf1 ip4:/24", 10, "needs an address"),
    ("v=spf1 ip4/24", 10, "needs an address"),
    ("v=spf1 ip4:192.0.2", 11, "not an ip4"),
    ("v=spf1 ip4:192.0.2.01", 11, "not an ip4"),
    ("v=spf1 ip4:192.0.2.1/33", 20, "/33"),
    ("v=spf1 ip4:192.0.2.1//32", 20, "//32"),
    ("v=spf1 ip4:192.0.2.1/", 20, "/ is not"),
    ("v=spf1 ip4:::1", 11, "not an ip4"),
    ("v=spf1 ip6:192.0.2.1", 11, "not an ip6"),
    ("v=spf1 ip6:fe80::1%25eth0", 11, "zone"),
    ("v=spf1 ip6:::1/129", 14, "/129"),
    ("v=spf1 +exp=a.example", 7, "modifier takes no"),
    ("v=spf1 exp=", 11, "missing"),
    ("v=spf1 exp=-all", 11, "two labels"),
    ("v=spf1 redirect=", 16, "missing"),
    ("v=spf1 exp=a.b exp=a.b", 15, "exp= appears twice"),
    ("v=spf1 redirect=a.b Redirect=a.b", 20, "redirect= appears twice"),
    ("v=spf1 1up=foo", 7, "neither"),
    ("v=spf1 =all", 7, "neither"),
    ("v=spf1 --all", 7, "neither"),
    ("v=spf1 foo=%abc", 11, "must begin a macro"),
    ("v=spf1 a/x=y", 8, "no prefix length"),
    ("v=spf1 a:x.example\rptr", 18, "visible"),
    ("v=spf1 ip4:192.0.2.5\n", 11, "not an ip4"),
]


@pytest.mark.parametrize(("text", "position", "reason"), WRONG)
def test_errors_say_where_and_why(text, position, reason):
    with pytest.raises(SyntaxProblem) as caught:
        spf_record.parse(text)
    assert reason in caught.value.reason
    assert caught.value.position == position


def test_only_ascii():
    with pytest.raises(SyntaxProblem) as caught:
        spf_record.parse(b"v=spf1 a:\xef\xbb\xbfgarbage.example.net -all")
    assert caught.value.position == 9


def test_limits():
    thousand = "v=spf1" + " a" * spf_record.MAX_TERMS
    assert len(spf_record.parse(thousand).terms) == spf_record.MAX_TERMS
    with pytest.raises(SyntaxProblem, match="more than 1000 terms"):
        spf_record.parse(thousand + " a")
    assert spf_record.parse("v=spf1" + " " * 60_000).terms == ()
    with pytest.raises(SyntaxProblem, match="longer than 65536"):
        spf_record.parse("v=spf1" + " " * 66_000)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"v=spf1", True),
        (b"V=SPF1 a", True),
        (b"v=spf1a", False),
        (b"v=spf10", False),
        (b"v=spf1\t", False),
        (b"", False),
        (b"spf2.0/pra", False),
    ],
)
def test_selecting(text, expected):
    assert spf_record.is_spf(text) is expected


TERMS = st.sampled_from(
    ["a", "mx", "ip4:", "ip6:", "include:", "exists:", "ptr", "all", "redirect=", "exp=", "x=", ""]
)
RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["", "+", "-", "~", "?"]), TERMS, st.text("a1.:/%{}d-é\x00", max_size=12)
    ).map("".join),
    max_size=5,
).map(lambda terms: " ".join(["v=spf1", *terms]))


def check_position(exc, text):
    assert 0 <= exc.position <= len(text)


@given(RECORDS | st.text(max_size=40) | st.binary(max_size=40))
def test_anything_is_a_record_or_the_one_error(text):
    try:
        record = spf_record.parse(text)
    except SyntaxProblem as exc:
        check_position(exc, text)
    else:
        assert [term.text for term in record.terms] == record.text.split()[1:]
