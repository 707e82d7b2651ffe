"""Passwords: prepare, hash, verify, generate.

`Credentials` holds what an account keeps: an argon2id hash for mechanisms that show the
password (PLAIN, LOGIN, USER), and SCRAM-SHA-256 keys for those that do not (RFC 5802 §3).
Both are made together, since afterwards nobody knows the password. Argon2id costs some
25 ms of CPU and 19 MiB by design: `make` and `verify` belong into a thread.

The text form is for storage. It is as secret as the password of a weak account: it never
enters a log, a trace or `--json` output.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import stringprep
import unicodedata
from dataclasses import dataclass
from typing import Final

import argon2

MAX_PASSWORD_OCTETS: Final = 1024  # as given; argon2 itself would take more
SCRAM_ITERATIONS: Final = 4096  # RFC 7677 §4: at least
SALT_OCTETS: Final = 16
MIN_ITERATIONS: Final = 4096
MAX_ITERATIONS: Final = 10_000_000

# OWASP's second choice for argon2id: 19 MiB, two passes, one lane.
_HASHER: Final = argon2.PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
# The hash of a password nobody knows: an unknown account costs as much as a known one.
_NOBODY: Final = (
    "$argon2id$v=19$m=19456,t=2,p=1$cGlsbGFyYm94Lm5vYm9keQ"
    "$LO5rRmwviJ4ygfMHHO1b7KZQ6z/IN0mL498zX/EMyX0"
)
_SCRAM_TEXT: Final = re.compile(r"SCRAM-SHA-256\$(\d{1,8}):([\w+/=]+)\$([\w+/=]+):([\w+/=]+)")
_ALPHABET: Final = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0, 1: they are misread


class PasswordProblem(ValueError):
    """The password cannot be used, or stored credentials cannot be read. str(): why."""


@dataclass(frozen=True, slots=True)
class ScramKeys:
    """What a SCRAM-SHA-256 server keeps (RFC 5802 §3). Keys are 32 octets each."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an account keeps of its password.

    argon2id: the `$argon2id$...` form, or "" for an account that nobody can sign in to.
    scram: None if there are no keys.
    """

    argon2id: str = ""
    scram: ScramKeys | None = None

    def encode(self) -> str:
        """Return the text form: the parts that there are, with a space between."""
        parts = [self.argon2id] if self.argon2id else []
        if self.scram is not None:
            keys = self.scram
            salt, stored, server = map(_b64, (keys.salt, keys.stored_key, keys.server_key))
            parts.append(f"SCRAM-SHA-256${keys.iterations}:{salt}${stored}:{server}")
        return " ".join(parts)

    @classmethod
    def decode(cls, text: str) -> "Credentials":
        """Read what `encode` wrote; "" gives credentials that fit no password.

        Raises PasswordProblem.
        """
        argon2id, scram = "", None
        for part in text.split():
            if part.startswith("$argon2id$") and not argon2id:
                argon2id = part
            elif (match := _SCRAM_TEXT.fullmatch(part)) is not None and scram is None:
                scram = _keys(match)
            else:
                raise PasswordProblem("unknown form of stored credentials")
        return cls(argon2id, scram)


def make(
    password: str, *, salt: bytes | None = None, iterations: int = SCRAM_ITERATIONS
) -> Credentials:
    """Make the credentials of a new password. Slow: see the module docstring.

    salt: 32 octets, random when None; the first half is for argon2, the second for SCRAM.
    Raises PasswordProblem if it is empty, too long, or holds what RFC 4013 §2.3 prohibits.
    """
    prepared = prepare(password)
    salt = secrets.token_bytes(2 * SALT_OCTETS) if salt is None else salt
    assert len(salt) == 2 * SALT_OCTETS, "salt has 32 octets"
    return Credentials(
        _HASHER.hash(prepared, salt=salt[:SALT_OCTETS]),
        scram_keys(prepared, salt[SALT_OCTETS:], iterations),
    )


def make_again(password: str, before: str) -> Credentials:
    """Make the credentials of a password that follows another. Slow: see the module docstring.

    before: the credentials until now, as stored. Their SCRAM salt stays, for the keys of app
    passwords were made with it (`keys_beside`). Raises PasswordProblem.
    """
    kept = _scram_of(before)
    if kept is None:
        return make(password)
    return make(password, salt=secrets.token_bytes(SALT_OCTETS) + kept.salt)


def keys_beside(password: str, credentials: str) -> str:
    """Return SCRAM keys of another password of the same account, as text; "" if it has none.

    credentials: of the account, as stored. A SCRAM server names one salt before it knows which
    password the client has, so all passwords of an account share it.
    """
    kept = _scram_of(credentials)
    if kept is None:
        return ""
    return Credentials("", scram_keys(prepare(password), kept.salt, kept.iterations)).encode()


def _scram_of(credentials: str) -> ScramKeys | None:
    try:
        found = Credentials.decode(credentials).scram
    except PasswordProblem:
        return None
    return found if found is not None and len(found.salt) == SALT_OCTETS else None


def verify(credentials: Credentials | None, password: str) -> bool:
    """Tell whether the password is right. Slow, and equally slow for None and empty ones."""
    known = credentials.argon2id if credentials is not None else ""
    try:
        prepared = prepare(password)
    except PasswordProblem:
        prepared, known = "", ""
    try:
        _HASHER.verify(known or _NOBODY, prepared)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False
    return known != ""


def is_outdated(credentials: Credentials) -> bool:
    """Tell whether the credentials should be made again at the next sign-in."""
    if not credentials.argon2id or credentials.scram is None:
        return True
    try:
        return _HASHER.check_needs_rehash(credentials.argon2id)
    except argon2.exceptions.InvalidHashError:
        return True


def scram_keys(prepared: str, salt: bytes, iterations: int) -> ScramKeys:
    """Derive SCRAM-SHA-256 keys from a prepared password (RFC 5802 §3)."""
    salted = hashlib.pbkdf2_hmac("sha256", prepared.encode(), salt, iterations)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    return ScramKeys(salt, iterations, hashlib.sha256(client_key).digest(), server_key)


def prepare(password: str) -> str:
    """Return the password as every mechanism hashes it: SASLprep, not empty.

    Raises PasswordProblem.
    """
    # Surrogates stand for octets that were not UTF-8.
    if len(password.encode("utf-8", "surrogatepass")) > MAX_PASSWORD_OCTETS:
        raise PasswordProblem("over 1024 octets")
    prepared = saslprep(password)
    if not prepared:
        raise PasswordProblem("empty")
    return prepared


def saslprep(text: str) -> str:
    """Prepare a user name or password for comparison (RFC 4013 §2).

    Code points that Unicode 3.2 did not know are allowed in stored strings as well as in
    queries, against RFC 3454 §7: passwords with newer signs are common, and what counts
    is that both sides prepare alike. Raises PasswordProblem.
    """
    if text.isascii() and text.isprintable():
        return text
    mapped = "".join(
        " " if stringprep.in_table_c12(char) else char
        for char in text
        if not stringprep.in_table_b1(char)
    )
    prepared = unicodedata.normalize("NFKC", mapped)
    if any(_is_prohibited(char) for char in prepared):
        raise PasswordProblem("holds a character that RFC 4013 prohibits")
    if any(map(stringprep.in_table_d1, prepared)):
        # RFC 3454 §6: right-to-left text begins and ends so, and holds no left-to-right.
        ends = stringprep.in_table_d1(prepared[0]) and stringprep.in_table_d1(prepared[-1])
        if not ends or any(map(stringprep.in_table_d2, prepared)):
            raise PasswordProblem("mixes writing directions")
    return prepared


def generate(length: int = 20) -> str:
    """Return a random password of `length` letters and digits, 5 bits each."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def _is_prohibited(char: str) -> bool:
    """RFC 4013 §2.3."""
    return (
        stringprep.in_table_c12(char)
        or stringprep.in_table_c21_c22(char)
        or stringprep.in_table_c3(char)
        or stringprep.in_table_c4(char)
        or stringprep.in_table_c5(char)
        or stringprep.in_table_c6(char)
        or stringprep.in_table_c7(char)
        or stringprep.in_table_c8(char)
        or stringprep.in_table_c9(char)
    )


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _keys(match: re.Match[str]) -> ScramKeys:
    iterations = int(match[1])
    try:
        salt, stored, server = (base64.b64decode(match[i], validate=True) for i in (2, 3, 4))
    except binascii.Error:
        raise PasswordProblem("stored SCRAM keys are not base64") from None
    if len(stored) != 32 or len(server) != 32 or not MIN_ITERATIONS <= iterations <= MAX_ITERATIONS:
        raise PasswordProblem("stored SCRAM keys are out of range")
    return ScramKeys(salt, iterations, stored, server)
