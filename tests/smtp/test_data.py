"""smtp/data.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.smtp.data import BodyDecoder, BodyEncoder, BodyScan
from tests.smtp.dialog import pieces
from tests.smtp.strategies import octets

LINES = st.lists(st.text("ab.", max_size=6).map(str.encode))
CUTS = st.lists(st.integers(0, 500), max_size=8)
OCTETS = st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a", b"b" * 997])).map(b"".join)


def decode(parts: list[bytes]) -> tuple[bytes, bytes | None, bool]:
    decoder, out = BodyDecoder(), b""
    for i, part in enumerate(parts):
        out += decoder.feed(part)
        if decoder.rest is not None:
            return out, decoder.rest + b"".join(parts[i + 1 :]), decoder.bare_newline
    return out, None, decoder.bare_newline


def encode(parts: list[bytes]) -> tuple[bytes, bool]:
    encoder = BodyEncoder()
    out = b"".join(map(encoder.feed, parts))
    end = encoder.end()
    return out + end, encoder.bare_newline


@given(LINES, octets(max_size=8), CUTS, CUTS)
def test_round_trip_in_any_pieces(lines, after, cuts, other_cuts):
    message = b"".join(line + b"\r\n" for line in lines)
    stuffed = b"".join(b"." * line.startswith(b".") + line + b"\r\n" for line in lines)
    assert encode(pieces(message, other_cuts)) == (stuffed + b".\r\n", False)
    assert decode(pieces(stuffed + b".\r\n" + after, cuts)) == (message, after, False)


@pytest.mark.parametrize("end", [b"\n.\r\n", b"\r\n.\n", b"\n.\n", b"\r.\r", b"\r\r\n.\n"])
def test_bare_newlines_do_not_end_the_message(end):
    body, rest, bare = decode([b"a" + end + b"MAIL FROM:<x>\r\n.\r\nQ"])
    assert rest == b"Q"
    assert bare
    assert b"MAIL" in body


def test_any_first_dot_is_taken_away():
    assert decode([b".a\r\n..\r\n.\r\n"]) == (b"a\r\n.\r\n", b"", False)


@given(OCTETS, CUTS)
def test_the_encoder_puts_out_no_bare_newline(message, cuts):
    wire, bare = encode(pieces(message, cuts))
    assert wire.count(b"\r\n") == wire.count(b"\n") == wire.count(b"\r")
    plain = message.replace(b"\r\n", b"")
    assert bare == (b"\r" in plain or b"\n" in plain)
    if not bare:
        assert decode([wire])[0] == message + b"\r\n" * (
            not message.endswith(b"\r\n") and message != b""
        )


def test_a_last_line_is_completed():
    assert encode([b"a\r\n", b".b"]) == (b"a\r\n..b\r\n.\r\n", False)
    assert encode([]) == (b".\r\n", False)
    assert encode([b"a\r"]) == (b"a\r\n.\r\n", True)


@given(OCTETS | octets(max_size=50), CUTS)
def test_the_scan_agrees_with_the_whole(message, cuts):
    scan = BodyScan(newlines=True)
    for part in pieces(message, cuts):
        scan.feed(part)
    scan.feed(b"")
    scan.end()
    plain = message.replace(b"\r\n", b"")
    assert scan.octets == len(message)
    assert scan.eight_bit == (not message.isascii())
    assert scan.nul == (b"\0" in message)
    assert scan.bare_newline == (b"\r" in plain or b"\n" in plain)
    # The limit is 1000 octets with the line end; the last line has none yet.
    *lines, last = message.split(b"\n")
    assert scan.long_line == (any(len(line) > 999 for line in lines) or len(last) > 999)
