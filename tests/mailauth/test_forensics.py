import base64
import quopri
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.mailauth.dkim_canon import hash_body, split_header
from pillarbox.mailauth.dkim_header import join_signed, parse_signature
from pillarbox.mailauth.forensics import diagnose
from pillarbox.mailauth.forensics_finding import Cause
from tests.mailauth.dkim_lab import (
    NOW,
    check_one,
    ed25519_key,
    published,
    rsa_key,
    signed,
)

FIELDS = (
    b"From: Ann <ann@example.org>\r\n"
    b"To: Bob <bob@example.net>, Carl <carl@example.net>\r\n"
    b"Subject: The figures,\r\n as promised\r\n"
    b"Date: Wed, 1 May 2024 12:00:00 +0000\r\n"
    b"Message-ID: <1@example.org>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain;\r\n\tcharset=utf-8\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n"
    b"\r\n"
)
BODY = (
    b"Hello Bob,\r\n"
    b"\r\n"
    b"here they are: 1, 2\r\n"
    b"From here on all is w\xc3\xa9ll.\r\n"
    b".and a line with a dot\r\n"
    b"a\tb\r\n"
    b"-- \r\n"
    b"Ann\r\n"
)
MESSAGE = FIELDS + BODY
STRICT = "simple/simple"
LOOSE = "relaxed/relaxed"
MIXED = "relaxed/simple"


def replaced(old, new, count=1):
    def change(message):
        assert old in message
        return message.replace(old, new, count)

    return change


def requoted(message):
    head, _, body = message.partition(b"\r\n\r\n")
    return (
        head
        + b"\r\n\r\n"
        + quopri.encodestring(body.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
    )


def rebased(message):
    head, _, body = message.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n" + base64.encodebytes(body).replace(b"\n", b"\r\n")


def wrapped(message):
    head, _, body = message.partition(b"\r\n\r\n")
    return (
        head
        + b"\r\n\r\n--=_x\r\nContent-Type: text/plain\r\n\r\n"
        + body
        + b"\r\n--=_x\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--=_x--\r\n"
    )


def body_changed(change):
    def changed(message):
        head, _, body = message.partition(b"\r\n\r\n")
        return head + b"\r\n\r\n" + change(body)

    return changed


# name, form, what happened on the way, cause, part, header, line
MUTATIONS = [
    ("footer", LOOSE, lambda m: m + b"_____\r\nlist\r\n", Cause.FOOTER_ADDED, "body", "", 9),
    ("footer, simple", STRICT, lambda m: m + b"list\r\n", Cause.FOOTER_ADDED, "body", "", 9),
    (
        "footer after blank lines",
        LOOSE,
        lambda m: m + b"\r\n\r\nlist\r\n",
        Cause.FOOTER_ADDED,
        "body",
        "",
        9,
    ),
    (
        "banner",
        LOOSE,
        body_changed(lambda b: b"CAUTION\r\n\r\n" + b),
        Cause.BANNER_ADDED,
        "body",
        "",
        1,
    ),
    (
        "banner, simple",
        STRICT,
        body_changed(lambda b: b"CAUTION\r\n" + b),
        Cause.BANNER_ADDED,
        "body",
        "",
        1,
    ),
    (
        "stuffed",
        LOOSE,
        replaced(b"\r\nFrom here", b"\r\n>From here"),
        Cause.FROM_STUFFED,
        "body",
        "",
        4,
    ),
    (
        "stuffed and a footer",
        LOOSE,
        lambda m: replaced(b"\r\nFrom here", b"\r\n>From here")(m) + b"x\r\n",
        Cause.FOOTER_ADDED,
        "body",
        "",
        9,
    ),
    ("dots added", LOOSE, replaced(b"\r\n.and", b"\r\n..and"), Cause.DOTS_STUFFED, "body", "", 5),
    (
        "bare LF",
        LOOSE,
        body_changed(lambda b: b.replace(b"\r\n", b"\n")),
        Cause.LINE_ENDS,
        "body",
        "",
        1,
    ),
    (
        "space at line ends",
        STRICT,
        replaced(b"1, 2\r\n", b"1, 2  \r\n"),
        Cause.BODY_WHITESPACE,
        "body",
        "",
        3,
    ),
    (
        "signature dash",
        STRICT,
        replaced(b"\r\n-- \r\n", b"\r\n--\r\n"),
        Cause.BODY_WHITESPACE,
        "body",
        "",
        7,
    ),
    ("quoted-printable", LOOSE, requoted, Cause.REENCODED, "body", "", 4),
    ("base64", LOOSE, rebased, Cause.REENCODED, "body", "", 1),
    ("charset", LOOSE, replaced(b"\xc3\xa9", b"\xe9"), Cause.CHARSET_CONVERTED, "body", "", 4),
    ("multipart", LOOSE, wrapped, Cause.WRAPPED_IN_MULTIPART, "body", "", 1),
    ("body word", LOOSE, replaced(b"they are", b"they were"), Cause.UNKNOWN, "body", "", 0),
    ("body cut", LOOSE, lambda m: m[:-20], Cause.UNKNOWN, "body", "", 0),
    (
        "subject tag",
        LOOSE,
        replaced(b"Subject: ", b"Subject: [figures] "),
        Cause.SUBJECT_TAGGED,
        "header",
        "subject",
        0,
    ),
    (
        "subject tag, simple",
        STRICT,
        replaced(b"Subject: ", b"Subject: [f] "),
        Cause.SUBJECT_TAGGED,
        "header",
        "subject",
        0,
    ),
    (
        "spam tag",
        LOOSE,
        replaced(b"Subject: ", b"Subject: ***SPAM*** "),
        Cause.SUBJECT_TAGGED,
        "header",
        "subject",
        0,
    ),
    (
        "word tag",
        LOOSE,
        replaced(b"Subject: ", b"Subject: EXTERNAL: "),
        Cause.SUBJECT_TAGGED,
        "header",
        "subject",
        0,
    ),
    ("subject word", LOOSE, replaced(b"figures", b"numbers"), Cause.UNKNOWN, "header", "", 0),
    (
        "unfolded",
        STRICT,
        replaced(b"figures,\r\n as", b"figures, as"),
        Cause.HEADER_REFOLDED,
        "header",
        "subject",
        0,
    ),
    ("refolded", STRICT, replaced(b"utf-8", b"utf-8 "), Cause.HEADER_REFOLDED, "header", "", 0),
    (
        "tab for space",
        STRICT,
        replaced(b"\r\n as", b"\r\n\tas"),
        Cause.HEADER_REFOLDED,
        "header",
        "subject",
        0,
    ),
    (
        "after the colon",
        STRICT,
        replaced(b"Date: ", b"Date:"),
        Cause.HEADER_REFOLDED,
        "header",
        "",
        0,
    ),
    (
        "folded",
        STRICT,
        replaced(b", Carl", b",\r\n Carl"),
        Cause.HEADER_REFOLDED,
        "header",
        "to",
        0,
    ),
    (
        "name case",
        STRICT,
        replaced(b"Message-ID", b"Message-Id"),
        Cause.HEADER_NAME_CASE,
        "header",
        "message-id",
        0,
    ),
    (
        "Reply-To added",
        LOOSE,
        lambda m: b"Reply-To: list@example.com\r\n" + m,
        Cause.HEADER_ADDED,
        "header",
        "reply-to",
        0,
    ),
    (
        "second To",
        LOOSE,
        lambda m: m.replace(b"Date:", b"To: x@example.com\r\nDate:", 1),
        Cause.HEADER_ADDED,
        "header",
        "to",
        0,
    ),
    (
        "From rewritten",
        LOOSE,
        lambda m: (
            b"X-Original-From: Ann <ann@example.org>\r\n"
            + m.replace(b"From: Ann <ann@example.org>", b"From: Ann via List <list@example.com>", 1)
        ),
        Cause.FROM_REWRITTEN,
        "header",
        "from",
        0,
    ),
    (
        "tag and Reply-To",
        LOOSE,
        lambda m: b"Reply-To: l@example.com\r\n" + m.replace(b"Subject: ", b"Subject: [f] ", 1),
        Cause.SUBJECT_TAGGED,
        "header",
        "subject",
        0,
    ),
    (
        "encoding",
        LOOSE,
        replaced(b"8bit", b"7bit"),
        Cause.REENCODED,
        "header",
        "content-transfer-encoding",
        0,
    ),
    ("zone", LOOSE, replaced(b"+0000", b"GMT"), Cause.HEADER_CHANGED, "header", "date", 0),
    (
        "date comment",
        LOOSE,
        replaced(b"+0000", b"+0000 (UTC)"),
        Cause.HEADER_CHANGED,
        "header",
        "date",
        0,
    ),
    (
        "parameter",
        LOOSE,
        replaced(b"charset=utf-8", b"charset=utf-8; format=flowed"),
        Cause.HEADER_CHANGED,
        "header",
        "content-type",
        0,
    ),
    (
        "quotes",
        LOOSE,
        replaced(b"charset=utf-8", b'charset="utf-8"'),
        Cause.HEADER_CHANGED,
        "header",
        "content-type",
        0,
    ),
    (
        "name quoted",
        LOOSE,
        replaced(b": Ann <", b': "Ann" <'),
        Cause.HEADER_CHANGED,
        "header",
        "from",
        0,
    ),
    (
        "address list",
        LOOSE,
        replaced(b"net>, Carl", b"net>,Carl"),
        Cause.HEADER_CHANGED,
        "header",
        "to",
        0,
    ),
    ("b= damaged", LOOSE, lambda m: m, Cause.NONE, "", "", 0),
]


@pytest.mark.parametrize(
    ("form", "change", "cause", "part", "header", "line"),
    [case[1:] for case in MUTATIONS],
    ids=[case[0] for case in MUTATIONS],
)
def test_mutations(form, change, cause, part, header, line):
    field = signed(MESSAGE, canonicalisation=form)[: -len(MESSAGE)]
    message = field + change(MESSAGE)
    finding = diagnose(message, check_one(message))
    assert (finding.cause, finding.part) == (cause, part), finding
    assert not header or finding.header == header
    assert finding.line == line
    assert (finding.confidence == 0) == (cause is Cause.UNKNOWN)


def test_simple_folding_of_the_signature_itself():
    field = signed(MESSAGE, canonicalisation=STRICT)[: -len(MESSAGE)]
    message = field.replace(b"\r\n\t", b"\r\n        ") + MESSAGE
    assert diagnose(message, check_one(message)).cause is Cause.UNKNOWN
    message = field.replace(b"\r\n\t", b"\r\n ") + MESSAGE
    finding = diagnose(message, check_one(message))
    assert (finding.cause, finding.part) == (Cause.SIGNATURE_REFOLDED, "signature")


def test_ed25519_needs_fewer_trials():
    keys = published(ed25519_key())
    field = signed(MESSAGE, ed25519_key())[: -len(MESSAGE)]
    message = field + MESSAGE.replace(b"Subject: ", b"Subject: [f] ", 1)
    assert diagnose(message, check_one(message, keys)).cause is Cause.SUBJECT_TAGGED
    message = field + MESSAGE.replace(b"figures", b"numbers", 1)
    finding = diagnose(message, check_one(message, keys))
    assert (finding.cause, finding.part) == (Cause.UNKNOWN, "")


def craft(tags, *, relaxed_fields, body_relaxed, fields=None):
    """Sign as a signer with a fault does: it says one thing in `tags` and hashes another."""
    header = split_header(MESSAGE)
    digest = hash_body(MESSAGE, header.body_start, relaxed=body_relaxed).by_limit[None]
    known = {"v": "1", "a": "rsa-sha256", "d": "example.org", "s": "s", "h": "From:Subject"}
    known |= {"bh": base64.b64encode(digest).decode()} | tags | {"b": "AAAA"}
    text = "; ".join(f"{name}={value}" for name, value in known.items())
    signature = parse_signature(f"DKIM-Signature: {text}\r\n".encode())
    chosen = fields or header.select(signature.headers, relaxed=relaxed_fields).fields
    if relaxed_fields != (signature.header_canon.value == "relaxed"):
        signature.header_canon = type(signature.header_canon)(
            "relaxed" if relaxed_fields else "simple"
        )
    mark = base64.b64encode(rsa_key().sign(join_signed(chosen, signature)))
    return signature.raw.replace(b"AAAA", mark)


def test_the_wrong_canonicalisation_was_declared():
    message = craft({"c": "relaxed"}, relaxed_fields=False, body_relaxed=False) + MESSAGE
    finding = diagnose(message, check_one(message))
    assert finding.cause is Cause.WRONG_CANONICALISATION
    assert finding.params == {"used": "simple"}
    field = craft({"c": "relaxed/relaxed"}, relaxed_fields=True, body_relaxed=False)
    finding = diagnose(field + MESSAGE, check_one(field + MESSAGE))
    assert (finding.cause, finding.part) == (Cause.WRONG_CANONICALISATION, "body")


def test_copied_fields_show_the_original():
    copied = "From:Ann=20<ann@example.org>|Subject:=20The=20figures,=20as=20promised"
    field = craft({"c": "relaxed", "z": copied}, relaxed_fields=True, body_relaxed=False)
    message = field + MESSAGE.replace(b"figures", b"numbers", 1)
    finding = diagnose(message, check_one(message))
    assert (finding.cause, finding.header) == (Cause.HEADER_CHANGED, "subject")
    assert finding.confidence == 1.0


def test_fields_taken_from_the_top():
    twice = MESSAGE.replace(b"Date:", b"Subject: other\r\nDate:", 1)
    top = [field for field in split_header(MESSAGE).fields if field[:7] in (b"From: A", b"Subject")]
    field = craft({}, relaxed_fields=False, body_relaxed=False, fields=top)
    message = field + twice
    assert diagnose(message, check_one(message)).cause is Cause.SIGNED_FROM_TOP


def test_a_shortened_body():
    field = craft({"l": "2000"}, relaxed_fields=False, body_relaxed=False)
    finding = diagnose(field + MESSAGE, check_one(field + MESSAGE))
    assert finding.cause is Cause.BODY_SHORTENED
    assert finding.params["missing"] == 2000 - len(BODY)


def test_a_damaged_signature():
    message = signed(MESSAGE)
    at = message.index(b"\tb=") + 3
    damaged = message[:at] + message[at + 4 :]
    finding = diagnose(damaged, check_one(damaged))
    assert (finding.cause, finding.part) == (Cause.SIGNATURE_DAMAGED, "signature")


def test_time():
    message = signed(MESSAGE, expires=NOW + timedelta(hours=1))
    late = check_one(message, now=NOW + timedelta(hours=2))
    assert diagnose(message, late).cause is Cause.EXPIRED
    early = check_one(message, now=NOW - timedelta(days=2))
    assert diagnose(message, early).cause is Cause.CLOCK


def test_signatures_that_are_not_accepted():
    message = signed(MESSAGE).replace(b"rsa-sha256", b"rsa-sha1", 1)
    finding = diagnose(message, check_one(message))
    assert finding.cause is Cause.NOT_ACCEPTED
    assert finding.params == {"reason": "algorithm_weak"}


def test_nothing_is_found_in_what_passes():
    message = signed(MESSAGE)
    assert diagnose(message, check_one(message)).cause is Cause.NONE


@settings(max_examples=60)
@given(st.integers(0, len(MESSAGE) - 1), st.binary(min_size=1, max_size=3))
def test_findings_never_hold_text_and_never_raise(at, octets):
    field = signed(MESSAGE, canonicalisation=STRICT)[: -len(MESSAGE)]
    message = field + MESSAGE[:at] + octets + MESSAGE[at + 1 :]
    outcome = check_one(message)
    finding = diagnose(message, outcome)
    assert (finding.cause is Cause.NONE) == outcome.passed
    assert "figures" not in str(finding.params)
