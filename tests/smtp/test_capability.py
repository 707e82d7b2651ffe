"""smtp/capability.py."""

from hypothesis import given
from hypothesis import strategies as st

from pillarbox.smtp.capability import Capabilities, Extensions


def test_lines_depend_on_what_is_offered():
    bare = Capabilities(smtputf8=False, chunking=False, dsn=False)
    assert bare.lines() == ("PIPELINING", "SIZE 0", "8BITMIME", "ENHANCEDSTATUSCODES")
    full = Capabilities(starttls=True, mechanisms=("A", "B"), require_tls=True).lines()
    assert {"STARTTLS", "AUTH A B", "REQUIRETLS", "BINARYMIME", "DSN"} <= set(full)


def test_a_client_reads_what_a_server_offers():
    offered = Capabilities(max_octets=99, mechanisms=("PLAIN", "LOGIN"))
    seen = Extensions.of(("mx.example", *offered.lines()))
    assert seen.max_octets == 99
    assert seen.mechanisms == ("PLAIN", "LOGIN")
    assert "PIPELINING" in seen
    assert "STARTTLS" not in seen


def test_old_and_odd_lines():
    seen = Extensions.of(("x", "AUTH=LOGIN PLAIN", "auth plain cram-md5", "size", " dsn "))
    assert seen.mechanisms == ("PLAIN", "CRAM-MD5")
    assert Extensions.of(("x", "AUTH PLAIN", "AUTH=LOGIN")).mechanisms == ("PLAIN", "LOGIN")
    assert seen.max_octets == 0
    assert "DSN" in seen


@given(st.lists(st.text(max_size=20), max_size=5).map(tuple))
def test_any_lines_are_read(lines):
    seen = Extensions.of(lines)
    assert seen.max_octets >= 0
    assert isinstance(seen.mechanisms, tuple)
