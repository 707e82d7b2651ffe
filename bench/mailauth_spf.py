"""SPF evaluation beside pyspf, both on the same canned DNS, in one run.

Usage: python bench/mailauth_spf.py
"""

import asyncio
import time
from datetime import UTC, datetime
from ipaddress import IPv4Address, ip_address
from typing import Any

import spf as pyspf

from pillarbox.dns.resolver import Answer, Mx, Record, RType, Status, Txt, Value
from pillarbox.mailauth import spf

NOW = datetime(2026, 5, 4, tzinfo=UTC)
ROUNDS = 100
REPEATS = 25

# What large and small senders publish, in shape.
ZONE: dict[tuple[str, str], list[Any]] = {
    ("small.example", "TXT"): [b"v=spf1 mx -all"],
    ("small.example", "MX"): [(10, "mx.small.example")],
    ("mx.small.example", "A"): ["192.0.2.10"],
    ("big.example", "TXT"): [
        b"google-site-verification=xyz",
        b"v=spf1 include:_spf.one.example include:_spf.two.example ip4:198.51.100.0/24 ~all",
    ],
    ("_spf.one.example", "TXT"): [
        b"v=spf1 include:_n1.one.example include:_n2.one.example include:_n3.one.example ~all"
    ],
    ("_n1.one.example", "TXT"): [
        b"v=spf1 " + b" ".join(b"ip4:10.%d.0.0/19" % n for n in range(12)) + b" ~all"
    ],
    ("_n2.one.example", "TXT"): [
        b"v=spf1 " + b" ".join(b"ip6:2001:db8:%x::/48" % n for n in range(8)) + b" ~all"
    ],
    ("_n3.one.example", "TXT"): [
        b"v=spf1 " + b" ".join(b"ip4:172.16.%d.0/24" % n for n in range(12)) + b" ~all"
    ],
    ("_spf.two.example", "TXT"): [b"v=spf1 ip4:203.0.113.0/26 ip4:203.0.113.64/26 ~all"],
    ("macro.example", "TXT"): [b"v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d} -all"],
    ("9.113.0.203.joe._spf.macro.example", "A"): ["127.0.0.2"],
}
CASES = [
    ("small, mx matches", "192.0.2.10", "joe@small.example", "pass"),
    ("big, last include matches", "203.0.113.70", "joe@big.example", "pass"),
    ("big, nothing matches", "192.0.2.99", "joe@big.example", "softfail"),
    ("macro, exists", "203.0.113.9", "joe-list@macro.example", "pass"),
    ("no record", "192.0.2.1", "joe@none.example", "none"),
]


def pyspf_lookup(name: str, qtype: str, *_: object) -> list[Any]:
    values = ZONE.get((name.lower().rstrip("."), qtype), [])
    return [((name, qtype), (value,) if qtype == "TXT" else value) for value in values]


def make_answers() -> dict[tuple[str, RType], Answer]:
    answers = {}
    for (name, kind), values in ZONE.items():
        rtype = RType[kind]
        records = []
        for value in values:
            data: Value = IPv4Address(value) if isinstance(value, str) else Txt((value,))
            if isinstance(value, tuple):
                data = Mx(*value)
            records.append(Record(name, rtype, 300, data, str(value)))
        answers[name, rtype] = Answer(name, rtype, Status.NOERROR, tuple(records), NOW, 300)
    return answers


NOTHING = Answer("", RType.TXT, Status.NXDOMAIN, (), NOW)


class Canned:
    def __init__(self) -> None:
        self.answers = make_answers()

    async def resolve(self, name: str, rtype: RType) -> Answer:
        return self.answers.get((name, rtype), NOTHING)


async def ours(ip: str, sender: str) -> tuple[str, float]:
    canned = Canned()
    best, result = 9e9, ""
    address = ip_address(ip)
    for _ in range(REPEATS):
        start = time.process_time()
        for _ in range(ROUNDS):
            outcome = await spf.check_host(
                canned, address, "mx.example", sender, receiver="r.example", now=NOW
            )
            result = outcome.result.value
        best = min(best, time.process_time() - start)
    return result, best / ROUNDS * 1e6


def theirs(ip: str, sender: str) -> tuple[str, float]:
    best, result = 9e9, ("", "")
    for _ in range(REPEATS):
        start = time.process_time()
        for _ in range(ROUNDS):
            result = pyspf.check2(i=ip, s=sender, h="mx.example")
        best = min(best, time.process_time() - start)
    return result[0], best / ROUNDS * 1e6


def measure() -> list[tuple[str, float, float]]:
    """Return (case, our microseconds, pyspf's) for each case, and for all of them."""
    pyspf.DNSLookup = pyspf_lookup
    rows = []
    for name, ip, sender, expected in CASES:
        our_result, our_us = asyncio.run(ours(ip, sender))
        their_result, their_us = theirs(ip, sender)
        assert our_result == their_result == expected, (name, our_result, their_result)
        rows.append((name, our_us, their_us))
    return [*rows, ("all five", sum(row[1] for row in rows), sum(row[2] for row in rows))]


def main() -> None:
    print(f"{'case':28} {'ours us':>9} {'pyspf us':>9} {'times':>6}")
    for name, our_us, their_us in measure():
        print(f"{name:28} {our_us:9.1f} {their_us:9.1f} {their_us / our_us:6.1f}")


if __name__ == "__main__":
    main()
