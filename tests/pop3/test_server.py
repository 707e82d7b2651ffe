"""pop3/server.py: no sockets, no sleeps."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.pop3.event import (
    AUTH_FAILED,
    TOO_MANY_ERRORS,
    TRY_LATER,
    AuthCancelled,
    AuthResponse,
    AuthStart,
    Capabilities,
    Closed,
    Item,
    Limits,
    Login,
    Quit,
    Reason,
    Retrieve,
    StartTls,
    State,
    err,
    ok,
)
from pillarbox.pop3.server import ServerConnection
from tests.smtp import dialog
from tests.smtp.strategies import octets

MESSAGES = [
    b"A: b\r\n\r\none\r\n.two\r\nthree\r\n",
    b"\nbare\rends\r\nhere",
    b"lost\r\n.\r\n",
    b"x" * 140,
]
ITEMS = [Item(f"u{i + 1}", octets) for i, octets in enumerate((26, 17, 9, len(MESSAGES[3])))]
PLAIN = Capabilities(user=True, mechanisms=("PLAIN",), implementation="Pillarbox")


class Session:
    """Answers what the engine asks, and keeps what came."""

    def __init__(self, *options: str, limits: Limits | None = None, chunk: int = 3):
        offered = PLAIN if "plain" in options else Capabilities(starttls=True)
        self.engine = ServerConnection("Pillarbox", offered, limits=limits)
        self.chunk = chunk
        self.deleted: tuple[int, ...] | None = None
        self.closed: Reason | None = None
        self.cancelled = 0

    def receive(self, data: bytes) -> bytes:
        self.engine.receive(data)
        while (event := self.engine.next_event()) is not None:
            self.answer(event)
        return self.engine.data_to_send()

    def talk(self, parts: list[bytes]) -> list[bytes]:
        return [self.engine.data_to_send(), *(self.receive(part) for part in parts)]

    def answer(self, event) -> None:
        match event:
            case Login(username, password):
                self.sign_in(username == "jones" and password == "secret word")
            case AuthStart(_, None):
                self.engine.send_challenge(b"")
            case AuthStart(_, data) | AuthResponse(data):
                self.sign_in(data == b"\0jones\0secret word")
            case StartTls():
                self.engine.send(ok("Begin TLS"))
            case Retrieve(index, _):
                self.retrieve(index)
            case Quit(deleted):
                self.deleted = deleted
                self.engine.send(ok("Bye"))
            case Closed(reason):
                self.closed = reason
            case AuthCancelled():
                self.cancelled += 1
            case _:
                raise AssertionError(event)

    def sign_in(self, right: bool) -> None:  # noqa: FBT001 (a test's helper)
        if right:
            self.engine.open(ITEMS)
        else:
            self.engine.send(AUTH_FAILED)

    def retrieve(self, index: int) -> None:
        if index == 2:
            self.engine.send(TRY_LATER)
            return
        self.engine.begin_message()
        octets = MESSAGES[index]
        for at in range(0, len(octets), self.chunk):
            if not self.engine.send_chunk(octets[at : at + self.chunk]):
                break
        self.engine.end_message()


@pytest.mark.parametrize("path", dialog.files("pop3"), ids=lambda path: path.stem)
def test_dialog(path):
    script = dialog.read(path)
    turns = [client for client, _ in script.turns]
    told = Session(*script.options).talk(turns)
    assert told == [script.greeting, *(server for _, server in script.turns)]
    whole = Session(*script.options, chunk=1000).talk([script.client])
    assert b"".join(whole) == script.server
    octets = [script.client[i : i + 1] for i in range(len(script.client))]
    assert b"".join(Session(*script.options, chunk=1).talk(octets)) == script.server


WORDS = st.sampled_from(
    [
        b"USER jones",
        b"PASS secret word",
        b"PASS x",
        b"AUTH PLAIN",
        b"AUTH PLAIN AGpvbmVzAHNlY3JldCB3b3Jk",
        b"*",
        b"STAT",
        b"LIST",
        b"UIDL",
        b"RETR 1",
        b"TOP 1 1",
        b"DELE 1",
        b"DELE 4",
        b"RSET",
        b"QUIT",
        b"CAPA",
        b"UTF8",
        b"NOOP " + b"x" * 90,
        b"a\nb",
        b"a\rb",
        b"",
    ]
)
LINES = st.lists(WORDS | octets(max_size=10), max_size=30)
CUTS = st.lists(st.integers(0, 2000), max_size=6)
SMALL = Limits(line_octets=60, auth_octets=80, errors=8)


@given(LINES, CUTS)
def test_pieces_never_matter(lines, cuts):
    wire = b"".join(line + b"\r\n" for line in lines)
    whole, cut = Session("plain", limits=SMALL), Session("plain", limits=SMALL)
    told = b"".join(whole.talk([wire] if wire else []))
    assert b"".join(cut.talk(dialog.pieces(wire, cuts))) == told
    assert cut.deleted == whole.deleted
    assert cut.closed == whole.closed
    assert cut.engine.state == whole.engine.state
    cut.receive(b"")
    assert cut.closed is not None


def sign_in(*commands: bytes, limits: Limits | None = None) -> Session:
    session = Session("plain", limits=limits)
    session.talk([b"USER jones\r\nPASS secret word\r\n", *commands])
    return session


def test_quit_deletes():
    assert sign_in(b"DELE 3\r\nDELE 1\r\nQUIT\r\n").deleted == (0, 2)
    session = Session()
    session.talk([b"QUIT\r\nNOOP\r\n"])
    assert session.deleted == ()
    assert session.closed is Reason.QUIT
    assert session.receive(b"NOOP\r\n") == b""


def test_a_lost_connection_deletes_nothing():
    session = sign_in(b"DELE 1\r\n", b"")
    assert session.deleted is None
    assert session.closed is Reason.PEER_LEFT


def test_a_failed_deletion_is_told():
    engine = ServerConnection("x", PLAIN)
    engine.receive(b"QUIT\r\n")
    assert engine.next_event() == Quit(())
    engine.send(err("Some messages were not removed", "SYS/TEMP"))
    assert engine.data_to_send().endswith(b"-ERR [SYS/TEMP] Some messages were not removed\r\n")
    assert engine.next_event() == Closed(Reason.QUIT)


def test_what_follows_stls_in_plaintext_is_void():
    session = Session()
    session.talk([b"UTF8\r\nSTLS\r\nUSER evil\r\n"])
    session.engine.receive(b"PASS x\r\n")
    assert session.engine.discarded_octets == 19
    assert session.engine.state is State.HANDSHAKE
    session.engine.tls_started(PLAIN)
    assert not session.engine.utf8
    assert session.receive(b"PASS secret word\r\n") == b"-ERR Send USER first\r\n"
    assert b"STLS" not in session.receive(b"CAPA\r\n")


def test_too_many_errors():
    session = Session(limits=Limits(errors=1))
    assert session.talk([b"X\r\nX\r\nQUIT\r\n"])[1].endswith(bytes(TOO_MANY_ERRORS))
    assert session.closed is Reason.TOO_MANY_ERRORS
    session = Session("plain", limits=Limits(errors=1))
    session.talk([b"USER a\r\nPASS b\r\n" * 3])
    assert session.closed is Reason.TOO_MANY_ERRORS


def test_a_cancelled_exchange_is_told():
    session = Session("plain")
    session.talk([b"AUTH PLAIN\r\n*\r\nAUTH PLAIN\r\na\nb\r\nAUTH PLAIN\r\n!\r\n"])
    assert session.cancelled == 3


def test_closing_by_the_driver():
    session = Session("plain")
    session.talk([b"NOOP"])
    session.engine.close(TRY_LATER)
    session.engine.close(TRY_LATER)
    assert session.receive(b"x") == bytes(TRY_LATER)
    assert session.closed is Reason.TOLD
    engine = ServerConnection("x", PLAIN)
    engine.receive(b"AUTH PLAIN =\r\nRETR 1\r\n")
    engine.next_event()
    engine.open(ITEMS)
    engine.next_event()
    engine.begin_message()
    engine.data_to_send()
    engine.close(TRY_LATER)
    assert engine.data_to_send() == b""


@given(st.integers(1, 5000))
def test_the_buffer_is_bounded(octets):
    engine = ServerConnection("x", PLAIN)
    for _ in range(20):
        engine.receive(b"x" * octets)
        assert engine.next_event() is None
        assert len(engine._in._data) <= engine.limits.auth_octets + octets + 2


def test_ten_thousand_messages_are_listed_at_once():
    engine = ServerConnection("x", PLAIN)
    engine.receive(b"AUTH PLAIN =\r\nUIDL\r\n")
    engine.next_event()
    engine.open([Item(f"{i}", i) for i in range(10_000)])
    assert engine.next_event() is None
    assert engine.data_to_send().count(b"\r\n") == 10_004
