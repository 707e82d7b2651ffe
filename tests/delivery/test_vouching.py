"""delivery/vouching.py: what a sealer wrote down, and what of it counts for an author."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.delivery import evidence_arc, known
from pillarbox.delivery.vouching import Passed, Vouched, claim, find_stranger, find_voucher
from pillarbox.mailauth import dmarc_record
from pillarbox.mailauth.arc import ArcOutcome, ArcSet, ChainStatus
from pillarbox.mailauth.dkim_header import parse_message_signature, parse_seal
from pillarbox.mailauth.dmarc import DmarcOutcome, DmarcResult
from pillarbox.trace.step import Step


def arc_set(
    results, instance=1, domain="lists.example", *, message_ok=True, limit="", names="from"
):
    message = parse_message_signature(
        b"ARC-Message-Signature: i=%d; a=rsa-sha256; d=x.example; s=s; h=%s; bh=AA; b=AA%s\r\n"
        % (instance, names.encode(), limit.encode())
    )
    seal = parse_seal(
        b"ARC-Seal: i=%d; a=rsa-sha256; cv=none; d=%s; s=s; b=AAAA\r\n"
        % (instance, domain.encode())
    )
    return ArcSet(instance, results, b"", message, seal, "none", message_ok, None, True)


def outcome(tags="p=reject", org="uni.example"):
    record = dmarc_record.parse(f"v=DMARC1; {tags}")
    return DmarcOutcome(DmarcResult.FAIL, "cs.uni.example", record=record, org_domain=org)


CLAIMS = [
    ("mx.l; dmarc=pass header.from=cs.uni.example", "p=reject", True),
    ("mx.l; dmarc=pass (p=reject dis=none) header.from=CS.Uni.Example", "p=reject", True),
    ("mx.l; dmarc=pass header.from=carol@cs.uni.example", "p=reject", True),
    ("mx.l; spf=fail; dkim=none; dmarc=pass header.from=cs.uni.example", "p=reject", True),
    ("mx.l; dmarc=pass header.from=uni.example", "p=reject", False),
    ("mx.l; dmarc=pass smtp.from=cs.uni.example", "p=reject", False),
    ("mx.l; dmarc=pass", "p=reject", False),
    ("mx.l; dmarc=fail header.from=cs.uni.example", "p=reject", False),
    ("mx.l; dmarc=bestguesspass header.from=cs.uni.example", "p=reject", False),
    ("mx.l; spf=pass smtp.mailfrom=cs.uni.example", "p=reject", False),
    ("mx.l; dkim=pass header.d=uni.example", "p=reject", True),
    ("mx.l; dkim=pass header.i=@uni.example", "p=reject", True),
    ("mx.l; dkim=pass header.d=uni.example", "p=reject; adkim=s", False),
    ("mx.l; dkim=pass header.d=cs.uni.example", "p=reject; adkim=s", True),
    ("mx.l; dkim=pass header.s=uni.example", "p=reject", False),
    ("mx.l; dkim=fail header.d=uni.example", "p=reject", False),
    ("mx.l; dkim=fail header.d=uni.example; dkim=pass header.d=other.example", "p=reject", False),
    ("mx.l; dkim=pass header.d=notuni.example", "p=reject", False),
    ("mx.l; (dmarc=pass header.from=cs.uni.example)", "p=reject", False),
    ('mx.l; x=y reason="dmarc=pass header.from=cs.uni.example"', "p=reject", False),
    ("mx.l; none", "p=reject", False),
    ("mx.l; (", "p=reject", False),
    ("", "p=reject", False),
]


@pytest.mark.parametrize(("results", "tags", "counts"), CLAIMS)
def test_claims(results, tags, counts):
    assert bool(claim(arc_set(results), "cs.uni.example", outcome(tags))) is counts


@given(st.text(max_size=120))
def test_any_results_are_a_claim_or_none(results):
    assert claim(arc_set("mx; " + results), "cs.uni.example", outcome()) in {
        "",
        "dmarc=pass header.from=cs.uni.example",
    }


GOOD = "mx.l; dmarc=pass header.from=cs.uni.example"
BAD = "mx.l; dmarc=fail header.from=cs.uni.example"
LISTS = known.make("sealer", "lists.example")
RELAY = known.make("sealer", "relay.example")


def passed(*sets, cv=ChainStatus.PASS):
    return Passed(
        "cs.uni.example", outcome(), ip_address("192.0.2.1"), "", [], ArcOutcome(cv, list(sets))
    )


CHAINS = [
    # sets: (results, domain, message_ok) oldest first; known; instance of the voucher
    ("one", [(GOOD, "lists.example", True)], [LISTS], 1),
    ("not known", [(GOOD, "lists.example", True)], [RELAY], 0),
    ("nobody known", [(GOOD, "lists.example", True)], [], 0),
    ("says no", [(BAD, "lists.example", True)], [LISTS], 0),
    ("a stranger later, nothing changed",
     [(GOOD, "lists.example", True), (BAD, "x.example", True)], [LISTS], 1),
    ("a stranger changed it",
     [(GOOD, "lists.example", False), (BAD, "x.example", True)], [LISTS], 0),
    ("a known one changed it",
     [(GOOD, "lists.example", False), (BAD, "relay.example", True)], [LISTS, RELAY], 1),
    ("a stranger between",
     [(GOOD, "lists.example", False), (BAD, "x.example", False), (BAD, "relay.example", True)],
     [LISTS, RELAY], 0),
    ("an older stranger's word", [(GOOD, "x.example", True), (BAD, "lists.example", True)],
     [LISTS], 0),
    ("not looked at", [(GOOD, "lists.example", None), (BAD, "x.example", True)], [LISTS], 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("sets", "friends", "instance"), [c[1:] for c in CHAINS], ids=[c[0] for c in CHAINS]
)
def test_runs_of_known_sealers(sets, friends, instance):
    made = [
        arc_set(results, number, domain, message_ok=ok)
        for number, (results, domain, ok) in enumerate(sets, 1)
    ]
    found = find_voucher(passed(*made), friends)
    assert (found.instance if found else 0) == instance
    broken = find_voucher(passed(*made, cv=ChainStatus.FAIL), friends)
    assert broken is None


def test_a_signature_over_a_part_of_the_body_is_no_proof_of_the_whole():
    partial = arc_set(GOOD, limit="; l=10")
    assert partial.message_signature.limit == 10
    assert find_voucher(passed(partial), [LISTS]) is None


def test_a_signature_that_leaves_out_the_author_is_no_proof_of_anything():
    without = arc_set(GOOD, names="to")
    assert not without.message_signature.signs_author
    assert find_voucher(passed(without), [LISTS]) is None


def test_the_newest_stranger_is_named():
    sets = [arc_set(GOOD, 1, "old.example"), arc_set(GOOD, 2, "new.example")]
    assert find_stranger(passed(*sets))[0] == "new.example"
    assert find_stranger(passed(arc_set(BAD))) == ("", "")
    assert find_stranger(passed(*sets, cv=ChainStatus.FAIL)) == ("", "")


@pytest.mark.parametrize(
    "entry",
    [
        known.make("sealer", "lists.example", reason="mailing_list"),
        known.make("network", "192.0.2.0/24", account="anna@example.org"),
        known.make("list", "dev.lists.example"),
    ],
)
def test_the_trace_keeps_an_exception(entry):
    vouched = Vouched(entry, "somebody", "dmarc=pass", 2)
    kept = evidence_arc.read_exception(evidence_arc.exception(vouched, "a.example", 0.0))
    assert kept is not None
    assert (kept.by, kept.said, kept.instance) == ("somebody", "dmarc=pass", 2)
    assert (kept.entry.kind, kept.entry.value, kept.reason) == (
        entry.kind,
        entry.value,
        entry.reason,
    )


@given(
    st.sampled_from(["override.sealer", "override.list", "override.other", "x"]),
    st.dictionaries(st.sampled_from(["type", "entry", "instance", "by"]), st.text(max_size=5)),
)
def test_any_step_is_an_exception_or_none(key, evidence):
    found = evidence_arc.read_exception(Step(key=key, at=0, params=evidence, evidence=evidence))
    assert found is None
