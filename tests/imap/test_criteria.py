"""imap/criteria.py."""

import pytest

from pillarbox.imap.criteria import has_modseq
from tests.imap.test_parse import read


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (b"ALL", False),
        (b"MODSEQ 1", True),
        (b"SEEN (NOT (OR 1 MODSEQ 5))", True),
        (b"OR 1 2", False),
    ],
)
def test_has_modseq(wire, expected):
    assert has_modseq(read(b"SEARCH " + wire).key) is expected
