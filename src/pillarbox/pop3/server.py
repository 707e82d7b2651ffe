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
                line = self._in.line(self.limits.line_octets, self._auth_octets())
            except LineProblem as problem:
                event = self._refuse(problem.reason)
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
                self._count_error()
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

    def _auth_octets(self) -> int:
        return self.limits.auth_octets

    def _count_error(self) -> None:
        self._errors += 1
        if self._errors > self.limits.errors:
            self.close(TOO_MANY_ERRORS, Reason.TOO_MANY_ERRORS)
