"""A small driver for the server engine: enough policy to play the dialogs."""

from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Capabilities
from pillarbox.smtp.event import (
    AuthCancelled,
    AuthResponse,
    BodyChunk,
    BodyEnd,
    BodyRefused,
    Closed,
    Limits,
    Reason,
    State,
)
from pillarbox.smtp.server import ServerConnection

GREETING = r.reply(220, "", "mx.example ESMTP")
UNKNOWN = r.reply(550, "5.1.1", "No such recipient")
KNOWN = {"jones@foo.example", "green@foo.example", "Postmaster", "jürgen@foo.example"}
PLAIN = b"\0jones\0secret"
ANSWERS = {
    c.Verify: r.CANNOT_VERIFY,
    c.Expand: r.NO_EXPANSION,
    c.Help: r.HELP,
    c.StartTls: r.READY_FOR_TLS,
    c.Quit: r.BYE,
    c.Reset: r.OK,
    c.Noop: r.OK,
}


class Session:
    """Answers what the engine asks, and keeps what came."""

    def __init__(self, *options: str, limits: Limits | None = None, max_octets: int = 10_000):
        tls = "tls" in options
        self.after_tls = Capabilities(
            max_octets=max_octets, mechanisms=("PLAIN", "LOGIN"), require_tls=True
        )
        before = Capabilities(max_octets=max_octets, starttls=True)
        self.engine = ServerConnection(
            GREETING,
            self.after_tls if tls else before,
            lmtp="lmtp" in options,
            limits=limits,
        )
        self.body = b""
        self.messages: list[bytes] = []
        self.ends: list[BodyEnd] = []
        self.refused: list[BodyRefused] = []
        self.mails: list[c.MailFrom] = []
        self.rcpts: list[c.RcptTo] = []
        self.closed: Reason | None = None

    def receive(self, data: bytes) -> bytes:
        if self.engine.state is State.HANDSHAKE:
            self.engine.tls_started(self.after_tls)
        self.engine.receive(data)
        while (event := self.engine.next_event()) is not None:
            self.answer(event)
        return self.engine.data_to_send()

    def talk(self, parts: list[bytes]) -> list[bytes]:
        return [self.engine.data_to_send(), *(self.receive(part) for part in parts)]

    def answer(self, event) -> None:
        if isinstance(event, BodyChunk | BodyEnd | BodyRefused | Closed | AuthCancelled):
            self.note(event)
        elif isinstance(event, c.AuthStart):
            self.sign_in(event.mechanism, event.initial)
        elif isinstance(event, AuthResponse):
            self.sign_in("PLAIN", event.data)
        else:
            self.engine.send(ANSWERS.get(type(event)) or self.decide(event))

    def note(self, event) -> None:
        match event:
            case BodyChunk(data):
                assert data
                self.body += data
            case BodyEnd():
                self.messages.append(self.body)
                self.ends.append(event)
                if self.engine.lmtp:
                    n = self.engine.recipients
                    self.engine.send_each([r.OK] + [r.reply(452, "4.2.2", "Full")] * (n - 1))
                else:
                    self.engine.send(r.OK)
            case BodyRefused():
                self.refused.append(event)
            case Closed(reason):
                self.closed = reason

    def decide(self, event) -> r.Reply:
        match event:
            case c.Hello():
                return self.engine.hello_reply("mx.example")
            case c.MailFrom():
                self.mails.append(event)
                return r.SENDER_OK
            case c.RcptTo():
                self.rcpts.append(event)
                return r.RECIPIENT_OK if str(event.recipient) in KNOWN else UNKNOWN
            case c.DataRequested():
                self.body = b""
                full = self.mails[-1].envid == "full"
                return r.reply(452, "4.3.1", "Disk full") if full else r.GO_AHEAD
            case _:
                raise AssertionError(event)

    def sign_in(self, mechanism: str, initial: bytes | None) -> None:
        if initial is None:
            self.engine.send_challenge(b"" if mechanism == "PLAIN" else b"Username:")
        else:
            self.engine.send(r.AUTHENTICATED if initial == PLAIN else r.AUTH_FAILED)
