"""Chains by a sealer that is not ours: what RFC 8617 allows passes, what it forbids fails."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth.arc import ChainStatus, _read_results
from tests.mailauth.arc_by_hand import BODY, HEADER, Recipe, chain, make_set, message
from tests.mailauth.dkim_lab import KEY_NAME, Keys, rsa_key
from tests.mailauth.test_arc import check

PLAIN = Recipe()

GOOD = [
    ("plain", PLAIN),
    ("simple", replace(PLAIN, canon="simple/simple")),
    ("mixed", replace(PLAIN, canon="relaxed/simple")),
    ("mixed the other way", replace(PLAIN, canon="simple/relaxed")),
    ("tags in another order", replace(
        PLAIN, ams_order=PLAIN.ams_order[::-1], seal_order=PLAIN.seal_order[::-1]
    )),
    ("b in the middle", replace(
        PLAIN, ams_order=("a", "b", "bh", "c", "d", "h", "i", "s", "t"),
        seal_order=("a", "b", "cv", "d", "i", "s", "t"),
    )),
    ("folded", replace(PLAIN, fold=b"\r\n\t")),
    ("no space", replace(PLAIN, fold=b"")),
    ("white space in b and bh", replace(PLAIN, wrap=10)),
    ("no time", replace(
        PLAIN, ams_order=("i", "a", "c", "d", "s", "h", "bh", "b"),
        seal_order=("i", "a", "cv", "d", "s", "b"),
    )),
    ("no c: simple", replace(
        PLAIN, canon="simple/simple", ams_order=("i", "a", "d", "s", "t", "h", "bh", "b")
    )),
    ("DKIM-Signature is signed", replace(PLAIN, h="from:dkim-signature")),
    ("both of them", replace(PLAIN, h="dkim-signature:from:dkim-signature")),
    ("a third that is not there", replace(
        PLAIN, h="dkim-signature:from:dkim-signature:dkim-signature"
    )),
    ("names with a case and space", replace(PLAIN, h="From : TO:subject")),
    ("oversigned", replace(PLAIN, h="from:from:to:to:subject:subject")),
    ("a version is ignored", replace(
        PLAIN, extra={"v": "7"}, ams_order=("v", *PLAIN.ams_order)
    )),
    ("unknown tags are ignored", replace(
        PLAIN, extra={"zz": "1"}, ams_order=("zz", *PLAIN.ams_order),
        seal_order=("zz", *PLAIN.seal_order),
    )),
    ("names of fields have no case", replace(
        PLAIN, names=(b"arc-authentication-results", b"arc-MESSAGE-signature", b"ARC-SEAL")
    )),
]  # fmt: skip


@pytest.mark.parametrize("recipe", [case[1] for case in GOOD], ids=[case[0] for case in GOOD])
@pytest.mark.parametrize("hops", [1, 3])
def test_what_sealers_may_do(recipe, hops):
    outcome = check(message(*chain(*[recipe] * hops)))
    assert outcome.passed, outcome
    assert outcome.oldest_pass == 0
    assert [one.instance for one in outcome.sets] == list(range(1, hops + 1))


def test_the_order_of_fields_does_not_matter():
    sets = chain(PLAIN, PLAIN, PLAIN)
    fields = [raw for one in sets for raw in one]
    for seed in range(20):
        random.Random(seed).shuffle(fields)
        assert check(b"".join([*fields, *HEADER]) + b"\r\n" + BODY).passed


def test_fields_between_and_below_do_not_matter():
    (one,) = chain(PLAIN)
    octets = b"X-Top: 1\r\n" + one[2] + b"X-Mid: 2\r\n" + one[0] + b"".join(HEADER) + one[1]
    assert check(octets + b"\r\n" + BODY).passed


def test_a_header_list_in_the_results_is_covered_from_the_bottom():
    """Drafts let sealers sign their own results field; such chains are still about."""
    results = Recipe(h="from:arc-authentication-results")
    aar = b"ARC-Authentication-Results: i=1; mx.example.org; spf=pass\r\n"
    made = make_set(results, [aar, *HEADER], BODY)
    assert made[0] == aar
    assert check(message(made)).passed


BAD = [
    ("h in the seal", replace(PLAIN, seal_order=("h", *PLAIN.seal_order)), "tag_syntax"),
    ("ARC-Seal is signed", replace(PLAIN, h="from:arc-seal"), "arc_seal_signed"),
    ("ARC-Seal is signed, in capitals", replace(PLAIN, h="from:ARC-Seal"), "arc_seal_signed"),
    ("h holds white space in a name", replace(PLAIN, h="from:to subject"), "tag_syntax"),
    ("h holds odd names", replace(PLAIN, h="from:\u00fc"), "tag_syntax"),
    ("i=0", replace(PLAIN, instance=0), "structure"),
    ("i=51", replace(PLAIN, instance=51), "structure"),
    ("i=2 alone", replace(PLAIN, instance=2, cv="pass"), "structure"),
    ("i=-1", replace(PLAIN, extra={"i": "-1"}), "structure"),
    ("i=x", replace(PLAIN, extra={"i": "x"}), "structure"),
    ("cv=pass at first", replace(PLAIN, cv="pass"), "cv"),
    ("cv=fail", replace(PLAIN, cv="fail"), "cv"),
    ("cv in capitals", replace(PLAIN, cv="NONE"), "cv"),
    ("cv unknown", replace(PLAIN, cv="maybe"), "cv"),
    ("cv empty", replace(PLAIN, cv=""), "cv"),
    ("no cv", replace(PLAIN, seal_order=("i", "a", "d", "s", "b")), "cv"),
    ("no d in the seal", replace(PLAIN, seal_order=("i", "a", "cv", "s", "b")), "tag_missing"),
    ("no s in the seal", replace(PLAIN, seal_order=("i", "a", "cv", "d", "b")), "tag_missing"),
    ("no a in the seal", replace(PLAIN, seal_order=("i", "cv", "d", "s", "b")), "tag_missing"),
    ("no b in the seal", replace(PLAIN, seal_order=("i", "a", "cv", "d", "s")), "tag_missing"),
    ("no i in the seal", replace(PLAIN, seal_order=("a", "cv", "d", "s", "b")), "structure"),
    ("no bh", replace(PLAIN, ams_order=("i", "a", "d", "s", "h", "b")), "tag_missing"),
    ("no h", replace(PLAIN, ams_order=("i", "a", "d", "s", "bh", "b")), "tag_missing"),
    ("no b", replace(PLAIN, ams_order=("i", "a", "d", "s", "h", "bh")), "tag_missing"),
    ("no d", replace(PLAIN, ams_order=("i", "a", "s", "h", "bh", "b")), "tag_missing"),
    ("no i", replace(PLAIN, ams_order=("a", "d", "s", "h", "bh", "b")), "structure"),
    ("two tags", replace(PLAIN, ams_order=("i", "a", "d", "d", "s", "h", "bh", "b")), "structure"),
    ("wrong bh", replace(PLAIN, extra={"bh": "AAAA"}), "body_hash"),
    ("bh no base64", replace(PLAIN, extra={"bh": "$$$$"}), "tag_syntax"),
    ("sha1", replace(PLAIN, extra={"a": "rsa-sha1"}), "algorithm_weak"),
    ("unknown algorithm", replace(PLAIN, extra={"a": "rsa-sha512"}), "algorithm_unknown"),
    ("unknown c", replace(PLAIN, extra={"c": "nowsp/simple"}), "canonicalisation"),
    ("d is no domain", replace(PLAIN, extra={"d": "exa mple"}), "domain"),
    ("another selector", replace(PLAIN, extra={"s": "other"}), "key_missing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("recipe", "reason"), [case[1:] for case in BAD], ids=[case[0] for case in BAD]
)
def test_what_sealers_must_not_do(recipe, reason):
    outcome = check(message(make_set(recipe, HEADER, BODY)))
    assert (outcome.cv, outcome.reason) == (ChainStatus.FAIL, reason), outcome.detail


UNSIGNED = [
    ("", False),
    (":", False),
    ("to:subject", False),
    ("from:to::subject", True),
    (":from:", True),
]


@pytest.mark.parametrize(("names", "signs_author"), UNSIGNED)
def test_what_a_sealer_does_not_cover_is_told(names, signs_author):
    # Published validators agree that h= of ARC may be empty, or hold empty names.
    outcome = check(message(make_set(replace(PLAIN, h=names), HEADER, BODY)))
    assert outcome.passed, outcome
    assert outcome.sets[0].message_signature.signs_author is signs_author


CHANGED = [
    ("body", lambda m: m + b"x", "body_hash"),
    ("signed field", lambda m: m.replace(b"figures", b"Figures"), "signature"),
    ("signed field added below", lambda m: m.replace(b"\r\n\r\n", b"\r\nTo: x@y\r\n\r\n", 1),
     "signature"),
    ("results", lambda m: m.replace(b"spf=pass", b"spf=fail"), "signature"),
    ("time of the seal", lambda m: m.replace(b"t=12345", b"t=12346", 1), "signature"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"), [case[1:] for case in CHANGED], ids=[case[0] for case in CHANGED]
)
def test_what_nobody_may_change(change, reason):
    outcome = check(change(message(*chain(PLAIN))))
    assert (outcome.cv, outcome.reason) == (ChainStatus.FAIL, reason)


def test_an_unsigned_field_may_be_added_and_an_empty_end_of_the_body():
    octets = message(*chain(PLAIN))
    assert check(b"X-Spam: no\r\n" + octets + b"\r\n\r\n").passed


def test_missing_doubled_and_mixed_sets():
    one, two, three = chain(PLAIN, PLAIN, PLAIN)
    for hole in range(3):
        broken = [*two[:hole], *two[hole + 1 :]]
        assert check(message(one, broken, three)).reason == "structure"
        doubled = [*two, two[hole]]
        assert check(message(one, doubled, three)).reason == "structure"
    assert check(message(two, three)).reason == "structure"
    assert check(message(one, three)).reason == "structure"
    other = chain(replace(PLAIN, results=b"mx.example.org; spf=fail"), PLAIN)
    assert check(message(other[0], two)).reason == "signature"
    assert check(message(one, [other[1][0], *two[1:]])).passed  # The same results field.


def test_only_the_newest_message_signature_must_hold():
    (first,) = chain(PLAIN)
    changed = BODY + b"footer\r\n"
    second = make_set(
        replace(PLAIN, instance=2, cv="pass"), [*reversed(first), *HEADER], changed, [first]
    )
    outcome = check(message(first, second, body=changed))
    assert outcome.passed
    assert outcome.oldest_pass == 2


def test_a_broken_seal_in_the_middle_fails_although_the_newest_holds():
    one, two = chain(PLAIN, PLAIN)
    two[2] = two[2].replace(b"b=", b"b=AAAA", 1)
    header = [*reversed(two), *reversed(one), *HEADER]
    three = make_set(replace(PLAIN, instance=3, cv="pass"), header, BODY, [one, two])
    outcome = check(message(one, two, three))
    assert (outcome.cv, outcome.instance) == (ChainStatus.FAIL, 2)


KEYS = [
    ({}, "key_missing", False),
    ({KEY_NAME: None}, "key_unavailable", True),
    ({KEY_NAME: "v=DKIM1; p="}, "key_revoked", False),
    ({KEY_NAME: "v=DKIM1; p=****"}, "key_syntax", False),
    ({KEY_NAME: "v=DKIM2; p=AAAA"}, "key_version", False),
    ({KEY_NAME: rsa_key().public_record() + "; h=sha1"}, "key_hash", False),
    ({KEY_NAME: rsa_key().public_record() + "; s=tlsrpt"}, "key_service", False),
]


@pytest.mark.parametrize(("records", "reason", "temporary"), KEYS)
def test_keys(records, reason, temporary):
    outcome = check(message(*chain(PLAIN)), Keys(records))
    assert (outcome.cv, outcome.reason) == (ChainStatus.FAIL, reason)
    assert outcome.temporary is temporary


RESULTS = [
    (b"i=1; mx.example; none", (1, "mx.example; none")),
    (b"  i = 1 ; mx.example;\r\n none", (1, "mx.example; none")),
    (b"(first) i (of) = (the) 2 (hops) ; mx.example; none", (2, "mx.example; none")),
    (b"i=50; x", (50, "x")),
    (b"i=51; x", (0, "")),
    (b"i=0; x", (0, "")),
    (b"I=1; x", (0, "")),
    (b"i=1", (0, "")),
    (b"i=1;", (0, "")),
    (b"i=1 x; y", (0, "")),
    (b"mx.example; i=1; none", (0, "")),
    (b"(; i=1; x", (0, "")),
    (b"", (0, "")),
]


@pytest.mark.parametrize(("value", "wanted"), RESULTS)
def test_the_beginning_of_results(value, wanted):
    assert _read_results(b"ARC-Authentication-Results:" + value) == wanted


@given(st.binary(max_size=80))
def test_any_results_field_is_read_or_not(value):
    instance, text = _read_results(b"ARC-Authentication-Results:" + value)
    assert 0 <= instance <= 50
    assert bool(instance) == bool(text)
