from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import Invalid, TooMany
from pillarbox.mailauth.arc import ChainStatus
from pillarbox.mailauth.arc_sign import collect_results, seal
from pillarbox.mailauth.dkim_canon import split_header
from tests.mailauth.dkim_lab import MESSAGE, NOW, ed25519_key, rsa_key, signed
from tests.mailauth.test_arc import ONE, RESULTS, TWO, check, sealed

WHERE: dict[str, Any] = {
    "domain": "example.org",
    "selector": "s",
    "authres": RESULTS,
    "cv": ChainStatus.NONE,
    "now": NOW,
}


def test_the_three_fields():
    fields = seal(MESSAGE, rsa_key(), **WHERE)
    header = split_header(fields)
    names = [field.partition(b":")[0] for field in header.fields]
    assert names == [b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results"]
    assert fields.endswith(b"\r\n")
    assert max(map(len, fields.split(b"\r\n"))) < 78
    assert b"h=" not in header.fields[0].replace(b"bh=", b"")
    assert b"v=" not in header.fields[1].replace(b"cv=", b"")


def test_earlier_dkim_signatures_are_covered():
    message = signed()
    outcome = check(sealed(message))
    assert outcome.passed
    assert b"dkim-signature" in outcome.sets[0].message_signature.headers
    assert b"arc-seal" not in check(sealed(ONE)).sets[1].message_signature.headers


def test_a_broken_chain_is_sealed_alone():
    """RFC 8617 §5.1.2: the seal covers its own set, and the chain has ended."""
    broken = ONE + b"x"
    message = sealed(broken, ChainStatus.FAIL)
    outcome = check(message)
    assert (outcome.cv, outcome.reason, outcome.instance) == (ChainStatus.FAIL, "cv", 2)
    # The set verifies by itself, as if it were the only one.
    alone = message[: len(message) - len(broken)] + MESSAGE + b"x"
    alone = alone.replace(b"i=2;", b"i=1;").replace(b"cv=fail", b"cv=none")
    assert check(alone).reason in {"signature", "body_hash"}
    with pytest.raises(Invalid):
        sealed(message, ChainStatus.FAIL)


def test_a_chain_that_cannot_be_read_gets_the_next_number():
    broken = ONE[: len(ONE) - len(MESSAGE)] + TWO
    fields = seal(broken, rsa_key(), **(WHERE | {"cv": ChainStatus.FAIL}))
    assert fields.count(b"i=3;") == 3


REFUSED = [
    ("chain but none", ONE, {"cv": ChainStatus.NONE}),
    ("none but pass", MESSAGE, {"cv": ChainStatus.PASS}),
    ("none but fail", MESSAGE, {"cv": ChainStatus.FAIL}),
    ("broken but pass", ONE[: len(ONE) - len(MESSAGE)] + ONE, {"cv": ChainStatus.PASS}),
    ("no From", b"To: x\r\n\r\n", {}),
    ("From not chosen", MESSAGE, {"headers": ["To"]}),
    ("domain", MESSAGE, {"domain": "org"}),
    ("selector", MESSAGE, {"selector": " "}),
    ("empty results", MESSAGE, {"authres": b" "}),
    ("results with a line", MESSAGE, {"authres": b"mx; none\r\nX: y"}),
    ("results with a bare LF", MESSAGE, {"authres": b"mx;\n none"}),
]


@pytest.mark.parametrize(("message", "options"), [case[1:] for case in REFUSED])
def test_refusals(message, options):
    with pytest.raises(Invalid):
        seal(message, rsa_key(), **(WHERE | options))


def test_what_must_not_be_signed_is_left_out():
    names = ["from", "to", "Authentication-Results", "ARC-Seal", "arc-authentication-results"]
    message = sealed(b"Authentication-Results: a; none\r\n" + ONE, headers=names)
    outcome = check(message)
    assert outcome.passed
    assert outcome.sets[1].message_signature.headers == (b"from", b"to")


NAMED = [
    # RFC 6376 §5.4.2: a name that repeats takes the next field up, or covers that none is added.
    ("in this order", ["Subject", "from"], b"h=Subject:from;"),
    ("one of two", ["from", "x-two"], b"h=from:x-two;"),
    ("two of two", ["from", "x-two", "x-two"], b"h=from:x-two:x-two;"),
    ("more than there are", ["from", "from", "to", "to"], b"h=from:from:to:to;"),
    ("none such", ["from", "&&&", "X-None"], b"h=from:&&&:X-None;"),
]


@pytest.mark.parametrize(("names", "field"), [c[1:] for c in NAMED], ids=[c[0] for c in NAMED])
def test_named_fields_are_covered_just_so(names, field):
    made = sealed(b"X-Two: 1\r\nX-Two: 2\r\n" + MESSAGE, headers=names, cv=ChainStatus.NONE)
    assert field in made
    assert check(made).passed


AR = b"Authentication-Results: "
COLLECTED = [
    ("none", b"", "", b"", None),
    ("one", AR + b"mx.a; spf=pass\r\n", "mx.a", b"mx.a; spf=pass", None),
    ("the topmost counts", AR + b"mx.a; spf=pass\r\n" + AR + b"mx.b; spf=fail\r\n", "",
     b"mx.a; spf=pass", None),
    ("only ours", AR + b"mx.a; spf=pass\r\n" + AR + b"mx.b; spf=fail\r\n", "MX.B",
     b"MX.B; spf=fail", None),
    ("several of ours",
     AR + b"mx.a; spf=pass;\r\n" + AR + b"mx.b; x=fail\r\n" + AR + b"mx.a;\r\n\tdkim=pass\r\n",
     "mx.a", b"mx.a; spf=pass; dkim=pass", None),
    ("chain", AR + b"mx.a; arc=pass; spf=pass\r\n", "mx.a", b"mx.a; arc=pass; spf=pass",
     ChainStatus.PASS),
    ("chain odd", AR + b"mx.a; arc=maybe\r\n", "mx.a", b"mx.a; arc=maybe", None),
    ("no result", AR + b"mx.a; none\r\n", "mx.a", b"", None),
    ("unreadable", AR + b"mx.a; (\r\n", "mx.a", b"", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "name", "payload", "cv"), [c[1:] for c in COLLECTED], ids=[c[0] for c in COLLECTED]
)
def test_results_are_collected(fields, name, payload, cv):
    assert collect_results(fields + MESSAGE, name) == (payload, cv)


@given(st.lists(st.binary(max_size=40), max_size=4), st.text(max_size=10))
def test_any_fields_are_collected(values, name):
    message = b"".join(AR + value + b"\r\n" for value in values) + MESSAGE
    payload, _ = collect_results(message, name)
    assert b"\r" not in payload
    assert b"\n" not in payload


def test_fifty_is_the_end():
    fields = seal(MESSAGE, ed25519_key(), **WHERE).replace(b"i=1;", b"i=50;")
    with pytest.raises(TooMany):
        seal(fields + MESSAGE, rsa_key(), **(WHERE | {"cv": ChainStatus.FAIL}))
