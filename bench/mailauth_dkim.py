"""DKIM verify and sign beside dkimpy and beside the bare cryptography, in one run.

    python bench/mailauth_dkim.py

Prints microseconds of CPU per operation, best of several rounds, for a message of 10 KiB with
30 header fields. "bare" is one RSA-2048 operation and one SHA-256 of the body.
"""

import asyncio
import hashlib
import time
from datetime import UTC, datetime

import dkim
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pillarbox.dns.resolver import Answer, Record, RType, Status, Txt
from pillarbox.mailauth.dkim import verify
from pillarbox.mailauth.dkim_sign import SigningKey, sign

NOW = datetime(2024, 5, 1, 12, tzinfo=UTC)
ROUNDS = 25


class OneKey:
    """A resolver that has one answer ready."""

    def __init__(self, text: str) -> None:
        value = Txt((text.encode(),))
        record = Record("s._domainkey.example.org", RType.TXT, 300, value, text)
        self.answer = Answer(record.name, RType.TXT, Status.NOERROR, (record,), NOW)

    async def resolve(self, _name: str, _rtype: RType) -> Answer:
        return self.answer


def message(octets: int) -> bytes:
    """30 fields and a body of `octets` of prose, with some double spaces."""
    fields = [
        b"From: Ann <ann@example.org>",
        b"To: Bob <bob@example.net>",
        b"Subject: The figures for the second quarter, as promised",
        b"Date: Wed, 1 May 2024 12:00:00 +0000",
        b"Message-ID: <20240501120000.1234@example.org>",
        b"MIME-Version: 1.0",
        b"Content-Type: text/plain;\r\n charset=utf-8",
    ]
    fields += [b"X-Field-%d: some value of usual length,\r\n\tfolded once" % n for n in range(23)]
    line = b"It was agreed that the figures are to be sent on the first day of May.  Yes.\r\n"
    body = (line * (octets // len(line) + 1))[: octets - 2] + b"\r\n"
    return b"\r\n".join(fields) + b"\r\n\r\n" + body


def best(call, times: int) -> float:
    """Return the microseconds of one call, the best round of several."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            call()
        rounds.append((time.process_time() - start) / times * 1e6)
    return min(rounds)


def verify_many(signed: bytes, resolver: OneKey, times: int) -> float:
    """As `best`, inside one event loop."""

    async def run() -> float:
        rounds = []
        for _ in range(ROUNDS):
            start = time.process_time()
            for _ in range(times):
                (outcome,) = await verify(signed, resolver, NOW)
            rounds.append((time.process_time() - start) / times * 1e6)
            assert outcome.passed
        return min(rounds)

    return asyncio.run(run())


def measure() -> list[tuple[str, float, float, float, str]]:
    """Return (what, ours, theirs, bare, name of theirs) in microseconds, for each form."""
    key = SigningKey.generate("rsa2048")
    resolver = OneKey(key.public_record())
    private = load_pem_private_key(key.pem(), None)
    public = private.public_key()
    text = message(10240)
    body = text[text.index(b"\r\n\r\n") + 4 :]
    data = text[:1200]
    mark = private.sign(data, PKCS1v15(), SHA256())
    padding, sha = PKCS1v15(), SHA256()
    where = {"domain": "example.org", "selector": "s", "now": NOW}
    record = key.public_record().encode()
    pem = key.pem()
    rows = []
    for form in ("relaxed/relaxed", "relaxed/simple", "simple/simple"):
        canon = tuple(part.encode() for part in form.split("/"))
        signed = sign(text, key, canonicalisation=form, **where) + text
        bare = best(
            lambda: (public.verify(mark, data, padding, sha), hashlib.sha256(body).digest()), 200
        )
        ours = verify_many(signed, resolver, 100)
        theirs = best(lambda m=signed: dkim.verify(m, dnsfunc=lambda *_a, **_k: record), 10)
        rows.append((f"DKIM verify, 10 KiB, {form}", ours, theirs, bare, "dkimpy"))
        bare = best(lambda: (private.sign(data, padding, sha), hashlib.sha256(body).digest()), 30)
        ours = best(lambda f=form: sign(text, key, canonicalisation=f, **where), 30)
        theirs = best(lambda c=canon: dkim.sign(text, b"s", b"example.org", pem, canonicalize=c), 2)
        rows.append((f"DKIM sign, 10 KiB, {form}", ours, theirs, bare, "dkimpy"))
    return rows


def main() -> None:
    for what, ours, theirs, bare, peer in measure():
        print(
            f"{what:38} {ours:6.0f} us = {ours / bare:.2f} x bare; "
            f"{peer} {theirs:6.0f} us = {theirs / ours:.1f} x ours"
        )
    key = SigningKey.generate("rsa2048")
    large = message(50_000_000)
    signed = sign(large, key, domain="example.org", selector="s", now=NOW) + large
    took = verify_many(signed, OneKey(key.public_record()), 1)
    print(f"verify 50 MB relaxed {took / 1000:.0f} ms")


if __name__ == "__main__":
    main()
