from typing import Any

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.mailauth.arc import ChainStatus, validate
from pillarbox.mailauth.arc_sign import seal
from pillarbox.mailauth.dkim_header import Reason
from tests.mailauth.dkim_lab import (
    KEY_NAME,
    MESSAGE,
    NOW,
    Keys,
    ed25519_key,
    other_rsa_key,
    published,
    rsa_key,
    run,
)

RESULTS = (
    b"mx.example.org; spf=pass smtp.mailfrom=ann@example.org;\r\n\tdkim=pass header.d=example.org"
)


def check(message, resolver=None, now=NOW):
    return run(validate(message, resolver or published(), now))


def sealed(message=MESSAGE, cv=None, **options):
    if cv is None:
        cv = check(message).cv
    where: dict[str, Any] = {
        "domain": "example.org",
        "selector": "s",
        "authres": RESULTS,
        "now": NOW,
    }
    return seal(message, options.pop("key", rsa_key()), cv=cv, **(where | options)) + message


ONE = sealed()
TWO = sealed(ONE)
THREE = sealed(TWO)


def without(message, start):
    """Remove the first field that begins with `start`."""
    at = message.index(start)
    end = at
    while True:
        end = message.index(b"\r\n", end) + 2
        if message[end : end + 1] not in (b" ", b"\t"):
            return message[:at] + message[end:]


def test_no_chain():
    outcome = check(MESSAGE)
    assert (outcome.cv, outcome.sets, outcome.reason) == (ChainStatus.NONE, [], "")
    assert check(b"").cv is ChainStatus.NONE


@pytest.mark.parametrize(("message", "sets"), [(ONE, 1), (TWO, 2), (THREE, 3)])
def test_whole_chains(message, sets):
    outcome = check(message)
    assert outcome.passed, outcome
    assert [each.instance for each in outcome.sets] == list(range(1, sets + 1))
    assert outcome.oldest_pass == 0
    assert outcome.last_instance == sets
    for each in outcome.sets:
        assert (each.domain, each.selector) == ("example.org", "s")
        assert each.results.startswith("mx.example.org; spf=pass")
        assert (each.message_ok, each.seal_ok) == (True, True)
        assert each.answers[0].name == KEY_NAME
        assert each.seal_cv == ("none" if each.instance == 1 else "pass")


def test_both_algorithms():
    keys = published()
    keys.records["e._domainkey.example.org"] = ed25519_key().public_record()
    message = sealed(ONE, key=ed25519_key(), selector="e")
    assert check(message, keys).passed


@pytest.mark.filterwarnings("ignore::BytesWarning")  # of dkimpy
def test_dkimpy_agrees():
    record = rsa_key().public_record().encode()
    for message in (ONE, TWO):
        cv, _, _ = dkim.arc_verify(message, dnsfunc=lambda *_args, **_options: record)
        assert cv == b"pass"


def test_what_a_middle_hop_changes_breaks_only_what_is_older():
    footer = ONE + b"-- \r\nlist footer\r\n"
    message = sealed(footer, ChainStatus.PASS)
    outcome = check(message)
    assert outcome.passed
    assert outcome.oldest_pass == 2
    assert outcome.sets[0].message_reason is Reason.BODY_HASH
    later = check(sealed(message))
    assert later.passed
    assert later.oldest_pass == 2


SEAL = b"ARC-Seal: i=1; "
BROKEN = [
    # name, message, reason, instance
    ("body changed", ONE + b"x", "body_hash", 1),
    ("header changed", ONE.replace(b"figures", b"FIGURES", 1), "signature", 1),
    ("results changed", ONE.replace(b"spf=pass", b"spf=fail", 1), "signature", 1),
    ("older results changed", TWO[::-1].replace(b"ssap=fps", b"liaf=fps", 1)[::-1], "signature", 2),
    ("no seal", without(ONE, b"ARC-Seal"), "structure", 1),
    ("no message signature", without(ONE, b"ARC-Message"), "structure", 1),
    ("no results", without(ONE, b"ARC-Auth"), "structure", 1),
    ("no newest seal", without(TWO, b"ARC-Seal"), "structure", 2),
    ("no first set", TWO[: len(TWO) - len(ONE)] + MESSAGE, "structure", 1),
    ("duplicate set", ONE[: len(ONE) - len(MESSAGE)] + ONE, "structure", 1),
    ("gap", THREE.replace(b"i=2;", b"i=4;"), "structure", 2),
    ("i=0", ONE.replace(b"i=1;", b"i=0;"), "structure", 0),
    ("i=51", ONE.replace(b"i=1;", b"i=51;"), "structure", 0),
    ("no i in results", ONE.replace(b"Results: i=1;", b"Results: ", 1), "structure", 0),
    ("i not first in results", ONE.replace(b"i=1;\r\n\tmx", b"mx; i=1; mx"), "structure", 0),
    ("no payload", ONE.replace(RESULTS, b""), "structure", 0),
    ("no i in seal", ONE.replace(b"ARC-Seal: i=1; ", b"ARC-Seal: ", 1), "structure", 0),
    ("cv=pass at first", ONE.replace(b"cv=none", b"cv=pass"), "cv", 1),
    ("cv=fail", ONE.replace(b"cv=none", b"cv=fail"), "cv", 1),
    ("cv=none later", TWO.replace(b"cv=pass", b"cv=none"), "cv", 2),
    ("cv unknown", ONE.replace(b"cv=none", b"cv=None"), "cv", 1),
    ("cv empty", ONE.replace(b"cv=none", b"cv="), "cv", 1),
    ("no cv", ONE.replace(b"cv=none;", b""), "cv", 1),
    ("seal with h", ONE.replace(SEAL, SEAL + b"h=from; ", 1), "tag_syntax", 1),
    ("sha1 seal", ONE.replace(SEAL + b"a=rsa-sha256", SEAL + b"a=rsa-sha1"), "algorithm_weak", 1),
    ("duplicate tag", ONE.replace(SEAL, SEAL + b"a=rsa-sha256; ", 1), "structure", 0),
    ("tag names have a case", ONE.replace(SEAL + b"a=", SEAL + b"A=", 1), "tag_missing", 1),
    ("a seal is signed", ONE.replace(b"h=From:", b"h=ARC-Seal:From:", 1), "arc_seal_signed", 1),
]


@pytest.mark.parametrize(("message", "reason", "instance"), [case[1:] for case in BROKEN])
def test_broken_chains(message, reason, instance):
    outcome = check(message)
    assert outcome.cv is ChainStatus.FAIL
    assert (outcome.reason, outcome.instance) == (reason, instance), outcome.detail
    assert outcome.oldest_pass is None
    assert not outcome.temporary


def test_white_space_order_and_case_do_not_matter():
    moved = without(ONE, b"ARC-Auth")
    field = ONE[ONE.index(b"ARC-Auth") :][: len(ONE) - len(moved)]
    assert check(field + moved).passed
    assert check(ONE.replace(b"ARC-Seal:", b"arc-SEAL :", 1)).passed
    assert check(ONE.replace(b"ARC-Seal: i=1; ", b"ARC-Seal:  i=1;\r\n\t", 1)).passed


@pytest.mark.parametrize(
    ("records", "reason", "temporary"),
    [
        ({}, "key_missing", False),
        ({KEY_NAME: None}, "key_unavailable", True),
        ({KEY_NAME: "v=DKIM1; p="}, "key_revoked", False),
        ({KEY_NAME: other_rsa_key().public_record()}, "signature", False),
    ],
)
def test_keys(records, reason, temporary):
    outcome = check(ONE, Keys(records))
    assert (outcome.cv, outcome.reason) == (ChainStatus.FAIL, reason)
    assert outcome.temporary is temporary


def test_fifty_sets_and_no_more():
    message = MESSAGE
    for _ in range(50):
        cv = ChainStatus.NONE if message is MESSAGE else ChainStatus.PASS
        message = sealed(message, cv, key=ed25519_key())
    keys = published(ed25519_key())
    outcome = check(message, keys)
    assert outcome.passed
    assert keys.asked == [KEY_NAME]
    more = message[: message.index(b"ARC-Seal", 20)].replace(b"i=50", b"i=51")
    assert check(more + message, keys).reason == "too_many"


def test_a_huge_header_section_fails():
    assert check(b"X: y\r\n" * 200_000 + ONE).reason == "header_too_large"


@settings(max_examples=60)
@given(st.integers(0, len(TWO) - len(MESSAGE)), st.binary(min_size=1, max_size=3))
def test_any_damage_gives_an_outcome(at, octets):
    damaged = TWO[:at] + octets + TWO[at + len(octets) :]
    outcome = check(damaged)
    assert (outcome.cv is ChainStatus.FAIL) == bool(outcome.reason)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([b"ARC-Seal", b"ARC-Message-Signature", b"ARC-Authentication-Results"]),
            st.sampled_from([b"i=1; a", b"i=2; cv=pass", b"i=1; cv=none", b""])
            | st.binary(max_size=9),
        ),
        max_size=6,
    )
)
def test_any_fields_give_an_outcome(fields):
    message = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    assert check(message).cv is not ChainStatus.PASS
