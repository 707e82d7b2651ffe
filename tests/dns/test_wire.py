"""dns/wire.py: answers of servers that lie."""

import struct
import subprocess
import sys

import dns.message
import dns.rdataclass
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.dns import wire
from pillarbox.dns.resolver import RType, Txt
from pillarbox.dns.wire import BadMessage, Reply

NAME = "a.example"
HEAD = struct.pack("!HHHHHH", 7, 0x8180, 1, 1, 0, 0)
QUESTION = b"\x01a\x07example\x00" + struct.pack("!HH", 16, 1)
OWNER = b"\xc0\x0c"


def answer(data, *, rtype=16, rdclass=1, length=None, owner=OWNER):
    size = len(data) if length is None else length
    return HEAD + QUESTION + owner + struct.pack("!HHIH", rtype, rdclass, 60, size) + data


LIES = [
    ("shorter than it says", answer(b"\x05text", length=5)),
    ("longer than it says", answer(b"\x04textmore", length=4)),
    ("a string beyond the record", answer(b"\xffa")),
    ("no data", answer(b"")),
    ("a name that points to itself", answer(b"\x01a", owner=b"\xc0\x1b")),
    ("a name that points ahead", answer(b"\x01a", owner=b"\xc0\xff")),
    ("an alias without end", answer(b"\xc0\x27", rtype=5)),
    ("more records than there are", HEAD[:6] + b"\xff\xff" + HEAD[8:] + QUESTION),
    ("another class", answer(b"\x01a", rdclass=3)),
    ("an address of another class", answer(bytes(16), rtype=28, rdclass=3)),
    ("only a head", HEAD),
    ("nothing", b""),
]


@pytest.mark.parametrize("rtype", [RType.TXT, RType.A, RType.AAAA, RType.MX, RType.PTR])
@pytest.mark.parametrize("data", [lie[1] for lie in LIES], ids=[lie[0] for lie in LIES])
def test_lies_are_no_answer_or_hold_no_record(data, rtype):
    try:
        reply = wire.read(data, NAME, rtype)
    except BadMessage:
        return
    assert reply.records == ()


def test_an_answer_of_class_any_spoils_no_later_one():
    # In a process of its own: what matters is what dnspython has not loaded yet.
    code = f"""
from pillarbox.dns import wire
from pillarbox.dns.resolver import RType
for data in ({answer(bytes(16), rtype=28, rdclass=255)!r}, {answer(bytes(16), rtype=28)!r}):
    print(len(wire.read(data, {NAME!r}, RType.AAAA).records))
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert out.stdout.split() == ["0", "1"]


@given(
    st.binary(max_size=80).map(lambda tail: HEAD + QUESTION + tail)
    | st.builds(
        answer,
        st.binary(max_size=60),
        rtype=st.sampled_from([rtype.value for rtype in RType]),
        rdclass=st.sampled_from([1, 3, 254, 255, 0]),
        owner=st.sampled_from([OWNER, b"\xc0\x0e", b"\x00"]),
    )
    | st.binary(max_size=120),
    st.sampled_from(list(RType)),
)
def test_any_octets_are_a_reply_or_the_one_error(data, rtype):
    try:
        reply = wire.read(data, NAME, rtype)
    except BadMessage:
        return
    assert isinstance(reply, Reply)
    assert all(record.rtype is rtype for record in reply.records)
    assert wire.answers(data, 7, NAME, rtype) in {True, False}


def test_a_loop_of_aliases_ends():
    text = f"{NAME}. 60 IN CNAME b.example.\nb.example. 60 IN CNAME {NAME}.\n"
    message = dns.message.from_text(
        f"id 7\nopcode QUERY\n;QUESTION\n{NAME}. IN TXT\n;ANSWER\n{text}"
    )
    reply = wire.read(message.to_wire(), NAME, RType.TXT)
    assert len(reply.aliases) <= wire.MAX_CHAIN
    assert reply.records == ()


def test_a_thousand_strings_and_records_are_enough():
    strings = " ".join(['"x"'] * 2000)
    one = dns.rrset.from_text(f"{NAME}.", 60, "IN", "TXT", strings)
    message = dns.message.make_response(dns.message.make_query(f"{NAME}.", "TXT"))
    message.answer = [one]
    (record,) = wire.read(message.to_wire(), NAME, RType.TXT).records
    assert isinstance(record.value, Txt)
    assert record.value.joined == b"x" * 2000
    many = [f'"{number}"' for number in range(3000)]
    message.answer = [dns.rrset.from_text(f"{NAME}.", 60, "IN", "TXT", *many)]
    assert len(wire.read(message.to_wire(), NAME, RType.TXT).records) == wire.MAX_RECORDS
