"""delivery/bounce.py: notices, word for word."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

from hypothesis import given
from hypothesis import strategies as st

from pillarbox.delivery.bounce import FULL_OCTETS, Author, Subject, build
from pillarbox.delivery.reply_words import explain
from pillarbox.mime import dsn
from pillarbox.store.blobs import BlobRef
from pillarbox.store.ids import AccountId, QueueId
from pillarbox.store.queue import Item, Recipient, State

from .outgoing import MESSAGE

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
OCTETS = len(MESSAGE)
BY = Author("mail.example.org", "example.org", "n1@mail.example.org", NOW)


def item(ret="", octets=OCTETS, sender="anna@example.org", *, require_tls=False):
    return Item(
        QueueId(1), BlobRef("x/1"), octets, sender, "env 1", ret, "7BIT", False, require_tls,
        AccountId(1), "abc", datetime(2026, 3, 1, 12, tzinfo=UTC),
        datetime(2026, 3, 6, 12, tzinfo=UTC),
    )  # fmt: skip


def subject(action="failed", address="jon@example.com", code=550, enhanced="5.1.1",
            text="No such user", **fields):  # fmt: skip
    recipient = Recipient(
        QueueId(1), 0, address, address.rpartition("@")[2], "", "rfc822;jon@old.example",
        State.LEASED, NOW, 0, None, 0, "", "", "", False,
    )  # fmt: skip
    words = explain(code, enhanced, text, recipient=address, sender="anna@example.org")
    return Subject(recipient, action, words, code, enhanced, text, "mx.example.com", **fields)


FAILED = """\
Your message did not reach:

  jon@example.com
    There is no mailbox jon@ at example.com.
    What to do: Check the spelling of the address.
    The words of mx.example.com:
      550 5.1.1 No such user

The message:
  Subject: Order 4711
  Date: Fri, 02 Jan 2026 03:04:00 +0000
  Message-ID: <4711@example.org>
  Accepted here: 1 Mar 2026, 12:00 UTC

A report for programs and the header of your message follow. This notice
was made by mail.example.org; its administrator finds the story under
abc.
"""

REPORT = """\
Reporting-MTA: dns;mail.example.org
Original-Envelope-Id: env 1
Arrival-Date: Sun, 1 Mar 2026 12:00:00 +0000

Original-Recipient: rfc822;jon@old.example
Final-Recipient: rfc822;jon@example.com
Action: failed
Status: 5.1.1
Remote-MTA: dns;mx.example.com
Diagnostic-Code: smtp; 550 5.1.1 No such user
Last-Attempt-Date: Sun, 1 Mar 2026 12:30:00 +0000
"""


def parts(notice):
    """Return the parts as Python's own parser reads them."""
    message = message_from_bytes(notice, policy=policy.SMTP)
    assert message.get_content_type() == "multipart/report"
    assert message.get_param("report-type") == "delivery-status"
    return message, list(message.iter_parts())


def test_a_failure_word_for_word():
    notice = build([subject()], item(), MESSAGE, BY)
    message, (text, _, original) = parts(notice)
    assert message["from"] == '"Mail delivery at mail.example.org" <postmaster@example.org>'
    assert message["to"] == "anna@example.org"
    assert message["subject"] == "Not delivered: Order 4711"
    assert message["auto-submitted"] == "auto-replied"
    assert message["in-reply-to"] == "<4711@example.org>"
    assert text.get_content().replace("\r\n", "\n") == FAILED
    assert REPORT.replace("\n", "\r\n").encode() in notice
    assert original.get_content_type() == "text/rfc822-headers"
    assert b"Hello Bob" not in notice


def test_a_delay_says_until_when():
    late = subject("delayed", code=451, enhanced="4.7.1", text="Greylisted",
                   until=datetime(2026, 3, 6, 12, tzinfo=UTC))  # fmt: skip
    message, (text, *_) = parts(build([late], item(), MESSAGE, BY))
    body = text.get_content().replace("\r\n", "\n")
    assert message["subject"] == "Not yet delivered: Order 4711"
    assert "    Their server asks new senders to come back in a few minutes.\n" in body
    assert "    We keep trying until 6 Mar 2026, 12:00 UTC.\n" in body
    assert "you need not\nsend it again:\n" in body


def test_one_notice_tells_of_all_recipients():
    told = [subject(), subject("relayed", "eve@example.com", 250, "2.0.0", "Queued")]
    notice = build(told, item(), MESSAGE, BY)
    assert [(s.recipient, s.action, s.status) for s in dsn.parse(notice)] == [
        ("jon@example.com", "failed", "5.1.1"),
        ("eve@example.com", "relayed", "2.0.0"),
    ]


def test_the_whole_message_only_where_asked_and_small():
    assert b"Hello Bob" in build([subject()], item("FULL"), MESSAGE, BY)
    big = MESSAGE + b"x" * FULL_OCTETS
    for given_item, original in [
        (item("HDRS"), MESSAGE),
        (item("FULL", len(big)), big),
        (item("FULL", require_tls=True), MESSAGE),
    ]:
        assert b"Hello Bob" not in build([subject()], given_item, original, BY)
    assert b"Hello Bob" not in build([subject("delayed")], item("FULL"), MESSAGE, BY)


def test_status_fits_the_action():
    assert subject(enhanced="", code=550).status == "5.0.0"
    assert subject(enhanced="4.7.1", code=451, expired_hours=120).status == "4.4.7"
    assert subject("delayed", enhanced="", code=0).status == "4.0.0"


@given(st.binary(max_size=200), st.text(max_size=60), st.text(min_size=1, max_size=30))
def test_hostile_values_break_no_line(original, text, localpart):
    notice = build([subject(address=f"{localpart}@d.example", text=text)],
                   item(sender=f"{localpart}@x.example"), original, BY)  # fmt: skip
    head = notice[: notice.index(b"\r\n\r\n")]
    assert head.count(b"\r\nSubject: ") == 1
    assert {line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b"\t "} <= {
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"In-Reply-To", b"References",
        b"Auto-Submitted", b"MIME-Version", b"Content-Type",
    }  # fmt: skip
    assert dsn.parse(notice)[0].action == "failed"
