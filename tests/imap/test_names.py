"""imap/names.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.imap import names
from tests.imap.strategies import NAMES

FACTS = [
    ("INBOX", b"INBOX"),
    ("a&b", b"a&-b"),
    ("~peter/mail/台北/日本語", b"~peter/mail/&U,BTFw-/&ZeVnLIqe-"),  # RFC 3501 §5.1.3
    ("Entwürfe", b"Entw&APw-rfe"),
    ("Отправленные", b"&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-"),
    ("𝄞", b"&2DTdHg-"),
    ('a\\"b', b'a\\"b'),
    ("&", b"&-"),
    ("&&", b"&-&-"),
    ("é&é", b"&AOk-&-&AOk-"),
]


@pytest.mark.parametrize(("name", "wire"), FACTS)
def test_modified_utf7(name, wire):
    assert names.encode_mailbox(name, utf8=False) == wire
    assert names.decode_mailbox(wire, utf8=False) == name
    assert names.decode_mailbox(name.encode(), utf8=True) == name
    assert names.encode_mailbox(name, utf8=True) == name.encode()


@pytest.mark.parametrize(
    "wire",
    [
        b"a&b",  # never closed
        b"&AGE-",  # printable ASCII must not be encoded (RFC 3501 §5.1.3)
        b"&Jjo-!&Jjo",  # the end is missing
        b"&U,BTFw-&ZeVnLIqe-",  # superfluous shift
        b"&AO-",  # half a character
        b"&2DQ-",  # half a pair
        b"&AOl-",  # bits that are not zero
        b"&A-",
        "é".encode(),
        b"\xff",
        b"&AAA-",  # NUL
        b"a\x7fb",
        b"a\tb",
        b"x" * 1025,
    ],
)
def test_refused(wire):
    assert names.decode_mailbox(wire, utf8=False) is None


@pytest.mark.parametrize("wire", [b"\xff", b"\xed\xa0\x80", "a\x85".encode(), b"a\0"])
def test_refused_in_utf8(wire):
    assert names.decode_mailbox(wire, utf8=True) is None


@pytest.mark.parametrize("wire", [b"inbox", b"InBoX"])
def test_inbox_has_no_case(wire):
    assert names.decode_mailbox(wire, utf8=False) == "INBOX"
    assert names.decode_mailbox(wire + b"/x", utf8=False) == wire.decode() + "/x"


@given(NAMES)
def test_round_trip(name):
    for utf8 in (True, False):
        found = names.decode_mailbox(names.encode_mailbox(name, utf8=utf8), utf8=utf8)
        assert found == ("INBOX" if name.upper() == "INBOX" else name)


@given(
    st.binary(max_size=20)
    | st.lists(st.sampled_from([b"&", b"A", b"O", b"k", b"-", b","])).map(b"".join)
)
def test_any_octets(wire):
    name = names.decode_utf7(wire)
    if name is not None:
        assert names.encode_utf7(name) == wire
    names.decode_mailbox(wire, utf8=True)
