from typing import Any

import pytest

from pillarbox.base.errors import Invalid, TooMany
from pillarbox.mailauth.arc import ChainStatus
from pillarbox.mailauth.arc_sign import seal
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
    ("results signed", MESSAGE, {"headers": ["From", "Authentication-Results"]}),
    ("seal signed", MESSAGE, {"headers": ["From", "ARC-Seal"]}),
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


def test_fifty_is_the_end():
    fields = seal(MESSAGE, ed25519_key(), **WHERE).replace(b"i=1;", b"i=50;")
    with pytest.raises(TooMany):
        seal(fields + MESSAGE, rsa_key(), **(WHERE | {"cv": ChainStatus.FAIL}))
