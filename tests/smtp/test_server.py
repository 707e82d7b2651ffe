"""smtp/server.py: no sockets, no sleeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Capabilities
from pillarbox.smtp.event import MACHINE, BodyEnd, Closed, Fault, Limits, Reason, State
from pillarbox.smtp.server import ServerConnection
from tests.smtp import dialog
from tests.smtp.driver import GREETING, Session
from tests.smtp.strategies import octets

HEAD = b"HELO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<jones@foo.example>\r\n"


@pytest.mark.parametrize("path", dialog.files("smtp"), ids=lambda path: path.stem)
def test_dialog(path):
    script = dialog.read(path)
    turns = [client for client, _ in script.turns]
    told = Session(*script.options).talk(turns)
    assert told == [script.greeting, *(server for _, server in script.turns)]
    whole = Session(*script.options).talk([script.client])
    assert b"".join(whole) == script.server
    octets = [script.client[i : i + 1] for i in range(len(script.client))]
    assert b"".join(Session(*script.options).talk(octets)) == script.server


WORDS = st.sampled_from(
    [
        b"EHLO x",
        b"LHLO x",
        b"MAIL FROM:<>",
        b"MAIL FROM:<a@b.example> BODY=BINARYMIME",
        b"RCPT TO:<jones@foo.example>",
        b"RCPT TO:<green@foo.example>",
        b"DATA",
        b".",
        b"QUIT",
        b"RSET",
        b"..",
        b"",
        b"BDAT 4",
        b"BDAT 4 LAST",
        b"BDAT 30",
        b"BDAT x",
        b"AUTH PLAIN",
        b"AUTH LOGIN",
        b"AUTH PLAIN AGpvbmVzAHNlY3JldA==",
        b"*",
        b"NOOP " + b"x" * 120,
        b"AUTH PLAIN " + b"x" * 120,
        b"a\nb",
        b"a\rb",
    ]
)
LINES = st.lists(WORDS | octets(max_size=12), max_size=30)
CUTS = st.lists(st.integers(0, 3000), max_size=6)
SMALL = Limits(line_octets=100, auth_octets=110, recipients=2, errors=12, refusals=8)


@given(LINES, CUTS, st.sampled_from(["tls", "lmtp"]))
def test_pieces_never_matter(lines, cuts, option):
    wire = b"".join(line + b"\r\n" for line in lines)
    whole = Session(option, limits=SMALL, max_octets=60)
    cut = Session(option, limits=SMALL, max_octets=60)
    told = b"".join(whole.talk([wire] if wire else []))
    assert b"".join(cut.talk(dialog.pieces(wire, cuts))) == told
    assert cut.messages == whole.messages
    assert cut.ends == whole.ends
    assert cut.refused == whole.refused
    assert cut.closed == whole.closed
    assert cut.engine.state == whole.engine.state


@given(octets(max_size=300), CUTS)
def test_any_octets_are_answered_or_closed(wire, cuts):
    session = Session("tls")
    told = session.talk(dialog.pieces(HEAD + wire, cuts))
    session.receive(b"")
    assert all(line[3:4] in b" -" for line in b"".join(told).splitlines())
    assert session.closed is not None
    assert session.engine.next_event() is None


@given(st.integers(1, 5000), st.booleans())
def test_the_buffer_is_bounded(octets, auth):
    engine = ServerConnection(GREETING, Capabilities())
    for _ in range(20):
        engine.receive((b"AUTH " if auth else b"") + b"x" * octets)
        assert engine.next_event() is None
        assert len(engine._in) <= engine.limits.auth_octets + 2 + octets + 5


def test_a_long_line_is_refused_and_the_session_goes_on():
    said = Session().talk([b"NOOP " + b"x" * 3000, b"\r\nNOOP\r\n"])
    assert said[1:] == [bytes(r.LINE_TOO_LONG), b"250 2.0.0 OK\r\n"]


def test_a_long_line_may_be_an_initial_response():
    line = b"AUTH PLAIN " + b"A" * 8000 + b"\r\n"
    assert Session("tls").talk([b"HELO x\r\n", line])[2] == bytes(r.AUTH_FAILED)
    line = b"AUTH PLAIN " + b"A" * 12400 + b"\r\n"
    assert Session("tls").talk([b"HELO x\r\n", line])[2] == bytes(r.LINE_TOO_LONG)


def test_end_of_file():
    engine = ServerConnection(GREETING, Capabilities())
    engine.receive(b"NOO")
    assert engine.next_event() is None
    engine.receive(b"")
    assert engine.next_event() == Closed(Reason.PEER_LEFT)
    assert engine.next_event() is None


def test_quit_is_the_last_event():
    session = Session()
    session.talk([b"QUIT\r\nNOOP\r\n"])
    assert session.closed is Reason.QUIT
    assert session.receive(b"NOOP\r\n") == b""


def test_what_follows_starttls_in_plaintext_is_void():
    session = Session()
    said = session.talk([b"EHLO x\r\nSTARTTLS\r\nMAIL FROM:<evil@b.example>\r\n"])
    assert said[1].endswith(b"220 2.0.0 Ready to start TLS\r\n")
    session.engine.receive(b"RSET\r\n")
    assert session.engine.discarded_octets == 34
    said = session.talk([b"MAIL FROM:<a@b.example>\r\n", b"EHLO x\r\n"])
    assert said[1] == bytes(r.BAD_SEQUENCE)
    assert b"AUTH PLAIN LOGIN" in said[2]
    assert b"STARTTLS" not in said[2]


def test_signing_in_ends_with_starttls_and_counts_once():
    session = Session("tls")
    session.talk([b"EHLO x\r\nAUTH PLAIN AGpvbmVzAHNlY3JldA==\r\n"])
    assert session.engine.authenticated


def test_an_early_talker_is_seen_and_turned_away():
    engine = ServerConnection(GREETING, Capabilities())
    engine.receive(b"EHLO x\r\n")
    assert engine.early_talker
    engine.close(r.reply(554, "5.7.0", "No"))
    assert engine.data_to_send() == b"554 5.7.0 No\r\n"
    assert engine.next_event() == Closed(Reason.TOLD)
    assert engine.next_event() is None


def test_a_patient_client_is_no_early_talker():
    session = Session()
    session.talk([b"EHLO x\r\n"])
    assert not session.engine.early_talker


def test_pipelining_is_visible_at_each_event():
    engine = ServerConnection(GREETING, Capabilities())
    engine.receive(b"EHLO x\r\nMAIL")
    assert isinstance(engine.next_event(), c.Hello)
    assert engine.pipelined
    engine.send(r.OK)
    engine.receive(b" FROM:<>\r\n")
    assert isinstance(engine.next_event(), c.MailFrom)
    assert not engine.pipelined


def test_too_many_errors():
    session = Session(limits=Limits(errors=2))
    said = session.talk([b"A\r\nB\r\n", b"C\r\nNOOP\r\n"])
    assert said[1] == bytes(r.UNKNOWN_COMMAND) * 2
    assert said[2] == bytes(r.TOO_MANY_ERRORS)
    assert session.closed is Reason.TOO_MANY_ERRORS


def test_too_many_refusals():
    session = Session(limits=Limits(refusals=2))
    said = session.talk([HEAD + b"RCPT TO:<no@foo.example>\r\n" * 5])
    assert said[1].count(b"550 5.1.1") == 3
    assert said[1].endswith(bytes(r.TOO_MANY_ERRORS))
    assert session.closed is Reason.TOO_MANY_ERRORS


def test_an_accepted_message_starts_the_count_again():
    session = Session(limits=Limits(errors=2))
    said = session.talk([b"A\r\nB\r\n" + HEAD + b"DATA\r\n.\r\nA\r\nB\r\nNOOP\r\n"])
    assert said[1].endswith(bytes(r.OK))


def test_too_many_recipients():
    said = Session(limits=Limits(recipients=2)).talk(
        [HEAD + b"RCPT TO:<green@foo.example>\r\nRCPT TO:<jones@foo.example>\r\nNOOP\r\n"]
    )
    assert said[1].splitlines()[-3:] == [
        b"250 2.1.5 Recipient OK",
        b"452 4.5.3 Too many recipients",
        b"250 2.0.0 OK",
    ]


def test_a_message_too_large_is_refused_at_its_end():
    session = Session()
    said = session.talk([HEAD + b"DATA\r\n" + b"x" * 20_000 + b"\r\n.\r\nNOOP\r\n"])
    assert said[1].endswith(bytes(r.TOO_LARGE) + bytes(r.OK))
    assert session.refused[0].fault is Fault.TOO_LARGE
    assert session.refused[0].octets == 20_002
    assert session.messages == []


@pytest.mark.parametrize("command", [b"DATA\r\n", b"BDAT 99999999\r\n"])
def test_an_endless_message_ends_the_connection(command):
    session = Session(limits=Limits(swallow_octets=50_000))
    said = session.talk([HEAD + command, *[b"x" * 30_000] * 4])
    assert b"".join(said).endswith(bytes(r.TOO_LARGE))
    assert session.closed is Reason.TOO_LARGE


def test_what_is_known_of_the_message():
    session = Session()
    session.talk([HEAD + b"DATA\r\n" + b"x" * 999 + b"\r\n\x00\xff\r\n.\r\n"])
    assert session.ends == [BodyEnd(1005, True, True, True, False)]
    session = Session()
    session.talk([HEAD + b"BDAT 4\r\na\r\n\rBDAT 2 LAST\r\n\nb"])
    assert session.messages == [b"a\r\n\r\nb"]
    assert session.ends == [BodyEnd(6, False, False, False, False)]
    session = Session()
    session.talk([HEAD + b"BDAT 2\r\na\rBDAT 1 LAST\r\nb"])
    assert session.ends[0].bare_newline


def test_a_refused_data_leaves_the_recipients():
    session = Session()
    said = session.talk([HEAD.replace(b"<a@b.example>", b"<> ENVID=full") + b"DATA\r\nRSET\r\n"])
    assert said[1].endswith(b"452 4.3.1 Disk full\r\n250 2.0.0 OK\r\n")


def test_lmtp_repeats_one_answer_for_all():
    engine = ServerConnection(GREETING, Capabilities(), lmtp=True)
    wire = HEAD.replace(b"HELO", b"LHLO") + b"RCPT TO:<b@c.example>\r\nDATA\r\n"
    engine.receive(wire)
    while (event := engine.next_event()) is not None:
        engine.send(r.GO_AHEAD if isinstance(event, c.DataRequested) else r.OK)
    engine.data_to_send()
    engine.receive(b".\r\n")
    assert isinstance(engine.next_event(), BodyEnd)
    engine.send(r.OK)
    assert engine.data_to_send() == bytes(r.OK) * 2
    assert engine.recipients == 0


def test_bdat_that_is_not_offered_is_swallowed():
    engine = ServerConnection(GREETING, Capabilities(chunking=False))
    engine.receive(b"BDAT 4 LAST\r\nQUITNOOP\r\n")
    assert isinstance(engine.next_event(), c.Noop)
    assert engine.data_to_send().endswith(bytes(r.NOT_OFFERED))


def test_closing_in_the_middle():
    session = Session()
    session.talk([HEAD + b"DATA\r\nabc\r\n"])
    session.engine.close(r.reply(421, "4.3.2", "Shutting down"))
    session.engine.close(r.OK)
    assert session.receive(b"x") == b"421 4.3.2 Shutting down\r\n"
    assert session.closed is Reason.TOLD


def test_machine_names_every_state():
    before = {state for row in MACHINE.values() for state in row}
    after = {state for row in MACHINE.values() for pair in row.values() for state in pair}
    assert before | after | {State.AUTH} == set(State)
