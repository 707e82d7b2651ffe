"""The one error that every IMAP parser raises: where, and what was expected there."""

from typing import Final

SHOWN_OCTETS: Final = 20


class SyntaxProblem(Exception):
    """The octets are not what the grammar asks for.

    position: octets from the start of what was parsed, 0-based. expected: a noun phrase.
    found: the octets that are there instead, shortened. code: a response code without
    brackets, or b"". refused: True asks for a tagged NO instead of BAD, as BADCHARSET
    does (RFC 9051 §6.4.4).
    """

    def __init__(
        self,
        position: int,
        expected: str,
        found: bytes = b"",
        *,
        code: bytes = b"",
        refused: bool = False,
    ) -> None:
        super().__init__(position, expected, found)
        self.position = position
        self.expected = expected
        self.found = found[:SHOWN_OCTETS]
        self.code = code
        self.refused = refused

    def __str__(self) -> str:
        """Return one printable ASCII line for the peer."""
        if not self.found:
            return f"At octet {self.position}: expected {self.expected}"
        shown = "".join(chr(o) if 0x20 < o < 0x7F else "?" for o in self.found)
        if self.found.isspace():
            shown = "a space"
        return f"At octet {self.position}: expected {self.expected}, found {shown}"
