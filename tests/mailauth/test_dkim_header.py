import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth.dkim_header import (
    Canon,
    Reason,
    decode_base64,
    decode_quoted,
    parse_message_signature,
    parse_seal,
    parse_signature,
    to_ascii,
)

BASE = {
    "v": "1",
    "a": "rsa-sha256",
    "d": "example.org",
    "s": "sel",
    "h": "From:To",
    "bh": "AAAA",
    "b": "BBBB",
}


def field(changes=None, name="DKIM-Signature"):
    tags = {key: value for key, value in (BASE | (changes or {})).items() if value is not None}
    return (name + ": " + "; ".join(f"{key}={value}" for key, value in tags.items())).encode() + (
        b"\r\n"
    )


REASONS = [
    ("good", {}, None),
    ("v=2", {"v": "2"}, Reason.VERSION),
    ("v=01", {"v": "01"}, Reason.VERSION),
    ("no v", {"v": None}, Reason.TAG_MISSING),
    ("no a", {"a": None}, Reason.TAG_MISSING),
    ("no b", {"b": None}, Reason.TAG_MISSING),
    ("no bh", {"bh": None}, Reason.TAG_MISSING),
    ("no d", {"d": None}, Reason.TAG_MISSING),
    ("no h", {"h": None}, Reason.TAG_MISSING),
    ("no s", {"s": None}, Reason.TAG_MISSING),
    ("ed25519", {"a": "ed25519-sha256"}, None),
    ("sha1", {"a": "rsa-sha1"}, Reason.ALGORITHM_WEAK),
    ("unknown", {"a": "rsa-sha512"}, Reason.ALGORITHM_UNKNOWN),
    ("algorithms are case-sensitive", {"a": "RSA-SHA256"}, Reason.ALGORITHM_UNKNOWN),
    ("b empty", {"b": ""}, Reason.TAG_SYNTAX),
    ("b no base64", {"b": "A*AA"}, Reason.TAG_SYNTAX),
    ("b folded", {"b": "BB\r\n\tBB"}, None),
    ("bh empty", {"bh": ""}, Reason.TAG_SYNTAX),
    ("bh no base64", {"bh": "A"}, Reason.TAG_SYNTAX),
    ("c", {"c": "relaxed/simple"}, None),
    ("c short", {"c": "relaxed"}, None),
    ("c unknown", {"c": "relaxed/nowsp"}, Reason.CANONICALISATION),
    ("c empty", {"c": ""}, Reason.CANONICALISATION),
    ("d one label", {"d": "org"}, Reason.DOMAIN),
    ("d empty", {"d": ""}, Reason.DOMAIN),
    ("d with dot", {"d": "example.org."}, Reason.DOMAIN),
    ("d with space", {"d": "exa mple.org"}, Reason.DOMAIN),
    ("d long label", {"d": "a" * 64 + ".org"}, Reason.DOMAIN),
    ("d U-label", {"d": "bücher.example"}, None),
    ("d bad U-label", {"d": "\u2028.example"}, Reason.DOMAIN),
    ("s empty", {"s": ""}, Reason.DOMAIN),
    ("s with dots", {"s": "a.b"}, None),
    ("s with underscore", {"s": "a_b"}, None),
    ("s with slash", {"s": "a/b"}, Reason.DOMAIN),
    ("name too long", {"s": ".".join(["a" * 60] * 4)}, Reason.DOMAIN),
    ("i same", {"i": "@example.org"}, None),
    ("i below", {"i": "ann@mail.Example.ORG"}, None),
    ("i above", {"i": "@org"}, Reason.IDENTITY),
    ("i beside", {"i": "@example.com"}, Reason.IDENTITY),
    ("i suffix only", {"i": "@badexample.org"}, Reason.IDENTITY),
    ("i no at", {"i": "example.org"}, Reason.IDENTITY),
    ("i quoted", {"i": "a=3Db=20c@example.org"}, None),
    ("i bad quoting", {"i": "a=zz@example.org"}, Reason.TAG_SYNTAX),
    ("h spaced", {"h": " From : \r\n To "}, None),
    ("h empty", {"h": ""}, Reason.TAG_SYNTAX),
    ("h white space in a name", {"h": "From:Fr om"}, Reason.TAG_SYNTAX),
    ("h empty name", {"h": "From::To"}, Reason.TAG_SYNTAX),
    ("h without From", {"h": "To:Subject"}, Reason.FROM_NOT_SIGNED),
    ("h From in any case", {"h": "FROM"}, None),
    ("h like From", {"h": "X-From"}, Reason.FROM_NOT_SIGNED),
    ("l", {"l": "0"}, None),
    ("l huge", {"l": "9" * 76}, None),
    ("l too long", {"l": "9" * 77}, Reason.TAG_SYNTAX),
    ("l negative", {"l": "-1"}, Reason.TAG_SYNTAX),
    ("l empty", {"l": ""}, Reason.TAG_SYNTAX),
    ("t", {"t": "1"}, None),
    ("t not ASCII", {"t": "\u0661"}, Reason.TAG_SYNTAX),
    ("t too long", {"t": "1" * 13}, Reason.TAG_SYNTAX),
    ("x after t", {"t": "1", "x": "2"}, None),
    ("x before t", {"t": "2", "x": "1"}, Reason.TAG_SYNTAX),
    ("q", {"q": "dns/txt"}, None),
    ("q many", {"q": "foo/bar : dns/txt"}, None),
    ("q unknown", {"q": "dns/foo"}, Reason.QUERY_METHOD),
    ("unknown tag", {"zz": "1"}, None),
    ("z", {"z": "From:a|To:b"}, None),
]


@pytest.mark.parametrize(("changes", "reason"), [case[1:] for case in REASONS])
def test_signature_rules(changes, reason):
    signature = parse_signature(field(changes))
    assert signature.reason is reason, signature.detail
    assert (reason is None) == (not signature.detail)


def test_what_is_read():
    signature = parse_signature(
        field({"c": "relaxed", "l": "7", "t": "5", "x": "9", "i": "a=40b@x.example.org"})
    )
    assert signature.key_name == "sel._domainkey.example.org"
    assert (signature.key_type, signature.algorithm) == ("rsa", "rsa-sha256")
    assert signature.canonicalisation == "relaxed/simple"
    assert (signature.header_canon, signature.body_canon) == (Canon.RELAXED, Canon.SIMPLE)
    assert (signature.headers, signature.limit) == ((b"from", b"to"), 7)
    assert (signature.signed_at, signature.expires_at) == (5, 9)
    assert signature.identity == "a@b@x.example.org"
    assert parse_signature(field()).identity == "@example.org"


def test_a_broken_signature_still_shows_its_domain():
    signature = parse_signature(field({"h": "To"}))
    assert (signature.domain, signature.selector) == ("example.org", "sel")


UNSIGNED = [
    (b"DKIM-Signature: a=1; b=xyz; c=2\r\n", b"DKIM-Signature: a=1; b=; c=2"),
    (b"DKIM-Signature: b = x\r\n\ty ;c=2;\r\n", b"DKIM-Signature: b =;c=2;"),
    (b"DKIM-Signature: bh=b; b=x\r\n", b"DKIM-Signature: bh=b; b="),
    (b"DKIM-Signature: bh=b=; b=\r\n x==\r\n \r\n", b"DKIM-Signature: bh=b=; b="),
    (b"DKIM-Signature : b=x\n", b"DKIM-Signature : b="),
]


@pytest.mark.parametrize(("raw", "expected"), UNSIGNED)
def test_only_the_value_of_b_is_removed(raw, expected):
    assert parse_signature(raw).unsigned == expected


ARC = [
    ("good", {"i": "1", "v": None}, None, 1),
    ("a version is ignored", {"i": "1", "v": "9"}, None, 1),
    ("no instance", {}, Reason.TAG_MISSING, 0),
    ("zero", {"i": "0"}, Reason.TAG_SYNTAX, 0),
    ("51", {"i": "51"}, Reason.TAG_SYNTAX, 0),
    ("50", {"i": "50"}, None, 50),
    ("leading zero", {"i": "01"}, None, 1),
    ("no number", {"i": "@example.org"}, Reason.TAG_SYNTAX, 0),
    ("comment", {"i": "3 (three)"}, None, 3),
    ("signs a seal", {"i": "1", "h": "From:ARC-Seal"}, Reason.ARC_SEAL_SIGNED, 1),
    ("no From", {"i": "1", "h": "To"}, None, 1),
    ("no field", {"i": "1", "h": ""}, None, 1),
    ("space in a name", {"i": "1", "h": "From:T o"}, Reason.TAG_SYNTAX, 1),
]


@pytest.mark.parametrize(("changes", "reason", "instance"), [case[1:] for case in ARC])
def test_message_signature_rules(changes, reason, instance):
    signature = parse_message_signature(field(changes, "ARC-Message-Signature"))
    assert (signature.reason, signature.instance) == (reason, instance)


SEALS = [
    ("good", {"i": "1", "cv": "none"}, None),
    ("h is forbidden", {"i": "1", "cv": "none", "h": "From"}, Reason.TAG_SYNTAX),
    ("no cv", {"i": "1"}, Reason.TAG_MISSING),
    ("unknown tags", {"i": "1", "cv": "none", "c": "simple/simple", "bh": "x"}, None),
    ("sha1", {"i": "1", "cv": "none", "a": "rsa-sha1"}, Reason.ALGORITHM_WEAK),
    ("no s", {"i": "1", "cv": "none", "s": None}, Reason.TAG_MISSING),
]


@pytest.mark.parametrize(("changes", "reason"), [case[1:] for case in SEALS])
def test_seal_rules(changes, reason):
    plain = {"v": None, "h": None, "bh": None}
    seal = parse_seal(field(plain | changes, "ARC-Seal"))
    assert seal.reason is reason
    assert seal.header_canon is Canon.RELAXED or reason


@given(
    st.binary(max_size=80)
    | st.dictionaries(
        st.sampled_from([*BASE, "c", "i", "l", "t", "x", "q", "z", "cv"]), st.text(max_size=12)
    ).map(field)
)
def test_any_octets_give_a_signature(raw):
    for parse in (parse_signature, parse_message_signature, parse_seal):
        signature = parse(raw)
        assert signature.raw == raw
        if signature.reason is None:
            assert signature.domain
            assert signature.value


@given(st.binary(max_size=40))
def test_quoted_text_is_decoded_or_refused(text):
    decoded = decode_quoted(text)
    assert decoded is None or len(decoded) <= len(text)


@given(st.binary(min_size=1, max_size=40))
def test_base64_with_and_without_padding(octets):
    text = base64.b64encode(octets)
    assert decode_base64(text) == octets
    assert decode_base64(text.rstrip(b"=")) == octets
    assert decode_base64(b"*" + text) == b""


def test_names_become_a_labels():
    assert to_ascii("BÜCHER.example") == "xn--bcher-kva.example"
    assert to_ascii("Example.ORG") == "example.org"
    assert to_ascii("é" * 300) == ""
