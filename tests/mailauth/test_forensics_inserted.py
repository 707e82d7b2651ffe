from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth.forensics_finding import Cause
from pillarbox.mailauth.forensics_inserted import find_inserted

BODY = b"--b\r\nContent-Type: text/html\r\n\r\n<body>\r\n<p>one</p></body>\r\n--b--\r\n"
CASES = [
    (b"</body>", b"<p>two</p></body>", Cause.FOOTER_ADDED, "in HTML"),
    (b"--b--", b"two\r\nthree\r\n--b--", Cause.FOOTER_ADDED, "in a part"),
    (b"<body>\r\n", b"<body>\r\ntwo\r\n", Cause.BANNER_ADDED, "in HTML"),
    (b"<body>", b"two\r\n<body>", Cause.BANNER_ADDED, "in a part"),
]


@pytest.mark.parametrize(("old", "new", "cause", "how"), CASES)
def test_pieces_are_found(old, new, cause, how):
    found, _ = find_inserted(BODY.replace(old, new), sha256(BODY).digest(), 1_000_000)
    assert found is not None
    assert (found.cause, found.how) == (cause, how)
    changed = BODY.replace(old, new)
    ((start, stop),) = found.spans
    assert changed[:start] + changed[stop:] == BODY


def test_the_budget_is_kept():
    body = BODY.replace(b"</body>", b"<p>two</p></body>")
    found, spent = find_inserted(body, sha256(BODY).digest(), 10)
    assert found is None
    assert spent < 1000


@given(st.binary(max_size=500), st.binary(min_size=32, max_size=32))
def test_any_body_is_looked_at(body, target):
    found, spent = find_inserted(body, target, 100_000)
    assert found is None
    assert spent < 100_000 + 2 * len(body) + 1000
