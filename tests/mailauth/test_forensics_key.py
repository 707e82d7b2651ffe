import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth.forensics import diagnose
from pillarbox.mailauth.forensics_finding import Cause
from pillarbox.mailauth.forensics_key import diagnose_record
from tests.mailauth.dkim_lab import (
    KEY_NAME,
    Keys,
    check_one,
    ed25519_key,
    other_rsa_key,
    rsa_key,
    signed,
)
from tests.mailauth.test_forensics import MESSAGE

RECORD = rsa_key().public_record()
HALF = len(RECORD) // 2
ED = base64.b64decode(ed25519_key().public_record().rpartition("p=")[2])
KEYS = [
    ("missing", {}, Cause.KEY_MISSING),
    ("failed", {KEY_NAME: None}, Cause.KEY_UNAVAILABLE),
    ("revoked", {KEY_NAME: "v=DKIM1; p="}, Cause.KEY_REVOKED),
    ("other", {KEY_NAME: other_rsa_key().public_record()}, Cause.WRONG_KEY),
    ("type", {KEY_NAME: ed25519_key().public_record()}, Cause.WRONG_KEY_TYPE),
    ("split", {KEY_NAME: [RECORD[:HALF], RECORD[HALF:]]}, Cause.KEY_SPLIT),
    ("split, other order", {KEY_NAME: [RECORD[HALF:], RECORD[:HALF]]}, Cause.KEY_SPLIT),
    ("quoted", {KEY_NAME: f'"{RECORD}"'}, Cause.KEY_QUOTED),
    ("quoted pieces", {KEY_NAME: f'"{RECORD[:HALF]}" "{RECORD[HALF:]}"'}, Cause.KEY_QUOTED),
    ("quotes within", {KEY_NAME: f'{RECORD[:HALF]}" "{RECORD[HALF:]}'}, Cause.KEY_QUOTED),
    ("escaped", {KEY_NAME: RECORD.replace(";", "\\;")}, Cause.KEY_ESCAPED),
    ("truncated", {KEY_NAME: RECORD[:150]}, Cause.KEY_TRUNCATED),
    (
        "PEM lines",
        {
            KEY_NAME: RECORD.replace("p=", "p=-----BEGIN PUBLIC KEY-----")
            + "-----END PUBLIC KEY-----"
        },
        Cause.KEY_WRAPPED,
    ),
    ("hash", {KEY_NAME: RECORD + "; h=sha1"}, Cause.KEY_NOT_FOR_THIS),
    ("text", {KEY_NAME: "hello"}, Cause.KEY_BROKEN),
    ("spf", {KEY_NAME: "v=spf1 -all"}, Cause.KEY_BROKEN),
]


@pytest.mark.parametrize(
    ("records", "cause"), [case[1:] for case in KEYS], ids=lambda v: str(v)[:9]
)
def test_keys(records, cause):
    message = signed(MESSAGE)
    finding = diagnose(message, check_one(message, Keys(records)))
    assert (finding.cause, finding.part) == (cause, "key")


def test_a_wrapped_ed25519_key():
    text = base64.b64encode(bytes.fromhex("302a300506032b6570032100") + ED).decode()
    message = signed(MESSAGE, ed25519_key())
    outcome = check_one(message, Keys({KEY_NAME: f"k=ed25519; p={text}"}))
    assert diagnose(message, outcome).cause is Cause.KEY_WRAPPED


@given(st.lists(st.binary(max_size=60) | st.just(RECORD.encode()[:-9]), max_size=5))
def test_any_records_give_a_finding(texts):
    assert diagnose_record(texts, "rsa").part == "key"
