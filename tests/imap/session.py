"""A session with a fixed mind: enough policy to see what the engine does."""

from pillarbox.imap import command as c
from pillarbox.imap import format as f
from pillarbox.imap.event import (
    Aborted,
    AppendEnd,
    AppendStart,
    AuthResponse,
    Closed,
    Event,
    IdleDone,
    Limits,
    LiteralChunk,
    Request,
)
from pillarbox.imap.format import Reply
from pillarbox.imap.server import ServerConnection

GREETING = f.greeting("mx.example ready", b"CAPABILITY IMAP4rev2")
LIMITS = Limits(line=2000, command=3000, before_login=400, append=100, swallow=1000, errors=6)


class Session:
    """User bob, password pw; every mailbox exists but "missing"; events are written down."""

    def __init__(self, engine: ServerConnection) -> None:
        self.engine = engine
        self.events: list[Event] = []
        self.sizes: list[int] = []
        self.messages: list[bytes] = []

    def respond(self) -> None:
        while event := self.engine.next_event():
            self.events.append(event)
            self.answer(event)

    def answer(self, event: Event) -> None:
        engine = self.engine
        match event:
            case Request(_, command):
                self.command(command)
            case AppendStart(_, "missing"):
                engine.send_tagged(Reply.NO, "No such mailbox", b"TRYCREATE")
            case AppendStart():
                self.messages.append(b"")
                engine.accept_literal()
            case LiteralChunk(data):
                self.messages[-1] += data
            case AppendEnd():
                sizes = "+".join(str(len(msg)) for msg in self.messages)
                self.messages.clear()
                engine.send_tagged(Reply.OK, f"Stored {sizes} octets")
            case AuthResponse(_, data):
                self.sign_in(data == b"\0bob\0pw")
            case IdleDone():
                engine.send_tagged(Reply.OK, "Idle ended")
            case Aborted():
                self.messages.clear()
            case Closed():
                pass

    def sign_in(self, good: bool) -> None:  # noqa: FBT001 - the answer itself
        if good:
            self.engine.send_tagged(Reply.OK, "Welcome", f.capability_code([b"IMAP4rev2"]))
        else:
            self.engine.send_tagged(Reply.NO, "Wrong", b"AUTHENTICATIONFAILED")

    def command(self, command: c.Command) -> None:
        engine = self.engine
        match command:
            case c.Login(user, password):
                self.sign_in((user, password) == ("bob", "pw"))
            case c.Authenticate("PLAIN", None):
                engine.send_continuation()
            case c.Authenticate("PLAIN", initial):
                self.sign_in(initial == b"\0bob\0pw")
            case c.Authenticate():
                engine.send_tagged(Reply.NO, "Unknown mechanism", b"CANNOT")
            case c.Capability():
                engine.send_untagged(f.capability([b"IMAP4rev1", b"IMAP4rev2"]))
                engine.send_tagged(Reply.OK, "Done")
            case c.Select("missing"):
                engine.send_tagged(Reply.NO, "No such mailbox", b"NONEXISTENT")
            case c.Select(_, read_only):
                engine.send_untagged(f.exists(3))
                code = b"READ-ONLY" if read_only else b"READ-WRITE"
                engine.send_tagged(Reply.OK, "Selected", code)
            case c.Enable(names):
                engine.utf8 = "UTF8=ACCEPT" in names
                engine.send_untagged(f.enabled([name.encode() for name in names]))
                engine.send_tagged(Reply.OK, "Done")
            case c.Idle():
                engine.send_continuation(b"idling")
            case c.Logout():
                engine.send_untagged(f.bye("See you"))
                engine.send_tagged(Reply.OK, "Done")
            case c.Delete("missing"):
                engine.send_tagged(Reply.NO, "No such mailbox", b"NONEXISTENT")
            case _:
                engine.send_tagged(Reply.OK, type(command).__name__)


def talk(parts, *, limits=LIMITS, login_disabled=False):
    """Feed `parts` to a new connection; return what it says at first, and after each."""
    engine = ServerConnection(GREETING, limits=limits, login_disabled=login_disabled)
    session = Session(engine)
    said = [engine.data_to_send()]
    for part in parts:
        engine.receive(part)
        session.respond()
        said.append(engine.data_to_send())
    return said


def signed_in(*, selected=True, limits=LIMITS):
    """Return a session behind login, and its engine, with nothing to send."""
    engine = ServerConnection(GREETING, limits=limits, preauthenticated=True)
    session = Session(engine)
    if selected:
        engine.receive(b"s SELECT INBOX\r\n")
        session.respond()
    session.events.clear()
    engine.data_to_send()
    return session, engine
