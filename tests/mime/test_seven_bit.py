"""mime/seven_bit.py: the octets become 7-bit, what they say stays."""

import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime.seven_bit import to_seven_bit

HEAD = b"From: a@b.example\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
TEXT = "Grüße,\r\n\r\n  = wie immer \r\n.\r\n".encode()
UTF8 = b"Content-Type: text/plain; charset=utf-8\r\n"


def part(body, fields=UTF8, cte=b"8bit"):
    return fields + b"Content-Transfer-Encoding: " + cte + b"\r\n\r\n" + body


def mixed(*parts, subtype=b"mixed", cte=b"8bit"):
    body = b"".join(b"--x\r\n" + one + b"\r\n" for one in parts) + b"--x--\r\n"
    fields = b'Content-Type: multipart/%s; boundary="x"\r\n' % subtype
    return fields + b"Content-Transfer-Encoding: " + cte + b"\r\n\r\npreamble\r\n" + body


def leaves(octets):
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    return [
        (leaf.get_content_type(), leaf.get_payload(decode=True))
        for leaf in parsed.walk()
        if not leaf.is_multipart()
    ]


LATIN = part(b"\xe4\r\n", b"Content-Type: text/html; charset=iso-8859-1\r\n")
FILE = part(bytes(range(128, 256)) * 3, b"Content-Type: application/x-y\r\n", b"binary")
ASCII = part(b"plain\r\n", UTF8, b"7bit")
INNER = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
GOOD = [
    ("text", HEAD + part(TEXT)),
    ("text without an end", HEAD + part("ä".encode())),
    ("long line", HEAD + part(b"\xc3\xa4" * 400 + b"\r\n")),
    ("declared 7bit", HEAD + part(TEXT, UTF8, b"7bit")),
    ("parts", HEAD + mixed(ASCII, part(TEXT), LATIN, FILE)),
    ("nested", HEAD + mixed(ASCII, mixed(LATIN).replace(b"x", b"y"))),
    ("message", HEAD + mixed(ASCII, INNER + HEAD + part(TEXT))),
]


@pytest.mark.parametrize("message", [case[1] for case in GOOD], ids=[case[0] for case in GOOD])
def test_what_is_said_stays(message):
    done = to_seven_bit(message)
    assert done is not None
    assert done.isascii()
    assert b"8bit\r\n" not in done.replace(b"unknown-8bit", b"")
    assert leaves(done) == leaves(message)
    assert max(map(len, done.split(b"\r\n"))) <= 78
    assert done.replace(b"\r\n", b"").count(b"\n") == 0
    assert to_seven_bit(done) == done


def test_parts_in_seven_bits_keep_their_octets():
    done = to_seven_bit(HEAD + mixed(ASCII, part(TEXT)))
    assert done is not None
    assert ASCII in done
    assert b"preamble\r\n" in done


def test_a_message_without_mime_gets_some():
    done = to_seven_bit(b"From: a@b.example\r\n\r\nGr\xfc\xdfe\r\n")
    assert done == (
        b"From: a@b.example\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=unknown-8bit\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n"
    )


BAD = [
    ("header", b"Subject: \xc3\xa4\r\n" + HEAD + part(TEXT)),
    ("header of a part", HEAD + mixed(part(TEXT, b"X: \xc3\xa4\r\n" + UTF8))),
    ("preamble", (HEAD + mixed(ASCII)).replace(b"preamble", b"pr\xe4amble")),
    ("signed", HEAD + mixed(part(TEXT), subtype=b"signed")),
    ("bare LF", HEAD + part(b"\xe4\nx\r\n")),
    ("broken base64", HEAD + part(TEXT, UTF8, b"base64")),
    ("unknown encoding", HEAD + part(TEXT, UTF8, b"x-own")),
    ("unread message", HEAD + part(TEXT, b"Content-Type: message/partial\r\n")),
]


@pytest.mark.parametrize("message", [case[1] for case in BAD], ids=[case[0] for case in BAD])
def test_what_cannot_be_rewritten(message):
    assert to_seven_bit(message) is None


@given(st.lists(st.binary(max_size=90), max_size=5))
def test_any_lines_survive(lines):
    clean = [line.replace(b"\r", b"").replace(b"\n", b"") for line in lines]
    body = b"\r\n".join([*clean, b"\xff"])
    done = to_seven_bit(HEAD + part(body))
    assert done is not None
    assert done.isascii()
    decoded = email.message_from_bytes(done).get_payload(decode=True)
    assert isinstance(decoded, bytes)
    assert decoded.replace(b"\r\n", b"\n") == body.replace(b"\r\n", b"\n")


@given(st.binary(max_size=300))
def test_any_octets_are_rewritten_or_not(message):
    done = to_seven_bit(message)
    assert done is None or done.isascii()
