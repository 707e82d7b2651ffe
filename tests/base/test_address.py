"""base/address.py."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pillarbox.base.address import (
    Address,
    AddressProblem,
    ascii_domain,
    format_path,
    parse,
    parse_domain,
    parse_path,
)

GOOD = [
    ("a@b", Address("a", "b"), "a@b"),
    ("A.b+c@B.Example", Address("A.b+c", "b.example"), "A.b+c@b.example"),
    ('"a"@b', Address("a", "b"), "a@b"),
    ('"a\\b"@c', Address("ab", "c"), "ab@c"),
    ('"a b"@c', Address("a b", "c"), '"a b"@c'),
    ('"a..b"@c', Address("a..b", "c"), '"a..b"@c'),
    ('"\\"\\\\"@c', Address('"\\', "c"), '"\\"\\\\"@c'),
    ('"a@b"@c', Address("a@b", "c"), '"a@b"@c'),
    ('""@c', Address("", "c"), '""@c'),
    ("a@[192.0.2.1]", Address("a", "[192.0.2.1]"), "a@[192.0.2.1]"),
    ("a@[ipv6:2001:DB8:0:0::1]", Address("a", "[IPv6:2001:db8::1]"), "a@[IPv6:2001:db8::1]"),
    ("ü@bücher.example", Address("ü", "bücher.example"), "ü@bücher.example"),
    ("a@Bu\u0308cher.example", Address("a", "bücher.example"), "a@bücher.example"),
    ("a@xn--bcher-kva.example", Address("a", "xn--bcher-kva.example"), "a@xn--bcher-kva.example"),
    ("x" * 64 + "@b", Address("x" * 64, "b"), "x" * 64 + "@b"),
    ("a@1.2.3.4", Address("a", "1.2.3.4"), "a@1.2.3.4"),
]
BAD = [
    "",
    "a",
    "@",
    "a@",
    "@b",
    "a@b@c",
    ".a@b",
    "a.@b",
    "a..b@c",
    "a b@c",
    "a@b c",
    "a@b.",
    "a@.b",
    "a@b..c",
    "a@-b",
    "a@b-",
    "a@b_c",
    "a@" + "x" * 64,
    "x" * 65 + "@b",
    '"' + "x" * 65 + '"@b',
    "a@" + "x." * 130 + "x",
    "ü" * 33 + "@b",
    '"a@b',
    '"a"b@c',
    '"a\n"@b',
    '"\x00"@b',
    "a\x7f@b",
    "a\u0085@b",
    "a@[1.2.3]",
    "a@[1.2.3.04]",
    "a@[1.2.3.4",
    "a@[IPv6:fe80::1%eth0]",
    "a@[IPv6:1.2.3.4]",
    "a@[x400:y]",
    "a@[]",
    "a@b\u3002c",
    "a@\u00ad",
    "a@ü-.x",
    "a@\udc80.b",
    "\udc80@b",
    "a(c)@b",
    "a@" + "ü" * 60 + ".b",
]


@pytest.mark.parametrize(("text", "address", "canonical"), GOOD)
def test_good(text, address, canonical):
    assert parse(text) == address
    assert str(address) == canonical
    assert parse(canonical) == address
    assert parse_path(f"<{text}>".encode()) == address


@pytest.mark.parametrize("text", BAD)
def test_bad(text):
    with pytest.raises(AddressProblem):
        parse(text)
    with pytest.raises(AddressProblem):
        parse_path(f"<{text}>".encode("utf-8", "surrogateescape") if text else b"")


PATHS = [
    (b"<>", None),
    (b"<postMaster>", Address("postMaster", "")),
    (b"<@a:u@b>", Address("u", "b")),
    (b"<@a,@[IPv6:::1],@c.d:u@b>", Address("u", "b")),
    (b'<@[192.0.2.1]:"@"@b>', Address("@", "b")),
]
BAD_PATHS = [b"", b"a@b", b"<a@b", b"<a@b>>", b"<@a,u@b>", b"<@a:>", b"<@:u@b>", b"<@[a:u@b>"]
BAD_PATHS += [b"<\xff@b>", b"<a,@b:u@c>", b"<@a,,@b:u@c>", b"< a@b>", b"<" + b"a" * 300 + b"@b>"]


@pytest.mark.parametrize(("path", "address"), PATHS)
def test_paths(path, address):
    assert parse_path(path) == address


@pytest.mark.parametrize("path", BAD_PATHS)
def test_bad_paths(path):
    with pytest.raises(AddressProblem):
        parse_path(path)


def test_format_path():
    assert format_path(None) == "<>"
    assert format_path(Address("a", "b")) == "<a@b>"
    assert format_path(Address("Postmaster", "")) == "<Postmaster>"


def test_properties():
    wide = parse("a@bücher.example")
    assert wide.ascii_domain == "xn--bcher-kva.example"
    assert not wide.is_ascii
    assert parse("a@b").is_ascii
    assert parse("a@b").ascii_domain == "b"
    assert parse("a@[192.0.2.1]").is_literal
    assert not parse("a@b").is_literal


def test_path_length_is_limited():
    domain = ".".join(["x" * 60] * 4)
    assert parse("a" * 11 + "@" + domain[:242]).localpart == "a" * 11
    with pytest.raises(AddressProblem):
        parse("a" * 12 + "@" + domain[:242])
    with pytest.raises(AddressProblem):
        ascii_domain("x" * 256)
    with pytest.raises(AddressProblem):
        parse_domain("ü" * 200)


CHARS = st.text(
    st.sampled_from('aB1.@-"\\ <>[]:,üß\u3002\u0308\u200d') | st.characters(), max_size=30
)


@given(CHARS)
@example("a@\u0130.b")
@example("a@\u03a3.b")
def test_any_text_is_an_address_or_the_problem(text):
    for parsing in (parse, lambda t: parse_path(f"<{t}>".encode("utf-8", "surrogatepass"))):
        try:
            address = parsing(text)
        except AddressProblem as problem:
            assert problem.reason  # noqa: PT017 (both roads are right)
            continue
        if address is not None and address.domain:
            assert parse(str(address)) == address
            assert address.ascii_domain.isascii()
            assert len(str(address).encode()) <= 254


@given(
    st.text(st.characters(codec="utf-8"), max_size=12), st.sampled_from(["b", "ü.x", "[1.2.3.4]"])
)
def test_every_local_part_that_can_be_written_round_trips(local, domain):
    address = Address(local, domain)
    try:
        assert parse(str(address)) == address
    except AddressProblem:
        # RFC 6531 §3.3 has no way to write controls, even quoted.
        assert not local.isprintable()
