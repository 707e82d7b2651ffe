"""The command that is being read: its lines and literals become one list of tokens.

An APPEND is assembled in pieces, because its messages do not become tokens: what precedes
each message literal is parsed when the literal is announced (RFC 3502 §6.3.11).
"""

import re
from typing import Final

from pillarbox.imap import command as c
from pillarbox.imap.framing import Literal
from pillarbox.imap.parse_mailbox import append, append_message
from pillarbox.imap.tokens import LITERAL, LITERAL8, Tokens, tokenize

MAX_TAG_OCTETS: Final = 255
UNTAGGED: Final = b"*"

# tag = 1*<any ASTRING-CHAR except "+">
_TAG: Final = re.compile(rb'[^\x00-\x20"(){%*\\+\x7f-\xff]+')


class Assembly:
    """One command at a time; `begin` forgets the last one, but for its tag.

    tag: UNTAGGED when there is no usable one. octets: lines and literals so far, without
    messages. mailbox: of an APPEND whose message was announced, else None.
    """

    __slots__ = ("_chunks", "_items", "_utf8", "mailbox", "octets", "tag")

    def __init__(self) -> None:
        self.tag = UNTAGGED
        self.octets = 0
        self.mailbox: str | None = None
        self._items: list[bytes] = []
        self._utf8 = False  # the last message began with UTF8 (
        self._chunks: list[bytes] = []  # of the literal that is being read

    def begin(self) -> None:
        """Start a new command."""
        self._items = []
        self.octets = 0
        self.mailbox = None
        self._utf8 = False

    def add_line(self, text: bytes) -> bool:
        """Take a line. False: it is the first, and has no tag."""
        self.octets += len(text)
        items = tokenize(text)
        if self._items:
            self._items += items
            return True
        self._items = items
        tag = items[0] if items else b""
        known = len(tag) <= MAX_TAG_OCTETS and _TAG.fullmatch(tag) is not None
        self.tag = tag if known else UNTAGGED
        return known

    def open_literal(self, literal: Literal) -> None:
        """Begin a literal that becomes a token."""
        self.octets += literal.octets
        self._chunks = [LITERAL8 if literal.binary else LITERAL]

    def add_chunk(self, chunk: bytes) -> None:
        """Take octets of that literal."""
        self._chunks.append(chunk)

    def close_literal(self) -> None:
        """Turn the literal into a token."""
        self._items.append(b"".join(self._chunks))
        self._chunks = []

    def tokens(self, *, utf8: bool) -> Tokens:
        """Return the tokens so far, at the verb, or behind the last message of an APPEND.

        Raises SyntaxProblem.
        """
        tokens = Tokens(self._items[:], utf8=utf8)
        tokens.at = 1
        if self.mailbox is None:
            tokens.space()
        elif self._utf8 and not tokens.take(b")"):
            raise tokens.fail('")"')
        return tokens

    @property
    def at_message(self) -> bool:
        """True when an APPEND names its mailbox already: tag SP APPEND SP mailbox."""
        return len(self._items) > 4

    def announce(self, tokens: Tokens, literal: Literal) -> c.AppendMessage:
        """Parse what precedes a message, and start anew behind it. Raises SyntaxProblem.

        tokens: as `tokens` returned them; all are passed.
        """
        mailbox = self.mailbox
        if mailbox is None:
            tokens.at += 1
            mailbox = append(tokens).mailbox
        message = append_message(tokens, literal.octets, binary=literal.binary)
        self.begin()
        self.mailbox = mailbox
        self._utf8 = message.utf8
        self._items = [self.tag]
        return message
