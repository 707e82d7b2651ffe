"""Cut a command into tokens, and walk over them by index (RFC 9051 §9).

One `findall` per line is the fastest thing CPython can do here. The tokens cover every
octet, so a position in the list is a position in the input, computed only for errors.
First octet of a token:

    space ( )     one of these, alone
    double quote  a quoted string with its quotes and escapes; the end may be missing
    NUL           a literal8: the octets follow (RFC 3516 §4.3)
    {             a literal: the octets follow (a line cannot hold "{" outside quotes)
    empty         the end
    else          a word: everything up to a space, a parenthesis, a quote or "{"

A word may hold any of [ ] < > * % and octets above 127: what is allowed in it depends on
the place, so the methods of `Tokens` check it.
"""

import re
from typing import Final

from pillarbox.imap.names import decode_mailbox
from pillarbox.imap.problem import SyntaxProblem
from pillarbox.imap.values import (
    MAX_MODSEQ,
    MAX_NUMBER,
    Saved,
    SequenceSet,
    canonical_flag,
    parse_sequence_set,
)

MAX_DEPTH: Final = 50  # parentheses in one command
LITERAL: Final = b"{"
LITERAL8: Final = b"\0"

_TOKEN: Final = re.compile(
    rb'[^\x00-\x20"(){\x7f]+|[ ()]|"[^"\\\r\n\0]*(?:\\["\\][^"\\\r\n\0]*)*"?|.', re.DOTALL
)
_ATOM: Final = re.compile(rb'[^\x00-\x20"(){%*\\\]\x7f-\xff]+')
_ASTRING: Final = re.compile(rb'[^\x00-\x20"(){%*\\\x7f-\xff]+')
_FLAG: Final = re.compile(rb'\\?[^\x00-\x20"(){%*\\\]\x7f-\xff]+')
_LIST_MAILBOX: Final = re.compile(rb'[^\x00-\x20"(){\\\x7f]+')
_ESCAPE: Final = re.compile(rb"\\(.)", re.DOTALL)
_CLOSED: Final = re.compile(rb'"[^"\\]*(?:\\["\\][^"\\]*)*"')


def tokenize(line: bytes) -> list[bytes]:
    """Return the tokens of one line, without its CRLF."""
    return _TOKEN.findall(line)


class Tokens:
    """The tokens of one command, and the place of the next one.

    utf8: mailbox names are UTF-8 (see names.py). Every method that expects something
    raises SyntaxProblem when it is not there.
    """

    __slots__ = ("at", "depth", "items", "utf8")

    def __init__(self, items: list[bytes], *, utf8: bool = False) -> None:
        self.items = items
        self.at = 0
        self.depth = 0
        self.utf8 = utf8
        items.append(b"")

    def fail(self, expected: str) -> SyntaxProblem:
        """Return the error for the next token, to be raised."""
        position = sum(
            len(item) - (item[:1] in (LITERAL, LITERAL8)) for item in self.items[: self.at]
        )
        found = self.items[self.at]
        if found[:1] in (LITERAL, LITERAL8):
            found = found[1:]
        return SyntaxProblem(position, expected, found)

    def next(self) -> bytes:
        """Return the next token and pass it; b"" at the end, any number of times."""
        token = self.items[self.at]
        if token:
            self.at += 1
        return token

    def peek(self) -> bytes:
        """Return the next token without passing it."""
        return self.items[self.at]

    def space(self) -> None:
        """Pass SP."""
        if self.items[self.at] != b" ":
            raise self.fail("a space")
        self.at += 1

    def end(self) -> None:
        """Check that nothing follows. Trailing spaces are forgiven."""
        while self.items[self.at] == b" ":
            self.at += 1
        if self.items[self.at]:
            raise self.fail("the end of the command")

    def take(self, token: bytes) -> bool:
        """Pass `token` if it is next, and tell whether it was."""
        if self.items[self.at] != token:
            return False
        self.at += 1
        return True

    def open(self) -> None:
        """Pass "("; at most MAX_DEPTH may be open."""
        if self.items[self.at] != b"(":
            raise self.fail('"("')
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fail(f"at most {MAX_DEPTH} nested parentheses")
        self.at += 1

    def close(self) -> None:
        """Pass ")"."""
        if self.items[self.at] != b")":
            raise self.fail('")"')
        self.depth -= 1
        self.at += 1

    def word(self, expected: str = "a word") -> bytes:
        """Pass a word, and return it in upper case."""
        token = self.items[self.at]
        if not token or token[0] in b' ()"{\0\r\n\x7f' or token[0] < 0x20:
            raise self.fail(expected)
        self.at += 1
        return token.upper()

    def atom(self, expected: str = "an atom") -> bytes:
        """Pass an atom."""
        token = self.items[self.at]
        if not _ATOM.fullmatch(token):
            raise self.fail(expected)
        self.at += 1
        return token

    def string(self, expected: str = "a string") -> bytes:
        """Pass a quoted string or literal, and return its octets."""
        token = self.items[self.at]
        kind = token[:1]
        if kind == LITERAL:
            self.at += 1
            return token[1:]
        if kind != b'"':
            raise self.fail(expected)
        if b"\\" not in token:
            if len(token) < 2 or token[-1] != 0x22:
                raise self.fail("a closing quote")
            self.at += 1
            return token[1:-1]
        if not _CLOSED.fullmatch(token):
            raise self.fail('a closing quote; only \\" and \\\\ are escapes')
        self.at += 1
        return _ESCAPE.sub(rb"\1", token[1:-1])

    def astring(self, expected: str = "a string") -> bytes:
        """Pass astring = 1*ASTRING-CHAR / string, and return its octets."""
        token = self.items[self.at]
        if _ASTRING.fullmatch(token):
            self.at += 1
            return token
        return self.string(expected)

    def nstring(self, expected: str = "a string or NIL") -> bytes | None:
        """Pass nstring = string / nil."""
        if self.items[self.at].upper() == b"NIL":
            self.at += 1
            return None
        return self.string(expected)

    def text(self, expected: str) -> str:
        """Pass an astring that is UTF-8."""
        start = self.at
        try:
            return self.astring(expected).decode()
        except UnicodeDecodeError:
            self.at = start
            raise self.fail(f"{expected} in UTF-8") from None

    def mailbox(self) -> str:
        """Pass a mailbox name, and decode it (names.py)."""
        start = self.at
        name = decode_mailbox(self.astring("a mailbox name"), utf8=self.utf8)
        if not name:
            self.at = start
            kind = "UTF-8" if self.utf8 else "modified UTF-7"
            raise self.fail(f"a mailbox name in {kind}")
        return name

    def list_mailbox(self) -> str:
        """Pass list-mailbox, which may hold wildcards and may be empty when quoted.

        A pattern that does not decode is kept as it is: it matches nothing, or only its
        ASCII part, and LIST must not fail for it (RFC 3501 §6.3.8).
        """
        token = self.items[self.at]
        if _LIST_MAILBOX.fullmatch(token):
            self.at += 1
            data = token
        else:
            data = self.string("a mailbox pattern")
        name = decode_mailbox(data, utf8=self.utf8)
        return data.decode("utf-8", "replace") if name is None else name

    def number(self, expected: str = "a number", highest: int = MAX_NUMBER) -> int:
        """Pass 1*DIGIT up to `highest`."""
        token = self.items[self.at]
        if not token.isdigit() or len(token) > 19 or int(token) > highest:
            raise self.fail(expected)
        self.at += 1
        return int(token)

    def modseq(self, expected: str = "a mod-sequence") -> int:
        """Pass mod-sequence-valzer (RFC 7162 §7)."""
        return self.number(expected, MAX_MODSEQ)

    def numbers(self) -> SequenceSet | Saved:
        """Pass sequence-set, or "$" (RFC 5182 §2.1)."""
        token = self.items[self.at]
        found = Saved.RESULT if token == b"$" else parse_sequence_set(token)
        if found is None:
            raise self.fail("a sequence set")
        self.at += 1
        return found

    def known_numbers(self, *, star: bool = False) -> SequenceSet:
        """Pass a sequence-set that names its numbers: no "$", and "*" only with `star`."""
        found = parse_sequence_set(self.items[self.at])
        if found is None or not (star or found.is_static):
            raise self.fail("a sequence set" if star else "a sequence set without *")
        self.at += 1
        return found

    def flag(self) -> str:
        r"""Pass flag = "\" atom / atom, in canonical spelling."""
        token = self.items[self.at]
        if not _FLAG.fullmatch(token):
            raise self.fail("a flag")
        self.at += 1
        return canonical_flag(token.decode())

    def flag_list(self) -> tuple[str, ...]:
        """Pass flag-list = "(" [flag *(SP flag)] ")"; may be empty."""
        self.open()
        flags: list[str] = []
        while not self.take(b")"):
            if flags:
                self.space()
            flags.append(self.flag())
        self.depth -= 1
        return tuple(dict.fromkeys(flags))
