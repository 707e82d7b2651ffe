"""mailauth/spf_macro.py."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth import spf_macro
from pillarbox.mailauth.spf_macro import Values
from pillarbox.mailauth.spf_syntax import SyntaxProblem

# RFC 7208 §7.4
VALUES = Values(
    sender="strong-bad@email.example.com",
    domain="email.example.com",
    ip=ip_address("192.0.2.3"),
    helo="mx.example.org",
    validated="mail.example.com",
    receiver="our.example",
    timestamp=1777896000,
)
VALUES6 = Values(
    "strong-bad@email.example.com", "email.example.com", ip_address("2001:db8::cb01"), "h"
)

EXAMPLES = [
    ("%{s}", "strong-bad@email.example.com"),
    ("%{o}", "email.example.com"),
    ("%{d}", "email.example.com"),
    ("%{d4}", "email.example.com"),
    ("%{d3}", "email.example.com"),
    ("%{d2}", "example.com"),
    ("%{d1}", "com"),
    ("%{dr}", "com.example.email"),
    ("%{d2r}", "example.email"),
    ("%{l}", "strong-bad"),
    ("%{l-}", "strong.bad"),
    ("%{lr}", "strong-bad"),
    ("%{lr-}", "bad.strong"),
    ("%{l1r-}", "strong"),
    ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
    ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
    (
        "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
        "bad.strong.lp.3.2.0.192.in-addr._spf.example.com",
    ),
    (
        "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
        "3.2.0.192.in-addr.strong.lp._spf.example.com",
    ),
    ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    # And what the examples leave out.
    ("%{D2R}", "example.email"),
    ("%{S}", "strong-bad%40email.example.com"),
    ("%{h}", "mx.example.org"),
    ("%{p}", "mail.example.com"),
    ("%{i}", "192.0.2.3"),
    ("%{d127}", "email.example.com"),
    ("%{d99999999999999999999}", "email.example.com"),
    ("%{d02}", "example.com"),
    ("%{o2r.-}", "example.email"),
    ("%%%_%-", "% %20"),
    ("a%%b", "a%b"),
    ("plain.example", "plain.example"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_rfc7208_section_7_4(text, expected):
    assert spf_macro.expand(spf_macro.parse(text), VALUES) == expected


def test_rfc7208_section_7_4_ipv6():
    template = spf_macro.parse("%{ir}.%{v}._spf.%{d2}")
    assert spf_macro.expand(template, VALUES6).lower() == (
        "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%{c} %{r} %{t}", "192.0.2.3 our.example 1777896000"),
        ("See http://%{d}/why?id=%{S}", "See http://email.example.com/why?id=" + "%{S}"),
    ],
)
def test_explanations_have_spaces_and_three_more_letters(text, expected):
    expected = expected.replace("%{S}", "strong-bad%40email.example.com")
    assert spf_macro.expand(spf_macro.parse(text, exp_text=True), VALUES) == expected


def test_an_unknown_receiver_is_said_to_be_unknown():
    assert spf_macro.expand(spf_macro.parse("%{r}", exp_text=True), VALUES6) == "unknown"


def test_escaping_keeps_only_the_unreserved_characters():
    values = Values("~jack&jill=up-a_b3.c é\udc80@x.example", "x.example", VALUES.ip, "h")
    assert spf_macro.expand(spf_macro.parse("%{L}"), values) == (
        "~jack%26jill%3Dup-a_b3.c%20%C3%A9%3F"
    )


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("a%", 1, "must begin a macro"),
        ("a%(ir)", 1, "must begin a macro"),
        ("%{}", 0, "must begin a macro"),
        ("%{d", 0, "must begin a macro"),
        ("%{d*}", 0, "must begin a macro"),
        ("%{dr2}", 0, "must begin a macro"),
        ("x%{a}", 1, "no macro letter 'a'"),
        ("%{R}", 0, "only in explanations"),
        ("%{d0}", 0, "zero parts"),
        ("%{d000}", 0, "zero parts"),
        ("a b", 1, "visible"),
        ("aé", 1, "visible"),
        ("a\x00", 1, "visible"),
        ("ab\x7f", 2, "visible"),
    ],
)
def test_errors_say_where_and_why(text, position, reason):
    with pytest.raises(SyntaxProblem, match=r"character \d") as caught:
        spf_macro.parse(text)
    assert caught.value.position == position
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    "text",
    [
        "example.com",
        "example.com.",
        "a.b",
        "x.xn--zckzah",
        "x.1-2",
        "foo:bar/baz.example.com",
        "%{d}",
        "example.%{d}",
        "%{d}.example",
        "foo%%",
        "a...example",
    ],
)
def test_domain_specs(text):
    assert spf_macro.parse_domain_spec(text).text == text


@pytest.mark.parametrize(
    ("text", "position", "reason"),
    [
        ("", 0, "missing"),
        ("museum", 0, "two labels"),
        ("museum.", 0, "two labels"),
        ("%{d}com", 4, "two labels"),
        ("example.-com", 8, "top-level"),
        ("example.com-", 8, "top-level"),
        ("example.c_m", 8, "top-level"),
        ("example.123", 8, "top-level"),
        ("example..", 8, "top-level"),
        ("example.com:8080", 8, "top-level"),
        ("192.0.2.1", 8, "write ip4:192.0.2.1"),
        ("%{d}.1", 5, "top-level"),
    ],
)
def test_wrong_domain_specs(text, position, reason):
    with pytest.raises(SyntaxProblem) as caught:
        spf_macro.parse_domain_spec(text, start=10)
    assert caught.value.position == 10 + position
    assert reason in caught.value.reason


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a." * 126 + "a", "a." * 126 + "a"),
        ("bb." + "a." * 126 + "a", "a." * 126 + "a"),
        ("b" * 300, ""),
        ("b" * 300 + ".example", "example"),
        ("a.example.", "a.example"),
    ],
)
def test_long_names_lose_labels_on_the_left(name, expected):
    assert spf_macro.expand_name(spf_macro.parse(name), None) == expected


MACROISH = st.text("%{}dlsiprohvctDLS129r.-+,/_= ax\x00é", max_size=40)


def check_position(exc, text):
    assert 0 <= exc.position <= len(text)


@given(MACROISH, st.booleans(), st.text(max_size=40), st.text(max_size=20))
def test_any_text_parses_or_is_one_error_and_every_template_expands(text, exp_text, sender, domain):
    values = Values(f"{sender}@{domain}", domain, VALUES6.ip, sender)
    try:
        template = spf_macro.parse(text, exp_text=exp_text)
    except SyntaxProblem as exc:
        check_position(exc, text)
        return
    assert isinstance(spf_macro.expand(template, values), str)
    assert len(spf_macro.expand_name(template, values)) <= 253


@given(MACROISH)
def test_domain_specs_parse_or_are_one_error(text):
    try:
        assert spf_macro.parse_domain_spec(text).text == text
    except SyntaxProblem as exc:
        check_position(exc, text)
