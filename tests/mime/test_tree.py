"""mime/tree.py, structure.py, text.py and summary.py: parts, and what IMAP says of them."""

import email
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime import structure, text, tree, words
from pillarbox.mime.header import parse_header
from pillarbox.mime.summary import summarise
from tests import suites

MIXED = b"""From: a@x.example\r
Subject: parts\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary="b"\r
\r
preamble\r
--b\r
\r
first\r
--b\r
Content-Type: multipart/alternative; boundary=bb\r
\r
--bb\r
Content-Type: text/plain\r
\r
plain\r
--bb\r
Content-Type: text/html\r
\r
<p>html</p>\r
--bb--\r
--b\r
Content-Type: message/rfc822\r
\r
From: inner@x.example\r
Subject: inside\r
\r
inner body\r
--b\r
Content-Type: image/png; name=x.png\r
Content-Disposition: attachment; filename=x.png\r
Content-Transfer-Encoding: base64\r
\r
aGVsbG8=\r
--b--\r
epilogue\r
"""

SECTIONS = [
    ((), "", MIXED),
    ((), "HEADER", MIXED[: MIXED.index(b"preamble")]),
    ((), "TEXT", MIXED[MIXED.index(b"preamble") :]),
    ((1,), "", b"first"),
    ((1,), "MIME", b"\r\n"),
    ((1, 1), "", None),
    ((2,), "MIME", b"Content-Type: multipart/alternative; boundary=bb\r\n\r\n"),
    ((2, 1), "", b"plain"),
    ((2, 2), "", b"<p>html</p>"),
    ((2, 2), "MIME", b"Content-Type: text/html\r\n\r\n"),
    ((2, 3), "", None),
    ((3,), "", b"From: inner@x.example\r\nSubject: inside\r\n\r\ninner body"),
    ((3,), "HEADER", b"From: inner@x.example\r\nSubject: inside\r\n\r\n"),
    ((3,), "TEXT", b"inner body"),
    ((3, 1), "", b"inner body"),
    ((3, 1), "MIME", b"From: inner@x.example\r\nSubject: inside\r\n\r\n"),
    ((3, 2), "", None),
    ((4,), "", b"aGVsbG8="),
    ((4,), "HEADER", None),
    ((5,), "", None),
    ((0,), "", None),
]


@pytest.mark.parametrize(("path", "which", "octets"), SECTIONS)
def test_sections(path, which, octets):
    place = tree.section(tree.parse(MIXED), path, which)
    assert (None if place is None else MIXED[place[0] : place[1]]) == octets


def test_part_one_of_a_simple_message_is_its_body():
    message = b"Subject: x\r\n\r\nbody"
    root = tree.parse(message)
    assert tree.section(root, (1,), "") == (14, 18)
    assert tree.section(root, (1,), "MIME") == (0, 14)
    assert tree.section(root, (1, 1), "") is None


def test_structures():
    summary = summarise(MIXED)
    assert summary.bodystructure == (
        b'(("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 5 1 NIL NIL NIL NIL)'
        b'(("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 5 1 NIL NIL NIL NIL)'
        b'("TEXT" "HTML" ("charset" "us-ascii") NIL NIL "7BIT" 11 1 NIL NIL NIL NIL)'
        b' "ALTERNATIVE" ("boundary" "bb") NIL NIL NIL)'
        b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 52 (NIL "inside" ((NIL NIL "inner" "x.example"))'
        b' ((NIL NIL "inner" "x.example")) ((NIL NIL "inner" "x.example")) NIL NIL NIL NIL NIL)'
        b' ("TEXT" "PLAIN" ("charset" "us-ascii") NIL NIL "7BIT" 10 1 NIL NIL NIL NIL) 4'
        b" NIL NIL NIL NIL)"
        b'("IMAGE" "PNG" ("name" "x.png") NIL NIL "BASE64" 8 NIL ("attachment" ("filename"'
        b' "x.png")) NIL NIL)'
        b' "MIXED" ("boundary" "b") NIL NIL NIL)'
    )
    assert summary.body.endswith(b'"BASE64" 8) "MIXED")')
    assert summary.has_attachment
    assert summary.preview == "first"


ENVELOPES = [
    (b"", b"(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)"),
    (
        b'Subject: a "b" \\c\r\nTo: T: x@y.example;\r\n',
        b'(NIL "a \\"b\\" \\\\c" NIL NIL NIL ((NIL NIL "T" NIL)(NIL NIL "x" "y.example")'
        b"(NIL NIL NIL NIL)) NIL NIL NIL NIL)",
    ),
    (
        "Subject: ä\r\nFrom: Jö <j@x.example>\r\nSender:\r\n".encode(),
        b'(NIL "=?utf-8?B?w6Q=?=" (("=?utf-8?B?SsO2?=" NIL "j" "x.example"))'
        b' (("=?utf-8?B?SsO2?=" NIL "j" "x.example")) (("=?utf-8?B?SsO2?=" NIL "j" "x.example"))'
        b" NIL NIL NIL NIL NIL)",
    ),
]


@pytest.mark.parametrize(("header", "envelope"), ENVELOPES)
def test_envelopes(header, envelope):
    assert structure.envelope(parse_header(header + b"\r\n")) == envelope


ODD = [
    ("no end boundary", b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx", [b"x"]),
    ("boundary that begins alike", b"Content-Type: multipart/mixed; boundary=a\r\n\r\n"
     b"--a\r\n\r\none\r\n--ab\r\ntwo\r\n--a--\r\n", [b"one\r\n--ab\r\ntwo"]),
    ("empty parts", b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n--a\r\n\r\n--a--",
     [b"", b""]),
    ("no parts", b"Content-Type: multipart/mixed; boundary=a\r\n\r\ntext", []),
    ("boundary in the text", b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n"
     b"see --a\r\n--a--", [b"see --a"]),
    ("bare LF", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\none\n--a--\n", [b"one"]),
]  # fmt: skip


@pytest.mark.parametrize(("message", "bodies"), [c[1:] for c in ODD], ids=[c[0] for c in ODD])
def test_odd_multiparts(message, bodies):
    root = tree.parse(message)
    assert [message[p.body_start : p.end] for p in root.children] == bodies


def test_depth_and_count_are_limited():
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(200)
    )
    parts = tree.walk(tree.parse(deep))
    assert len(parts) <= tree.MAX_DEPTH + 1
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 5000
    assert len(tree.walk(tree.parse(many))) <= tree.MAX_PARTS
    summarise(deep)
    summarise(many)


def check(message):
    root = tree.parse(message)
    for part in tree.walk(root):
        assert 0 <= part.header_start <= part.body_start <= part.end <= len(message)
        last = part.body_start
        for child in part.children:
            assert last <= child.header_start
            assert child.end <= part.end
            last = child.end
    assert [
        (p.header_start, p.end, p.kind, p.subtype, p.encoding)
        for p in tree.walk(tree.decode_tree(tree.encode(root)))
    ] == [(p.header_start, p.end, p.kind, p.subtype, p.encoding) for p in tree.walk(root)]
    summary = summarise(message)
    for octets in (summary.envelope, summary.body, summary.bodystructure):
        assert octets.isascii()
        assert octets.startswith(b"(")
        assert octets.endswith(b")")
    assert len(summary.preview) <= text.MAX_PREVIEW
    # Nothing in it moves the cursor; marks like joiners stay, and are not "printable" to Python.
    assert words.visible(summary.preview) == summary.preview
    assert "\n" not in summary.preview
    assert summary.size == len(message)


PIECES = st.sampled_from(
    [b"\r\n", b"\n", b"--b", b"--b--", b"Content-Type: multipart/mixed; boundary=b\r\n",
     b"Content-Type: message/rfc822\r\n", b"From: a@b\r\n", b"x", b"Content-Type: ", b";", b'"',
     b"Content-Transfer-Encoding: base64\r\n", b"Subject: =?utf-8?B?w6Q=?=\r\n", b"\0", b"\xff"]
)  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=8), max_size=40).map(b"".join))
def test_any_octets_are_a_message(message):
    check(message)


@pytest.mark.parametrize("path", suites.files("mime"), ids=lambda p: p.name)
def test_suite(path):
    check(path.read_bytes())


def test_agrees_with_the_standard_library():
    ours = [f"{p.kind}/{p.subtype}" for p in tree.walk(tree.parse(MIXED))]
    theirs = [p.get_content_type() for p in email.message_from_bytes(MIXED).walk()]
    assert ours == theirs


TRANSFERS = [
    ("7bit", b"a=b", b"a=b"),
    ("quoted-printable", b"a=3Db=\r\nc =\r\n d", b"a=bc  d"),
    ("quoted-printable", b"bad =zz", b"bad =zz"),
    ("base64", b"aGVs\r\nbG8=", b"hello"),
    ("base64", b"aGVs*bG8", b"hello"),
    ("base64", b"a", b""),
    ("x-uuencode", b"begin 644 x\n%:&5L;&\\\n`\nend\n", b"hello"),
    ("x-unknown", b"as it is", b"as it is"),
]


@pytest.mark.parametrize(("encoding", "octets", "decoded"), TRANSFERS)
def test_transfer_encodings(encoding, octets, decoded):
    assert text.decode_transfer(octets, encoding, 1000) == decoded


@given(st.binary(max_size=200), st.sampled_from(["base64", "quoted-printable", "x-uuencode"]))
def test_transfer_decoding_never_fails(octets, encoding):
    assert len(text.decode_transfer(octets, encoding, 50)) <= 50


HTML = [
    ("<p>one</p><p>two", "one two"),
    ("a<script>alert(1)</script>b", "a b"),
    ("x &amp; y&#228;", "x & yä"),
    ("<!-- hidden -->shown<style>p{}", "shown"),
]


@pytest.mark.parametrize(("markup", "words"), HTML)
def test_html_as_text(markup, words):
    assert " ".join(text.html_to_text(markup).split()) == words


def test_searchable_text_is_decoded():
    message = (
        b"Content-Type: text/plain; charset=iso-8859-1\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\nf=FCr dich"
    )
    assert text.searchable(message, 1000) == "für dich"
