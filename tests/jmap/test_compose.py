"""Messages that clients create are read back as they were given (RFC 8621 §4.6)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap import body_parts, compose, header_forms
from pillarbox.jmap.body_values import body_value
from pillarbox.jmap.error import SetError
from pillarbox.jmap.header_forms import parse_property
from pillarbox.mime.header import parse_header
from pillarbox.mime.tree import parse

DATE = "Sun, 1 Mar 2026 12:00:00 +0000"


def build(given_, blobs=()):
    return compose.read(given_).build(dict(blobs), DATE, "id@example.org")


def value(message, name):
    wanted = header_forms.CONVENIENCE.get(name) or parse_property(name)
    assert wanted is not None
    return header_forms.value(parse_header(message), wanted)


PRINTABLE = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=300)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\r"), max_size=3000)


@given(st.lists(PRINTABLE, min_size=1, max_size=5))
def test_a_subject_comes_back(words):
    subject = " ".join(words)
    message = build({"subject": subject})
    found = value(message, "subject")
    assert found == unicodedata.normalize("NFC", subject)
    assert max(map(len, message.split(b"\r\n"))) <= 998


@given(TEXT, st.sampled_from(["textBody", "htmlBody"]), st.booleans())
def test_text_comes_back(text, name, with_file):
    given_ = {name: [{"partId": "x"}], "bodyValues": {"x": {"value": text}}}
    if with_file:
        given_["attachments"] = [{"blobId": "u1", "type": "image/png"}]
    message = build(given_, {"u1": b"\x89PNG"})
    root = body_parts.view(parse(message))
    part = next(part for part in root.walk() if part.is_text)
    assert body_value(message, part)["value"] == text
    assert max(map(len, message.split(b"\r\n"))) <= 998
    assert b"\n" not in message.replace(b"\r\n", b"")


@given(st.binary(max_size=3000), st.sampled_from(["text/plain", "application/pdf", "image/png"]))
def test_files_come_back(octets, kind):
    message = build({"attachments": [{"blobId": "u1", "type": kind, "name": "ä"}]}, {"u1": octets})
    part = body_parts.view(parse(message)).children[0]
    assert body_parts.decoded(message, part.part) == octets
    assert (part.type, part.name) == (kind, "ä")


NAMES = st.sampled_from(
    [
        "subject", "from", "to", "messageId", "sentAt", "references", "header:X", "header:X:asDate",
        "header:Y:asAddresses:all", "header:Z:asGroupedAddresses", "header:List-Post:asURLs",
        "bodyStructure", "textBody", "htmlBody", "attachments", "bodyValues", "partId", "blobId",
        "type", "subParts", "value", "name", "email", "cid", "language", "location", "charset",
        "disposition", "addresses", "header:Content-Type",
    ]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(NAMES, JSON, max_size=5))
def test_any_object_is_a_message_or_refused(given_):
    try:
        draft = compose.read(given_)
    except SetError as exc:
        assert exc.type == "invalidProperties"  # noqa: PT017
    else:
        message = draft.build(dict.fromkeys(draft.blob_ids(), b"x"), DATE, "a@b")
        parse(message)


@pytest.mark.parametrize(
    "addresses",
    [
        [{"name": None, "email": "a@b"}],
        [{"name": 'Say "x", y', "email": "a@b"}, {"name": "ü", "email": "ü@ö"}],
        [{"name": None, "email": '"a b"@c'}],
        [{"name": None, "email": "half"}],
        [{"name": "Who", "email": "half"}],
        [],
    ],
)
def test_addresses_come_back(addresses):
    found = value(build({"to": addresses}), "to")
    assert found == (addresses or None)


def test_groups_come_back():
    groups = [
        {"name": "ä, b", "addresses": [{"name": None, "email": "a@b"}]},
        {"name": None, "addresses": [{"name": "C", "email": "c@d"}]},
        {"name": "none", "addresses": []},
    ]
    name = "header:To:asGroupedAddresses"
    assert value(build({name: groups}), name) == groups


def test_several_fields_of_one_name():
    name = "header:X-Mine:asText:all"
    assert value(build({name: ["a", "ö"]}), name) == ["a", "ö"]


def test_what_is_missing_is_made():
    message = build({})
    header = parse_header(message)
    assert header.value("date") == DATE.encode()
    assert header.value("message-id") == b"<id@example.org>"
    assert header.value("mime-version") == b"1.0"
    given_ = {"messageId": ["x@y"], "sentAt": "2020-01-01T10:00:00+02:00"}
    header = parse_header(build(given_))
    assert len(header.all("message-id")) == len(header.all("date")) == 1
    assert header.value("date") == b"Wed, 1 Jan 2020 10:00:00 +0200"


def test_an_enclosed_message_is_not_encoded():
    inner = b"Subject: \xc3\xa4\r\n\r\nhello\r\n"
    message = build({"attachments": [{"blobId": "u1", "type": "message/rfc822"}]}, {"u1": inner})
    assert b"Content-Transfer-Encoding: 8bit" in message
    assert inner in message
