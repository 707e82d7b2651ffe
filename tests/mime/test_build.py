"""mime/build.py, dsn.py and thread.py."""

import email
import email.policy
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime import dsn
from pillarbox.mime.addresses import Mailbox
from pillarbox.mime.build import Attachment, Draft, build
from pillarbox.mime.thread import MAX_IDS, base_subject, message_ids

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
ANN = Mailbox("Ann Ö", "ann", "x.example")
BOB = Mailbox("", "bob", "y.example")


def read(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


SUBJECT = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=60
)


@given(st.text(max_size=300), SUBJECT)
def test_text_comes_back(text, subject):
    octets = build(Draft(ANN, [BOB], subject, text, NOW, "1@x.example"))
    assert octets.count(b"\n") == octets.count(b"\r\n")
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    message = read(octets)
    assert message["Subject"] == subject
    lines = text.encode("utf-8", "replace").decode().splitlines()
    assert message.get_content().splitlines() == (lines or [""])


def test_a_message_with_everything():
    files = [
        Attachment("grün.pdf", "application/pdf", b"\x00\x01" * 100),
        Attachment("p.png", "image/png", b"png", content_id="p1"),
    ]
    draft = Draft(
        ANN, [BOB], "x", "plain", NOW, "1@x.example", cc=[ANN], html="<p>h<img src=cid:p1>",
        attachments=files, in_reply_to="0@x", references=["a@x", "0@x"],
        headers=[("Auto-Submitted", "auto-replied")],
    )  # fmt: skip
    message = read(build(draft))
    assert [p.get_content_type() for p in message.walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "multipart/related",
        "text/html", "image/png", "application/pdf",
    ]  # fmt: skip
    (pdf,) = message.iter_attachments()
    assert pdf.get_filename() == "grün.pdf"
    assert pdf.get_content() == b"\x00\x01" * 100
    assert message["From"].addresses[0].display_name == "Ann Ö"
    assert message["References"] == "<a@x> <0@x>"
    assert build(draft) == build(draft)


def test_a_notice_says_what_it_was_told():
    status = dsn.RecipientStatus(
        "bob@y.example", "failed", "5.1.1", "550 5.1.1 no such user", "mx.y.example",
        "rfc822;bob@y.example", NOW, NOW,
    )  # fmt: skip
    original = b"From: a@x.example\r\nSubject: \xc3\xa4\r\n\r\nsecret body"
    octets = b"Subject: x\r\n" + dsn.report_parts(
        "It did not arrive.", "mx.x.example", NOW, [status], original, envid="e1"
    )
    message = read(octets)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    assert b"secret body" not in octets
    (found,) = dsn.parse(octets)
    assert (found.recipient, found.action, found.status) == ("bob@y.example", "failed", "5.1.1")
    assert found.diagnostic == "550 5.1.1 no such user"
    assert found.remote_mta == "mx.y.example"
    full = dsn.report_parts("t", "m", NOW, [status], original, full=True)
    assert b"secret body" in full


@given(st.binary(max_size=300))
def test_any_octets_are_a_notice_or_none(octets):
    head = b"Content-Type: message/delivery-status\r\n\r\n"
    assert isinstance(dsn.parse(head + octets), list)


SUBJECTS = [
    ("Hello", "Hello"),
    ("Re: Hello", "Hello"),
    ("RE : [list] Re[2]: Hello (fwd) (FWD)", "Hello"),
    ("Fwd: FW: x", "x"),
    ("[blob] only", "only"),
    ("[blob]", "[blob]"),
    ("[fwd: Re: deep]", "deep"),
    ("  many   spaces\there ", "many spaces here"),
    ("Regarding: x", "Regarding: x"),
    ("", ""),
    ("Re:", ""),
]


@pytest.mark.parametrize(("subject", "base"), SUBJECTS)
def test_base_subjects(subject, base):
    assert base_subject(subject) == base


@given(st.text(max_size=60))
def test_a_base_subject_is_its_own(text):
    once = base_subject(text)
    assert base_subject(once) == once


def test_message_ids():
    assert message_ids(b"<a@x> junk <b@y>,<c>") == ["a@x", "b@y", "c"]
    many = b" ".join(b"<%d@x>" % n for n in range(500))
    found = message_ids(many)
    assert len(found) == MAX_IDS
    assert (found[0], found[-1]) == ("0@x", "499@x")
