"""mime/received.py: what servers of many kinds write, and any octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime.header import parse_header
from pillarbox.mime.received import MAX_NAME, hops, read

DATE = b"; Mon, 1 Jan 2026 10:00:00 +0100"
A, B = "a.example", "b.example"

# field, from, by, with, encrypted
CASES = [
    (b"from mail.a.example (mail.a.example [192.0.2.1])\r\n by mx.b.example (Postfix) with ESMTPS "
     b"id 4F2;\r\n Mon, 1 Jan 2026 10:00:00 +0100",
     "mail.a.example", "mx.b.example", "ESMTPS", True),
    (b"from a.example ([192.0.2.1]) by b.example with esmtp (Exim 4.96) id 1qX-0" + DATE,
     A, B, "esmtp", False),
    (b"from a.example by b.example with esmtps (TLS1.3) tls TLS_AES_256_GCM_SHA384 (Exim 4.96)"
     + DATE, A, B, "esmtps", True),
    (b"from a.example (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits))"
     b" (No client certificate requested) by b.example (Postfix) with ESMTP id 5" + DATE,
     A, B, "ESMTP", True),
    (b"by 2002:a05:6a10:1234 with SMTP id x; Mon, 1 Jan 2026 01:00:00 -0800 (PST)",
     "", "2002:a05:6a10:1234", "SMTP", False),
    (b"from [192.0.2.7] (port=5123 helo=[10.0.0.1]) by b.example with esmtpsa" + DATE,
     "192.0.2.7", "b.example", "esmtpsa", True),
    (b"(qmail 1234 invoked by uid 89); 1 Jan 2026 09:00:00 -0000", "", "", "", False),
    (b"from unknown (HELO x) (192.0.2.9) by 0 with SMTP; 1 Jan 2026 09:00:00 -0000",
     "unknown", "0", "SMTP", False),
    (b"from A.internal (10.0.0.1) by B.internal (10.0.0.2) with Microsoft SMTP Server "
     b"(version=TLS1_2, cipher=TLS_X) id 15.1" + DATE,
     "A.internal", "B.internal", "Microsoft", True),
    (b"from localhost (localhost [127.0.0.1]) by b.example (Postfix) with LMTP id 3" + DATE,
     "localhost", "b.example", "LMTP", False),
    (b"from a.example by b.example with UTF8SMTPS" + DATE, A, B, "UTF8SMTPS", True),
    (b"FROM a.example BY b.example WITH HTTPS" + DATE, A, B, "HTTPS", True),
    (b"from a.example (no TLS) by b.example with SMTP" + DATE, A, B, "SMTP", False),
    (b"from by by with with from", "by", "with", "from", False),
    (b"from a.example (((by evil.example))) by b.example", A, B, "", False),
    (b"", "", "", "", False),
]  # fmt: skip


@pytest.mark.parametrize(("field", "from_", "by", "with_", "encrypted"), CASES)
def test_read(field, from_, by, with_, encrypted):
    hop = read(field)
    assert (hop.from_, hop.by, hop.with_, hop.encrypted) == (from_, by, with_, encrypted)


def test_the_date_stands_behind_the_last_semicolon():
    hop = read(b"from a.example (x; y) by b.example" + DATE)
    assert hop.at is not None
    assert hop.at.isoformat() == "2026-01-01T10:00:00+01:00"
    assert read(b"from a.example by b.example; soon").at is None
    assert read(b"from a.example by b.example").by == "b.example"


def test_hops_are_the_newest_first_and_not_too_many():
    fields = b"".join(b"Received: from x by h%d.example\r\n" % n for n in range(50))
    found = hops(parse_header(fields + b"\r\n"), 30)
    assert [hop.by for hop in found] == [f"h{n}.example" for n in range(30)]


@given(st.binary(max_size=3000))
def test_any_octets_give_a_hop(octets):
    hop = read(octets)
    for name in (hop.from_, hop.by, hop.with_):
        assert len(name) <= MAX_NAME
        assert name.isprintable()
    assert hop.at is None or hop.at.tzinfo is not None


@given(
    st.lists(st.sampled_from([b"(", b")", b" ", b";", b"from", b"by x", b"with", b"TLS", b"\r\n "]))
)
def test_brackets_in_any_order(parts):
    read(b"".join(parts))
