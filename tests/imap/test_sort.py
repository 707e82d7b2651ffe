"""imap/sort.py."""

from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.imap.sort import sort
from tests.imap.message import Message
from tests.imap.test_parse import read

DAY = datetime(2024, 5, 1, tzinfo=UTC)
MESSAGES = [
    Message(1, 11, size_octets=30, internal_date=DAY, subject="Re: beta", from_mailbox="Zed"),
    Message(
        2, 12, size_octets=10, internal_date=DAY + timedelta(1), subject="alpha", cc_mailbox="b"
    ),
    Message(
        3,
        13,
        size_octets=30,
        internal_date=DAY + timedelta(2),
        sent_date=DAY - timedelta(1),
        subject="BETA",
        from_mailbox="ann",
        from_display="Zoe",
        to_mailbox="x",
        to_display="Y",
    ),
]
ORDERS = [
    (b"ARRIVAL", [1, 2, 3]),
    (b"REVERSE ARRIVAL", [3, 2, 1]),
    (b"DATE", [3, 1, 2]),
    (b"SIZE", [2, 1, 3]),
    (b"REVERSE SIZE", [1, 3, 2]),  # equal ones stay in order
    (b"SIZE REVERSE DATE", [2, 1, 3]),
    (b"SUBJECT", [2, 1, 3]),
    (b"SUBJECT REVERSE ARRIVAL", [2, 3, 1]),
    (b"FROM", [2, 3, 1]),
    (b"CC", [1, 3, 2]),
    (b"TO", [1, 2, 3]),
    (b"REVERSE DISPLAYFROM", [3, 1, 2]),
    (b"DISPLAYTO", [1, 2, 3]),
]


@pytest.mark.parametrize(("criteria", "expected"), ORDERS)
def test_order(criteria, expected):
    command = read(b"SORT (" + criteria + b") UTF-8 ALL")
    assert [m.seq for m in sort(reversed(MESSAGES), command.criteria)] == expected
