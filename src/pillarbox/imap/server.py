"""The server side of one IMAP connection, without I/O (RFC 9051 §2.2, §3).

    write(engine.data_to_send())            at first: the greeting
    engine.receive(data)                    octets from the peer, b"" at end of file
    while event := engine.next_event():
        ...                                 answer it as event.py says

Events are pulled one at a time, because the answer to one can change how the next octets
are read: after a refused literal there is none, after STARTTLS they are void, in IDLE and
AUTHENTICATE they are no commands. Untagged data may be sent at any time.

This module decides nothing. It answers by itself only what the RFC settles: syntax, order
of commands, sizes. Invariants: each tag is answered exactly once; a literal's octets are
never read as a command; after LOGOUT or BYE nothing is read.
"""

import binascii
import enum
from typing import Final

from pillarbox.imap import command as c
from pillarbox.imap import format as f
from pillarbox.imap.assembly import Assembly
from pillarbox.imap.event import (
    MACHINE,
    Aborted,
    AppendEnd,
    AppendStart,
    AuthResponse,
    Closed,
    Event,
    IdleDone,
    Limits,
    LiteralChunk,
    Question,
    Request,
    State,
)
from pillarbox.imap.framing import Framer, Line, Literal
from pillarbox.imap.parse import decode_base64, parse, verb
from pillarbox.imap.problem import SyntaxProblem
from pillarbox.imap.tokens import Tokens

_GO_AHEAD: Final = b"+ OK\r\n"


class _Mode(enum.Enum):
    """How the next octets are to be read."""

    COMMAND = enum.auto()  # a line
    GATHER = enum.auto()  # a literal that becomes a token
    MESSAGE = enum.auto()  # a literal of APPEND
    SWALLOW = enum.auto()  # the rest of a command that is refused
    AUTHENTICATE = enum.auto()
    IDLE = enum.auto()
    HANDSHAKE = enum.auto()  # STARTTLS was accepted: not at all
    CLOSED = enum.auto()  # only the event is to come
    GONE = enum.auto()


class ServerConnection:
    """One connection. See the module docstring for the calling order.

    state: RFC 9051 §3. utf8: set it once IMAP4rev2 or UTF8=ACCEPT is enabled; then
    mailbox names are read as UTF-8. login_disabled: LOGIN is refused before the password
    is read, where the client waits for it (RFC 9051 §6.2.3).
    """

    def __init__(
        self,
        greeting: bytes,
        *,
        limits: Limits | None = None,
        login_disabled: bool = False,
        preauthenticated: bool = False,
    ) -> None:
        self.limits = limits or Limits()
        self.state = State.NOT_AUTHENTICATED
        self.utf8 = False
        self.login_disabled = login_disabled
        self._framer = Framer(self.limits.before_login)
        self._mode = _Mode.COMMAND
        self._eof = False
        self._out = [greeting]
        self._asked: Question | None = None  # the event that waits for an answer
        self._errors = 0
        # Of the command that is being read or answered:
        self._kind: type[c.Command] = c.Noop
        self._command = Assembly()
        self._literal = Literal(0, synchronising=True, binary=False)
        self._refusal = b""  # what to say at the end of what is swallowed
        self._swallowed = 0
        if preauthenticated:
            self._enter(State.AUTHENTICATED)

    @property
    def closed(self) -> bool:
        """True when nothing more will be read: send what there is, and close."""
        return self._mode in (_Mode.CLOSED, _Mode.GONE)

    @property
    def idling(self) -> bool:
        """True between the continuation of IDLE and its end."""
        return self._mode is _Mode.IDLE and self._asked is None

    def receive(self, data: bytes) -> None:
        """Take octets from the peer; b"" means that it sends no more."""
        self._eof = self._eof or not data
        # Between the OK of STARTTLS and the handshake there is no plaintext to believe.
        if self._mode not in (_Mode.HANDSHAKE, _Mode.CLOSED, _Mode.GONE):
            self._framer.receive(data)

    def data_to_send(self) -> bytes:
        """Return, and forget, the octets to write to the peer."""
        out = self._out
        if not out:
            return b""
        data = out[0] if len(out) == 1 else b"".join(out)
        self._out = []
        return data

    def next_event(self) -> Event | None:
        """Return the next event, or None when more octets are needed."""
        assert self._asked is None, f"no answer to {self._asked}"
        while True:
            event = self._step()
            if event is True:
                continue
            if event is False:
                if not self._eof or self._mode is _Mode.GONE:
                    return None
                self._mode = _Mode.CLOSED
            else:
                if not isinstance(event, (LiteralChunk, Aborted, Closed)):
                    self._asked = event
                return event

    # Answers.

    def send_untagged(self, data: bytes) -> None:
        """Send complete responses, each with its CRLF (format.py)."""
        self._out.append(data)

    def send_tagged(self, reply: f.Reply, words: str, code: bytes = b"") -> None:
        """End the command that the last event belongs to. code: without brackets."""
        event, self._asked = self._asked, None
        assert event is not None, "no event waits for an answer"
        answer = f.tagged(self._command.tag, reply, words, code)
        if isinstance(event, AppendStart):
            self._refuse(answer, self._literal)
        else:
            self._out.append(answer)
            self._begin()
        self._count(reply)
        if reply is not f.Reply.BAD:
            _, accepted, refused = MACHINE[self._kind]
            after = accepted if reply is f.Reply.OK else refused
            if after is not None:
                self._enter(after)
            if self._kind is c.StartTls and reply is f.Reply.OK:
                self._framer.discard()
                self._mode = _Mode.HANDSHAKE

    def send_continuation(self, data: bytes = b"") -> None:
        """Ask for more. data: the challenge, not encoded, or the words that open IDLE."""
        event, self._asked = self._asked, None
        assert isinstance(event, Request | AuthResponse), "this event takes no continuation"
        if self._kind is c.Idle:
            self._mode = _Mode.IDLE
            self._out.append(b"+ " + data + b"\r\n")
        else:
            assert self._kind is c.Authenticate, "this command takes no continuation"
            self._mode = _Mode.AUTHENTICATE
            self._out.append(b"+ " + binascii.b2a_base64(data, newline=False) + b"\r\n")

    def accept_literal(self) -> None:
        """Let the message of the last AppendStart come."""
        event, self._asked = self._asked, None
        assert isinstance(event, AppendStart), "no message waits"
        self._expect(self._literal, _Mode.MESSAGE)

    def tls_started(self) -> None:
        """Go on after the handshake, knowing nothing of what was said before it."""
        assert self._mode is _Mode.HANDSHAKE, "STARTTLS was not accepted"
        self._framer.discard()
        self._errors = 0
        self._mode = _Mode.COMMAND

    def bye(self, words: str, code: bytes = b"") -> None:
        """Say BYE and read no more (RFC 9051 §7.1.5)."""
        if not self.closed:
            self._out += (self._refusal, f.bye(words, code))
            self._asked = None
            self._enter(State.LOGOUT)

    # Reading. A step returns an event, True when there is more to do, or False.

    def _step(self) -> Event | bool:
        match self._mode:
            case _Mode.COMMAND:
                return self._read_line()
            case _Mode.GATHER:
                return self._gather()
            case _Mode.MESSAGE:
                return self._read_message()
            case _Mode.SWALLOW:
                return self._swallow()
            case _Mode.AUTHENTICATE | _Mode.IDLE:
                return self._read_response()
            case _Mode.CLOSED:
                self._enter(State.LOGOUT)
                self._mode = _Mode.GONE
                return Closed()
            case _Mode.HANDSHAKE | _Mode.GONE:
                return False

    def _read_line(self) -> Event | bool:
        line = self._framer.line()
        if line is None:
            return False
        tagged = self._command.add_line(line.text)
        if line.fault is not None:
            return self._break_off(line, line.fault.value, line.fault.code)
        if not tagged:
            return self._break_off(line, "Expected a tag")
        if self._command.octets > self._max_command:
            return self._break_off(line, "Command too long", b"TOOBIG")
        try:
            if line.literal is None:
                return self._complete(line)
            return self._read_literal(line, line.literal)
        except SyntaxProblem as exc:
            reply = f.Reply.NO if exc.refused else f.Reply.BAD
            return self._break_off(line, str(exc), exc.code, reply)

    def _complete(self, line: Line) -> Event | bool:
        """Read the end of a command. Raises SyntaxProblem."""
        tokens = self._command.tokens(utf8=self.utf8)
        if self._command.mailbox is not None:
            tokens.end()
            return AppendEnd(self._command.tag)
        command = parse(tokens)
        self._kind = type(command)
        return self._out_of_order(line) or Request(self._command.tag, command)

    def _read_literal(self, line: Line, literal: Literal) -> Event | bool:
        """Decide on a literal before its octets arrive. Raises SyntaxProblem."""
        tokens = self._command.tokens(utf8=self.utf8)
        self._literal = literal
        if self._command.mailbox is not None:
            return self._announce(tokens, line)
        kind = verb(tokens)
        if kind is None:
            raise tokens.fail("a command")
        self._kind = kind
        if stopped := self._out_of_order(line):
            return stopped
        if kind is c.Append and self._command.at_message:
            return self._announce(tokens, line)
        if self._command.octets + literal.octets > self._max_command:
            return self._break_off(line, "Literal too large", b"TOOBIG")
        self._command.open_literal(literal)
        self._expect(literal, _Mode.GATHER)
        return True

    def _out_of_order(self, line: Line) -> Event | bool:
        """Refuse a command that may not be given now; False when it may."""
        if self.state not in MACHINE[self._kind][0]:
            return self._break_off(line, "Not in this state")
        if self._kind is c.Login and self.login_disabled:
            return self._break_off(line, "Use TLS first", b"PRIVACYREQUIRED", f.Reply.NO)
        return False

    def _announce(self, tokens: Tokens, line: Line) -> Event | bool:
        """Tell of a message literal. Raises SyntaxProblem."""
        literal, limit = self._literal, self.limits.append
        if limit is not None and literal.octets > limit:
            return self._break_off(line, "Message too large", b"TOOBIG", f.Reply.NO)
        first = self._command.mailbox is None
        message = self._command.announce(tokens, literal)
        assert self._command.mailbox is not None
        return AppendStart(self._command.tag, self._command.mailbox, message, first)

    def _gather(self) -> bool:
        chunk = self._framer.chunk()
        self._command.add_chunk(chunk)
        if self._framer.expected:
            return bool(chunk)
        self._command.close_literal()
        self._mode = _Mode.COMMAND
        return True

    def _read_message(self) -> Event | bool:
        chunk = self._framer.chunk()
        if not self._framer.expected:
            self._mode = _Mode.COMMAND
            return LiteralChunk(chunk) if chunk else True
        return LiteralChunk(chunk) if chunk else False

    def _read_response(self) -> Event | bool:
        """Read a line of AUTHENTICATE or IDLE."""
        line = self._framer.line()
        if line is None:
            return False
        usable = line.fault is None and line.literal is None
        if self._mode is _Mode.IDLE:
            if usable and line.text.upper() == b"DONE":
                return IdleDone(self._command.tag)
            return self._break_off(line, "Expected DONE")
        if usable and line.text == b"*":
            return self._break_off(line, "AUTHENTICATE cancelled")
        data = decode_base64(line.text) if usable else None
        if data is None:
            return self._break_off(line, "Expected base64")
        return AuthResponse(self._command.tag, data)

    # Refusing.

    def _break_off(
        self, line: Line, words: str, code: bytes = b"", reply: f.Reply = f.Reply.BAD
    ) -> Event | bool:
        """Answer a command that cannot go on, and skip what still belongs to it."""
        under_way = self._command.mailbox is not None or self._mode in (
            _Mode.AUTHENTICATE,
            _Mode.IDLE,
        )
        self._refuse(f.tagged(self._command.tag, reply, words, code), line.literal)
        self._count(reply)
        return Aborted(self._command.tag) if under_way else True

    def _refuse(self, answer: bytes, literal: Literal | None) -> None:
        """Answer once the client is done: it sends a literal without waiting (RFC 7888 §4)."""
        self._begin()
        self._refusal = answer
        self._skip_literal(literal, 0)

    def _skip_literal(self, literal: Literal | None, swallowed: int) -> None:
        self._swallowed = swallowed
        if literal is None or literal.synchronising:
            self._out.append(self._refusal)
            self._refusal = b""
            self._mode = _Mode.COMMAND
            return
        self._swallowed += literal.octets
        before = self.state is State.NOT_AUTHENTICATED
        if self._swallowed > (self.limits.before_login if before else self.limits.swallow):
            self.bye("Too much data for a refused command", b"TOOBIG")
        else:
            self._expect(literal, _Mode.SWALLOW)

    def _swallow(self) -> bool:
        if self._framer.expected:
            return bool(self._framer.chunk())
        line = self._framer.line()
        if line is None:
            return False
        self._skip_literal(line.literal, self._swallowed)
        return True

    def _expect(self, literal: Literal, mode: _Mode) -> None:
        """Go on reading with a literal. The client is told to send it if it waits."""
        self._framer.expected = literal.octets
        self._mode = mode
        if literal.synchronising and mode is not _Mode.SWALLOW:
            self._out.append(_GO_AHEAD)

    def _begin(self) -> None:
        """Forget the command that was answered."""
        self._mode = _Mode.COMMAND
        self._command.begin()

    def _count(self, reply: f.Reply) -> None:
        """Close the connection of a client that makes nothing but mistakes."""
        if reply is f.Reply.BAD:
            self._errors += 1
            if self._errors >= self.limits.errors:
                self.bye("Too many bad commands")
        elif reply is f.Reply.OK:
            self._errors = 0

    def _enter(self, state: State) -> None:
        self.state = state
        if state is State.LOGOUT:
            self._mode = _Mode.CLOSED
            self._framer.discard()
        elif state is not State.NOT_AUTHENTICATED:
            self._framer.max_line = self.limits.line

    @property
    def _max_command(self) -> int:
        before = self.state is State.NOT_AUTHENTICATED
        return self.limits.before_login if before else self.limits.command
