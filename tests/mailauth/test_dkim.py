import base64
import time
from datetime import timedelta
from hashlib import sha256

import dkim
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.mailauth.dkim import RESULTS, DkimResult, past_or_future, verify
from pillarbox.mailauth.dkim_canon import split_header
from pillarbox.mailauth.dkim_header import Reason, join_signed, parse_signature
from tests.mailauth.dkim_lab import (
    KEY_NAME,
    MESSAGE,
    NOW,
    Keys,
    check,
    check_one,
    ed25519_key,
    other_rsa_key,
    published,
    rsa_key,
    run,
    signed,
)

FORMS = [f"{header}/{body}" for header in ("simple", "relaxed") for body in ("simple", "relaxed")]
RECORD = rsa_key().public_record()

# RFC 6376 appendix A.2 and C; the signature was made with the key of appendix C.
RFC6376 = (
    "DKIM-Signature: v=1; a=rsa-sha256; s=brisbane; d=example.com;\n"
    "      c=simple/simple; q=dns/txt; i=joe@football.example.com;\n"
    "      h=Received : From : To : Subject : Date : Message-ID;\n"
    "      bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
    "      b=AuUoFEfDxTDkHlLXSZEpZj79LICEps6eda7W3deTVFOk4yAUoqOB\n"
    "      4nujc7YopdG5dWLSdNg6xNAZpOPr+kHxt1IrE+NahM6L/LbvaHut\n"
    "      KVdkLLkpVaVVQPzeRDI009SO2Il5Lu7rDNH6mZckBdrIx0orEtZV\n"
    "      4bmp/YzhwvcubU4=;\n"
    "Received: from client1.football.example.com  [192.0.2.1]\n"
    "      by submitserver.example.com with SUBMISSION;\n"
    "      Fri, 11 Jul 2003 21:01:54 -0700 (PDT)\n"
)
DINNER = (
    "From: Joe SixPack <joe@football.example.com>\n"
    "To: Suzie Q <suzie@shopping.example.net>\n"
    "Subject: Is dinner ready?\n"
    "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\n"
    "Message-ID: <20030712040037.46341.5F8J@football.example.com>\n"
    "\nHi.\n\nWe lost the game. Are you hungry yet?\n\nJoe.\n"
)
RFC6376_KEY = (
    "v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt"
    "IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi"
    "tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB"
)
# RFC 8463 appendix A.3.
RFC8463 = (
    "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\n"
    " d=football.example.com; i=@football.example.com;\n"
    " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\n"
    " subject : date : message-id : from : subject : date;\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
    " b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus\n"
    " Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\n"
    " d=football.example.com; i=@football.example.com;\n"
    " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\n"
    " date : message-id : from : subject : date;\n"
    " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\n"
    " b=F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3\n"
    " DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz\n"
    " dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=\n"
)
RFC8463_KEYS = {
    "brisbane._domainkey.football.example.com": (
        "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    ),
    "test._domainkey.football.example.com": (
        "v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3id"
        "Y6Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM"
        "KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB"
    ),
}


def crlf(text):
    return text.replace("\n", "\r\n").encode()


def test_rfc6376_appendix_a():
    keys = Keys({"brisbane._domainkey.example.com": RFC6376_KEY})
    outcome = check_one(crlf(RFC6376 + DINNER), keys)
    assert outcome.passed, outcome
    assert outcome.identity == "joe@football.example.com"
    assert (outcome.body_hash_ok, outcome.signature_ok) == (True, True)


def test_rfc8463_appendix_a():
    outcomes = check(crlf(RFC8463 + DINNER), Keys(RFC8463_KEYS))
    assert [outcome.result for outcome in outcomes] == [DkimResult.PASS] * 2
    assert [outcome.key_bits for outcome in outcomes] == [256, 1024]
    assert outcomes[0].oversigned == ("from", "subject", "date")


def test_no_signature_is_no_outcome():
    assert check(MESSAGE) == []
    assert check(b"") == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("key", [rsa_key, ed25519_key])
def test_all_forms_and_algorithms(form, key):
    message = signed(key=key(), canonicalisation=form)
    outcome = check_one(message, published(key()))
    assert outcome.passed, outcome.detail
    assert outcome.canonicalisation == form
    assert outcome.answers[0].name == KEY_NAME
    assert outcome.field == message[: len(outcome.field)]
    assert not outcome.partial


CHANGES = [
    # name, what is replaced, by what, which forms still pass
    ("nothing", b"x-none", b"", FORMS),
    ("body word", b"they are", b"they were", []),
    ("body trailing space", b"1, 2 \r\n", b"1, 2\r\n", ["simple/relaxed", "relaxed/relaxed"]),
    ("body inner space", b"here  they", b"here they", ["simple/relaxed", "relaxed/relaxed"]),
    ("body leading space", b"\r\nhere", b"\r\n here", []),
    ("body more blank lines", b"well.\r\n\r\n", b"well.\r\n\r\n\r\n\r\n", FORMS),
    ("body no last line end", b"well.\r\n\r\n", b"well.", FORMS),
    ("body bare LF", b"Bob,\r\n", b"Bob,\n", []),
    ("body LF at the end", b"well.\r\n\r\n", b"well.\r\n\n", []),
    ("header word", b"figures", b"Figures", []),
    ("header fold", b"figures,\r\n as", b"figures, as", ["relaxed/simple", "relaxed/relaxed"]),
    ("header space", b"Subject: The", b"Subject:The", ["relaxed/simple", "relaxed/relaxed"]),
    ("header end", b"promised\r\n", b"promised \t\r\n", ["relaxed/simple", "relaxed/relaxed"]),
    ("header name case", b"Subject:", b"SUBJECT:", ["relaxed/simple", "relaxed/relaxed"]),
    ("header before colon", b"Subject:", b"Subject :", ["relaxed/simple", "relaxed/relaxed"]),
    ("header form feed", b"Subject: The", b"Subject: \x0cThe", []),
    ("header bare CR", b"as promised", b"as\rpromised", []),
    ("unsigned field", b"Received:", b"X-Other: 1\r\nReceived:", FORMS),
    ("second Subject below", b"Date:", b"Subject: other\r\nDate:", []),
    ("second Subject above", b"From: Ann", b"Subject: other\r\nFrom: Ann", []),
    ("second From hidden by a bare LF", b"Received:", b"X: y\nFrom: eve\r\nReceived:", []),
    ("order of fields", b"To: Bob <bob@example.net>\r\n", b"", []),
]


@pytest.mark.parametrize(("old", "new", "passing"), [case[1:] for case in CHANGES])
@pytest.mark.parametrize("form", FORMS)
def test_changes(old, new, passing, form):
    message = signed(canonicalisation=form)[: -len(MESSAGE)] + MESSAGE.replace(old, new, 1)
    outcome = check_one(message)
    assert outcome.passed == (form in passing), outcome.detail
    if not outcome.passed:
        assert outcome.result is DkimResult.FAIL
        expected = Reason.SIGNATURE if outcome.body_hash_ok else Reason.BODY_HASH
        assert outcome.reason is expected


KEYS = [
    ("none", {}, Reason.KEY_MISSING, DkimResult.PERMERROR),
    ("no TXT", {KEY_NAME: []}, Reason.KEY_MISSING, DkimResult.PERMERROR),
    ("failed", {KEY_NAME: None}, Reason.KEY_UNAVAILABLE, DkimResult.TEMPERROR),
    ("revoked", {KEY_NAME: "v=DKIM1; p="}, Reason.KEY_REVOKED, DkimResult.PERMERROR),
    ("garbage", {KEY_NAME: "hello"}, Reason.KEY_SYNTAX, DkimResult.PERMERROR),
    ("wrong", {KEY_NAME: other_rsa_key().public_record()}, Reason.SIGNATURE, DkimResult.FAIL),
    ("type", {KEY_NAME: ed25519_key().public_record()}, Reason.KEY_TYPE, DkimResult.PERMERROR),
    ("good", {KEY_NAME: RECORD}, None, DkimResult.PASS),
    ("testing", {KEY_NAME: RECORD + "; t=y"}, None, DkimResult.PASS),
    ("one of two", {KEY_NAME: ["v=spf1 -all", RECORD]}, None, DkimResult.PASS),
    (
        "after a wrong one",
        {KEY_NAME: [other_rsa_key().public_record(), RECORD]},
        None,
        DkimResult.PASS,
    ),
    (
        "the furthest reason is told",
        {KEY_NAME: ["hello", other_rsa_key().public_record(), "v=DKIM1; p="]},
        Reason.SIGNATURE,
        DkimResult.FAIL,
    ),
    ("none of many", {KEY_NAME: ["x"] * 20 + [RECORD]}, Reason.KEY_SYNTAX, DkimResult.PERMERROR),
]


@pytest.mark.parametrize(("records", "reason", "result"), [case[1:] for case in KEYS])
def test_keys(records, reason, result):
    outcome = check_one(signed(), Keys(records))
    assert (outcome.reason, outcome.result) == (reason, result)
    assert outcome.body_hash_ok
    assert outcome.testing == ("t=y" in str(records))


def test_a_changed_body_is_told_even_when_the_key_cannot_be_fetched():
    outcome = check_one(signed() + b"more", Keys({KEY_NAME: None}))
    assert outcome.reason is Reason.BODY_HASH


def test_strict_keys_want_the_very_domain():
    message = signed(identity="ann@mail.example.org")
    assert check_one(message).passed
    outcome = check_one(message, Keys({KEY_NAME: RECORD + "; t=s"}))
    assert outcome.reason is Reason.KEY_DOMAIN
    assert check_one(signed(), Keys({KEY_NAME: RECORD + "; t=s"})).passed


def test_time():
    message = signed(expires=NOW + timedelta(hours=1))
    assert check_one(message).passed
    late = check_one(message, now=NOW + timedelta(hours=2))
    assert (late.result, late.reason) == (DkimResult.POLICY, Reason.EXPIRED)
    assert (late.signature_ok, late.body_hash_ok) == (True, True)
    early = check_one(message, now=NOW - timedelta(days=2))
    assert (early.result, early.reason) == (DkimResult.POLICY, Reason.FUTURE)
    assert check_one(message, now=NOW - timedelta(hours=3)).passed
    changed = check_one(message + b"more", now=NOW + timedelta(hours=2))
    assert changed.reason is Reason.BODY_HASH
    assert past_or_future(late.signature, int(NOW.timestamp())) is None


def resigned(tags):
    """The signature of `signed()` with other tags, signed again: dkimpy cannot."""
    body = MESSAGE[MESSAGE.index(b"\r\n\r\n") + 4 :].rstrip(b"\r\n") + b"\r\n"
    limit = int(tags.get("l", len(body)))
    digest = base64.b64encode(sha256(body[:limit]).digest()).decode()
    known = {"v": "1", "a": "rsa-sha256", "d": "example.org", "s": "s", "h": "From", "bh": digest}
    text = "; ".join(f"{name}={value}" for name, value in (known | tags | {"b": "AAAA"}).items())
    signature = parse_signature(f"DKIM-Signature: {text}\r\n".encode())
    header = split_header(MESSAGE)
    relaxed = signature.header_canon.value == "relaxed"
    fields = header.select(signature.headers, relaxed=relaxed).fields
    mark = base64.b64encode(rsa_key().sign(join_signed(fields, signature)))
    return signature.raw.replace(b"AAAA", mark) + MESSAGE


def test_l_covers_a_beginning():
    body = MESSAGE[MESSAGE.index(b"\r\n\r\n") + 4 :].rstrip(b"\r\n") + b"\r\n"
    outcome = check_one(resigned({"l": "12"}))
    assert outcome.passed
    assert (outcome.body_length_limit, outcome.unsigned_octets) == (12, len(body) - 12)
    assert outcome.partial
    assert check_one(resigned({"l": "0"})).unsigned_octets == len(body)
    assert not check_one(resigned({"l": str(len(body))})).partial
    appended = resigned({"l": str(len(body))}) + b"ad\r\n"
    assert check_one(appended).passed
    assert check_one(appended).partial


def test_l_beyond_the_body_fails():
    outcome = check_one(resigned({"l": "100000"}))
    assert (outcome.result, outcome.reason) == (DkimResult.FAIL, Reason.BODY_LENGTH)
    assert check_one(resigned({"l": "9" * 76})).reason is Reason.BODY_LENGTH


def test_what_is_signed_too_often_and_not_enough():
    outcome = check_one(resigned({"h": "From:From:To"}).replace(b"To: Bob", b"To: X\r\nTo: Bob", 1))
    assert outcome.passed
    assert (outcome.oversigned, outcome.repeated) == (("from",), ("to",))


def test_a_signature_may_name_its_own_kind():
    """RFC 6376 §5.4: a later signature may sign an earlier one, and never itself."""
    alone = resigned({"h": "From:DKIM-Signature"})
    assert check_one(alone).passed
    below = signed(headers=["From", "DKIM-Signature"], message=signed())
    assert [outcome.passed for outcome in check(below)] == [True, True]


def test_only_so_many_signatures_are_checked():
    message = signed()[: -len(MESSAGE)] * 12 + MESSAGE
    outcomes = check(message)
    assert [outcome.passed for outcome in outcomes] == [True] * 10 + [False] * 2
    assert outcomes[-1].reason is Reason.NOT_EVALUATED
    assert outcomes[-1].result is DkimResult.NEUTRAL


def test_keys_are_asked_for_once():
    keys = published()
    check(signed()[: -len(MESSAGE)] * 3 + MESSAGE, keys)
    assert keys.asked == [KEY_NAME]


def test_broken_signatures_ask_nobody():
    keys = published()
    outcome = check_one(b"DKIM-Signature: v=2; d=example.org\r\n" + MESSAGE, keys)
    assert (outcome.result, outcome.reason) == (DkimResult.NEUTRAL, Reason.VERSION)
    assert keys.asked == []
    sha1 = signed().replace(b"rsa-sha256", b"rsa-sha1")
    assert check_one(sha1).result is DkimResult.POLICY


def test_a_huge_header_section_is_not_evaluated():
    message = b"X: y\r\n" * 200_000 + signed()
    assert check_one(message).reason is Reason.HEADER_TOO_LARGE


def test_hostile_lists_stay_quick():
    names = ":".join(["From"] + [f"x{n}" for n in range(8000)] + ["dkim-signature"] * 2000)
    field = f"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s; h={names}; bh=AA; b=AA\r\n"
    start = time.process_time()
    outcomes = check(field.encode() * 10 + b"dkim-signature:\r\n" * 1000 + MESSAGE)
    assert time.process_time() - start < 1.5
    assert {outcome.passed for outcome in outcomes} == {False}


def test_every_reason_has_a_result():
    assert set(RESULTS) == set(Reason)


def test_the_end_of_the_header_may_be_given():
    message = signed()
    end = message.index(b"\r\n\r\n") + 2
    assert run(verify(message, published(), NOW, header_end=end))[0].passed


@pytest.mark.filterwarnings("ignore::BytesWarning")  # of dkimpy
@settings(max_examples=40)
@given(
    st.binary(max_size=60),
    st.text("ab \t\n", max_size=30).map(str.encode),
    st.sampled_from(FORMS),
)
def test_what_dkimpy_signs_passes_here(value, body, form):
    value = value.translate(None, b"\r\n\x0b\x0c\x00")
    message = b"From: a@example.org\r\nSubject: " + value + b"\r\n\r\n"
    message += body.replace(b"\n", b"\r\n") + b"\r\n"  # it errs without a last line end
    parts = tuple(part.encode() for part in form.split("/"))
    field = dkim.sign(message, b"s", b"example.org", rsa_key().pem(), canonicalize=parts)
    outcome = check_one(field + message)  # it signs with the time of day
    assert (outcome.body_hash_ok, outcome.signature_ok) == (True, True)


@settings(max_examples=60)
@given(st.integers(0, 900), st.binary(max_size=4))
def test_any_damage_to_what_is_signed_fails(at, octets):
    message = signed(canonicalisation="simple/simple")
    damaged = message[:at] + octets + message[at + len(octets) :]
    start = message.index(b"From: Ann")
    for outcome in check(damaged):
        assert (outcome.reason is None) == outcome.passed
        if damaged[start:].rstrip(b"\r\n") != message[start:].rstrip(b"\r\n"):
            assert not outcome.passed


@given(st.binary(max_size=200))
def test_any_octets_give_outcomes(tail):
    check(b"DKIM-Signature:" + tail)
    check(tail)
