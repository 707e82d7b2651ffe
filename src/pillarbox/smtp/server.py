"""The server side of one SMTP or LMTP connection, without I/O (RFC 5321 §4, RFC 2033).

    write(connection.data_to_send())        at first: the greeting
    connection.receive(data)                octets from the peer, b"" at end of file
    while event := connection.next_event():
        connection.send(answer(event))      for each Question, see event.py

Events are pulled one at a time, because the answer to one can change how the next
octets are read: after DATA they are a message, after STARTTLS they are void.

This module decides nothing. Whether an address is welcome is the business of
`serve/smtp.py`. It answers by itself only what the RFC settles: syntax, order of
commands, what was not offered, lengths and counts.

Invariants: each command gets one reply, in order; octets of a message are never read as
commands, nor the other way round; after a STARTTLS nothing that came in plaintext is read.
"""

import base64
from collections.abc import Sequence
from typing import Final

from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Capabilities
from pillarbox.smtp.event import (
    MACHINE,
    AuthCancelled,
    AuthResponse,
    BodyEnd,
    BodyRefused,
    Closed,
    Event,
    Fault,
    Limits,
    Question,
    Reason,
    State,
)
from pillarbox.smtp.framing import LineReader
from pillarbox.smtp.incoming import FAULT_REPLIES, ChunkedMessage, DataMessage
from pillarbox.smtp.parse import decode_base64, parse

_NO_MAIL: Final = c.MailFrom(None)
# Events whose positive answer changes more than the state: see `_accepted`.
_REMEMBERED: Final = frozenset(
    {c.MailFrom, c.RcptTo, c.DataRequested, BodyEnd, c.AuthStart, AuthResponse, c.StartTls}
)
# Commands that the order alone does not settle: see `_objection`.
_CONDITIONAL: Final = frozenset({c.RcptTo, c.Hello, c.DataRequested, c.StartTls, c.AuthStart})


class ServerConnection:
    """One connection. See the module docstring for the calling order.

    state: read only. recipients: accepted in the current transaction. authenticated: an
    AUTH succeeded. early_talker: the peer spoke before the greeting was written.
    discarded_octets: plaintext that came after STARTTLS.
    """

    def __init__(
        self,
        greeting: r.Reply,
        capabilities: Capabilities,
        *,
        lmtp: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self.capabilities = capabilities
        self.limits = limits or Limits()
        self.lmtp = lmtp
        self.state = State.START
        self.recipients = 0
        self.authenticated = False
        self.early_talker = False
        self.discarded_octets = 0
        self._in = LineReader()
        self._eof = False
        self._greeted = False
        self._out = [bytes(greeting)]
        self._asked: Question | None = None  # the event that waits for `send`
        self._closed: Closed | None = None  # the last event, until it is told
        self._errors = 0
        self._refusals = 0
        self._mail = _NO_MAIL
        self._data = DataMessage(0)
        self._chunks = ChunkedMessage()
        self._chunk: c.Bdat | None = None  # waits for the driver's word
        self._in_chunk = False

    @property
    def pipelined(self) -> bool:
        """True when octets have come that are behind the event just returned.

        After EHLO, DATA or STARTTLS no client may send before it has read the answer
        (RFC 2920 §3.1).
        """
        return len(self._in) > 0

    def receive(self, data: bytes) -> None:
        """Take octets from the peer; b"" means that it sends no more."""
        if not data:
            self._eof = True
        elif self.state is State.HANDSHAKE:
            self.discarded_octets += len(data)
        elif self.state is not State.CLOSED:
            self.early_talker = self.early_talker or not self._greeted
            self._in.receive(data)

    def data_to_send(self) -> bytes:
        """Return, and forget, the octets to write to the peer."""
        self._greeted = True
        data, self._out = b"".join(self._out), []
        return data

    def next_event(self) -> Event | None:
        """Return the next event, or None when more octets are needed."""
        assert self._asked is None, f"no answer to {self._asked}"
        event = self._read() if self._closed is None else None
        if event is not None:
            if type(event) in MACHINE:
                self._asked = event  # type: ignore[assignment]  # MACHINE's keys are the Questions
            return event
        if self._eof and self.state is not State.CLOSED:
            self._close(Reason.PEER_LEFT)
        event, self._closed = self._closed, None
        return event

    def send(self, reply: r.Reply) -> None:
        """Answer the event that `next_event` returned last.

        The answer to a BodyEnd of LMTP is repeated for each recipient: see `send_each`.
        """
        if self.lmtp and type(self._asked) is BodyEnd:
            self.send_each([reply] * self.recipients)
            return
        event, self._asked = self._asked, None
        assert event is not None, "no event waits for an answer"
        kind: type = type(event)
        if kind is c.DataRequested and event.chunked:  # type: ignore[union-attr]  # kind narrows it
            kind = c.Bdat
        else:
            self._out.append(bytes(reply))
        self._answered(event, kind, reply)

    def send_each(self, replies: Sequence[r.Reply]) -> None:
        """Answer a BodyEnd of LMTP: one reply for each accepted recipient, in order."""
        event, self._asked = self._asked, None
        assert type(event) is BodyEnd, "no message waits for an answer"
        assert len(replies) == self.recipients, f"{self.recipients} replies are due"
        self._out.extend(map(bytes, replies))
        accepted = [reply for reply in replies if reply.positive]
        self._answered(event, BodyEnd, accepted[0] if accepted else replies[0])

    def _answered(self, event: Question, kind: type, reply: r.Reply) -> None:
        """Go where the answer leads."""
        positive = reply.code < 400
        yes, no = MACHINE[kind][self.state]
        self.state = yes if positive else no
        if positive and kind in _REMEMBERED:
            self._accepted(event)
        if self.state is State.READY and self._mail is not _NO_MAIL:
            self._mail, self.recipients = _NO_MAIL, 0
        if kind is c.Bdat:
            self._begin_chunk(None if positive else reply)
        elif kind is c.Quit:
            self._close(Reason.QUIT)
        elif reply.code >= 500:
            self._refusals += 1
            if self._refusals > self.limits.refusals:
                self.close(r.TOO_MANY_ERRORS, Reason.TOO_MANY_ERRORS)

    def send_challenge(self, data: bytes) -> None:
        """Answer AuthStart or AuthResponse with a challenge (RFC 4954 §4)."""
        assert isinstance(self._asked, c.AuthStart | AuthResponse), "no exchange"
        self._asked = None
        self.state = State.AUTH
        self._out.append(b"334 " + base64.b64encode(data) + b"\r\n")

    def hello_reply(self, host: str) -> r.Reply:
        """Return the positive answer to the Hello that waits, with what is offered."""
        assert type(self._asked) is c.Hello, "no greeting waits"
        lines = self.capabilities.lines() if self._asked.extended else ()
        return r.reply(250, "", host, *lines)

    def tls_started(self, capabilities: Capabilities) -> None:
        """Begin anew after the handshake: nothing that was said counts (RFC 3207 §4.2)."""
        assert self.state is State.HANDSHAKE, "STARTTLS was not accepted"
        self.state = State.START
        self.capabilities = capabilities
        self.authenticated = False
        self.recipients = 0

    def close(self, reply: r.Reply, reason: Reason = Reason.TOLD) -> None:
        """Say a last word, usually 421, and read no more. Before the greeting: instead of it."""
        if not self._greeted:
            self._out = []
        if self.state is not State.CLOSED:
            self._out.append(bytes(reply))
            self._close(reason)

    def _close(self, reason: Reason) -> None:
        self.state = State.CLOSED
        self._asked = None
        self._closed = Closed(reason)
        self._in.clear()

    def _accepted(self, event: Question) -> None:
        """Remember what a positive answer changes."""
        match event:
            case c.MailFrom():
                self._mail = event
            case c.RcptTo():
                self.recipients += 1
            case c.DataRequested():
                self._data = DataMessage(self.capabilities.max_octets)
            case BodyEnd():
                self._errors = self._refusals = 0
            case c.AuthStart() | AuthResponse():
                self.authenticated = True
            case c.StartTls():
                self.discarded_octets += self._in.clear()
            case _:
                pass

    def _refuse(self, reply: r.Reply) -> None:
        """Answer a command that is wrong, or lose patience."""
        self._errors += 1
        if self._errors > self.limits.errors:
            self.close(r.TOO_MANY_ERRORS, Reason.TOO_MANY_ERRORS)
        else:
            self._out.append(bytes(reply))

    def _read(self) -> Event | None:
        while True:
            if self._in_chunk:
                event: Event | None = self._read_chunk()
                if event is not None or self._in_chunk:
                    return event
                continue
            match self.state:
                case State.BODY:
                    return self._read_data()
                case State.AUTH:
                    return self._read_response()
                case State.HANDSHAKE | State.CLOSED:
                    return None
                case _:
                    event = self._read_command()
            if event is not None or not self._in_chunk:
                return event

    def _read_command(self) -> Question | None:
        """Read lines until one is a command in order, and answer the others."""
        limits = self.limits
        while self._closed is None and not self._in_chunk:
            line = self._in.line(limits.line_octets, limits.auth_octets)
            if line is None:
                return None
            if isinstance(line, r.Reply):
                self._refuse(line)
                continue
            try:
                command = parse(line, self.capabilities, utf8=self._mail.smtputf8)
            except c.CommandProblem as problem:
                self._refuse(problem.reply)
                if line[:4].upper() == b"BDAT" and self._closed is None:
                    # The size of what follows is unknown: it would be read as commands.
                    self._close(Reason.BAD_CHUNK)
                continue
            if isinstance(command, c.Bdat):
                if self._take_chunk(command):
                    return c.DataRequested(chunked=True)
                continue
            kind = type(command)
            objection = None
            if kind in _CONDITIONAL:
                objection = self._objection(command, line)
            if self.state not in MACHINE[kind]:
                objection = r.BAD_SEQUENCE
            if objection is None:
                return command
            if objection is r.TOO_MANY_RECIPIENTS:
                self._out.append(bytes(objection))
            else:
                self._refuse(objection)
        return None

    def _objection(self, command: c.Command, line: bytes) -> r.Reply | None:
        """Return why a command that is in order cannot be taken now, or None."""
        offered = self.capabilities
        reply = None
        match command:
            case c.RcptTo() if self.recipients >= self.limits.recipients:
                # RFC 5321 §4.5.3.1.10. What was accepted so far stays.
                reply = r.TOO_MANY_RECIPIENTS
            case c.Hello() if (line[:1] in b"Ll") != self.lmtp:
                reply = r.UNKNOWN_COMMAND  # RFC 2033 §4.1: LHLO, and nothing else
            case c.DataRequested() if self._mail.body == "BINARYMIME":
                reply = r.NEEDS_BDAT  # RFC 3030 §3
            case c.StartTls() if not offered.starttls:
                reply = r.NOT_OFFERED
            case c.AuthStart() if not offered.mechanisms:
                reply = r.NEEDS_TLS if offered.starttls else r.NOT_OFFERED
            case c.AuthStart() if self.authenticated:
                reply = r.BAD_SEQUENCE
            case c.AuthStart(mechanism) if mechanism not in offered.mechanisms:
                reply = r.UNSUPPORTED_MECHANISM
            case _:
                pass
        return reply

    def _read_data(self) -> Event | None:
        event = self._data.read(self._in)
        if isinstance(event, BodyRefused):
            copies = self.recipients if self.lmtp else 1
            self._out.append(bytes(FAULT_REPLIES[event.fault]) * copies)
            self.state = State.READY
            if event.fault is Fault.BARE_NEWLINE:
                # What the peer takes for the end of the message, we do not: no going on.
                self._close(Reason.BARE_NEWLINE)
        elif event is None and self._data.swallowed > self.limits.swallow_octets:
            self.close(r.TOO_LARGE, Reason.TOO_LARGE)
        return event

    def _take_chunk(self, chunk: c.Bdat) -> bool:
        """Begin a chunk, or return True when the driver is to be asked first."""
        self._chunk = chunk
        limit = self.capabilities.max_octets
        if self.state is State.RCPT:
            self._chunks = ChunkedMessage()
        if not self.capabilities.chunking:
            self._begin_chunk(r.NOT_OFFERED)
        elif self.state is not State.RCPT and self.state is not State.CHUNKS:
            self._begin_chunk(r.BAD_SEQUENCE)
        elif 0 < limit < self._chunks.octets + chunk.size:
            self.state = State.SPOILED
            self._begin_chunk(r.TOO_LARGE)
        elif self.state is State.RCPT:
            return True
        else:
            self.state = State.BODY
            self._begin_chunk(None)
        return False

    def _begin_chunk(self, refusal: r.Reply | None) -> None:
        assert self._chunk is not None, "no chunk"
        self._chunks.begin(self._chunk, refusal)
        self._chunk = None
        self._in_chunk = True
        if refusal is not None and self._chunks.left > self.limits.swallow_octets:
            self._in_chunk = False
            self.close(refusal, Reason.TOO_LARGE)

    def _read_chunk(self) -> Event | None:
        """Read a chunk; the next octets are a command when `_in_chunk` is False again."""
        chunks = self._chunks
        data = chunks.read(self._in)
        if data is not None or chunks.left:
            return data
        self._in_chunk = False
        if chunks.refusal is not None:
            self._end_refused(chunks.refusal)
            return None
        if chunks.last:
            return chunks.end()
        self.state = State.CHUNKS
        self._out.append(bytes(r.CHUNK_OK))
        return None

    def _end_refused(self, refusal: r.Reply) -> None:
        """Answer a chunk that was swallowed. The last one ends the transaction with it."""
        copies = 1
        if chunks_end := self._chunks.last and self.state is State.SPOILED:
            copies = max(self.recipients, 1) if self.lmtp else 1
        self._refuse(refusal)
        if chunks_end and self._closed is None:
            self._out.append(bytes(refusal) * (copies - 1))
            self.state = State.READY
            self._mail, self.recipients = _NO_MAIL, 0

    def _read_response(self) -> AuthResponse | AuthCancelled | None:
        """Read one line of a SASL exchange (RFC 4954 §4)."""
        limit = self.limits.auth_octets
        line = self._in.line(limit, limit)
        if line is None:
            return None
        problem = line if isinstance(line, r.Reply) else r.CANCELLED
        if isinstance(line, bytes) and line != b"*":
            try:
                return AuthResponse(decode_base64(line))
            except c.CommandProblem as exc:
                problem = exc.reply
        self.state = State.READY
        self._refuse(problem)
        return AuthCancelled()
