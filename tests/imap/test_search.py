"""imap/search.py."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from pillarbox.imap.search import Context, cost, fold, matcher
from pillarbox.imap.values import sequence_set
from tests.imap.message import Message
from tests.imap.test_parse import read

NOW = datetime(2024, 5, 2, 12, tzinfo=UTC)
CONTEXT = Context(NOW, 5, 50, sequence_set([7, 30]), save_dates=True)
MSG = Message(
    seq=3,
    uid=30,
    flags=frozenset({"\\seen", "$junk", "\\recent"}),
    size_octets=1000,
    modseq=77,
    internal_date=datetime(2024, 5, 1, 23, 30, tzinfo=timezone(-timedelta(hours=8))),
    sent_day=date(2024, 4, 30),
    save_date=datetime(2024, 5, 2, tzinfo=UTC),
    email_id="M1",
    thread_id="T1",
    headers={"subject": ["Grüße aus CAFÉ"], "from": ["Ann <ann@x.example>"], "x-empty": [""]},
    body="The quick STRASSE",
)

FACTS = [
    (b"ALL", True),
    (b"SEEN", True),
    (b"UNSEEN", False),
    (b"NEW", False),
    (b"OLD", False),
    (b"RECENT", True),
    (b"KEYWORD $JUNK", True),
    (b"UNKEYWORD $Junk", False),
    (b"KEYWORD other", False),
    (b"LARGER 999", True),
    (b"LARGER 1000", False),
    (b"SMALLER 1000", False),
    (b"SMALLER 1001", True),
    (b"ON 1-May-2024", True),  # the day in the zone of the date itself
    (b"ON 2-May-2024", False),
    (b"BEFORE 1-May-2024", False),
    (b"BEFORE 2-May-2024", True),
    (b"SINCE 1-May-2024", True),
    (b"SINCE 2-May-2024", False),
    (b"SENTON 30-Apr-2024", True),
    (b"SENTBEFORE 30-Apr-2024", False),
    (b"SENTSINCE 30-Apr-2024", True),
    (b"SAVEDON 2-May-2024", True),
    (b"SAVEDBEFORE 2-May-2024", False),
    (b"SAVEDATESUPPORTED", True),
    (b"YOUNGER 16200", True),
    (b"YOUNGER 16199", False),
    (b"OLDER 16200", True),
    (b"OLDER 16201", False),
    (b"YOUNGER 4294967295", True),
    (b"3", True),
    (b"4:*", False),
    (b"*", False),
    (b"UID 30", True),
    (b"UID 31:*", False),
    (b"$", True),
    (b"UID $", True),
    (b"MODSEQ 77", True),
    (b"MODSEQ 78", False),
    (b"EMAILID M1", True),
    (b"EMAILID m1", False),
    (b"THREADID T1", True),
    (b"FROM ANN@", True),
    (b"TO ann", False),
    ("SUBJECT {gRÜSSE}".encode(), True),
    ("SUBJECT {cafe\u0301}".encode(), True),  # composed or not, the same letter
    (b"SUBJECT cafe", False),
    (b'HEADER X-Empty ""', True),
    (b'HEADER X-None ""', False),
    (b'HEADER SUBJECT ""', True),
    ("BODY {straße}".encode(), True),
    (b"BODY ann", False),
    (b"TEXT ann", True),
    (b"TEXT quick", True),
    (b"TEXT x-empty", True),
    (b"NOT SEEN", False),
    (b"OR UNSEEN UID 30", True),
    (b"OR UNSEEN DRAFT", False),
    (b"SEEN (NOT DRAFT) 1:3", True),
]


@pytest.mark.parametrize(("wire", "expected"), FACTS)
def test_match(wire, expected):
    key = read(b"SEARCH " + wire).key
    assert matcher(key, CONTEXT)(MSG) is expected
    assert matcher(read(b"SEARCH NOT (" + wire + b")").key, CONTEXT)(MSG) is not expected


def test_missing_dates_match_nothing():
    msg = Message()
    for wire in (b"SENTBEFORE 1-Jan-2030", b"SENTSINCE 1-Jan-1990", b"SAVEDON 1-Jan-2000"):
        assert not matcher(read(b"SEARCH " + wire).key, CONTEXT)(msg)


def test_before_the_first_year():
    early = Context(datetime(1, 1, 2, tzinfo=UTC), 1, 1)
    assert matcher(read(b"SEARCH YOUNGER 4000000000").key, early)(Message())
    assert not matcher(read(b"SEARCH OLDER 4000000000").key, early)(Message())


def test_bodies_are_read_last():
    msg = Message(flags=frozenset())
    assert not matcher(read(b"SEARCH BODY x SEEN").key, CONTEXT)(msg)
    assert not matcher(read(b"SEARCH (TEXT x OR BODY y BODY z) FROM q").key, CONTEXT)(msg)
    assert msg.bodies_read == 0
    assert [cost(read(b"SEARCH " + w).key) for w in (b"1", b"NOT FROM x", b"OR 1 BODY x")] == [
        0,
        1,
        2,
    ]


def test_fold():
    assert fold("ABC") == "abc"
    assert fold("Straße") == fold("STRASSE")
    assert fold("ﬁ") == "fi"
    assert fold("İ") != ""
