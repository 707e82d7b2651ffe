"""Read receipts: whom to tell, built, read, and for any octets (RFC 8098)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime import mdn
from pillarbox.mime.header import parse_header

TYPED = b"""From: b@b.example\r
Subject: Read: Order\r
Content-Type: multipart/report; report-type=disposition-notification; boundary=x\r
\r
--x\r
Content-Type: text/plain\r
\r
It was opened.\r
--x\r
Content-Type: message/disposition-notification\r
\r
Reporting-UA: phone; Mail 1\r
Final-Recipient: rfc822;b@b.example\r
Original-Message-ID: <1@a.example>\r
Disposition: automatic-action/\r
 MDN-sent-automatically; Processed/error\r
Error: full\r
X-Colour: red\r
\r
--x\r
Content-Type: message/rfc822\r
\r
Subject: Order\r
\r
Hello\r
--x--\r
"""


@pytest.mark.parametrize(
    ("field", "found"),
    [
        ("a@a.example", ["a@a.example"]),
        ('"A" <a@a.example>, b@b.example', ["a@a.example", "b@b.example"]),
        ("undisclosed:;", []),
        ("nobody", []),
        (", ".join(f"{n}@a.example" for n in range(9)), [f"{n}@a.example" for n in range(5)]),
    ],
)
def test_who_asks(field, found):
    header = parse_header(f"Disposition-Notification-To: {field}\r\n\r\n".encode())
    assert [str(one) for one in mdn.asking(header)] == found


def test_two_fields_ask_nothing():
    field = b"Disposition-Notification-To: a@a.example\r\n"
    assert mdn.asking(parse_header(field + field + b"\r\n")) == []


def test_what_another_program_wrote_is_read():
    found = mdn.parse(TYPED)
    assert found is not None
    assert (found.subject, found.text.strip(), found.has_original) == (
        "Read: Order", "It was opened.", True,
    )  # fmt: skip
    said = found.notification
    assert (said.action, said.sending, said.type) == (
        "automatic-action", "mdn-sent-automatically", "processed",
    )  # fmt: skip
    assert said.original_message_id == "<1@a.example>"
    assert said.reporting_ua == "phone; Mail 1"
    assert (list(said.errors), dict(said.extensions)) == (["full"], {"X-Colour": "red"})


@pytest.mark.parametrize(
    "change",
    [
        (b"message/disposition-notification", b"message/delivery-status"),
        (b"Final-Recipient", b"Initial-Recipient"),
        (b"automatic-action/", b"automatic-action;"),
    ],
)
def test_what_is_none(change):
    assert mdn.parse(TYPED.replace(*change)) is None


@pytest.mark.parametrize("original", [None, b"Subject: x\r\n\r\nHello\r\n", b"X: \xff\r\n\r\n\xe9"])
def test_what_is_built_is_read_again(original):
    said = mdn.Notification(
        "rfc822; b@b.example", type="deleted", original_message_id="<1@a>", reporting_ua="x; y",
        extensions={"X-A": "1"},
    )  # fmt: skip
    parts = mdn.report_parts("Gone.\n", said, original)
    found = mdn.parse(b"Subject: S\r\nMIME-Version: 1.0\r\n" + parts)
    assert found is not None
    assert (found.notification, found.subject) == (said, "S")
    assert found.has_original == (original is not None)
    assert found.text.strip() == "Gone."
    assert b"MDN-sent-manually" in parts


def test_large_messages_come_back_as_header():
    original = b"Subject: x\r\n\r\n" + b"y" * mdn.MAX_RETURNED
    parts = mdn.report_parts("", mdn.Notification("rfc822; b@b.example"), original)
    assert len(parts) < 2000
    assert b"text/rfc822-headers" in parts


@pytest.mark.property
@given(st.binary(max_size=600), st.integers(0, len(TYPED)))
def test_any_octets(octets, where):
    for message in (octets, TYPED[:where] + octets + TYPED[where:]):
        found = mdn.parse(message)
        assert found is None or found.notification.final_recipient
        mdn.asking(parse_header(message))
