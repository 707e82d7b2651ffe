"""delivery/exception.py: exceptions, and what reports say when a policy was not applied."""

from dataclasses import replace

import pytest

from pillarbox.delivery import known
from pillarbox.delivery.exception import make_exception, report_reasons, soften
from pillarbox.delivery.verdict import Action, Results, Rules, decide
from pillarbox.delivery.vouching import Vouched
from pillarbox.trace import words

from .test_verdict import NONE, dkim, dmarc, spf

VOUCHED = Vouched(known.make("sealer", "lists.example"), "lists.example", "dmarc=pass", 1)


def results(dmarc_, spf_=None):
    return Results(("one.example",), spf_ or spf("none"), [], dmarc_, "")


@pytest.mark.parametrize(
    ("found", "breakable"),
    [
        (results(dmarc("fail", "reject")), True),
        (results(dmarc("fail", "quarantine")), True),
        (results(dmarc("fail", "none")), True),
        (results(NONE, spf("fail", records=["v=spf1 mx -all"])), True),
        (results(NONE, spf("fail", records=["v=spf1 -all"])), False),
        (results(dmarc("temperror")), False),
        (results(dmarc("pass", "reject", ["spf"]), spf("pass")), False),
        (replace(results(NONE), author_domains=()), False),
        (replace(results(NONE), author_domains=("a.example", "b.example")), False),
        (replace(results(NONE), dkim=[dkim("pass")]), False),
    ],
)
def test_what_may_be_excepted(found, breakable):
    assert decide(found, Rules()).breakable is breakable


def test_an_exception_proves_nothing():
    refused = decide(results(dmarc("fail", "reject")), Rules())
    made = make_exception(refused, VOUCHED)
    assert (made.verdict, made.action, made.code) == ("unproven", Action.ACCEPT, 250)
    assert made.via == "lists.example"
    assert not made.breakable


def test_a_stranger_softens_a_refusal_only_where_the_rules_say_so():
    refused = decide(results(dmarc("fail", "reject")), Rules())
    assert soften(refused, "relay.example", Rules()) is refused
    junked = soften(refused, "relay.example", Rules(stranger="junk"))
    assert (junked.verdict, junked.action, junked.code) == ("misfit", Action.JUNK, 250)
    assert "relay.example, which we do not know" in words.phrase(junked.because)
    already = decide(results(dmarc("fail", "quarantine")), Rules())
    assert soften(already, "relay.example", Rules(stranger="junk")) is already


REASONS = [
    ("applied", dmarc("fail", "reject"), Rules(), []),
    ("quarantine applied", dmarc("fail", "quarantine"), Rules(), []),
    ("passed", dmarc("pass", "reject", ["spf"]), Rules(), []),
    ("nothing published", NONE, Rules(), []),
    ("refusing is off", dmarc("fail", "reject"), Rules(dmarc_reject=False), ["local_policy"]),
    ("stricter than asked", dmarc("fail", "none"), Rules(), ["local_policy"]),
]


@pytest.mark.parametrize(
    ("found", "rules", "wanted"), [c[1:] for c in REASONS], ids=[c[0] for c in REASONS]
)
def test_reasons_of_reports(found, rules, wanted):
    judged = results(found)
    reasons = report_reasons(judged, decide(judged, rules), rules)
    assert [reason.value for reason, _ in reasons] == wanted


def test_reasons_of_an_exception_and_of_a_test():
    judged = results(dmarc("fail", "reject"))
    made = make_exception(decide(judged, Rules()), VOUCHED)
    ((reason, comment),) = report_reasons(judged, made, Rules())
    assert reason == "trusted_forwarder"
    assert comment == "known sealer lists.example, arc i=1: dmarc=pass"
    tested = results(
        replace(dmarc("fail", "quarantine"), policy=dmarc("fail", "reject").policy, test_mode=True)
    )
    reasons = report_reasons(tested, decide(tested, Rules()), Rules())
    assert [reason.value for reason, _ in reasons] == ["policy_test_mode"]
