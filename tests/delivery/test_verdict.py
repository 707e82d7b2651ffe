"""delivery/verdict.py: from results to a decision, as a table."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from pillarbox.delivery.verdict import Action, Results, Rules, decide
from pillarbox.mailauth.dkim import DkimOutcome, DkimResult
from pillarbox.mailauth.dkim_header import Reason, parse_signature
from pillarbox.mailauth.dmarc import Aligned, DmarcOutcome, DmarcResult
from pillarbox.mailauth.dmarc_record import Policy
from pillarbox.mailauth.spf_outcome import SpfOutcome, SpfResult, SpfText
from pillarbox.trace import words

IP = ip_address("192.0.2.1")


def spf(result, domain="one.example", records=()):
    return SpfOutcome(
        SpfResult(result), "mfrom", domain, f"a@{domain}", IP, "helo.example",
        records=tuple(SpfText(domain, text) for text in records),
    )  # fmt: skip


def dkim(result, domain="one.example", reason=None):
    field = b"DKIM-Signature: v=1\r\n"
    return DkimOutcome(
        DkimResult(result), reason, "", domain, "s", "", "rsa-sha256", "relaxed/relaxed", ("from",),
        field, parse_signature(field),
    )  # fmt: skip


def dmarc(result, policy="none", by=()):
    wanted = Policy(policy)
    return DmarcOutcome(
        DmarcResult(result), "one.example", wanted, wanted,
        disposition=wanted if result == "fail" else Policy.NONE, org_domain="one.example",
        aligned_by=tuple(Aligned(method, "one.example") for method in by),
    )  # fmt: skip


NONE = dmarc("none")
CASES = [
    ("all pass", spf("pass"), [dkim("pass")], dmarc("pass", "reject", ["spf", "dkim"]),
     "proven", Action.ACCEPT, 250),
    ("forwarded", spf("fail"), [dkim("pass")], dmarc("pass", "reject", ["dkim"]),
     "via", Action.ACCEPT, 250),
    ("forwarded by SRS", spf("pass", "fwd.example"), [dkim("pass")],
     dmarc("pass", "none", ["dkim"]), "via", Action.ACCEPT, 250),
    ("spoofed", spf("pass", "evil.example"), [], dmarc("fail", "reject"),
     "forged", Action.REFUSE, 550),
    ("quarantine", spf("softfail"), [], dmarc("fail", "quarantine"), "misfit", Action.JUNK, 250),
    ("policy none", spf("none"), [], dmarc("fail", "none"), "misfit", Action.JUNK, 250),
    ("policy unknown", spf("none"), [], dmarc("temperror"), "unproven", Action.DEFER, 451),
    ("-all", spf("fail", records=["v=spf1 mx -all"]), [], NONE, "misfit", Action.JUNK, 250),
    ("never sends", spf("fail", records=["v=spf1 -all"]), [], NONE, "forged", Action.REFUSE, 550),
    ("~all", spf("softfail"), [], NONE, "unproven", Action.ACCEPT, 250),
    ("?all", spf("neutral"), [], NONE, "unproven", Action.ACCEPT, 250),
    ("nothing", spf("none"), [], NONE, "unproven", Action.ACCEPT, 250),
    ("broken record", spf("permerror"), [], NONE, "unproven", Action.ACCEPT, 250),
    ("SPF alone", spf("pass"), [], NONE, "proven", Action.ACCEPT, 250),
    ("SPF of a subdomain", spf("pass", "mail.one.example"), [], NONE, "proven", Action.ACCEPT, 250),
    ("SPF of another", spf("pass", "two.example"), [], NONE, "unproven", Action.ACCEPT, 250),
    ("DKIM alone", spf("fail"), [dkim("pass")], NONE, "via", Action.ACCEPT, 250),
    ("altered", spf("neutral"), [dkim("fail", reason=Reason.BODY_HASH)], NONE,
     "misfit", Action.JUNK, 250),
    ("another's broken signature", spf("none"), [dkim("fail", "two.example", Reason.BODY_HASH)],
     NONE, "unproven", Action.ACCEPT, 250),
]  # fmt: skip


@pytest.mark.parametrize(
    ("spf_", "dkims", "dmarc_", "verdict", "action", "code"),
    [c[1:] for c in CASES],
    ids=[c[0] for c in CASES],
)
def test_decisions(spf_, dkims, dmarc_, verdict, action, code):
    results = Results(("one.example",), spf_, dkims, dmarc_, "client.example")
    judgement = decide(results, Rules())
    assert (judgement.verdict, judgement.action, judgement.code) == (verdict, action, code)
    assert judgement.because
    assert judgement.rfc.startswith("RFC ")
    if verdict == "via":
        assert judgement.via
    if verdict == "misfit":
        assert judgement.reason
    if code > 250:
        assert len(judgement.text) > 20


def test_from_fields_that_differ_are_refused_whatever_they_prove():
    proven = dmarc("pass", "reject", ["spf", "dkim"])
    results = Results(("one.example",), spf("pass"), [dkim("pass")], proven, "", from_fields=2)
    judgement = decide(results, Rules())
    assert (judgement.action, judgement.code) == (Action.REFUSE, 550)
    assert "2 different From fields" in judgement.text


def test_an_owner_who_is_only_testing():
    tested = replace(dmarc("fail", "quarantine"), policy=Policy.REJECT, test_mode=True)
    judgement = decide(Results(("one.example",), spf("none"), [], tested, ""), Rules())
    assert judgement.action is Action.JUNK
    assert "only testing its wish to have such mail refused" in words.phrase(judgement.because)


REMEDIES = [
    (spf("none"), [], "send from its servers or sign with its key"),
    (spf("pass", "x.example"), [], "its return address is at x.example; use one at one.example"),
    (spf("pass", "x.example"), [dkim("pass", "x.example")], "it is signed by x.example; sign it"),
    (spf("fail"), [dkim("fail", reason=Reason.BODY_HASH)], "broke on the way"),
    (spf("fail"), [dkim("fail", reason=Reason.SIGNATURE)], "broke on the way"),
]


@pytest.mark.parametrize(("spf_", "dkims", "words"), REMEDIES)
def test_the_refusal_says_what_would_help(spf_, dkims, words):
    results = Results(("one.example",), spf_, dkims, dmarc("fail", "reject"), "")
    text = decide(results, Rules()).text
    assert words in text
    assert len(text) < 450


@pytest.mark.parametrize("authors", [(), ("one.example", "two.example")])
def test_a_message_needs_one_author(authors):
    judgement = decide(Results(authors, spf("pass"), [], dmarc("permerror"), ""), Rules())
    assert (judgement.action, judgement.code) == (Action.REFUSE, 550)


def test_settings_decide_where_no_owner_speaks():
    results = Results(("one.example",), spf("fail"), [], NONE, "")
    assert decide(results, Rules(spf_fail="refuse")).enhanced == "5.7.23"
    assert decide(results, Rules(spf_fail="mark")).action is Action.ACCEPT
    spoofed = Results(("one.example",), spf("none"), [], dmarc("fail", "reject"), "")
    assert decide(spoofed, Rules(dmarc_reject=False)).action is Action.JUNK


def test_the_refusal_tells_what_to_fix():
    spoofed = Results(("one.example",), spf("pass", "x.example"), [], dmarc("fail", "reject"), "")
    text = decide(spoofed, Rules()).text
    assert "one.example asks us to refuse" in text
    assert "SPF: not aligned, DKIM: none" in text


AUTHORS = [
    ((), "From is empty"),
    (("",), "has no domain that can exist"),
    (("a.example", "b.example"), "several addresses of different domains"),
    (("", "a.example"), "several addresses of different domains"),
]


@pytest.mark.parametrize(("authors", "says"), AUTHORS)
def test_mail_that_does_not_say_whose_it_is_is_refused(authors, says):
    results = Results(authors, spf("pass"), [dkim("pass")], dmarc("permerror"), "client.example")
    judgement = decide(results, Rules())
    assert (judgement.verdict, judgement.action, judgement.code) == ("misfit", Action.REFUSE, 550)
    assert says in judgement.text


@pytest.mark.parametrize(
    ("client", "verdict"),
    [("one.example", "proven"), ("one.example.evil.example", "via"), ("fwd.example", "via")],
)
def test_its_own_server_passes_nothing_on(client, verdict):
    # A notice without a return address is proven by its signature alone.
    passed = dmarc("pass", "reject", ["dkim"])
    results = Results(("one.example",), spf("fail"), [dkim("pass")], passed, client)
    assert decide(results, Rules()).verdict == verdict
    softer = Results(("one.example",), spf("softfail"), [dkim("pass")], passed, client)
    assert decide(softer, Rules()).verdict == "proven"
