"""base/password.py. Argon2 costs 25 ms: few calls."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.password import (
    Credentials,
    PasswordProblem,
    ScramKeys,
    generate,
    is_outdated,
    keys_beside,
    make,
    make_again,
    prepare,
    saslprep,
    scram_keys,
    verify,
)
from tests.smtp.strategies import octets

SALT = bytes(range(32))


def test_make_and_verify():
    made = make("I\u00adX", salt=SALT)
    assert made.argon2id.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert made.scram == scram_keys("IX", SALT[16:], 4096)
    assert verify(made, "IX")
    assert not verify(made, "ix")
    assert not is_outdated(made)
    assert Credentials.decode(made.encode()) == made


def test_nobody_fits_nothing():
    assert not verify(None, "x" * 40)
    assert not verify(Credentials(), "x")
    assert not verify(Credentials("$argon2id$broken"), "x")
    assert not verify(None, "\x00")
    assert is_outdated(Credentials())
    keys = ScramKeys(b"s", 4096, b"a" * 32, b"b" * 32)
    assert is_outdated(Credentials("$argon2id$broken", keys))
    weak = "$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$nqlB4lRV6yz4Fbp1ogVULg"
    assert is_outdated(Credentials(weak, keys))


def test_rfc7677_example():
    keys = scram_keys("pencil", base64.b64decode("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
    # The proof and signature of RFC 7677 §3 are checked in tests/sasl; the stored form here.
    assert keys.stored_key == base64.b64decode("WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=")
    assert keys.server_key == base64.b64decode("wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")


PREPARED = [  # RFC 4013 §3
    ("I\u00adX", "IX"),
    ("user", "user"),
    ("USER", "USER"),
    ("\u00aa", "a"),
    ("\u2168", "IX"),
    ("a\u00a0b", "a b"),
    ("\u0627\u0628", "\u0627\u0628"),
    ("\U0001f600", "\U0001f600"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "prepared"), PREPARED)
def test_saslprep(text, prepared):
    assert saslprep(text) == prepared


@pytest.mark.parametrize(
    "text", ["\x07", "\u0627\u0031", "\u0627a\u0628", "\ue000", "\ufffd", "\u200e"]
)
def test_saslprep_prohibits(text):
    with pytest.raises(PasswordProblem):
        saslprep(text)


@pytest.mark.parametrize("password", ["", "\u00ad", "x" * 1025, "a\nb", "\udc80"])
def test_prepare_refuses(password):
    with pytest.raises(PasswordProblem):
        prepare(password)


@given(st.text(max_size=30))
def test_saslprep_is_stable_or_refuses(text):
    try:
        once = saslprep(text)
    except PasswordProblem:
        return
    assert saslprep(once) == once


OCTETS = octets(min_size=32, max_size=32)
KEYS = st.builds(
    ScramKeys, octets(min_size=1, max_size=20), st.integers(4096, 10**7), OCTETS, OCTETS
)


@given(st.sampled_from(["", "$argon2id$v=19$m=1,t=1,p=1$a$b"]), st.none() | KEYS)
def test_text_form_round_trip(argon2id, keys):
    credentials = Credentials(argon2id, keys)
    assert Credentials.decode(credentials.encode()) == credentials


BAD = ["x", "$argon2i$v=19", "SCRAM-SHA-256$1:YQ==$YQ==:YQ==", "SCRAM-SHA-256$4096:a$b:c"]


@pytest.mark.parametrize("text", [*BAD, "$argon2id$a $argon2id$b"])
def test_bad_text_form(text):
    with pytest.raises(PasswordProblem):
        Credentials.decode(text)


def test_generate():
    assert len(generate(7)) == 7
    assert generate() != generate()
    assert generate().isalnum()


def test_passwords_of_one_account_share_their_salt():
    before = make("pencil").encode()
    after = make_again("crayon", before)
    first, second = Credentials.decode(before), after
    assert first.scram is not None
    assert second.scram is not None
    assert first.scram.salt == second.scram.salt
    assert first.argon2id.split("$")[4] != second.argon2id.split("$")[4]
    beside = Credentials.decode(keys_beside("pen", before)).scram
    assert beside == scram_keys("pen", first.scram.salt, first.scram.iterations)
    for none in ("", "unreadable", first.argon2id):
        assert keys_beside("pen", none) == ""
        assert make_again("crayon", none).scram is not None
