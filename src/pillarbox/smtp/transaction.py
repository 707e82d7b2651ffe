"""One mail transaction of the client: who was accepted so far (RFC 5321 §3.3).

It keeps the books for `smtp/client.py`: each reply goes in, the outcomes come out.
"""

from pillarbox.smtp.outgoing import Mail, Outcome, Stage
from pillarbox.smtp.reply import Reply


class Transaction:
    """The replies to one message. Recipients are named by their place in `mail`.

    sending: the message may be sent. go_ahead: the peer said 354. complete: the final
    replies are in. last_words: the reply with which the connection broke off.
    """

    __slots__ = (
        "_answered",
        "_failure",
        "_live",
        "_lmtp",
        "_outcomes",
        "complete",
        "go_ahead",
        "last_words",
        "mail",
        "sending",
    )

    def __init__(self, mail: Mail, *, lmtp: bool) -> None:
        self.mail = mail
        self.sending = False
        self.go_ahead = False
        self.complete = False
        self.last_words: Reply | None = None
        self._lmtp = lmtp
        self._live: list[int] = []  # recipients accepted by RCPT, without a final word
        self._answered = 0  # RCPTs
        self._failure: tuple[Stage, Reply] | None = None  # what befell all that are left
        self._outcomes: dict[int, Outcome] = {}

    @property
    def hopeless(self) -> bool:
        """True when nobody can be reached any more."""
        nobody = self._answered == len(self.mail.recipients) and not self._live
        return self._failure is not None or nobody

    @property
    def replies_due(self) -> int:
        """How many replies follow the end of the message: LMTP has one for each recipient."""
        return len(self._live) if self._lmtp else 1

    def mail_answered(self, reply: Reply) -> None:
        """Take the reply to MAIL."""
        if reply.code >= 300:
            self._failure = (Stage.MAIL, reply)

    def rcpt_answered(self, index: int, reply: Reply) -> None:
        """Take the reply to one RCPT."""
        self._answered += 1
        if self._failure is not None:
            return  # MAIL was refused: what is said of the recipients is no news
        if reply.code < 300:
            self._live.append(index)
        else:
            self._settle(index, Stage.RCPT, reply)

    def data_answered(self, reply: Reply) -> None:
        """Take the reply to DATA."""
        self.go_ahead = reply.code < 400
        if not self.go_ahead and self._failure is None:
            self._failure = (Stage.DATA, reply)

    def chunk_answered(self, reply: Reply) -> None:
        """Take the reply to a BDAT that is not the last."""
        if reply.code >= 300 and self._failure is None:
            self._failure = (Stage.BODY, reply)
            self.sending = False

    def body_answered(self, place: int, reply: Reply) -> None:
        """Take a reply to the whole message. place: of the recipient, among those accepted."""
        if self._failure is not None or not self._live:
            return
        if not self._lmtp:
            self.finish(reply)
            return
        self._settle(self._live[place], Stage.BODY, reply)
        self.complete = place == len(self._live) - 1

    def finish(self, reply: Reply) -> None:
        """Take a reply as the final word about everybody who was accepted."""
        self.complete = True
        for index in self._live:
            self._settle(index, Stage.BODY, reply)

    def outcomes(self) -> tuple[Outcome, ...]:
        """Return what became of each recipient, as far as it is known."""
        stage, reply = self._failure or (Stage.LOST, self.last_words)
        for index in range(len(self.mail.recipients)):
            self._settle(index, stage, reply)
        return tuple(self._outcomes[index] for index in range(len(self.mail.recipients)))

    def _settle(self, index: int, stage: Stage, reply: Reply | None) -> None:
        """Note an outcome, unless there is one already: the first cause is the true one."""
        if index not in self._outcomes:
            self._outcomes[index] = Outcome(self.mail.recipients[index], stage, reply)
