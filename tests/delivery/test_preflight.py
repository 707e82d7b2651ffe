"""delivery/preflight.py: what a strict receiver would do with what we forward."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.delivery import preflight
from pillarbox.delivery.preflight import Fate, Why
from pillarbox.trace.step import Step, Trace


def steps(
    dmarc, *, policy="reject", by=(), spf="pass", dkim="none", testing=False, action="accept"
):
    evidence = {"aligned_by": list(by), "testing": testing}
    return [
        Step(key=f"spf.{spf}", at=0),
        Step(key=f"dkim.{dkim}", at=0),
        Step(key=f"dmarc.{dmarc}", at=0, params={"policy": policy}, evidence=evidence),
        Step(key=f"decision.{action}", at=0),
    ]


CASES = [
    ("signed", steps("pass", by=["dkim a.example"], dkim="pass"), Fate.PASSES, Why.NOTHING),
    ("both", steps("pass", by=["spf a.example", "dkim a.example"], dkim="pass"),
     Fate.PASSES, Why.NOTHING),
    ("server only, reject", steps("pass", by=["spf a.example"]), Fate.REFUSED, Why.ONLY_SERVER),
    ("server only, quarantine", steps("pass", policy="quarantine", by=["spf a.example"]),
     Fate.JUNK, Why.ONLY_SERVER),
    ("server only, none", steps("pass", policy="none", by=["spf a.example"]),
     Fate.PASSES, Why.NOTHING),
    ("server only, in test", steps("pass", by=["spf a.example"], testing=True),
     Fate.JUNK, Why.ONLY_SERVER),
    ("another's signature", steps("pass", by=["spf a.example"], dkim="pass"),
     Fate.REFUSED, Why.SIGNED_BY_ANOTHER),
    ("broken signature", steps("pass", by=["spf a.example"], dkim="fail.body_hash"),
     Fate.REFUSED, Why.SIGNATURE_BROKEN),
    ("accepted as an exception", steps("fail", dkim="fail.body_hash"),
     Fate.REFUSED, Why.SIGNATURE_BROKEN),
    ("junk here", steps("fail", policy="quarantine", action="junk"), Fate.HELD, Why.JUNK_HERE),
    ("no policy", steps("none", policy="none"), Fate.PASSES, Why.NOTHING),
    ("policy unknown", steps("temperror"), Fate.UNKNOWN, Why.NOTHING),
    ("not checked", [Step(key="untested", at=0)], Fate.UNKNOWN, Why.NOTHING),
]  # fmt: skip


@pytest.mark.parametrize(
    ("found", "fate", "why"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_one_message(found, fate, why):
    assert preflight.judge(found, rewriting=True)[:2] == (fate, why)


@pytest.mark.parametrize(
    ("spf", "dkim", "fate"),
    [
        ("pass", "none", Fate.JUNK),
        ("softfail", "none", Fate.JUNK),
        ("none", "none", Fate.PASSES),
        ("neutral", "none", Fate.PASSES),
        ("pass", "pass", Fate.PASSES),
    ],
)
def test_without_return_addresses_of_our_own(spf, dkim, fate):
    found = preflight.judge(steps("none", policy="none", spf=spf, dkim=dkim), rewriting=False)
    assert found[0] is fate


def trace(number, found, author="a.example", action="queued", direction="in"):
    return Trace(
        id=f"t{number}", direction=direction, started_at=0.0, action=action,
        header_from=f"x@{author}", steps=found,
    )  # fmt: skip


def test_a_survey_counts_groups_and_advises():
    bad = steps("pass", by=["spf a.example"])
    mail = [trace(n, bad) for n in range(7)]
    mail += [trace(10, steps("pass", by=["dkim b.example"], dkim="pass"), "b.example")]
    mail += [trace(11, bad, "c.example", "bounced")]
    mail += [trace(12, steps("fail", action="refuse"), "d.example", "refused")]
    mail += [trace(13, bad, direction="submitted")]
    found = preflight.survey(mail, rewriting=True)
    assert (found.examined, found.failing, found.bounced) == (9, 8, 1)
    first, second = found.findings
    assert (first.domain, first.count, first.fate) == ("a.example", 7, Fate.REFUSED)
    assert first.examples == ["t0", "t1", "t2", "t3", "t4"]
    assert second.domain == "c.example"
    text, advice = preflight.explain(first, "example.org")
    assert "a.example" in text
    assert "ask a.example to sign" in advice
    assert "d=example.org" in advice


@pytest.mark.parametrize("why", [why for why in Why if why])
def test_each_reason_has_words(why):
    finding = preflight.Finding("a.example", Fate.JUNK, why, "none")
    assert all("{" not in text for text in preflight.explain(finding, "b.example"))


@given(
    st.lists(
        st.builds(
            Step,
            key=st.sampled_from(["dmarc.pass", "dmarc.fail", "spf.pass", "dkim.fail", "x"]),
            at=st.just(0.0),
            params=st.dictionaries(st.just("policy"), st.text(max_size=9)),
            evidence=st.dictionaries(st.just("aligned_by"), st.lists(st.text(max_size=9))),
        ),
        max_size=5,
    ),
    st.booleans(),
)
def test_any_steps_have_a_fate(found, rewriting):
    assert preflight.judge(found, rewriting=rewriting)[0] in Fate
