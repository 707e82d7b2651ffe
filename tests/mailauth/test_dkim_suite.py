"""The published messages of several verifiers (see the README of the suites)."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.mailauth.dkim_lab import Keys, check

_ROOT = Path(__file__).parents[2]
_SUITES = Path(os.environ.get("PILLARBOX_SUITES", _ROOT / ".." / "shared" / "suites"))
_FILE = _SUITES / "dkim" / "cases.json"
if not _FILE.exists():
    pytest.skip(f"no {_FILE}", allow_module_level=True)
CASES = json.loads(_FILE.read_text())


def test_there_are_cases():
    assert len(CASES) >= 57


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_published_messages(case):
    now = datetime.fromtimestamp(case["now"] or 1_700_000_000, UTC)
    outcomes = check(bytes.fromhex(case["raw"]), Keys(case["dns"]), now)
    passed = any(outcome.passed for outcome in outcomes)
    assert passed == (case["expect"] == "pass"), [
        (outcome.reason, outcome.detail) for outcome in outcomes
    ]
