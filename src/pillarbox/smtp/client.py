"""The client side of one SMTP or LMTP connection, without I/O (RFC 5321 §3, RFC 2033).

    connection.receive(data)                    octets from the peer, b"" at end of file
    while event := connection.next_event(): ...
    write(connection.data_to_send())            after each call of any method

    Answered(GREETING)  -> hello()
    Answered(HELLO)     -> starttls() / auth() / begin(mail) / quit()
    Answered(STARTTLS)  -> the handshake, tls_started(), hello()
    BodyWanted          -> send_body(chunk)..., end_body()
    Done                -> begin(mail) again, or quit()
    Ended               -> close

One connection carries any number of messages. MAIL, RCPT and DATA go out together when
the peer offers PIPELINING (RFC 2920). What the peer says becomes values; what to do
about it, whom to trust and how long to wait is the driver's business.

The peer may be hostile: replies are bounded, each is read as the answer to one command,
and anything else ends the connection with `Ended`, after a `Done` if a message was on its
way. Octets that came before TLS are never read after it.
"""

import base64
import binascii
from collections import deque
from collections.abc import Callable
from typing import Final

from pillarbox.smtp.capability import Extensions
from pillarbox.smtp.data import BodyEncoder
from pillarbox.smtp.outgoing import Mail, Obstacle, mail_line, needs_utf8, obstacle, rcpt_line
from pillarbox.smtp.progress import Answered, BodyWanted, Done, Ended, Event, Reason, Verb
from pillarbox.smtp.reply import Reply
from pillarbox.smtp.reply_reader import ReplyProblem, ReplyReader
from pillarbox.smtp.transaction import Transaction

MAX_CHALLENGES: Final = 10
MAX_INITIAL_LINE: Final = 510  # octets; a longer AUTH waits for the challenge (RFC 4954 §4)
_NOTHING: Final = Extensions({})


# After these nothing is sent until the reply has come (RFC 2920 §3.1).
_SYNC: Final = frozenset({Verb.HELLO, Verb.STARTTLS, Verb.AUTH, Verb.DATA, Verb.NOOP, Verb.QUIT})
_TRANSACTIONAL: Final = frozenset({Verb.MAIL, Verb.RCPT, Verb.DATA, Verb.BDAT, Verb.BODY})


class ClientConnection:
    """One connection. See the module docstring for the calling order.

    name: our host name or address literal, for EHLO. extensions: what is offered, after
    Answered(HELLO). encrypted: `tls_started` was called.
    """

    def __init__(self, name: str, *, lmtp: bool = False, encrypted: bool = False) -> None:
        self.name = name
        self.lmtp = lmtp
        self.encrypted = encrypted
        self.extensions = _NOTHING
        self._in = ReplyReader()
        self._eof = False
        self._out: list[bytes] = []
        self._events: deque[Event] = deque()
        self._todo: deque[tuple[Verb, int, bytes]] = deque()
        self._waiting: deque[tuple[Verb, int]] = deque([(Verb.GREETING, 0)])
        self._handshake = False
        self._ended = False
        self._extended = True
        self._step: Callable[[bytes], bytes | None] | None = None
        self._initial: bytes | None = None  # waits for the first challenge
        self._challenges = 0
        self._transaction: Transaction | None = None
        self._encoder: BodyEncoder | None = None  # None: no body, or one by BDAT
        self._dirty = False  # the peer may still hold an unfinished transaction

    def receive(self, data: bytes) -> None:
        """Take octets from the peer; b"" means that it sends no more."""
        self._eof = self._eof or not data
        if not (self._handshake or self._ended):
            self._in.receive(data)

    def data_to_send(self) -> bytes:
        """Return, and forget, the octets to write to the peer."""
        data, self._out = b"".join(self._out), []
        return data

    def next_event(self) -> Event | None:
        """Return the next event, or None when more octets are needed."""
        while not self._events and not self._ended:
            try:
                reply = self._in.next_reply()
            except ReplyProblem as problem:
                self._end(Reason.NOT_SMTP, detail=str(problem))
                continue
            if reply is not None:
                self._take(reply)
            elif self._eof and not self._handshake:
                quitting = any(verb is Verb.QUIT for verb, _ in self._waiting)
                self._end(Reason.QUIT if quitting else Reason.PEER_LEFT)
            else:
                return None
        return self._events.popleft() if self._events else None

    # Commands of the driver.

    def hello(self) -> None:
        """Say EHLO (LHLO for LMTP), and HELO if the peer does not know it."""
        self._extended = True
        self._queue(Verb.HELLO, f"{'LHLO' if self.lmtp else 'EHLO'} {self.name}\r\n".encode())

    def starttls(self) -> None:
        """Ask for TLS (RFC 3207)."""
        self._queue(Verb.STARTTLS, b"STARTTLS\r\n")

    def tls_started(self) -> None:
        """Begin anew after the handshake: what was offered before does not count."""
        assert self._handshake, "STARTTLS was not accepted"
        self._handshake = False
        self.encrypted = True
        self.extensions = _NOTHING
        self._in.clear()

    def auth(
        self, mechanism: str, initial: bytes | None, step: Callable[[bytes], bytes | None]
    ) -> None:
        """Authenticate (RFC 4954). Answered(AUTH) tells how it ended.

        step: gets each challenge, decoded, and returns the response, or None to cancel.
        """
        self._step, self._initial, self._challenges = step, None, 0
        line = b"AUTH " + mechanism.encode()
        if initial is not None:
            encoded = base64.b64encode(initial) or b"="
            if len(line) + 1 + len(encoded) <= MAX_INITIAL_LINE:
                line += b" " + encoded
            else:
                self._initial = initial
        self._queue(Verb.AUTH, line + b"\r\n")

    def obstacle(self, mail: Mail) -> Obstacle | None:
        """Return why this peer cannot take the message as it is, or None."""
        return obstacle(mail, self.extensions)

    def begin(self, mail: Mail) -> None:
        """Begin a transaction. Done ends it; BodyWanted comes before, if anybody accepts.

        An `obstacle` that was ignored is not announced to the peer.
        """
        assert self._transaction is None, "a message is on its way"
        assert mail.recipients, "nobody to send to"
        offered = self.extensions
        self._transaction = Transaction(mail, lmtp=self.lmtp)
        if self._ended:
            self._events.append(Done(self._transaction.outcomes()))
            self._transaction = None
            return
        if self._dirty:
            self._queue(Verb.CLEANUP, b"RSET\r\n")
        self._dirty = True
        utf8 = needs_utf8(mail) and "SMTPUTF8" in offered
        self._queue(Verb.MAIL, mail_line(mail, offered))
        for index, recipient in enumerate(mail.recipients):
            self._queue(Verb.RCPT, rcpt_line(recipient, offered, utf8=utf8), index)
        self._encoder = None
        if mail.body != "BINARYMIME":
            self._encoder = BodyEncoder()
            self._queue(Verb.DATA, b"DATA\r\n")

    def send_body(self, data: bytes) -> None:
        """Send some of the message, after BodyWanted. Ignored once the peer has refused it.

        The octets are CRLF lines unless the message is BINARYMIME. A bare CR or LF is not
        sent: it ends the connection, since the peer could read it as the end of the message.
        """
        transaction = self._transaction
        if transaction is None or not transaction.sending or not data:
            return
        if self._encoder is None:
            self._out += (b"BDAT %d\r\n" % len(data), data)
            self._waiting.append((Verb.BDAT, 0))
            return
        self._out.append(self._encoder.feed(data))
        if self._encoder.bare_newline:
            self._end(Reason.BARE_NEWLINE)

    def end_body(self) -> None:
        """End the message. Ignored once the peer has refused it."""
        transaction = self._transaction
        if transaction is None or not transaction.sending:
            return
        transaction.sending = False
        if self._encoder is None:
            self._out.append(b"BDAT 0 LAST\r\n")
        else:
            end = self._encoder.end()
            if self._encoder.bare_newline:
                self._end(Reason.BARE_NEWLINE)
                return
            self._out.append(end)
        self._waiting.extend((Verb.BODY, i) for i in range(transaction.replies_due))

    def reset(self) -> None:
        """Say RSET, between transactions: a way to see whether the peer is still there."""
        self._queue(Verb.RSET, b"RSET\r\n")

    def noop(self) -> None:
        """Say NOOP."""
        self._queue(Verb.NOOP, b"NOOP\r\n")

    def quit(self) -> None:
        """Say QUIT. Ended comes after the answer, or when the peer just leaves."""
        self._queue(Verb.QUIT, b"QUIT\r\n")

    # What happens inside.

    def _queue(self, verb: Verb, line: bytes, index: int = 0) -> None:
        if not self._ended:
            self._todo.append((verb, index, line))
            self._pump()

    def _pump(self) -> None:
        """Send what may be sent now."""
        pipelining = "PIPELINING" in self.extensions
        while self._todo:
            if self._waiting and (not pipelining or self._waiting[-1][0] in _SYNC):
                return
            verb, index, line = self._todo.popleft()
            self._waiting.append((verb, index))
            self._out.append(line)

    def _take(self, reply: Reply) -> None:
        """Read a reply as the answer to the oldest command."""
        if not self._waiting:
            self._unasked(reply)
            return
        verb, index = self._waiting.popleft()
        if verb in _TRANSACTIONAL:
            self._proceed(verb, index, reply)
        elif verb is Verb.AUTH and reply.code == 334:
            self._challenged(reply)
        elif 300 <= reply.code < 400:
            self._end(Reason.UNEXPECTED, reply)
        elif verb is Verb.HELLO:
            self._greeted(reply)
        elif verb is Verb.STARTTLS and reply.positive:
            self._begin_handshake(reply)
        elif verb is not Verb.CLEANUP:
            self._dirty = self._dirty and not (verb is Verb.RSET and reply.positive)
            self._events.append(Answered(verb, reply))
        if verb is Verb.QUIT:
            self._end(Reason.QUIT)
        elif reply.code == 421:
            self._end(Reason.SHUT_DOWN, reply)
        self._pump()

    def _unasked(self, reply: Reply) -> None:
        transaction = self._transaction
        if reply.code == 421:
            self._end(Reason.SHUT_DOWN, reply)
        elif transaction is not None and transaction.sending and reply.code >= 400:
            # Too soon, but plain enough. What was sent of the message cannot be unsent.
            transaction.finish(reply)
            self._end(Reason.REFUSED_EARLY, reply)
        else:
            self._end(Reason.UNEXPECTED, reply)

    def _greeted(self, reply: Reply) -> None:
        if reply.permanent and self._extended and not self.lmtp:
            # RFC 5321 §3.2: a server that does not know EHLO.
            self._extended = False
            self._queue(Verb.HELLO, f"HELO {self.name}\r\n".encode())
            return
        if reply.code < 300:
            self.extensions = Extensions.of(reply.text) if self._extended else _NOTHING
        self._events.append(Answered(Verb.HELLO, reply))

    def _begin_handshake(self, reply: Reply) -> None:
        if len(self._in):
            self._end(Reason.INJECTED)
            return
        self._handshake = True
        self._events.append(Answered(Verb.STARTTLS, reply))

    def _challenged(self, reply: Reply) -> None:
        """Answer a challenge of AUTH (RFC 4954 §4)."""
        self._challenges += 1
        if self._challenges > MAX_CHALLENGES or self._step is None:
            self._end(Reason.UNEXPECTED, reply)
            return
        response, self._initial = self._initial, None
        if response is None:
            try:
                text = f"{reply.enhanced} {reply.text[0]}" if reply.enhanced else reply.text[0]
                response = self._step(base64.b64decode(text.strip().encode(), validate=True))
            except (binascii.Error, ValueError):
                response = None
        line = b"*" if response is None else base64.b64encode(response)
        self._waiting.appendleft((Verb.AUTH, 0))
        self._out.append(line + b"\r\n")

    def _proceed(self, verb: Verb, index: int, reply: Reply) -> None:
        """Read the reply to a command of the transaction."""
        transaction = self._transaction
        assert transaction is not None, "no transaction"
        if (300 <= reply.code < 400) != (verb is Verb.DATA and reply.code == 354) or (
            verb is Verb.DATA and reply.code < 300
        ):
            self._end(Reason.UNEXPECTED, reply)
            return
        match verb:
            case Verb.MAIL:
                transaction.mail_answered(reply)
            case Verb.RCPT:
                transaction.rcpt_answered(index, reply)
            case Verb.DATA:
                transaction.data_answered(reply)
            case Verb.BDAT:
                transaction.chunk_answered(reply)
            case _:
                transaction.body_answered(index, reply)
        self._advance(transaction, verb)

    def _advance(self, transaction: Transaction, verb: Verb) -> None:
        """Send the message, or finish, when the replies due so far are in."""
        if transaction.hopeless:
            self._todo.clear()  # not sent yet, and of no use now
        if self._waiting or self._todo:
            return
        if transaction.hopeless and verb is Verb.DATA and transaction.go_ahead:
            # RFC 2920 §3.1: a server that goes ahead for nobody gets an empty message.
            self._out.append(b".\r\n")
            if not self.lmtp:
                self._waiting.append((Verb.BODY, 0))
                return
        if transaction.hopeless or transaction.complete:
            self._dirty = not transaction.complete
            self._transaction = None
            self._events.append(Done(transaction.outcomes()))
        elif not transaction.sending and (transaction.go_ahead or self._encoder is None):
            transaction.sending = True
            self._events.append(BodyWanted())

    def _end(self, reason: Reason, reply: Reply | None = None, detail: str = "") -> None:
        """Give up the connection, and what was on its way."""
        if self._ended:
            return
        self._ended = True
        self._todo.clear()
        self._waiting.clear()
        self._in.clear()
        if reason is not Reason.QUIT:
            self._out.clear()
        if self._transaction is not None:
            self._transaction.last_words = reply
            self._events.append(Done(self._transaction.outcomes()))
            self._transaction = None
        self._events.append(Ended(reason, reply, detail))
