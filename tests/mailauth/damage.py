"""Messages of several kinds, and what happens to messages on the way."""

import base64
import quopri
import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from pillarbox.mailauth.forensics_finding import Cause

Change = Callable[[bytes], bytes]

_TOP = (
    b"From: Ann Example <ann@example.org>\r\n"
    b"To: Bob <bob@example.net>, Carl <carl@example.net>\r\n"
    b"Subject: The figures for May,\r\n as promised\r\n"
    b"Date: Wed, 01 May 2024 12:00:00 +0000\r\n"
    b"Message-ID: <1@example.org>\r\n"
    b"MIME-Version: 1.0\r\n"
)
PLAIN = (
    _TOP + b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b"Hello Bob,\r\n"
    b"\r\n"
    b"see https://www.example.org/figures?year=2024&month=5 for them.\r\n"
    b"From here on all is w\xc3\xa9ll \xe2\x80\x93 really.\r\n"
    b".and a line with a dot\r\n"
    b"a\tb        c\r\n"
    b"-- \r\n"
    b"Ann\r\n"
)
LETTER = (
    _TOP + b"Content-Type: multipart/alternative; boundary=alt\r\n"
    b"\r\n"
    b"--alt\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b"Hello Bob,\r\n"
    b"\r\n"
    b"the figures are w\xc3\xa9ll: https://www.example.org/figures\r\n"
    b"\r\n"
    b"--alt\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
    b"<html><body class=x>\r\n"
    b'<p>Hello Bob,</p>\r\n<p>the <a href="https://www.example.org/figures">figures</a></p>\r\n'
    b"</body></html>\r\n"
    b"\r\n"
    b"--alt--\r\n"
)
ATTACHED = (
    _TOP + b'Content-Type: multipart/mixed; boundary="=_mix"\r\n'
    b"\r\n"
    b"This is a message of several parts.\r\n"
    b"--=_mix\r\n"
    b"Content-Type: text/plain\r\n"
    b"\r\n"
    b"Hello Bob,\r\n"
    b"here is the file.\r\n"
    b"--=_mix\r\n"
    b"Content-Type: application/octet-stream; name=f\r\n"
    b"Content-Transfer-Encoding: base64\r\n"
    b"\r\n" + base64.encodebytes(bytes(range(256)) * 2).replace(b"\n", b"\r\n") + b"--=_mix--\r\n"
)
BARE = (
    b"From: ann@example.org\r\nTo: bob@example.net\r\nSubject: short\r\n"
    b"Date: Wed, 01 May 2024 12:00:00 +0000\r\n\r\nOne line.\r\n"
)


def swap(old: bytes, new: bytes) -> Change:
    """Replace the first `old`; an assertion makes sure that it is there."""

    def change(message: bytes) -> bytes:
        assert old in message
        return message.replace(old, new, 1)

    return change


def on_body(change: Change) -> Change:
    """Apply `change` to the body alone."""

    def changed(message: bytes) -> bytes:
        head, mark, body = message.partition(b"\r\n\r\n")
        return head + mark + change(body)

    return changed


def append(text: bytes) -> Change:
    """Put `text` at the end."""
    return lambda message: message + text


def prepend_field(text: bytes) -> Change:
    """Put a header field on top."""
    return lambda message: text + message


def chain(*changes: Change) -> Change:
    """Apply one change after the other."""

    def changed(message: bytes) -> bytes:
        for change in changes:
            message = change(message)
        return message

    return changed


def _crlf(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


to_quoted = on_body(lambda body: _crlf(quopri.encodestring(body.replace(b"\r\n", b"\n"))))
to_base64 = on_body(lambda body: _crlf(base64.encodebytes(body)))


def _to_multipart(content: bytes, fields: bytes = b"") -> bytes:
    part = b"--=_x\r\nContent-Type: text/plain\r\n"
    return part + fields + b"\r\n" + content + b"\r\n" + part + b"\r\nlist\r\n--=_x--\r\n"


def _encode_part(encoding: bytes, encode: Change) -> Change:
    def change(message: bytes) -> bytes:
        field = b"Content-Transfer-Encoding: 8bit\r\n"
        start = message.index(b"\r\n\r\n", message.index(field)) + 4
        stop = message.index(b"\r\n--alt", start)
        head = message[:start].replace(field, b"Content-Transfer-Encoding: " + encoding + b"\r\n")
        return head + encode(message[start:stop]) + message[stop:]

    return change


def rewrap_base64(columns: int) -> Change:
    """Break the base64 lines of a message elsewhere."""

    def wrap(found: re.Match[bytes]) -> bytes:
        text = found[0].replace(b"\r\n", b"")
        lines = [text[at : at + columns] for at in range(0, len(text), columns)]
        return b"\r\n".join(lines) + b"\r\n"

    return lambda message: re.sub(rb"(?m)(?:^[A-Za-z0-9+/=]{20,}\r\n)+", wrap, message)


def check_links(pattern: str) -> Change:
    """Make every link lead by way of a checker. {0}: the old one, percent-encoded."""

    def change(body: bytes) -> bytes:
        return re.sub(
            rb"https://www[^\s\"<>]+",
            lambda found: pattern.format(quote(found[0].decode(), safe="")).encode(),
            body,
        )

    return on_body(change)


@dataclass(frozen=True, slots=True)
class Damage:
    """One thing that happens on the way. forms: c= values under which it breaks a signature.

    header: where it happens, "" for the body. line: 0 = not asserted.
    """

    name: str
    message: bytes
    change: Change
    cause: Cause
    header: str = ""
    line: int = 0
    forms: tuple[str, ...] = ("relaxed/relaxed", "simple/simple", "relaxed/simple")


STRICT = ("simple/simple",)
_SAFE = "https://eu01.links.example.com/?url={0}&data=05%7C01&reserved=0"
_FOOTER = b"__________\r\nChecked for viruses.\r\n"
C = Cause

BODY_DAMAGES = [
    Damage("footer", PLAIN, append(_FOOTER), C.FOOTER_ADDED, line=9),
    Damage("footer, multipart", LETTER, append(_FOOTER), C.FOOTER_ADDED),
    Damage("footer, one line", BARE, append(b"x\r\n"), C.FOOTER_ADDED, line=2),
    Damage("footer, blank before", BARE, append(b"\r\n\r\nx\r\n"), C.FOOTER_ADDED),
    Damage("banner", PLAIN, on_body(lambda b: b"EXTERNAL\r\n\r\n" + b), C.BANNER_ADDED, line=1),
    Damage("footer in text part", LETTER, swap(b"\r\n\r\n--alt\r\nContent-Type: text/html",
        b"\r\n\r\nscanned\r\nby us\r\n\r\n--alt\r\nContent-Type: text/html"),
        C.FOOTER_ADDED, line=9),
    Damage("footer in HTML", LETTER, swap(b"</body>", b"<p>scanned</p></body>"), C.FOOTER_ADDED),
    Damage("footer in HTML, lines", LETTER,
        swap(b"</body>", b"<br>\r\n<div>scanned\r\n</div>\r\n</body>"), C.FOOTER_ADDED, line=16),
    Damage("footers in both", LETTER, chain(
        swap(b"\r\n\r\n--alt\r\nContent-Type: text/html",
             b"\r\nscanned\r\n\r\n--alt\r\nContent-Type: text/html"),
        swap(b"</body>", b"<p>scanned</p></body>")), C.FOOTER_ADDED, line=8),
    Damage("banner in HTML", LETTER, swap(b"<body class=x>", b"<body class=x><p>CAUTION</p>"),
        C.BANNER_ADDED),
    Damage("banner in text part", LETTER, swap(b"\r\n\r\nHello", b"\r\n\r\nCAUTION\r\n\r\nHello"),
        C.BANNER_ADDED, line=5),
    Damage("footer as a part", ATTACHED,
        swap(b"--=_mix--", b"--=_mix\r\nContent-Type: text/plain\r\n\r\nlist\r\n--=_mix--"),
        C.FOOTER_ADDED),
    Damage("pixel", LETTER, swap(b"</body>", b'<img src="https://t.example/p.gif">\r\n</body>'),
        C.FOOTER_ADDED),
    Damage(">From", PLAIN, swap(b"\r\nFrom here", b"\r\n>From here"), C.FROM_STUFFED, line=4),
    Damage(">From undone", PLAIN.replace(b"\nFrom here", b"\n>From here"),
        swap(b"\n>From here", b"\nFrom here"), C.FROM_STUFFED, line=4),
    Damage("dots added", PLAIN, swap(b"\r\n.and", b"\r\n..and"), C.DOTS_STUFFED, line=5),
    Damage("dots removed", PLAIN.replace(b"\n.and", b"\n..and"), swap(b"\n..and", b"\n.and"),
        C.DOTS_STUFFED, line=5),
    Damage("bare LF", PLAIN, on_body(lambda b: b.replace(b"\r\n", b"\n")), C.LINE_ENDS),
    Damage("CR CR LF", PLAIN, on_body(lambda b: b.replace(b"\r\n", b"\r\r\n")), C.LINE_ENDS),
    Damage("double space", PLAIN, on_body(lambda b: b.replace(b"\r\n", b"\r\n\r\n")),
        C.LINE_ENDS),
    Damage("spaces at line ends", PLAIN, swap(b"really.\r\n", b"really. \t\r\n"),
        C.BODY_WHITESPACE, line=4, forms=("simple/simple", "relaxed/simple")),
    Damage("dash without its space", PLAIN, swap(b"\r\n-- \r\n", b"\r\n--\r\n"),
        C.BODY_WHITESPACE, line=7, forms=STRICT),
    Damage("tab to spaces", PLAIN.replace(b"        c", b" c"),
        on_body(lambda b: b.replace(b"\t", b"    ")), C.BODY_WHITESPACE,
        line=6, forms=STRICT),
    Damage("blank line on top", PLAIN, on_body(lambda b: b"\r\n" + b), C.BODY_WHITESPACE, line=1),
    Damage("blank line taken", PLAIN.replace(b"\r\n\r\nHello", b"\r\n\r\n\r\nHello"),
        on_body(lambda b: b.removeprefix(b"\r\n")), C.BLANK_LINE_REMOVED, line=1),
    Damage("wrapped at 998", PLAIN.replace(b"Ann\r\n", b"x" * 998 + b"y" * 40 + b"\r\n"),
        swap(b"x" * 998, b"x" * 998 + b"\r\n"), C.LINES_WRAPPED, line=8),
    Damage("wrapped with a mark", PLAIN.replace(b"Ann\r\n", b"x" * 998 + b"y" * 40 + b"\r\n"),
        swap(b"x" * 990, b"x" * 990 + b"!\r\n "), C.LINES_WRAPPED, line=8),
    Damage("quoted-printable", PLAIN, to_quoted, C.REENCODED),
    Damage("base64", PLAIN, to_base64, C.REENCODED, line=1),
    Damage("part to quoted-printable", LETTER, _encode_part(b"quoted-printable", lambda t: _crlf(
        quopri.encodestring(t.replace(b"\r\n", b"\n")))), C.REENCODED),
    Damage("part to base64", LETTER, _encode_part(b"base64", lambda t: _crlf(
        base64.encodebytes(t)).removesuffix(b"\r\n")), C.REENCODED),
    Damage("base64 lines", ATTACHED, rewrap_base64(64), C.REENCODED),
    Damage("charset", PLAIN.replace(b" \xe2\x80\x93", b""), on_body(
        lambda b: b.decode().encode("latin-1")), C.CHARSET_CONVERTED, line=4),
    Damage("charset, dashes", PLAIN, on_body(lambda b: b.decode().encode("cp1252")),
        C.CHARSET_CONVERTED, line=4),
    Damage("multipart", PLAIN, on_body(_to_multipart), C.WRAPPED_IN_MULTIPART, line=1),
    Damage("multipart, encoded", PLAIN, on_body(lambda b: _to_multipart(
        _crlf(base64.encodebytes(b)), b"Content-Transfer-Encoding: base64\r\n")),
        C.WRAPPED_IN_MULTIPART, line=1),
    Damage("links, url=", PLAIN, check_links(_SAFE), C.LINKS_REWRITTEN, line=3),
    Damage("links in HTML", LETTER, check_links(_SAFE.replace("&", "&amp;")),
        C.LINKS_REWRITTEN, line=7),
    Damage("links, v3", PLAIN, on_body(lambda b: re.sub(
        rb"https://www\S+", rb"https://urldefense.example/v3/__\g<0>__;!!ab!cd$", b)),
        C.LINKS_REWRITTEN, line=3),
    # Nothing to be found out: another word, a cut, another boundary.
    Damage("word", PLAIN, swap(b"Hello", b"Hallo"), C.UNKNOWN),
    Damage("cut", PLAIN, lambda m: m[:-20], C.UNKNOWN),
    Damage("part cut", ATTACHED, swap(b"here is the file.\r\n", b""), C.UNKNOWN),
    Damage("boundary", LETTER, on_body(lambda b: b.replace(b"--alt", b"--new")), C.UNKNOWN),
    Damage("word and a footer", PLAIN, chain(swap(b"Hello", b"Hallo"), append(_FOOTER)),
        C.UNKNOWN),
    Damage("lines swapped", BARE.replace(b"One", b"Two.\r\nOne"),
        swap(b"Two.\r\nOne line.", b"One line.\r\nTwo."), C.UNKNOWN),
]  # fmt: skip

_ENCODED = PLAIN.replace(b"The figures for May,\r\n as promised", b"=?utf-8?q?F=C3=BCr_May?=")
HEADER_DAMAGES = [
    Damage("tag", PLAIN, swap(b"Subject: ", b"Subject: [figures] "), C.SUBJECT_TAGGED, "subject"),
    Damage("tag, colon", PLAIN, swap(b"Subject: ", b"Subject: EXT: "), C.SUBJECT_TAGGED, "subject"),
    Damage("tag, words", PLAIN, swap(b"Subject: ", b"Subject: Possible fraud - "),
        C.SUBJECT_TAGGED, "subject"),
    Damage("tag at the end", PLAIN, swap(b"promised\r\n", b"promised (was: x) [SEC=OFFICIAL]\r\n"),
        C.SUBJECT_TAGGED, "subject"),
    Damage("tag, multipart", LETTER, swap(b"Subject: ", b"Subject: ***SPAM*** "),
        C.SUBJECT_TAGGED, "subject"),
    Damage("subject word", PLAIN, swap(b"promised", b"promized"), C.UNKNOWN),
    Damage("decoded subject", _ENCODED, swap(b"=?utf-8?q?F=C3=BCr_May?=", b"F\xc3\xbcr May"),
        C.HEADER_CHANGED, "subject"),
    Damage("encoded subject", _ENCODED, swap(b"?q?F=C3=BCr_May?=", b"?B?RsO8ciBNYXk=?="),
        C.HEADER_CHANGED, "subject"),
    Damage("refolded", PLAIN, swap(b"May,\r\n as", b"May, as"), C.HEADER_REFOLDED, "subject",
        forms=STRICT),
    Damage("folded elsewhere", PLAIN, swap(b"for May,\r\n as", b"for\r\n May, as"),
        C.HEADER_REFOLDED, "subject", forms=STRICT),
    Damage("folded", PLAIN, swap(b"net>, Carl", b"net>,\r\n\tCarl"), C.HEADER_REFOLDED, "to",
        forms=STRICT),
    Damage("fold that adds a space", PLAIN.replace(b"plain; ", b"plain;"),
        swap(b"plain;", b"plain;\r\n "), C.HEADER_CHANGED, "content-type",
        forms=("relaxed/relaxed",)),
    Damage("name case", PLAIN, swap(b"MIME-Version", b"Mime-Version"), C.HEADER_NAME_CASE,
        "mime-version", forms=STRICT),
    Damage("Reply-To added", PLAIN, prepend_field(b"Reply-To: l@example.com\r\n"),
        C.HEADER_ADDED, "reply-to"),
    Damage("second Subject", PLAIN, swap(b"Date:", b"Subject: x\r\nDate:"), C.HEADER_ADDED,
        "subject"),
    Damage("Cc added", BARE, prepend_field(b"Cc: all@example.net\r\n"), C.HEADER_ADDED, "cc"),
    Damage("a list's fields", PLAIN, prepend_field(
        b"Reply-To: l@example.com\r\nSender: l@example.com\r\n"), C.HEADER_ADDED),
    Damage("a list's fields and tag", PLAIN, chain(swap(b"Subject: ", b"Subject: [l] "),
        prepend_field(b"Reply-To: l@example.com\r\nSender: l@example.com\r\n")),
        C.SUBJECT_TAGGED, "subject"),
    Damage("From by a list", PLAIN, chain(
        prepend_field(b"X-Original-From: Ann Example <ann@example.org>\r\n"),
        swap(b"\nFrom: Ann Example <ann@example.org>", b"\nFrom: Ann via L <l@example.com>")),
        C.FROM_REWRITTEN, "from"),
    Damage("From and Reply-To", PLAIN, chain(
        prepend_field(b"Reply-To: Ann Example <ann@example.org>\r\n"),
        swap(b"\nFrom: Ann Example <ann@example.org>", b"\nFrom: Ann via L <l@example.com>")),
        C.FROM_REWRITTEN, "from"),
    Damage("display name", PLAIN, swap(b"Ann Example <", b"Ann Example (EXT) <"),
        C.HEADER_CHANGED, "from"),
    Damage("display name, in front", LETTER, swap(b"From: Ann", b"From: [EXT] Ann"),
        C.HEADER_CHANGED, "from"),
    Damage("display name, quoted", PLAIN, swap(b"Ann Example <", b'"Ann Example" <'),
        C.HEADER_CHANGED, "from"),
    Damage("To rewritten", PLAIN, swap(b"To: Bob <bob@", b"To: Bob <robert@"), C.UNKNOWN),
    Damage("To rewritten, kept", BARE, chain(swap(b"To: bob@example.net", b"To: b@example.com"),
        prepend_field(b"X-Original-To: bob@example.net\r\n")), C.HEADER_CHANGED, "to"),
    Damage("Message-ID replaced", PLAIN, chain(swap(b"<1@example.org>", b"<2@example.com>"),
        prepend_field(b"X-Original-Message-ID: <1@example.org>\r\n")), C.HEADER_CHANGED,
        "message-id"),
    Damage("encoding", PLAIN, swap(b"8bit", b"quoted-printable"), C.REENCODED,
        "content-transfer-encoding"),
    Damage("charset", PLAIN, swap(b"charset=utf-8", b"charset=iso-8859-15"), C.CHARSET_CONVERTED,
        "content-type"),
    Damage("charset case", PLAIN, swap(b"charset=utf-8", b"charset=UTF-8"), C.HEADER_CHANGED,
        "content-type"),
    Damage("format dropped", PLAIN.replace(b"utf-8\r\n", b"utf-8; format=flowed\r\n"),
        swap(b"; format=flowed", b""), C.HEADER_CHANGED, "content-type"),
    Damage("boundary", LETTER, lambda m: m.replace(b"boundary=alt", b"boundary=new"), C.UNKNOWN),
    Damage("date, zone", PLAIN, swap(b"+0000", b"GMT"), C.HEADER_CHANGED, "date"),
    Damage("date, digit", BARE, swap(b"01 May", b"1 May"), C.HEADER_CHANGED, "date"),
    Damage("version taken", PLAIN, swap(b"MIME-Version: 1.0\r\n", b""), C.HEADER_REMOVED,
        "mime-version"),
]  # fmt: skip
