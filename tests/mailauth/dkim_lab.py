"""Keys, a message and a resolver that the tests of DKIM and ARC share."""

from collections.abc import Coroutine, Mapping
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key

from pillarbox.dns.resolver import Answer, Record, RType, Status, Txt
from pillarbox.mailauth.dkim import DkimOutcome, verify
from pillarbox.mailauth.dkim_sign import SigningKey, sign

Result = TypeVar("Result")

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
KEY_NAME = "s._domainkey.example.org"

MESSAGE = (
    b"Received: from a.example by b.example; Wed, 1 May 2024 12:00:00 +0000\r\n"
    b"From: Ann <ann@example.org>\r\n"
    b"To: Bob <bob@example.net>\r\n"
    b"Subject: The figures,\r\n as promised\r\n"
    b"Date: Wed, 1 May 2024 12:00:00 +0000\r\n"
    b"Message-ID: <1@example.org>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"\r\n"
    b"Hello Bob,\r\n\r\nhere  they are:\t1, 2 \r\n\r\nFrom here on all is well.\r\n\r\n"
)


@cache
def rsa_key() -> SigningKey:
    """1024 bits: quick to make, and the shortest that passes."""
    return SigningKey(generate_private_key(65537, 1024))


@cache
def other_rsa_key() -> SigningKey:
    return SigningKey(generate_private_key(65537, 1024))


@cache
def ed25519_key() -> SigningKey:
    return SigningKey.generate("ed25519")


class Keys:
    """A resolver over name -> TXT records; None fails. asked: the names, in order."""

    def __init__(self, records: Mapping[str, list[str] | str | None]) -> None:
        self.records = dict(records)
        self.asked: list[str] = []

    async def resolve(self, name: str, rtype: RType) -> Answer:
        assert rtype is RType.TXT
        self.asked.append(name)
        if name not in self.records:
            return Answer(name, rtype, Status.NXDOMAIN, (), NOW)
        texts = self.records[name]
        if texts is None:
            return Answer(name, rtype, Status.FAILED, (), NOW, problem="timeout")
        texts = [texts] if isinstance(texts, str) else texts
        records = tuple(Record(name, rtype, 300, Txt((text.encode(),)), text) for text in texts)
        return Answer(name, rtype, Status.NOERROR, records, NOW, ttl=300)


def published(key: SigningKey | None = None) -> Keys:
    return Keys({KEY_NAME: (key or rsa_key()).public_record()})


def signed(message: bytes = MESSAGE, key: SigningKey | None = None, **options) -> bytes:
    where: dict[str, Any] = {"domain": "example.org", "selector": "s", "now": NOW} | options
    return sign(message, key or rsa_key(), **where) + message


def run(task: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine that never has to wait: `Keys` answers at once."""
    try:
        task.send(None)
    except StopIteration as stop:
        result: Result = stop.value
        return result
    raise AssertionError("it waits")


def check(message: bytes, resolver: Keys | None = None, now: datetime = NOW) -> list[DkimOutcome]:
    return run(verify(message, resolver or published(), now))


def check_one(message: bytes, resolver: Keys | None = None, now: datetime = NOW) -> DkimOutcome:
    (outcome,) = check(message, resolver, now)
    return outcome
