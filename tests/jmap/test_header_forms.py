"""Header fields in JMAP's forms (RFC 8621 §4.1.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap import header_forms
from pillarbox.jmap.header_forms import HeaderProperty, parse_property
from pillarbox.mime import envelope, structure
from pillarbox.mime.addresses import mailboxes
from pillarbox.mime.header import parse_header


def read(octets, text):
    wanted = parse_property(text)
    assert wanted is not None
    return header_forms.value(parse_header(octets), wanted)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("header:Subject", HeaderProperty("Subject", "Raw", all=False)),
        ("header:Subject:all", HeaderProperty("Subject", "Raw", all=True)),
        ("header:subject:asText:all", HeaderProperty("subject", "Text", all=True)),
        ("header:X-Any:asAddresses", HeaderProperty("X-Any", "Addresses", all=False)),
        ("header:Resent-Date:asDate", HeaderProperty("Resent-Date", "Date", all=False)),
        ("header:List-Post:asURLs", HeaderProperty("List-Post", "URLs", all=False)),
        ("header:List-Id:asText", HeaderProperty("List-Id", "Text", all=False)),
        ("header:Received:asText", None),
        ("header:Date:asText", None),
        ("header:List-Post:asText", None),
        ("header:Message-ID:asDate", None),
        ("header:Subject:all:all", None),
        ("header:Subject:asRaw:asText", None),
        ("header:Subject:", None),
        ("header:ä", None),
        ("Header:Subject", None),
        ("header:" + "x" * 400, None),
    ],
)
def test_names_of_properties(text, expected):
    assert parse_property(text) == expected


@pytest.mark.parametrize(
    ("octets", "text", "expected"),
    [
        (b"X:  a\r\n b \r\n", "header:X", "  a\r\n b "),
        (b"X: \xff\0a\r\n", "header:X", " \ufffda"),
        (b"X: a\nY: b\n", "header:X", " a"),
        (b"Subject:  a\r\n b\r\n", "header:Subject:asText", "a b"),
        (b"Subject: =?utf-8?q?e=CC=81?=\r\n", "header:Subject:asText", "é"),
        (b"Subject: =?utf-8?q?a=00b=0D=0Ac?=\r\n", "header:Subject:asText", "abc"),
        (b"X: one\r\nX: two\r\n", "header:X:asText", "two"),
        (b"Date: Thu, 1 Jan 1970 00:00:00 -0730\r\n", "header:Date:asDate",
         "1970-01-01T00:00:00-07:30"),
        (b"Date: nonsense\r\n", "header:Date:asDate", None),
        (b"Message-ID: <a@b>\r\n", "header:Message-ID:asMessageIds", ["a@b"]),
        (b"Message-ID: nonsense\r\n", "header:Message-ID:asMessageIds", None),
        (b"To: a@b, C <c@d>\r\n", "header:To:asAddresses",
         [{"name": None, "email": "a@b"}, {"name": "C", "email": "c@d"}]),
        (b"To: g: a@b;, c@d\r\n", "header:To:asGroupedAddresses",
         [{"name": "g", "addresses": [{"name": None, "email": "a@b"}]},
          {"name": None, "addresses": [{"name": None, "email": "c@d"}]}]),
        (b"To:\r\n", "header:To:asAddresses", []),
        (b"List-Post: <https://a/ b>, (no) <mailto:x>\r\n", "header:List-Post:asURLs",
         ["https://a/b", "mailto:x"]),
        (b"List-Post: NO\r\n", "header:List-Post:asURLs", None),
    ],
)  # fmt: skip
def test_forms(octets, text, expected):
    assert read(octets, text) == expected


@given(st.binary(max_size=300), st.sampled_from(sorted(header_forms.FORMS)))
def test_any_field_has_a_value_in_every_form(value, form):
    header = parse_header(b"X-Any:" + value + b"\r\n\r\n")
    found = header_forms.value(header, HeaderProperty("X-Any", form, all=True))
    assert isinstance(found, list)
    str(found).encode()


@given(st.text(max_size=60))
def test_any_text_is_a_property_or_not(text):
    parse_property("header:" + text)


HEADER_LINES = st.lists(
    st.tuples(
        st.sampled_from(["From", "To", "Cc", "Subject", "Message-ID", "Date", "In-Reply-To"]),
        st.one_of(
            st.text(max_size=40),
            st.sampled_from(
                [
                    "a@b",
                    '"x, y" <a@b>, c',
                    "g: a@b, c@d;",
                    "=?utf-8?q?=C3=BC?= <u@x>",
                    "<a@b> <c@d>",
                ]
            ),
        ),
    ),
    max_size=7,
    unique_by=lambda line: line[0],
)


@given(HEADER_LINES)
def test_an_envelope_can_be_read_back(lines):
    octets = b"".join(f"{name}: {value}\r\n".encode("utf-8", "replace") for name, value in lines)
    header = parse_header(octets + b"\r\n")
    found = envelope.read(structure.envelope(header))
    assert (found.subject is None) == (not header.value("subject"))
    for name in ("to", "cc"):
        direct = [m.domain for f in header.all(name) for m in mailboxes(f.value)]
        read_back = [m.domain for m in getattr(found, name) or ()]
        assert len(read_back) == len(direct)
