"""imap/server.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.imap import command as c
from pillarbox.imap import format as f
from pillarbox.imap.event import (
    Aborted,
    AppendStart,
    AuthResponse,
    Closed,
    Limits,
    LiteralChunk,
    Request,
    State,
)
from pillarbox.imap.format import Reply
from pillarbox.imap.server import ServerConnection
from tests.imap import dialog
from tests.imap.session import GREETING, LIMITS, Session, signed_in, talk
from tests.imap.strategies import CUTS, LINES, pieces, quick

FILES = sorted(dialog.FOLDER.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_dialog(path):
    (_, greeting), *turns = dialog.read(path)
    client = b"".join(said for said, _ in turns)
    server = [greeting, *(answer for _, answer in turns)]
    assert talk([said for said, _ in turns]) == server
    assert b"".join(talk([client])) == b"".join(server)
    assert b"".join(talk([client[i : i + 1] for i in range(len(client))])) == b"".join(server)


START = st.sampled_from([b"", b"a LOGIN bob pw\r\n", b"a LOGIN bob pw\r\nb SELECT INBOX\r\n"])


@quick
@given(START, st.lists(LINES, max_size=12), CUTS)
def test_pieces_never_matter(start, lines, cuts):
    wire = start + b"".join(line + b"\r\n" for line in lines)
    assert b"".join(talk(pieces(wire, cuts))) == b"".join(talk([wire]))


@quick
@given(START, st.lists(LINES | st.binary(max_size=300), max_size=12), CUTS)
def test_memory_is_bounded_and_each_tag_is_answered_once(start, lines, cuts):
    engine = ServerConnection(GREETING, limits=LIMITS)
    session = Session(engine)
    for part in pieces(start + b"".join(lines), cuts):
        engine.receive(part)
        session.respond()
        assert engine._framer.buffered <= LIMITS.line + 64 + 2
        assert engine._command.octets <= LIMITS.command
    asked = [event for event in session.events if isinstance(event, Request)]
    assert len(engine.data_to_send().splitlines()) >= len(asked)


def test_a_message_comes_in_chunks():
    session, engine = signed_in()
    engine.receive(b"a APPEND x {6+}\r\nab")
    session.respond()
    engine.receive(b"cd")
    session.respond()
    engine.receive(b"ef\r\n")
    session.respond()
    chunks = [event.data for event in session.events if isinstance(event, LiteralChunk)]
    assert chunks == [b"ab", b"cd", b"ef"]
    assert engine._framer.buffered == 0
    assert engine.data_to_send() == b"a OK Stored 6 octets\r\n"


def test_no_go_ahead_before_the_session_agrees():
    _, engine = signed_in()
    engine.receive(b"a APPEND x {6}\r\n")
    assert isinstance(engine.next_event(), AppendStart)
    assert engine.data_to_send() == b""
    engine.accept_literal()
    assert engine.data_to_send() == b"+ OK\r\n"


def test_a_broken_append_is_aborted():
    session, engine = signed_in()
    engine.receive(b"a APPEND x {3+}\r\nabc!\r\nb NOOP\r\n")
    session.respond()
    assert session.events[2:] == [Aborted(b"a"), Request(b"b", c.Noop())]


def test_refused_later_message_ends_the_append():
    _, engine = signed_in()
    engine.receive(b"a APPEND x {1+}\r\na {2+}\r\nbc {3}\r\nd NOOP\r\n")
    assert isinstance(engine.next_event(), AppendStart)
    engine.accept_literal()
    assert engine.next_event() == LiteralChunk(b"a")
    second = engine.next_event()
    assert isinstance(second, AppendStart)
    assert not second.first
    engine.send_tagged(Reply.NO, "Full", b"OVERQUOTA")
    # The client waits after {3}: the answer comes then, and nothing of APPEND remains.
    assert engine.next_event() == Request(b"d", c.Noop())
    assert engine.data_to_send() == b"a NO [OVERQUOTA] Full\r\n"


def test_swallowing_has_a_limit():
    session, engine = signed_in()
    engine.receive(b"a APPEND missing {1001+}\r\n" + b"x" * 50)
    session.respond()
    assert (
        engine.data_to_send().splitlines()
        == [
            b"a NO [TRYCREATE] No such mailbox",
            b"* BYE [TOOBIG] Too much data for a refused command",
        ]
        or engine.closed
    )
    assert session.events[-1] == Closed()


def test_long_lines_and_commands():
    said = b"".join(talk([b"t " + b"x" * 5000 + b"\r\nu NOOP\r\n"]))
    assert said.endswith(b"\r\nt BAD [TOOBIG] Line too long\r\nu OK Noop\r\n")
    said = b"".join(talk([b"t LOGIN {300+}\r\n" + b"x" * 300 + b" {100}\r\nu NOOP\r\n"]))
    assert said.endswith(b"\r\nt BAD [TOOBIG] Literal too large\r\nu OK Noop\r\n")
    said = b"".join(
        talk([b"t LOGIN {380+}\r\n" + b"x" * 380 + b"yyyyyyyyyyyyyyyyyyyyyyy\r\nu NOOP\r\n"])
    )
    assert said.endswith(b"\r\nt BAD [TOOBIG] Command too long\r\nu OK Noop\r\n")
    session, engine = signed_in()
    engine.receive(b"t SEARCH TEXT " + b"x" * 1500 + b"\r\n")
    session.respond()
    assert engine.data_to_send() == b"t OK Search\r\n"


def test_bare_newlines_are_refused_and_literals_of_such_lines_skipped():
    said = b"".join(talk([b"a NOOP\nb LOGIN {8+}\nc LOGOUT\r\nd NOOP\r\n"]))
    assert said.splitlines()[1:] == [
        b"a BAD Lines must end with CRLF",
        b"b BAD Lines must end with CRLF",
        b"d OK Noop",
    ]


def test_login_disabled():
    said = b"".join(
        talk([b"a LOGIN {3}\r\nb LOGIN bob pw\r\nc LOGIN {1+}\r\nx pw\r\n"], login_disabled=True)
    )
    refusal = b" NO [PRIVACYREQUIRED] Use TLS first"
    assert said.splitlines()[1:] == [b"a" + refusal, b"b" + refusal, b"c" + refusal]


def test_starttls_forgets_plaintext():
    """RFC 9051 §6.2.1."""
    engine = ServerConnection(GREETING, limits=LIMITS)
    session = Session(engine)
    engine.receive(b"a STARTTLS\r\nb LOGIN bob pw\r\n")
    session.respond()
    engine.receive(b"c LOGIN bob pw\r\n")
    session.respond()
    assert engine.data_to_send().splitlines()[1:] == [b"a OK StartTls"]
    engine.tls_started()
    engine.receive(b"d NOOP\r\n")
    session.respond()
    assert engine.data_to_send() == b"d OK Noop\r\n"
    assert engine.state is State.NOT_AUTHENTICATED


def test_challenges():
    engine = ServerConnection(GREETING)
    engine.receive(b"a AUTHENTICATE SCRAM-SHA-256 bixh\r\nYmI=\r\n\r\n")
    assert engine.next_event() == Request(b"a", c.Authenticate("SCRAM-SHA-256", b"n,a"))
    engine.send_continuation(b"r=1")
    assert engine.next_event() == AuthResponse(b"a", b"bb")
    engine.send_continuation(b"v=2")
    assert engine.next_event() == AuthResponse(b"a", b"")
    engine.send_tagged(Reply.OK, "Welcome")
    assert engine.state is State.AUTHENTICATED
    assert engine.data_to_send().endswith(b"ready\r\n+ cj0x\r\n+ dj0y\r\na OK Welcome\r\n")


def test_untagged_data_in_idle():
    session, engine = signed_in()
    engine.receive(b"a IDLE\r\n")
    session.respond()
    assert engine.idling
    engine.send_untagged(f.exists(4))
    engine.receive(b"DO")
    session.respond()
    assert engine.idling
    engine.receive(b"NE\r\n")
    session.respond()
    assert not engine.idling
    assert engine.data_to_send() == b"+ idling\r\n* 4 EXISTS\r\na OK Idle ended\r\n"


@pytest.mark.parametrize(
    "wire", [b"", b"a NOO", b"a AUTHENTICATE PLAIN\r\nx", b"a LOGIN {3}\r\nb", b"a STARTTLS\r\n"]
)
def test_end_of_file(wire):
    engine = ServerConnection(GREETING)
    session = Session(engine)
    if wire:
        engine.receive(wire)
        session.respond()
    engine.receive(b"")
    assert engine.next_event() == Closed()
    assert engine.next_event() is None
    assert engine.closed


def test_nothing_is_read_after_logout():
    engine = ServerConnection(GREETING)
    session = Session(engine)
    engine.receive(b"a LOGOUT\r\nb NOOP\r\n")
    session.respond()
    engine.receive(b"c NOOP\r\n")
    session.respond()
    assert engine.data_to_send() == GREETING + b"* BYE See you\r\na OK Done\r\n"
    assert session.events == [Request(b"a", c.Logout()), Closed()]
    assert engine.state is State.LOGOUT


def test_bye_from_outside():
    session, engine = signed_in()
    engine.bye("Going down", b"UNAVAILABLE")
    engine.bye("Again")
    session.respond()
    assert engine.data_to_send() == b"* BYE [UNAVAILABLE] Going down\r\n"
    assert session.events == [Closed()]


def test_answers_of_the_session_count_as_errors_too():
    session, engine = signed_in(limits=Limits(errors=2))
    for tag in (b"a", b"b"):
        engine.receive(tag + b" NOOP\r\n")
        assert engine.next_event() is not None
        engine.send_tagged(Reply.BAD, "No")
    session.respond()
    assert engine.data_to_send().endswith(b"b BAD No\r\n* BYE Too many bad commands\r\n")


def test_a_question_wants_its_answer():
    _, engine = signed_in()
    engine.receive(b"a NOOP\r\n")
    engine.next_event()
    with pytest.raises(AssertionError):
        engine.next_event()
    engine.send_tagged(Reply.OK, "Done")
    with pytest.raises(AssertionError):
        engine.send_tagged(Reply.OK, "Done")
