import time

import pytest

from pillarbox.mailauth.forensics import diagnose
from pillarbox.mailauth.forensics_finding import Cause
from tests.mailauth.dkim_lab import check_one, signed
from tests.mailauth.test_forensics import FIELDS, MESSAGE

HOSTILE = [
    b" " * 900_000 + b"x\r\n",
    b"\t" * 100_000 + b"x\r\n",
    b"\r\n>From " * 100_000,
    b"a\r\n" * 200_000,
    b"x" * 900_000,
    b"--b\r\n" * 100_000,
    b"=" * 400_000 + b"!\r\n " * 100_000,
]


@pytest.mark.slow
@pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
def test_work_on_hostile_bodies_is_bounded(body):
    field = signed(MESSAGE)[: -len(MESSAGE)]
    message = field + FIELDS + body
    outcome = check_one(message)
    start = time.process_time()
    assert diagnose(message, outcome).cause is Cause.UNKNOWN
    assert time.process_time() - start < 2
