"""The server side of one POP3 connection, without I/O (RFC 1939, RFC 2449, RFC 5034).

    write(connection.data_to_send())        at first: the greeting
    connection.receive(data)                octets from the peer, b"" at end of file
    while event := connection.next_event():
        ...                                 answer it as event.py says

The engine keeps the listing that `open` gave it and answers by itself all that follows
from it: STAT, LIST, UIDL, DELE, RSET, NOOP, CAPA. Message octets come from the driver, in
chunks. Deletions are marks until QUIT, whose event carries them; a connection that ends
in any other way deletes nothing (RFC 1939 §6).
"""

import base64
from collections.abc import Sequence
from typing import Final

from pillarbox.pop3 import command as c
from pillarbox.pop3.event import (
    TOO_MANY_ERRORS,
    AuthCancelled,
    AuthResponse,
    AuthStart,
    Capabilities,
    Closed,
    Event,
    Item,
    Limits,
    Login,
    Question,
    Quit,
    Reason,
    Reply,
    Retrieve,
    StartTls,
    State,
    err,
    ok,
)
from pillarbox.pop3.framing import LineProblem, LineReader, MessageWriter

_BEFORE: Final = frozenset({State.AUTHORIZATION})
_AFTER: Final = frozenset({State.TRANSACTION})
_ALWAYS: Final = _BEFORE | _AFTER

# The states in which a command is in order (RFC 1939 §4 and §5, RFC 2449 §5, RFC 6856 §2).
_ORDER: Final = {
    "CAPA": _ALWAYS,
    "QUIT": _ALWAYS,
    "STLS": _BEFORE,
    "UTF8": _BEFORE,
    "STAT": _AFTER,
    "NOOP": _AFTER,
    "RSET": _AFTER,
}


class ServerConnection:
    """One connection. See the module docstring for the calling order.

    state: read only. utf8: the client said UTF8, so that messages may go as they are
    (RFC 6856 §2.1). discarded_octets: plaintext that came after STLS.
    """

    def __init__(
        self, greeting: str, capabilities: Capabilities, *, limits: Limits | None = None
    ) -> None:
        self.capabilities = capabilities
        self.limits = limits or Limits()
        self.state = State.AUTHORIZATION
        self.utf8 = False
        self.discarded_octets = 0
        self._in = LineReader()
        self._eof = False
        self._out = [bytes(ok(greeting))]
        self._asked: Question | None = None
        self._closed: Closed | None = None
        self._errors = 0
        self._username = ""
        self._items: Sequence[Item] = ()
        self._deleted: set[int] = set()
        self._writer = MessageWriter()

    def receive(self, data: bytes) -> None:
        """Take octets from the peer; b"" means that it sends no more."""
        if not data:
            self._eof = True
        elif self.state is State.HANDSHAKE:
            self.discarded_octets += len(data)
        elif self.state is not State.CLOSED:
            self._in.receive(data)

    def data_to_send(self) -> bytes:
        """Return, and forget, the octets to write to the peer."""
        data, self._out = b"".join(self._out), []
        return data

    def next_event(self) -> Event | None:
        """Return the next event, or None when more octets are needed."""
        assert self._asked is None, f"no answer to {self._asked}"
        event: Event | None = None
        while self._closed is None and event is None and self.state is not State.HANDSHAKE:
            try:
                line = self._in.line(*self._limits())
            except LineProblem as problem:
                event = self._refuse(err(problem.reason))
                continue
            if line is None:
                break
            event = self._response(line) if self.state is State.EXCHANGE else self._command(line)
        if isinstance(event, Question):
            self._asked = event
        if event is not None:
            return event
        if self._eof and self.state is not State.CLOSED:
            self._close(Reason.PEER_LEFT)
        closed, self._closed = self._closed, None
        return closed

    def send(self, reply: Reply) -> None:
        """Answer an event that `event.py` lets be answered so."""
        event, self._asked = self._asked, None
        assert event is not None, "no event waits for an answer"
        self._out.append(bytes(reply))
        match event:
            case Quit():
                self._close(Reason.QUIT)
            case StartTls() if reply.positive:
                self.state = State.HANDSHAKE
                self.discarded_octets += self._in.clear()
            case Login() | AuthStart() | AuthResponse():
                assert not reply.positive, "a sign-in ends with open()"
                self.state = State.AUTHORIZATION
                self._errors += 1
                self._is_impatient()
            case _:
                pass

    def open(self, items: Sequence[Item], text: str = "Ready") -> None:
        """Accept a sign-in: these are the messages, in order; they must not change."""
        event, self._asked = self._asked, None
        assert isinstance(event, Login | AuthStart | AuthResponse), "nobody signs in"
        self.state = State.TRANSACTION
        self._items, self._deleted = items, set()
        self._errors = 0
        self._out.append(bytes(ok(text)))

    def send_challenge(self, data: bytes) -> None:
        """Answer AuthStart or AuthResponse with a challenge (RFC 5034 §4)."""
        assert isinstance(self._asked, AuthStart | AuthResponse), "no exchange"
        self._asked = None
        self.state = State.EXCHANGE
        self._out.append(b"+ " + base64.b64encode(data) + b"\r\n")

    def begin_message(self) -> None:
        """Answer Retrieve: the octets follow, by `send_chunk`, then `end_message`."""
        assert isinstance(self._asked, Retrieve), "no message was asked for"
        octets = self._items[self._asked.index].octets
        self._writer = MessageWriter(self._asked.lines)
        self.state = State.SENDING
        self._out.append(bytes(ok(f"{octets} octets" if self._asked.lines is None else "")))

    def send_chunk(self, data: bytes) -> bool:
        """Send some of the message. Returns False when the client wants no more of it."""
        assert self.state is State.SENDING, "no message was begun"
        self._out.append(self._writer.feed(data))
        return not self._writer.full

    def end_message(self) -> None:
        """End the message."""
        assert self.state is State.SENDING, "no message was begun"
        self._asked = None
        self.state = State.TRANSACTION
        self._out.append(self._writer.end())

    def tls_started(self, capabilities: Capabilities) -> None:
        """Begin anew after the handshake: nothing that was said counts (RFC 2595 §4)."""
        assert self.state is State.HANDSHAKE, "STLS was not accepted"
        self.state = State.AUTHORIZATION
        self.capabilities = capabilities
        self.utf8 = False
        self._username = ""

    def close(self, reply: Reply, reason: Reason = Reason.TOLD) -> None:
        """Say a last word and read no more. In the middle of a message: just end."""
        if self.state is State.CLOSED:
            return
        if self.state is not State.SENDING:
            self._out.append(bytes(reply))
        self._close(reason)

    def _close(self, reason: Reason) -> None:
        self.state = State.CLOSED
        self._asked = None
        self._closed = Closed(reason)
        self._in.clear()

    def _limits(self) -> tuple[int, int]:
        limits = self.limits
        long = self.state is State.EXCHANGE
        return limits.auth_octets if long else limits.line_octets, limits.auth_octets

    def _refuse(self, reply: Reply) -> AuthCancelled | None:
        """Answer what is wrong, or lose patience. An exchange that was going on is over."""
        exchange = self.state is State.EXCHANGE
        if exchange:
            self.state = State.AUTHORIZATION
        self._errors += 1
        if not self._is_impatient():
            self._out.append(bytes(reply))
        return AuthCancelled() if exchange else None

    def _is_impatient(self) -> bool:
        if self._errors > self.limits.errors:
            self.close(TOO_MANY_ERRORS, Reason.TOO_MANY_ERRORS)
        return self._closed is not None

    def _response(self, line: bytes) -> AuthResponse | AuthCancelled | None:
        """Read one line of a SASL exchange (RFC 5034 §4)."""
        if line == b"*":
            return self._refuse(err("Authentication cancelled"))
        try:
            return AuthResponse(c.decode_base64(line))
        except c.CommandProblem as problem:
            return self._refuse(err(problem.reason))

    def _command(self, line: bytes) -> Event | None:
        """Read one command: answer it, or return the event that asks the driver."""
        try:
            command = c.parse(line)
            match command:
                case c.User() | c.Pass() | c.Auth():
                    return self._authorize(command)
                case c.Listing():
                    self._list(command)
                    return None
                case c.Pick():
                    return self._pick(command)
                case c.Plain(verb):
                    return self._plain(verb)
        except c.CommandProblem as problem:
            return self._refuse(err(problem.reason))

    def _authorize(self, command: c.User | c.Pass | c.Auth) -> Event | None:
        self._need(_BEFORE)
        offered = self.capabilities
        if isinstance(command, c.Auth):
            if not command.mechanism:
                self._lines("", offered.mechanisms)
                return None
            if command.mechanism not in offered.mechanisms:
                raise c.CommandProblem("Mechanism not available")
            return AuthStart(command.mechanism, command.initial)
        if not offered.user:
            raise c.CommandProblem("Use STLS first" if offered.starttls else "Not available")
        if isinstance(command, c.User):
            # The answer never tells whether there is such an account (RFC 1939 §7).
            self._username = command.name
            self._out.append(bytes(ok("Send the password")))
            return None
        if not self._username:
            raise c.CommandProblem("Send USER first")
        username, self._username = self._username, ""
        return Login(username, command.password)

    def _plain(self, verb: str) -> Event | None:
        self._need(_ORDER[verb])
        authorized = self.state is State.TRANSACTION
        match verb:
            case "QUIT":
                return Quit(tuple(sorted(self._deleted)))
            case "STLS":
                if not self.capabilities.starttls:
                    raise c.CommandProblem("Not available")
                return StartTls()
            case "UTF8":
                if not self.capabilities.utf8:
                    raise c.CommandProblem("Not available")
                self.utf8 = True
                self._out.append(bytes(ok("UTF-8 it is")))
            case "CAPA":
                self._lines("", self.capabilities.lines(authorized=authorized))
            case "STAT":
                left = self._left()
                octets = sum(self._items[index].octets for index in left)
                self._out.append(b"+OK %d %d\r\n" % (len(left), octets))
            case "RSET":
                self._deleted.clear()
                self._out.append(bytes(ok()))
            case _:
                self._out.append(bytes(ok()))
        return None

    def _list(self, command: c.Listing) -> None:
        """LIST and UIDL: one message or all that are not deleted (RFC 1939 §5, §7)."""
        self._need(_AFTER)
        uidl = command.verb == "UIDL"
        if command.number is not None:
            item = self._items[self._index(command.number)]
            value = item.uid if uidl else item.octets
            self._out.append(f"+OK {command.number} {value}\r\n".encode())
            return
        items = self._items
        if uidl:
            lines = [f"{index + 1} {items[index].uid}" for index in self._left()]
        else:
            lines = [f"{index + 1} {items[index].octets}" for index in self._left()]
        self._lines(f"{len(lines)} messages", lines)

    def _pick(self, command: c.Pick) -> Retrieve | None:
        self._need(_AFTER)
        index = self._index(command.number)
        if command.verb != "DELE":
            return Retrieve(index, command.lines)
        self._deleted.add(index)
        self._out.append(bytes(ok(f"Message {command.number} deleted")))
        return None

    def _need(self, states: frozenset[State]) -> None:
        if self.state not in states:
            known = self.state is State.TRANSACTION
            raise c.CommandProblem("Already signed in" if known else "Sign in first")

    def _index(self, number: int) -> int:
        """Return the place of a message that is there (RFC 1939 §5). Raises CommandProblem."""
        index = number - 1
        if not 0 <= index < len(self._items) or index in self._deleted:
            raise c.CommandProblem("No such message")
        return index

    def _left(self) -> Sequence[int]:
        places = range(len(self._items))
        return (
            [index for index in places if index not in self._deleted] if self._deleted else places
        )

    def _lines(self, text: str, lines: Sequence[str]) -> None:
        """Answer with a multi-line response; no line begins with a dot."""
        body = "".join(f"{line}\r\n" for line in lines)
        self._out.append(bytes(ok(text)) + body.encode() + b".\r\n")
