"""smtp/client.py: against scripts, and against our own server engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.address import Address, parse
from pillarbox.smtp import reply as r
from pillarbox.smtp.client import MAX_CHALLENGES, ClientConnection
from pillarbox.smtp.event import State
from pillarbox.smtp.outgoing import Mail, Obstacle, Recipient, Stage
from pillarbox.smtp.progress import Answered, BodyWanted, Done, Ended, Reason, Verb
from tests.smtp.dialog import pieces
from tests.smtp.driver import PLAIN, Session
from tests.smtp.strategies import octets

JONES, GREEN, BROWN = (
    Recipient(parse(f"{name}@foo.example")) for name in ("jones", "green", "brown")
)
MAIL = Mail(Address("a", "b.example"), (JONES, BROWN, GREEN))
TEXT = b"Subject: x\r\n\r\n.dot\r\n"
EHLO = b"250-mx.example\r\n250-PIPELINING\r\n250 8BITMIME\r\n"
OLD = b"250 mx.example\r\n"


class Sender:
    """Drives a client engine: says hello, sends `mails`, quits; keeps what it is told."""

    def __init__(self, *mails: Mail, text: bytes = TEXT, lmtp: bool = False, tls: bool = False):
        self.engine = ClientConnection("client.example", lmtp=lmtp)
        self.mails = list(mails)
        self.text = text
        self.tls = tls
        self.answers: list[tuple[Verb, int]] = []
        self.done: list[Done] = []
        self.ended: Ended | None = None

    def receive(self, data: bytes) -> bytes:
        self.engine.receive(data)
        while (event := self.engine.next_event()) is not None:
            self.react(event)
        return self.engine.data_to_send()

    def go_on(self) -> None:
        if self.mails:
            self.engine.begin(self.mails.pop(0))
        else:
            self.engine.quit()

    def react(self, event) -> None:
        match event:
            case Answered(verb, reply):
                self.answers.append((verb, reply.code))
                if not reply.positive:
                    self.engine.quit()
                elif verb is Verb.GREETING:
                    self.engine.hello()
                elif verb is Verb.HELLO and self.tls and not self.engine.encrypted:
                    self.engine.starttls()
                elif verb is Verb.STARTTLS:
                    pass
                elif verb is not Verb.QUIT:
                    self.go_on()
            case BodyWanted():
                for at in range(0, len(self.text), 7):
                    self.engine.send_body(self.text[at : at + 7])
                self.engine.end_body()
            case Done():
                self.done.append(event)
                self.go_on()
            case Ended():
                self.ended = event
            case _:
                raise AssertionError(event)

    @property
    def stages(self):
        return [[(o.stage, o.reply and o.reply.code) for o in done.outcomes] for done in self.done]


def play(sender: Sender, *script: bytes) -> list[bytes]:
    """Say each reply of the script; return what the client says to each."""
    return [sender.receive(said) for said in script]


def converse(sender: Sender, session: Session, cuts: list[int] | None = None) -> None:
    """Let a client and a server talk until both are silent."""
    to_client = session.engine.data_to_send()
    while to_client:
        to_server = b"".join(map(sender.receive, pieces(to_client, cuts or [])))
        to_client = b"".join(map(session.receive, pieces(to_server, cuts or [])))
        if session.engine.state is State.HANDSHAKE:
            assert sender.receive(to_client) == b""
            sender.engine.tls_started()
            sender.engine.hello()
            to_client = session.receive(sender.engine.data_to_send())


def test_pipelined_dialog():
    sender = Sender(MAIL)
    said = play(
        sender,
        b"220 mx ESMTP\r\n",
        EHLO,
        b"250 ok\r\n250 ok\r\n550 5.1.1 who?\r\n250 ok\r\n354 go\r\n",
        b"250 2.0.0 queued\r\n",
        b"221 bye\r\n",
    )
    assert said == [
        b"EHLO client.example\r\n",
        b"MAIL FROM:<a@b.example>\r\nRCPT TO:<jones@foo.example>\r\n"
        b"RCPT TO:<brown@foo.example>\r\nRCPT TO:<green@foo.example>\r\nDATA\r\n",
        b"Subject: x\r\n\r\n..dot\r\n.\r\n",
        b"QUIT\r\n",
        b"",
    ]
    (done,) = sender.done
    assert [outcome.accepted for outcome in done.outcomes] == [True, False, True]
    assert done.outcomes[1].reply == r.reply(550, "5.1.1", "who?")
    assert [outcome.recipient for outcome in done.outcomes] == [JONES, BROWN, GREEN]
    assert sender.ended == Ended(Reason.QUIT)


def test_without_pipelining_one_command_at_a_time():
    sender = Sender(MAIL)
    said = play(
        sender,
        b"220 mx\r\n",
        b"502 what?\r\n",
        OLD,
        b"250 ok\r\n",
        b"250 ok\r\n",
        b"550 no\r\n",
        b"250 ok\r\n",
        b"354 go\r\n",
        b"250 ok\r\n",
    )
    assert said[1] == b"HELO client.example\r\n"
    assert said[2:7] == [
        b"MAIL FROM:<a@b.example>\r\n",
        b"RCPT TO:<jones@foo.example>\r\n",
        b"RCPT TO:<brown@foo.example>\r\n",
        b"RCPT TO:<green@foo.example>\r\n",
        b"DATA\r\n",
    ]
    assert said[8] == b"QUIT\r\n"


BOUNCES = [
    ("mail", b"550 no\r\n503 a\r\n503 b\r\n503 c\r\n503 d\r\n", [(Stage.MAIL, 550)] * 3),
    (
        "rcpt",
        b"250 a\r\n550 a\r\n551 b\r\n450 c\r\n503 d\r\n",
        [(Stage.RCPT, 550), (Stage.RCPT, 551), (Stage.RCPT, 450)],
    ),
    (
        "data",
        b"250 a\r\n250 a\r\n551 b\r\n250 c\r\n451 d\r\n",
        [(Stage.DATA, 451), (Stage.RCPT, 551), (Stage.DATA, 451)],
    ),
    (
        "body",
        b"250 a\r\n250 a\r\n551 b\r\n250 c\r\n354 d\r\n552 e\r\n",
        [(Stage.BODY, 552), (Stage.RCPT, 551), (Stage.BODY, 552)],
    ),
    (
        "go ahead for nobody",
        b"250 a\r\n550 a\r\n551 b\r\n552 c\r\n354 d\r\n554 e\r\n",
        [(Stage.RCPT, 550), (Stage.RCPT, 551), (Stage.RCPT, 552)],
    ),
    (
        "421",
        b"250 a\r\n250 a\r\n421 bye\r\n",
        [(Stage.LOST, 421), (Stage.RCPT, 421), (Stage.LOST, 421)],
    ),
    ("lost", b"250 a\r\n550 a\r\n", [(Stage.RCPT, 550), (Stage.LOST, None), (Stage.LOST, None)]),
    (
        "lost at the end",
        b"250 a\r\n250 a\r\n551 b\r\n250 c\r\n354 d\r\n",
        [(Stage.LOST, None), (Stage.RCPT, 551), (Stage.LOST, None)],
    ),
    ("nonsense", b"250 a\r\nhello\r\n", [(Stage.LOST, None)] * 3),
    ("3xx", b"354 a\r\n", [(Stage.LOST, 354)] * 3),
    ("DATA 250", b"250 a\r\n250 a\r\n250 b\r\n250 c\r\n250 d\r\n", [(Stage.LOST, 250)] * 3),
]


@pytest.mark.parametrize(
    ("replies", "expected"), [b[1:] for b in BOUNCES], ids=[b[0] for b in BOUNCES]
)
def test_what_becomes_of_each_recipient(replies, expected):
    for parts in ([replies], [replies[i : i + 1] for i in range(len(replies))]):
        sender = Sender(MAIL)
        play(sender, b"220 mx\r\n", EHLO, *parts, b"")
        assert sender.stages[0] == expected
        assert not any(outcome.accepted for outcome in sender.done[0].outcomes)
        assert sender.ended is not None


def test_a_go_ahead_for_nobody_gets_an_empty_message():
    sender = Sender(MAIL, MAIL)
    said = play(
        sender, b"220 mx\r\n", EHLO, b"250 a\r\n" + b"550 a\r\n" * 3 + b"354 d\r\n", b"250 e\r\n"
    )
    assert said[2] == b".\r\n"
    assert said[3].startswith(b"RSET\r\nMAIL")


def test_a_failed_transaction_is_reset_before_the_next():
    sender = Sender(MAIL, MAIL)
    said = play(sender, b"220 mx\r\n", EHLO, b"250 a\r\n" + b"550 a\r\n" * 3 + b"503 d\r\n")
    assert said[2].startswith(b"RSET\r\nMAIL")
    sender = Sender(MAIL, MAIL)
    said = play(
        sender,
        b"220 mx\r\n",
        b"500 x\r\n",
        OLD,
        b"250 a\r\n",
        *[b"550 a\r\n"] * 3,
        b"250 reset\r\n",
    )
    assert said[6] == b"RSET\r\n"
    assert said[7] == b"MAIL FROM:<a@b.example>\r\n"


def test_an_early_refusal_ends_the_connection():
    sender = Sender(MAIL)
    sender.engine.end_body = lambda: None  # type: ignore[method-assign]  # still sending
    play(sender, b"220 mx\r\n", EHLO, b"250 a\r\n" * 4 + b"354 d\r\n", b"552 too much\r\n")
    assert sender.stages == [[(Stage.BODY, 552)] * 3]
    assert sender.ended is not None
    assert sender.ended.reason is Reason.REFUSED_EARLY


@pytest.mark.parametrize("text", [b"a\nb", b"a\r\n.\r", b"\n.\r\nx\r\n"])
def test_our_own_bare_newlines_are_not_sent(text):
    sender = Sender(MAIL, text=text)
    said = play(sender, b"220 mx\r\n", EHLO, b"250 a\r\n" * 4 + b"354 d\r\n")
    assert b"\n." not in said[2]
    assert sender.ended is not None
    assert sender.ended.reason is Reason.BARE_NEWLINE
    assert sender.stages == [[(Stage.LOST, None)] * 3]


GREETINGS = [
    (b"554 no service\r\n", [(Verb.GREETING, 554)], None),
    (b"421 later\r\n", [(Verb.GREETING, 421)], Reason.SHUT_DOWN),
    (b"HTTP/1.1 400\r\n", [], Reason.NOT_SMTP),
    (b"354 go\r\n", [], Reason.UNEXPECTED),
    (
        b"220 a\r\n250 b\r\n250 c\r\n250 d\r\n",
        [(Verb.GREETING, 220), (Verb.HELLO, 250)],
        Reason.QUIT,
    ),
    (b"", [], Reason.PEER_LEFT),
    (b"2", [], None),
]


@pytest.mark.parametrize(("said", "answers", "reason"), GREETINGS)
def test_greetings(said, answers, reason):
    sender = Sender()
    sender.receive(said)
    assert sender.answers[: len(answers)] == answers
    assert (sender.ended and sender.ended.reason) == reason


def test_unasked_replies_end_the_connection():
    engine = ClientConnection("x")
    engine.receive(b"220 a\r\n250 b\r\n")
    assert engine.next_event() == Answered(Verb.GREETING, r.reply(220, "", "a"))
    assert engine.next_event() == Ended(Reason.UNEXPECTED, r.reply(250, "", "b"))
    assert engine.next_event() is None
    engine.hello()
    assert engine.data_to_send() == b""


def test_a_message_begun_too_late_is_done_at_once():
    engine = ClientConnection("x")
    engine.receive(b"")
    assert engine.next_event() == Ended(Reason.PEER_LEFT)
    engine.begin(MAIL)
    done = engine.next_event()
    assert isinstance(done, Done)
    assert {outcome.stage for outcome in done.outcomes} == {Stage.LOST}
    assert engine.data_to_send() == b""


def test_an_idle_peer_may_say_421():
    engine = ClientConnection("x")
    engine.receive(b"220 a\r\n")
    engine.next_event()
    engine.receive(b"421 4.4.2 idle\r\n")
    assert engine.next_event() == Ended(Reason.SHUT_DOWN, r.reply(421, "4.4.2", "idle"))


def test_starttls_forgets_what_was_offered():
    engine = ClientConnection("x")
    engine.receive(b"220 a\r\n")
    engine.next_event()
    engine.hello()
    engine.receive(EHLO)
    engine.next_event()
    engine.starttls()
    engine.receive(b"220 go\r\n")
    assert isinstance(engine.next_event(), Answered)
    engine.receive(b"250 forged\r\n")
    assert engine.next_event() is None
    engine.tls_started()
    assert "PIPELINING" not in engine.extensions
    assert engine.encrypted
    assert engine.next_event() is None


def test_a_reply_injected_before_tls_ends_the_connection():
    sender = Sender(MAIL, tls=True)
    play(sender, b"220 mx\r\n", EHLO, b"220 go\r\n250 forged\r\n")
    assert sender.ended == Ended(Reason.INJECTED)


def login(challenges, initial=None, step=lambda _: b"x"):
    engine = ClientConnection("x")
    engine.receive(b"220 a\r\n")
    engine.next_event()
    engine.auth("PLAIN", initial, step)
    said = [engine.data_to_send()]
    event = None
    for challenge in challenges:
        engine.receive(challenge)
        event = engine.next_event()
        said.append(engine.data_to_send())
    return said, event


def test_auth():
    said, event = login([b"235 2.7.0 ok\r\n"], b"ab")
    assert said == [b"AUTH PLAIN YWI=\r\n", b""]
    assert event == Answered(Verb.AUTH, r.reply(235, "2.7.0", "ok"))
    assert login([], b"")[0] == [b"AUTH PLAIN =\r\n"]
    said, event = login([b"334 YWI=\r\n", b"535 no\r\n"], step=lambda data: data + b"!")
    assert said == [b"AUTH PLAIN\r\n", b"YWIh\r\n", b""]
    long = b"x" * 400
    said, _ = login([b"334 \r\n"], long)
    assert said[0] == b"AUTH PLAIN\r\n"
    assert len(said[1]) == 538
    assert login([b"334 not base64\r\n"])[0][1] == b"*\r\n"
    assert login([b"334 \r\n"], step=lambda _: None)[0][1] == b"*\r\n"


def test_endless_challenges():
    _, event = login([b"334 \r\n"] * (MAX_CHALLENGES + 1))
    assert isinstance(event, Ended)


def test_reset_and_noop():
    engine = ClientConnection("x")
    engine.receive(b"220 a\r\n")
    engine.next_event()
    engine.reset()
    engine.noop()
    assert engine.data_to_send() == b"RSET\r\n"
    engine.receive(b"250 a\r\n")
    assert engine.next_event() == Answered(Verb.RSET, r.reply(250, "", "a"))
    assert engine.data_to_send() == b"NOOP\r\n"


CUTS = st.lists(st.integers(0, 5000), max_size=8)


@given(CUTS, st.sampled_from(["", "lmtp"]))
def test_client_and_server_understand_each_other(cuts, option):
    session = Session(option)
    sender = Sender(MAIL, MAIL, lmtp=bool(option))
    converse(sender, session, cuts)
    assert session.messages == [TEXT, TEXT]
    last = (Stage.BODY, 452) if option else (Stage.BODY, 250)
    assert sender.stages == [[(Stage.BODY, 250), (Stage.RCPT, 550), last]] * 2
    assert sender.ended == Ended(Reason.QUIT)


def test_binary_goes_in_chunks():
    session = Session()
    text = b"\n.\r\n\0\r" * 50
    mail = Mail(None, (JONES,), size=len(text), body="BINARYMIME", envid="a b", ret="HDRS")
    sender = Sender(mail, mail, text=text)
    converse(sender, session)
    assert session.messages == [text, text]
    assert session.mails[0].body == "BINARYMIME"
    assert (session.mails[0].envid, session.mails[0].ret) == ("a b", "HDRS")
    assert sender.stages == [[(Stage.BODY, 250)]] * 2


def test_a_refused_chunk_ends_the_transaction():
    session = Session()
    mail = Mail(None, (JONES,), body="BINARYMIME", envid="full")
    good = Mail(None, (JONES,), body="BINARYMIME")
    sender = Sender(mail, good)
    converse(sender, session)
    assert sender.stages == [[(Stage.BODY, 452)], [(Stage.BODY, 250)]]
    assert session.messages == [TEXT]


def test_starttls_and_auth_and_utf8_between_the_engines():
    session = Session()
    utf8 = Recipient(parse("jürgen@foo.example"), ("SUCCESS",), "utf-8;jürgen@foo.example")
    sender = Sender(Mail(Address("ü", "b.example"), (utf8,), auth=""), tls=True)
    converse(sender, session)
    assert session.messages == [TEXT]
    assert session.rcpts[0].orcpt == "utf-8;jürgen@foo.example"
    assert session.rcpts[0].notify == ("SUCCESS",)
    assert session.mails[0].smtputf8
    assert session.mails[0].auth == ""
    assert PLAIN


def test_obstacles_are_told():
    engine = ClientConnection("x")
    assert engine.obstacle(MAIL) is None
    assert engine.obstacle(Mail(None, (JONES,), body="8BITMIME")) is Obstacle.EIGHT_BIT


LINES = st.lists(
    st.sampled_from(
        [b"220 a", b"250-x", b"250 PIPELINING", b"354 go", b"421 bye", b"550 no", b"334 YQ==", b""]
    )
    | octets(max_size=8),
    max_size=20,
).map(lambda lines: b"".join(line + b"\r\n" for line in lines))


@given(LINES, CUTS, st.booleans())
def test_any_server_is_survived_in_any_pieces(wire, cuts, lmtp):
    whole = Sender(MAIL, MAIL, lmtp=lmtp)
    cut = Sender(MAIL, MAIL, lmtp=lmtp)
    play(whole, b"220 a\r\n" + EHLO, wire, b"")
    play(cut, b"220 a\r\n" + EHLO, *pieces(wire, cuts), b"")
    assert cut.stages == whole.stages
    assert cut.answers == whole.answers
    assert cut.ended == whole.ended
    assert whole.ended is not None
    for done in whole.done:
        assert [outcome.recipient for outcome in done.outcomes] == list(MAIL.recipients)
