r"""vCard files: versions 4.0 (RFC 6350), 3.0 (RFC 2426) and 2.1, as programs write them. Pure.

Content lines in, content lines out; what they mean is `jmap/card_vcard.py`. Reading never fails:
what is no line is skipped, what is too much is left out.
"""

import binascii
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from pillarbox.mime.words import decode

MAX_OCTETS: Final = 16 * 1024 * 1024
"""Of a file."""
MAX_CARDS: Final = 5000
MAX_LINES: Final = 1000
"""Properties of one card."""
MAX_LINE: Final = 256 * 1024
"""Characters of one unfolded line. A longer one, a large picture, is left out."""
MAX_PARAMETERS: Final = 50
MAX_DEPTH: Final = 5
"""Of cards in cards, which are left out."""
FOLD: Final = 75
"""Octets of a line that is written (RFC 6350 §3.2)."""

_LINE: Final = re.compile(
    r"(?:([A-Za-z0-9_-]+)\.)?([A-Za-z0-9_-]+)((?:;[^;:\"]*(?:\"[^\"]*\"[^;:\"]*)*)*):(.*)",
    re.DOTALL,
)
_PARAMETER: Final = re.compile(r";([^;=\"]*)(?:=((?:[^;\"]|\"[^\"]*\")*))?")
_CARET: Final = re.compile(r"\^([n^'])")
_CARETS: Final = {"n": "\n", "^": "^", "'": '"'}
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_BARE: Final = {
    "quoted-printable": "encoding", "base64": "encoding", "8bit": "encoding", "7bit": "encoding",
    "b": "encoding", "url": "value", "uri": "value", "inline": "value",
}  # fmt: skip


@dataclass(slots=True)
class Line:
    """One property. name, names of parameters: lower case. value: as written, escapes and all.

    parameters: each with its values, quotes gone. group: "" if it has none.
    """

    name: str
    value: str
    parameters: dict[str, list[str]] = field(default_factory=dict)
    group: str = ""

    @property
    def text(self) -> str:
        """The value as one text."""
        return unescape(self.value)

    def parts(self) -> list[list[str]]:
        """Return the components of a structured value (";"), each a list of texts (",")."""
        return [[unescape(one) for one in _split(part, ",")] for part in _split(self.value, ";")]

    def all(self, name: str) -> list[str]:
        """Return the values of a parameter, lists cut apart, lower case."""
        return [
            one.strip().lower()
            for value in self.parameters.get(name, ())
            for one in value.split(",")
        ]


def parse_vcards(octets: bytes) -> Iterator[list[Line]]:
    """Yield the lines of each card, at most MAX_CARDS; without BEGIN and END. Never raises."""
    card: list[Line] | None = None
    depth = count = 0
    for text in _lines(octets[:MAX_OCTETS]):
        line = _line(text)
        if line is None:
            continue
        if line.name == "begin":
            depth += 1
            if depth == 1:
                card = []
        elif line.name == "end":
            depth = max(depth - 1, 0)
            if depth == 0 and card is not None:
                if card:
                    yield card
                    count += 1
                card = None
            if count >= MAX_CARDS:
                return
        elif depth == 1 and card is not None and len(card) < MAX_LINES:
            card.append(line)
        depth = min(depth, MAX_DEPTH)


def _lines(octets: bytes) -> Iterator[str]:
    """Yield unfolded lines; those that are too long are left out."""
    text = _decoded(octets)
    current: list[str] = []
    size = 0
    for raw in text.splitlines() if "\r" in text else text.split("\n"):
        if raw[:1] in {" ", "\t"} and current:
            more = raw[1:]
        elif current and _is_soft(current[-1], current[0]):
            # vCard 2.1: a line of quoted-printable goes on after "=".
            current[-1] = current[-1][:-1]
            more = raw
        else:
            if current and size <= MAX_LINE:
                yield "".join(current)
            current, size = [raw], len(raw)
            continue
        size += len(more)
        if size <= MAX_LINE:
            current.append(more)
    if current and size <= MAX_LINE:
        yield "".join(current)


def _is_soft(last: str, first: str) -> bool:
    return last.endswith("=") and "QUOTED-PRINTABLE" in first[:500].partition(":")[0].upper()


def _decoded(octets: bytes) -> str:
    if octets[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return octets.decode("utf-16", "replace")
    return decode(octets.removeprefix(b"\xef\xbb\xbf"), "")


def _line(text: str) -> Line | None:
    match = _LINE.fullmatch(text.rstrip("\r"))
    if match is None:
        return None
    group, name, rest, value = match.groups()
    parameters: dict[str, list[str]] = {}
    for number, (key, given) in enumerate(_PARAMETER.findall(rest)):
        if number >= MAX_PARAMETERS:
            break
        key = key.strip().lower()  # noqa: PLW2901 - only its form
        if not given:
            # vCard 2.1 leaves the name out: "TEL;HOME;VOICE:".
            key, given = _BARE.get(key, "type"), key  # noqa: PLW2901
        parameters.setdefault(key, []).extend(
            _CARET.sub(lambda m: _CARETS[m[1]], one.strip().replace('"', ""))
            for one in ([given] if '"' not in given else _quoted(given))
        )
    line = Line(name.lower(), value, parameters, group or "")
    return _plain(line)


def _quoted(given: str) -> list[str]:
    return re.findall(r'"[^"]*"|[^",]+', given) or [given]


def _plain(line: Line) -> Line:
    """Undo quoted-printable (vCard 2.1); base64 stays as it is."""
    encodings = line.all("encoding")
    if "quoted-printable" in encodings:
        octets = binascii.a2b_qp(line.value.encode("utf-8", "replace"))
        charset = (line.parameters.get("charset") or [""])[0]
        text = decode(octets, charset).replace("\r\n", "\n")
        # 2.1 escapes nothing but the semicolons between components.
        line.value = text.replace("\n", "\\n")
        del line.parameters["encoding"]
        line.parameters.pop("charset", None)
    return line


def _split(value: str, mark: str) -> list[str]:
    """Cut at a mark that has no backslash before it."""
    if "\\" not in value:
        return value.split(mark)
    found, start, at = [], 0, 0
    while at < len(value):
        if value[at] == "\\":
            at += 2
            continue
        if value[at] == mark:
            found.append(value[start:at])
            start = at + 1
        at += 1
    found.append(value[start:])
    return found


def unescape(value: str) -> str:
    r"""Return a text with \n, \, \; and \\ undone (RFC 6350 §3.4)."""
    if "\\" not in value:
        return value
    return _ESCAPE.sub(lambda m: "\n" if m[1] in "nN" else m[1], value)


def escape(text: str) -> str:
    """Return a text as it is written in a value."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;").replace("\n", "\\n")
    return _CONTROL.sub("", text)


def structured(parts: Sequence[Sequence[str]]) -> str:
    """Return a structured value of components, each a list of texts."""
    return ";".join(",".join(map(escape, part)) for part in parts)


def format_vcard(lines: Iterable[Line], version: str = "4.0") -> bytes:
    """Return a card, folded, with BEGIN, VERSION and END."""
    found = [b"BEGIN:VCARD", f"VERSION:{version}".encode()]
    found += [_fold(_written(line)) for line in lines]
    return b"\r\n".join([*found, b"END:VCARD", b""])


def _written(line: Line) -> str:
    name = f"{line.group}.{line.name}" if line.group else line.name
    parameters = "".join(
        f";{key.upper()}={','.join(map(_parameter, values))}"
        for key, values in line.parameters.items()
        if values
    )
    return f"{name.upper()}{parameters}:{line.value}"


def _parameter(value: str) -> str:
    """Return a value of a parameter: quoted where it must be (RFC 6868)."""
    value = value.replace("^", "^^").replace("\n", "^n").replace('"', "^'")
    value = _CONTROL.sub("", value)
    return f'"{value}"' if any(mark in value for mark in ",;:") else value


def _fold(text: str) -> bytes:
    octets = text.encode("utf-8", "replace")
    if len(octets) <= FOLD:
        return octets
    found, start, room = [], 0, FOLD
    while start < len(octets):
        stop = start + room
        while stop < len(octets) and octets[stop] & 0xC0 == 0x80:
            stop -= 1
        found.append(octets[start:stop])
        start, room = stop, FOLD - 1
    return b"\r\n ".join(found)
