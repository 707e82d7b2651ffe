"""Text, HTML and attachments of a message (RFC 8621 §4.1.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap import body_parts
from pillarbox.jmap.body_parts import PartWriter
from pillarbox.jmap.body_values import body_value
from pillarbox.mime.tree import Part, parse


def leaf(kind, name="", disposition=""):
    main, subtype = kind.split("/")
    return Part(
        kind=main,
        subtype=subtype,
        disposition=disposition,
        disposition_parameters={"filename": name} if name else {},
    )


def multi(subtype, *children):
    return Part(kind="multipart", subtype=subtype, children=list(children))


def divided(root):
    found = body_parts.bodies(body_parts.view(root))
    return tuple(
        [p.part_id for p in parts] for parts in (found.text, found.html, found.attachments)
    )


PLAIN, HTML, PNG = leaf("text/plain"), leaf("text/html"), leaf("image/png")
PDF = leaf("application/pdf")


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        (PLAIN, (["1"], ["1"], [])),
        (HTML, (["1"], ["1"], [])),
        (PNG, (["1"], ["1"], [])),
        (PDF, ([], [], ["1"])),
        (leaf("text/plain", disposition="attachment"), ([], [], ["1"])),
        (leaf("text/calendar"), ([], [], ["1"])),
        (multi("alternative", PLAIN, HTML), (["1"], ["2"], [])),
        (multi("alternative", HTML), (["1"], ["1"], [])),
        (multi("alternative", PLAIN), (["1"], ["1"], [])),
        (multi("alternative", PLAIN, multi("related", HTML, PNG)), (["1"], ["2.1"], ["2.2"])),
        (multi("related", HTML, PNG), (["1"], ["1"], ["2"])),
        (multi("mixed", PLAIN, PNG, PLAIN), (["1", "2", "3"], ["1", "2", "3"], [])),
        (multi("mixed", PLAIN, leaf("text/plain", "a.txt")), (["1"], ["1"], ["2"])),
        (multi("mixed", leaf("text/plain", "a.txt"), PLAIN), (["1", "2"], ["1", "2"], [])),
        (multi("mixed", PLAIN, leaf("image/png", "a.png")), (["1", "2"], ["1", "2"], [])),
        (multi("mixed", multi("alternative", PLAIN, HTML), PDF), (["1.1"], ["1.2"], ["2"])),
        (multi("alternative", PLAIN, leaf("text/calendar")), (["1"], ["1"], ["2"])),
    ],
)
def test_parts_are_divided(root, expected):
    assert divided(root) == expected


def test_the_example_of_the_rfc():
    # RFC 8621 §4.1.4: a message that has been through a mailing list.
    A, B, F, G = (leaf("text/plain", disposition="inline") for _ in "ABFG")  # noqa: N806
    C, D, H = (leaf("image/jpeg") for _ in "CDH")  # noqa: N806
    E = leaf("text/html")  # noqa: N806
    C.disposition = D.disposition = "inline"
    J, K = leaf("image/png", "j.png", "attachment"), leaf("message/rfc822")  # noqa: N806
    inner = multi("mixed", B, C, D)
    related = multi("related", E, PNG)
    alternative = multi("alternative", inner, related)
    root = multi("mixed", A, multi("mixed", alternative, F, G, H, J), K)
    text, html, attachments = divided(root)
    assert text == ["1", "2.1.1.1", "2.1.1.2", "2.1.1.3", "2.2", "2.3", "2.4"]
    assert html == ["1", "2.1.2.1", "2.2", "2.3", "2.4"]
    assert attachments == ["2.1.1.2", "2.1.1.3", "2.1.2.2", "2.5", "3"]


def value(message, **more):
    return body_value(message, body_parts.view(parse(message)), **more)


@pytest.mark.parametrize(
    ("header", "body", "text", "problem"),
    [
        (b"", b"a\r\nb\n", "a\nb\n", False),
        (b"", "ü".encode(), "ü", False),
        (b"", b"\xfc", "ü", True),
        (b"Content-Type: text/plain; charset=iso-8859-1\r\n", b"\xfc", "ü", False),
        (b"Content-Type: text/plain; charset=utf-8\r\n", b"a\xff", "a\ufffd", True),
        (b"Content-Type: text/plain; charset=nonsense\r\n", b"a", "a", True),
        (b"Content-Transfer-Encoding: x-odd\r\n", b"a", "a", True),
        (b"Content-Transfer-Encoding: base64\r\n", b"YQ0KYg==", "a\nb", False),
        (b"Content-Type: text/plain; charset=utf-7\r\n", b"+2AA-", "?", False),
    ],
)
def test_values(header, body, text, problem):
    found = value(header + b"\r\n" + body)
    assert (found["value"], found["isEncodingProblem"]) == (text, problem)
    assert found["isTruncated"] is False


def test_html_is_not_cut_in_a_tag():
    message = b"Content-Type: text/html\r\n\r\n<p>text</p><a href='x'>"
    assert value(message, max_octets=14)["value"] == "<p>text</p>"


@given(st.text(), st.integers(1, 50))
def test_cutting_gives_a_beginning(text, octets):
    message = b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode("utf-8", "replace")
    whole = value(message)["value"]
    cut = value(message, max_octets=octets)
    assert whole.startswith(cut["value"])
    assert len(cut["value"].encode()) <= octets
    assert cut["isTruncated"] == (cut["value"] != whole)


@given(st.binary(max_size=500))
def test_any_octets_can_be_shown(message):
    root = body_parts.view(parse(message))
    found = body_parts.bodies(root)
    ids = {part.part_id for part in root.walk()}
    properties = [*body_parts.DEFAULT_PROPERTIES, "headers", "subParts", "header:X:asText"]
    writer = PartWriter(properties, lambda part: "g1-" + part.part_id, message)
    shown = writer.write(root, deep=True)
    assert shown["type"]
    for part in (*found.text, *found.html, *found.attachments):
        assert part.part_id in ids
        body_value(message, part)["value"].encode()
