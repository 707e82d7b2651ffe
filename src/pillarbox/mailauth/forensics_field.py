"""What servers do to one header field, undone: each variant is what the field may have been."""

import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from typing import Final

from pillarbox.mailauth.forensics_finding import Cause

MAX_WORDS: Final = 40  # of one field, looked at for tags and folds

_TAG: Final = re.compile(
    rb"\[[^\]\r\n]{1,60}\][ \t]*|\([^)\r\n]{1,30}\)[ \t]*|\*{2,5}[^*\r\n]{1,30}\*{2,5}[ \t]*"
)
_WORD_TAG: Final = re.compile(
    rb"(?i)^(subject:[ \t]*)(?:external|ext|spam|junk|suspicious|caution|warning)[ \t]*:?[ \t]*"
)
_FOLD: Final = re.compile(rb"\r\n[ \t]+")
_SPACES: Final = re.compile(rb"[ \t]+")
_ENCODINGS: Final = (b"7bit", b"8bit", b"quoted-printable", b"base64")
_PARAMETER: Final = re.compile(rb";\s*[A-Za-z-]+=(?:\"[^\"]*\"|[^;\s]+)")
_COMMENT: Final = re.compile(rb"(?<![ \t])[ \t]*+\([^()\r\n]*\)(?=\r\n$)")
_CHARSET: Final = re.compile(rb"(?i)(?<=charset=)\"?([^\s;\"]{1,40})\"?")
_ADDRESSED: Final = frozenset({b"from", b"to", b"cc", b"reply-to", b"sender"})

# Fields with one usual value, which servers add or take out.
_CONSTANTS: Final[dict[bytes, tuple[bytes, ...]]] = {
    b"mime-version": (b"MIME-Version: 1.0\r\n", b"Mime-Version: 1.0\r\n"),
    b"content-transfer-encoding": tuple(
        b"Content-Transfer-Encoding: " + encoding + b"\r\n" for encoding in _ENCODINGS
    ),
    b"content-type": (
        b"Content-Type: text/plain\r\n",
        b"Content-Type: text/plain; charset=us-ascii\r\n",
        b"Content-Type: text/plain; charset=utf-8\r\n",
        b'Content-Type: text/plain; charset="utf-8"\r\n',
    ),
}
# Where the old value of a field is kept by those who put in a new one.
_KEPT_UNDER: Final = (
    b"x-original-",
    b"original-",
    b"x-google-original-",
    b"x-",
    b"old-",
    b"x-old-",
)
_KEPT_ELSEWHERE: Final[dict[bytes, tuple[bytes, ...]]] = {
    b"from": (b"x-mailfrom", b"reply-to"),
    b"message-id": (b"x-microsoft-original-message-id",),
}


@dataclass(slots=True)
class Variant:
    """One field as it may have been. index: its place among the signed fields, -1 = the signature.

    usual: worth trying together with another change.
    """

    index: int
    octets: bytes
    cause: Cause
    confidence: float
    name: bytes
    how: str = ""
    usual: bool = False


def sources(name: bytes) -> Iterator[bytes]:
    """Yield the names of fields that may hold what field `name` was."""
    yield from (prefix + name for prefix in _KEPT_UNDER)
    yield from _KEPT_ELSEWHERE.get(name, ())


def absent_variants(index: int, name: bytes) -> Iterator[Variant]:
    """What a signed field may have been that is not there now."""
    for octets in _CONSTANTS.get(name, ()):
        yield Variant(index, octets, Cause.HEADER_REMOVED, 0.95, name, usual=True)


def field_variants(index: int, name: bytes, raw: bytes, *, relaxed: bool) -> Iterator[Variant]:
    """Yield what the field may have been, likely ones first. relaxed: folds do not matter."""
    if name == b"subject":
        for octets in _without_tags(raw):
            yield Variant(index, octets, Cause.SUBJECT_TAGGED, 1.0, name, usual=True)
    usual = name == b"content-transfer-encoding"
    for cause, how, octets in _usual_changes(name, raw):
        yield Variant(index, octets, cause, 0.95, name, how, usual=usual)
    if not relaxed:
        for how, octets in _other_forms(name, raw):
            cause = Cause.HEADER_REFOLDED if how else Cause.HEADER_NAME_CASE
            yield Variant(index, octets, cause, 1.0, name, how)
    yield from _shorter(index, name, raw)


def _without_tags(raw: bytes) -> Iterator[bytes]:
    for found in list(_TAG.finditer(raw))[:4]:
        rest = raw[: found.start()] + raw[found.end() :]
        yield rest
        yield rest[:-2].rstrip(b" \t") + b"\r\n"
    yield _WORD_TAG.sub(rb"\1", raw)


def _shorter(index: int, name: bytes, raw: bytes) -> Iterator[Variant]:
    """Take out words: all before or after a space of the subject, a run of a display name."""
    label, _, value = raw.partition(b":")
    begin = len(label) + 1 + len(value) - len(value.lstrip())
    spaces = list(_SPACES.finditer(raw, begin))[:MAX_WORDS]
    if name == b"subject":
        for found in spaces:
            yield Variant(index, raw[:begin] + raw[found.end() :], Cause.SUBJECT_TAGGED, 0.95, name)
        for found in reversed(spaces):
            ended = raw[: found.start()] + b"\r\n"
            yield Variant(index, ended, Cause.SUBJECT_TAGGED, 0.95, name, "at the end")
    elif name in _ADDRESSED:
        stop = raw.find(b"<", begin)
        edges = [begin, *(space.end() for space in spaces if space.end() <= stop), stop]
        if raw[begin : begin + 1] == b'"':
            edges.insert(1, begin + 1)
        for first, start in enumerate(edges[:12]):
            for end in edges[first + 1 : 13]:
                if 0 <= start < end:
                    for octets in _without(raw, start, end):
                        cause = Cause.HEADER_CHANGED
                        yield Variant(index, octets, cause, 0.95, name, "display name")


def _without(raw: bytes, start: int, end: int) -> Iterator[bytes]:
    """Take a run of words out, at the end of a quoted name also before its quotation mark."""
    yield raw[:start] + raw[end:]
    if raw[start:end].rstrip().endswith(b'"') and not raw[start:end].startswith(b'"'):
        yield raw[:start].rstrip() + b'" ' + raw[end:]


def _usual_changes(name: bytes, raw: bytes) -> Iterator[tuple[Cause, str, bytes]]:
    """What servers are known to do to the values of certain fields."""
    changed = Cause.HEADER_CHANGED
    if name == b"content-transfer-encoding":
        label = raw.partition(b":")[0]
        for encoding in _ENCODINGS:
            yield Cause.REENCODED, encoding.decode(), label + b": " + encoding + b"\r\n"
    if name == b"content-type":
        yield from _content_types(raw)
    if name == b"date":
        yield changed, "comment", _COMMENT.sub(b"", raw)
        for old, new in ((b"+0000", b"GMT"), (b"GMT", b"+0000"), (b"+0000", b"-0000")):
            yield changed, "zone", raw.replace(old, new)
        yield changed, "zero", re.sub(rb"([:,][ \t]*)0([1-9] )", rb"\1\2", raw)
        yield changed, "zero", re.sub(rb"([:,][ \t]*)([1-9] )", rb"\g<1>0\2", raw)
    if name in _ADDRESSED:
        named = re.sub(rb"(?<=[:,])[ \t]*+([^\"<,:\r\n]+?)[ \t]?<", rb' "\1" <', raw)
        yield changed, "quotes", raw.replace(b'"', b"")
        yield changed, "quotes", named
        yield changed, "brackets", re.sub(rb":[ \t]*<([^<>,]+)>", rb": \1", raw)
        yield changed, "brackets", re.sub(rb":[ \t]*([^<>,\s]+)\r\n", rb": <\1>\r\n", raw)
    for mark in (b",", b";"):
        yield changed, "spaces", re.sub(mark + rb"(?=[^\s])", mark + b" ", raw)
        yield changed, "spaces", raw.replace(mark + b" ", mark)
    yield changed, "spaces", _FOLD.sub(b"", raw)
    yield from _charsets(raw)


def _content_types(raw: bytes) -> Iterator[tuple[Cause, str, bytes]]:
    changed = Cause.HEADER_CHANGED
    for found in list(_PARAMETER.finditer(raw))[:6]:
        yield changed, "parameter", raw[: found.start()] + raw[found.end() :]
    yield changed, "quotes", raw.replace(b'"', b"")
    yield changed, "quotes", re.sub(rb"=([^\";\s]+)", rb'="\1"', raw)
    yield changed, "case", raw.lower()
    yield changed, "case", _CHARSET.sub(lambda found: found[0].upper(), raw)
    yield changed, "case", _CHARSET.sub(lambda found: found[0].lower(), raw)
    for old in (b"utf-8", b"UTF-8", b"us-ascii", b"iso-8859-1", b"ISO-8859-1", b"windows-1252"):
        for quote in (b"", b'"'):
            renamed = _CHARSET.sub(quote + old + quote, raw, count=1)
            yield Cause.CHARSET_CONVERTED, "charset", renamed
    for more in (b"; format=flowed", b"; charset=utf-8", b"; charset=us-ascii"):
        yield changed, "parameter", raw[:-2].rstrip(b"; \t") + more + b"\r\n"


def _charsets(raw: bytes) -> Iterator[tuple[Cause, str, bytes]]:
    """Encoded words (RFC 2047) that were raw, or others, and raw octets that were converted."""
    if raw.isascii() and b"=?" not in raw:
        return
    label, _, value = raw.partition(b":")
    try:
        text = _decode_words(value)
    except (HeaderParseError, MessageError, LookupError, ValueError):
        return
    coded = text.encode()
    words = coded.replace(b" ", b"_") if b"_" not in coded else coded
    quoted = re.sub(rb"[^!-<>@-^`-~_]", lambda found: b"=%02X" % found[0][0], words)
    word = b64encode(coded)
    for old in (
        coded,
        b"=?utf-8?B?" + word + b"?=",
        b"=?UTF-8?B?" + word + b"?=",
        b"=?utf-8?b?" + word + b"?=",
        b"=?utf-8?Q?" + quoted + b"?=",
        b"=?UTF-8?Q?" + quoted + b"?=",
        b"=?utf-8?q?" + quoted + b"?=",
    ):
        yield Cause.HEADER_CHANGED, "encoded words", label + b": " + old + b"\r\n"
    if text.isprintable():
        try:
            latin = text.encode("latin-1")
        except UnicodeError:
            return
        yield Cause.CHARSET_CONVERTED, "to utf-8", label + b": " + latin + b"\r\n"


def _decode_words(value: bytes) -> str:
    text = _FOLD.sub(b" ", value).strip()
    if b"=?" not in text:
        try:
            return text.decode()
        except UnicodeDecodeError:
            return text.decode("latin-1")
    pieces = decode_header(text.decode("latin-1"))
    return "".join(
        piece if isinstance(piece, str) else piece.decode(charset or "latin-1")
        for piece, charset in pieces
    )


def _other_forms(name: bytes, raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield (how, field) for other folds and spaces; how is "" for a name in other letters."""
    for how, change in REFOLDINGS:
        yield how, change(raw)
    label, _, value = raw.partition(b":")
    for other in (label.lower(), label.title(), label.upper(), _USUAL_CASE.get(name)):
        if other:
            yield "", other + b":" + value
    flat = _unfold(raw)
    spaces = list(_SPACES.finditer(flat, len(label) + 2))[:MAX_WORDS]
    for indent in (b"\r\n ", b"\r\n\t"):
        for space in spaces:
            yield "unfolded", flat[: space.start()] + indent + flat[space.end() :]
        yield "unfolded", flat[: len(label) + 1] + _fold_all(flat[len(label) + 1 : -2], indent)
    yield from (("unfolded", _refold(flat, columns)) for columns in (72, 76, 78, 80, 998))


def _fold_all(value: bytes, indent: bytes) -> bytes:
    return b" " + indent.join(value.split()) + b"\r\n"


def _refold(flat: bytes, columns: int) -> bytes:
    """Fold greedily at spaces, so that no line but of one word is longer than `columns`."""
    lines = [b""]
    for word in flat[:-2].split(b" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > columns:
            lines.append(b" " + word)
        else:
            lines[-1] += (b" " if lines[-1] else b"") + word
    return b"\r\n".join(lines) + b"\r\n"


def _unfold(raw: bytes) -> bytes:
    return raw.replace(b"\r\n\t", b"\t").replace(b"\r\n ", b" ")


# Other ways to fold and space a field, for simple canonicalisation.
REFOLDINGS: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    ("tab for space", lambda raw: raw.replace(b"\r\n\t", b"\r\n ")),
    ("space for tab", lambda raw: raw.replace(b"\r\n ", b"\r\n\t")),
    ("folded", _unfold),
    ("folded", lambda raw: _FOLD.sub(b" ", raw)),
    ("after the colon", lambda raw: re.sub(rb"^([^:\r\n]+):[ \t]+", rb"\1:", raw)),
    ("after the colon", lambda raw: re.sub(rb"^([^:\r\n]+):[ \t]*", rb"\1: ", raw)),
    ("at the end", lambda raw: re.sub(rb"(?<![ \t])[ \t]++(?=\r\n)", b"", raw)),
    ("runs", lambda raw: re.sub(rb"(?<=\S)[ \t]{2,}", b" ", raw)),
    ("line ends", lambda raw: raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")),
)

_USUAL_CASE: Final = {
    b"message-id": b"Message-ID",
    b"mime-version": b"MIME-Version",
    b"list-id": b"List-ID",
}
