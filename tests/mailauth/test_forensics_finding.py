import json

from pillarbox.mailauth.forensics_finding import Cause, Finding


def test_causes_are_stable_words():
    assert all(cause.value == cause.name.lower() for cause in Cause)


def test_a_finding_can_be_stored():
    finding = Finding(Cause.FOOTER_ADDED, 0.95, "body", line=9, params={"lines": 2})
    assert json.dumps([finding.cause, finding.params]) == '["footer_added", {"lines": 2}]'
