import time

import pytest

from pillarbox.mailauth.forensics import diagnose
from pillarbox.mailauth.forensics_finding import Cause
from tests.mailauth.dkim_lab import check_one, signed
from tests.mailauth.test_forensics import BODY, MESSAGE, STRICT


@pytest.mark.parametrize(
    "value", [b" " * 3900, b"a, " * 1300, b"(" * 3900, b"[" * 3900, b"=;" * 1900]
)
def test_work_on_hostile_fields_is_bounded(value):
    field = signed(MESSAGE, canonicalisation=STRICT)[: -len(MESSAGE)]
    message = field
    for name in (b"Subject: ", b"To: ", b"Date: ", b"Content-Type: ", b"From: "):
        message += name + value + b"x\r\n"
    message += b"\r\n" + BODY
    outcome = check_one(message)
    start = time.process_time()
    assert diagnose(message, outcome).cause is Cause.UNKNOWN
    assert time.process_time() - start < 1.5
