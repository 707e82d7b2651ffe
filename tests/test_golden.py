"""Golden cases: a message and a zone, and what comes out, in every language.

After a change: `make golden`, and read the difference as a document.
"""

import asyncio
import re
from typing import Any

import pytest

from pillarbox.cli.replay import replay
from pillarbox.delivery.verdict import Action, Rules
from pillarbox.trace import view
from pillarbox.trace.catalogue import LANGUAGES
from tests.golden_case import CASES, FOLDER, is_judged, title, told, trace_of
from tests.trace.test_catalogue import ACRONYMS, NEVER

JUDGED = [name for name in CASES if is_judged(name)]
NO_DATABASE: Any = None  # a trace without a step "filed" needs none


@pytest.mark.parametrize("name", CASES)
def test_what_comes_out(name):
    found = told(name, trace_of(name))
    for file, text in found.items():
        assert (FOLDER / name / file).read_text() == text, "run `make golden`, and read the diff"


def test_there_is_nothing_else_and_all_verdicts_are_there():
    assert len(CASES) >= 40
    assert len({title(name) for name in CASES}) == len(CASES)
    assert {trace_of(name).verdict for name in JUDGED} == set(view.VERDICTS)
    for name in CASES:
        files = {path.name for path in (FOLDER / name).iterdir()}
        assert files == {"message.eml", "zone", "case.toml", "trace.json", "en.txt", "de.txt"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", CASES)
def test_readers_meet_no_acronym_and_no_promise(name, language):
    text = (FOLDER / name / f"{language}.txt").read_text()
    story = view.story(trace_of(name), language)
    for sentence in (
        story.verdict_sentence,
        story.header_line,
        story.advice,
        *(line.sentence for line in story.lines),
    ):
        assert not ACRONYMS.search(sentence), sentence
        assert "?" not in sentence.replace("DMARC?", ""), sentence
    assert not NEVER.search(text)
    assert not re.search(r"\{|\$|reason-|phrase-", text)


@pytest.mark.parametrize("name", JUDGED)
def test_red_needs_a_policy_or_our_own_domain_and_checks_name_their_rule(name):
    trace = trace_of(name)
    (decision,) = [step for step in trace.steps if step.key.startswith("decision.")]
    if trace.verdict == "forged":
        code = decision.params["because"]["code"]
        assert code in {"dmarc-reject", "never-sends", "claims-ours"}
    checks = ("spf.", "dkim.", "dmarc.", "arc.", "override.", "looks.")
    assert all(step.rfc for step in trace.steps if step.key.startswith(checks))


@pytest.mark.parametrize("name", JUDGED)
def test_judged_again_it_comes_out_alike(name):
    trace = trace_of(name)
    rules = {"c-not-refused-here": Rules(dmarc_reject=False),
             "d-list-unknown-junk": Rules(stranger="junk"),
             "g-hardfail-refused": Rules(spf_fail="refuse")}.get(name, Rules())  # fmt: skip
    again = asyncio.run(replay(NO_DATABASE, trace, rules=rules, hostname="mx.example.org"))
    decision = next(step for step in trace.steps if step.key.startswith("decision."))
    assert again.missing == ()
    assert again.same, [line for line in again.lines if not line.same]
    assert again.judgement.verdict == trace.verdict
    assert again.judgement.action.value == decision.key.removeprefix("decision.")


@pytest.mark.parametrize(
    ("name", "policy", "verdict", "action"),
    [
        ("c-policy-none", "p=reject", "forged", Action.REFUSE),
        ("c-spoofed", "p=none", "misfit", Action.JUNK),
        ("c-spoofed", "p=quarantine", "misfit", Action.JUNK),
        ("c-testing", "t=n", "forged", Action.REFUSE),
        ("h-no-records", "p=reject", "forged", Action.REFUSE),
        ("a-all-pass", "p=none", "proven", Action.ACCEPT),
        ("b-forwarded", "p=quarantine", "via", Action.ACCEPT),
    ],
)
def test_what_if_the_policy_were_another(name, policy, verdict, action):
    trace = trace_of(name)
    tried = asyncio.run(
        replay(NO_DATABASE, trace, rules=Rules(), hostname="mx.example.org", policy=policy)
    )
    assert (tried.judgement.verdict, tried.judgement.action) == (verdict, action)
