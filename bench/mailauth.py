"""Sender authentication beside other libraries and the bare operations, in one run.

    python -m bench.mailauth

CPU time of one process, best of several rounds. "bare" is one RSA-2048 operation of
`cryptography` and one SHA-256 of the body. The judgement is all that a session does with a
signed message at the end of DATA but filing: SPF, DKIM, DMARC, decision, evidence, trace steps and
Authentication-Results, with the answers of DNS in the cache.
"""

import asyncio
import gc
import time
from datetime import UTC, datetime

from bench import mailauth_dkim, mailauth_spf
from pillarbox.base.clock import SystemClock
from pillarbox.delivery.envelope import Client as Peer
from pillarbox.delivery.judge import judge
from pillarbox.delivery.verdict import Rules
from pillarbox.dns.cache import Cache
from pillarbox.dns.client import Client
from pillarbox.dns.zone import Zones
from pillarbox.mailauth import SigningKey, sign
from pillarbox.mime.header import parse_header

ROUNDS, TIMES = 25, 50
COLUMNS = ("what", "ours", "peer", "ratio", "target", "met")
ZONE = """
example.org. TXT "v=spf1 ip4:192.0.2.0/24 include:_spf.example.org -all"
_spf.example.org. TXT "v=spf1 ip4:198.51.100.0/24 -all"
_dmarc.example.org. TXT "v=DMARC1; p=reject; rua=mailto:dmarc@example.org"
s._domainkey.example.org. TXT {key}
"""


class Filling:
    """Answers from a zone, and puts each answer into the cache of a client."""

    def __init__(self, zones, cache, clock):
        self.zones, self.cache, self.clock = zones, cache, clock

    async def resolve(self, name, rtype):
        answer = self.zones.look_up(name, rtype)
        return self.cache.put((answer.name, rtype), answer, self.clock.monotonic())


async def judgement():
    """Return microseconds of CPU to judge one signed message of 10 KiB."""
    clock, cache = SystemClock(), Cache()
    key = SigningKey.generate("rsa2048")
    record = key.public_record()
    quoted = " ".join(f'"{record[at : at + 255]}"' for at in range(0, len(record), 255))
    zones = Zones(ZONE.format(key=quoted), clock)
    now = datetime(2026, 5, 4, tzinfo=UTC)
    text = mailauth_dkim.message(10240)
    signed = sign(text, key, domain="example.org", selector="s", now=now) + text
    peer = Peer("192.0.2.10", "mx.example.org", "smtp", "mx.example.org")
    client = Client((), clock, cache=cache)

    async def one(resolver):
        return await judge(
            signed, parse_header(signed), peer, "ann@example.org",
            resolver=resolver, hostname="mx.example.net", rules=Rules(), now=now,
        )  # fmt: skip

    await one(Filling(zones, cache, clock))
    best = 9e9
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(TIMES):
            judged = await one(client)
        best = min(best, (time.process_time() - start) / TIMES)
        assert judged.judgement.verdict == "proven", judged
    assert not client.asked
    return best * 1e6


def faster(what, ours, theirs, least):
    """Return one row: how many times as long the other library takes."""
    ratio = theirs / ours
    target = (f">= {least}", "yes" if ratio >= least else "no") if least else ("", "")
    return (f"{what}: us", f"{ours:.0f}", f"{theirs:.0f}", f"{ratio:.1f}", *target)


def near(what, ours, bare, most):
    """Return one row: how many times as long as the bare operation we take."""
    ratio = ours / bare
    met = "yes" if ratio <= most else "no"
    return (f"{what}: us", f"{ours:.0f}", f"{bare:.0f}", f"{ratio:.1f}", f"<= {most}", met)


def measure():
    """Return the rows of the table."""
    gc.collect()
    gc.freeze()  # as workers of the server do
    rows = []
    for what, ours, theirs, bare, peer in mailauth_dkim.measure():
        rows.append(faster(f"{what}; {peer}", ours, theirs, 8))
        rows.append(near(f"{what}; bare", ours, bare, 2))
    for what, ours, theirs in mailauth_spf.measure():
        least = 5 if what.startswith("all") else 0
        rows.append(faster(f"SPF, {what}; pyspf", ours, theirs, least))
    took = asyncio.run(judgement())
    met = "yes" if took < 1000 else "no"
    rows.append(("judgement of a signed message: us", f"{took:.0f}", "", "", "< 1000", met))
    return rows


def main():
    print("| " + " | ".join(COLUMNS) + " |")
    print("| --- " * len(COLUMNS) + "|")
    for cells in measure():
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
