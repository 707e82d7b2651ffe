r"""Read dialog files: what a client sends, what the server must answer, turn by turn.

C: a line from the client    S: a line from the server    # a comment    #! an option
C< octets as Python writes them, without a line end: \r \n \x00
C* a number and what is sent so many times, without a line end
"""

import codecs
import itertools
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "dialogs"


@dataclass(frozen=True)
class Dialog:
    """greeting: what the server says at first. turns: (client, server)."""

    options: frozenset[str]
    greeting: bytes
    turns: tuple[tuple[bytes, bytes], ...]

    @property
    def client(self) -> bytes:
        return b"".join(client for client, _ in self.turns)

    @property
    def server(self) -> bytes:
        return self.greeting + b"".join(server for _, server in self.turns)


def read(path: Path) -> Dialog:
    turns: list[tuple[bytes, bytes]] = []
    options: set[str] = set()
    client, server = b"", b""
    for raw in path.read_text(encoding="utf-8").splitlines():
        side, text = raw[:2], raw[3:]
        if side == "#!":
            options.update(text.split())
        elif side in {"C:", "C<", "C*"}:
            if server:
                turns.append((client, server))
                client, server = b"", b""
            octets = text.encode() + b"\r\n"
            if side == "C<":
                octets = codecs.escape_decode(text.encode())[0]
            elif side == "C*":
                number, _, unit = text.partition(" ")
                octets = unit.encode() * int(number)
            client += octets
        elif side == "S:":
            server += text.encode() + b"\r\n"
    turns.append((client, server))
    assert not turns[0][0], "the server speaks first"
    return Dialog(frozenset(options), turns[0][1], tuple(turns[1:]))


def files(protocol: str) -> list[Path]:
    return sorted((FOLDER / protocol).glob("*.txt"))


def pieces(wire: bytes, cuts: list[int]) -> list[bytes]:
    """Cut octets at any places; no piece is empty."""
    places = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
    return [wire[a:b] for a, b in itertools.pairwise(places)]
