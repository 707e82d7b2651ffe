"""Messages and DNS that try to keep a checker busy: the work is counted, not timed."""

import asyncio
from datetime import UTC, datetime
from ipaddress import ip_address

import pytest

from pillarbox.dns.resolver import Answer, Mx, Record, RType, Status, Txt
from pillarbox.mailauth import arc, authenticate, authres, dkim, dmarc, spf
from pillarbox.mailauth.dkim import MAX_UNREAD, DkimResult
from pillarbox.mailauth.dkim_canon import hash_body, relax_field
from pillarbox.mailauth.dkim_header import Reason
from pillarbox.mailauth.dkim_key import MAX_KEY_RECORDS, KeyFetcher, read_key
from pillarbox.mailauth.spf import MAX_LOOKUPS, MAX_NAMES
from pillarbox.mailauth.spf_outcome import SpfResult
from tests.mailauth.dkim_lab import MESSAGE, ed25519_key, published
from tests.mailauth.test_arc import check, sealed
from tests.mailauth.zone_resolver import NOW

FROM = b"From: Ann <ann@a.example>\r\n"
ADDRESS = "192.0.2.1"


class Liar:
    """Answers every question by a function of its name; counts the questions and the octets."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.octets = 0

    async def resolve(self, name, rtype):
        self.asked.append((name, rtype))
        values = self.answer(name, rtype)
        if values is None:
            return Answer(name, rtype, Status.FAILED, (), NOW, problem="no answer in 10 s")
        self.octets += sum(len(v.joined) for v in values if isinstance(v, Txt))
        records = tuple(Record(name, rtype, 300, value, "") for value in values)
        return Answer(name, rtype, Status.NOERROR, records, NOW, ttl=300)


def txt(*records):
    """Answer TXT with these records, each a string or the strings of one."""
    made = [Txt((r,) if isinstance(r, bytes) else tuple(r)) for r in records]
    return lambda _name, rtype: made if rtype is RType.TXT else []


def spf_text(text):
    """Answer TXT with one SPF record made of the name that was asked for."""
    return lambda name, rtype: [Txt((text.format(d=name).encode(),))] if rtype is RType.TXT else []


def many(text, values):
    """Answer TXT with `text`, and everything else with `values`."""
    return lambda _name, rtype: [Txt((text,))] if rtype is RType.TXT else values


WIDE = b"v=spf1 " + b" ".join(b"mx:m%d.example" % n for n in range(10)) + b" -all"
SPF_LIES = [
    # what DNS says -> the result, the most questions that it costs
    ("an include of itself", spf_text("v=spf1 include:a.example -all"), "permerror", 1),
    ("includes that double", spf_text("v=spf1 include:0.{d} include:1.{d} -all"), "permerror", 11),
    ("a redirect to itself", spf_text("v=spf1 redirect=a.example"), "permerror", 1),
    ("redirects without end", spf_text("v=spf1 redirect=x.{d}"), "permerror", 11),
    ("ten include, ten redirect", spf_text("v=spf1 include:i.{d} redirect=r.{d}"), "permerror", 11),
    ("names that grow", spf_text("v=spf1 exists:%{{d}}.%{{d}}.{d} redirect=x.{d}"), "permerror",
     20),
    ("a record of 64 KiB", txt(b"v=spf1 " + b"a " * 32_000), "permerror", 1),
    ("a thousand strings", txt([b"v=spf1 ", *[b"ip4:192.0.2.9 "] * 1001]), "permerror", 1),
    ("a thousand records", txt(*[b"v=spf1 -all"] * 1000), "permerror", 1),
    ("a thousand other records", txt(*[b"x" * 255] * 1000), "none", 1),
    ("octets", txt(bytes(range(256))), "none", 1),
    ("octets behind the version", txt(b"v=spf1 " + bytes(range(256))), "permerror", 1),
    ("a macro of everything", spf_text("v=spf1 exists:" + "%{{s}}" * 300 + ".{d} -all"), "fail", 2),
    ("ten servers for each of ten", many(WIDE, [Mx(1, f"h{n}.example") for n in range(10)]),
     "fail", 1 + 10 + 100),
    ("a thousand servers", many(b"v=spf1 mx -all", [Mx(1, f"h{n}.x") for n in range(1000)]),
     "permerror", 2),
    ("a thousand names", many(b"v=spf1 ptr -all", [f"h{n}.a.example" for n in range(1000)]), "fail",
     2 + MAX_NAMES),
    ("a thousand names in a macro",
     many(b"v=spf1 exists:%{p}.a.example -all", [f"h{n}.a.example" for n in range(1000)]), "pass",
     3 + MAX_NAMES),
    ("a thousand addresses", many(b"v=spf1 a -all", ["x"] * 1000), "fail", 2),
    ("no answer", lambda _name, _rtype: None, "temperror", 1),
    ("an answer, then none", lambda name, _rtype: [Txt((b"v=spf1 include:b.example ?all",))]
     if name == "a.example" else None, "temperror", 2),
    ("an explanation of 64 KiB", lambda name, _rtype: [Txt((b"x" * 65_535,))]
     if name == "e.example" else [Txt((b"v=spf1 -all exp=e.example",))], "fail", 2),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "result", "most"), [c[1:] for c in SPF_LIES], ids=[c[0] for c in SPF_LIES]
)
def test_spf_is_bounded(answer, result, most):
    liar = Liar(answer)
    outcome = asyncio.run(
        spf.check_host(
            liar, ip_address(ADDRESS), "mx.a.example", "ann@a.example",
            receiver="mx", now=NOW,
        )
    )  # fmt: skip
    assert outcome.result is SpfResult(result)
    assert len(liar.asked) <= most
    assert outcome.lookups <= MAX_LOOKUPS + 1
    assert len(outcome.explanation) <= 500
    assert sum(len(step.text) + len(step.detail) for step in outcome.steps) < 100_000


DMARC_LIES = [
    # what DNS says, authors, signatures -> the most questions
    ("a hundred labels", txt(), [".".join("abcdefghij" * 10)], [], 8),
    ("as many domains as may be", txt(), [f"{n}.b.c.d.e.f.g.h{n}.example" for n in range(10)], [],
     80),
    ("too many domains", txt(), [f"{n}.example" for n in range(11)], [], 0),
    ("many signatures below one", txt(b"v=DMARC1; p=none"), ["a.example"],
     [f"{'x.' * 20}{n}.a.example" for n in range(500)], 8 * 21),
    ("signatures of strangers", txt(b"v=DMARC1; p=none"), ["a.example"],
     [f"a.b.c.{n}.example" for n in range(500)], 8 * 21),
    ("a record of 64 KiB", txt(b"v=DMARC1; p=none; " + b"x=y; " * 13_000), ["a.example"], [], 3),
    ("a thousand records", txt(*[b"v=DMARC1; p=reject"] * 1000), ["a.example"], [], 3),
    ("a thousand strings", txt([b"v=DMARC1; p=none; ", *[b"r"] * 1000]), ["a.example"], [], 3),
    ("no answer", lambda _name, _rtype: None, ["a.b.c.example"], [], 1),
]  # fmt: skip


class Passing:
    passed = True

    def __init__(self, domain):
        self.domain = domain


@pytest.mark.parametrize(
    ("answer", "authors", "signers", "most"),
    [c[1:] for c in DMARC_LIES],
    ids=[c[0] for c in DMARC_LIES],
)
def test_dmarc_is_bounded(answer, authors, signers, most):
    liar = Liar(answer)
    signed = [Passing(domain) for domain in signers]
    outcome = asyncio.run(dmarc.evaluate(liar, authors, None, signed, now=NOW))
    assert outcome.result in dmarc.DmarcResult
    assert len(liar.asked) <= most


def signature(number, more=b""):
    return (
        b"DKIM-Signature: v=1; a=rsa-sha256; d=a.example; s=s%d; h=from; bh=AAAA; b=AAAA%s\r\n"
        % (number, more)
    )


def test_signatures_ask_for_ten_keys_and_no_more():
    liar = Liar(txt(*[b"v=DKIM1; p=AAAA"] * 1000))
    outcomes = asyncio.run(
        dkim.verify(b"".join(map(signature, range(5000))) + FROM + b"\r\n", liar, NOW)
    )
    assert len(liar.asked) == 10
    assert len(outcomes) == 10 + MAX_UNREAD
    assert {o.reason for o in outcomes[10:]} == {Reason.NOT_EVALUATED}


def test_of_many_keys_few_are_read():
    liar = Liar(txt(*[b"v=DKIM1; p=%04d" % n for n in range(1000)]))
    fetched = asyncio.run(KeyFetcher(liar).fetch("s._domainkey.a.example"))
    assert len(fetched.keys) == MAX_KEY_RECORDS


@pytest.mark.parametrize(
    "text",
    [b"p=" + b"A" * 65_536, b"v=DKIM1;" * 10_000, b";" * 16_384, bytes(range(256)), b"\xff" * 300],
)
def test_a_hostile_key_record_has_a_reason(text):
    assert read_key(text).reason in {Reason.KEY_SYNTAX, Reason.KEY_VERSION}


def test_a_body_is_hashed_once_for_each_form(monkeypatch):
    # Whatever the number of signatures and limits.
    hashed = []
    original = hash_body

    def counted(message, start, *, relaxed, limits):
        hashed.append((relaxed, len(limits)))
        return original(message, start, relaxed=relaxed, limits=limits)

    monkeypatch.setattr(dkim, "hash_body", counted)
    fields = b"".join(signature(n, b"; l=%d; c=simple/%s" % (n, (b"simple", b"relaxed")[n % 2]))
                      for n in range(50))  # fmt: skip
    asyncio.run(dkim.verify(fields + FROM + b"\r\n" + b"x\r\n" * 1000, Liar(txt()), NOW))
    assert sorted(hashed) == [(False, 5), (True, 5)]


HEADERS = [
    ("one field", b"X: " + b"y" * 10_000_000 + b"\r\n"),
    ("one folded field", b"X:" + b"\r\n y" * 2_500_000 + b"\r\n"),
    ("short fields", b"X:\r\n" * 2_500_000),
    ("signatures", b"DKIM-Signature:\r\n" * 600_000),
    ("seals", b"ARC-Seal: i=1\r\n" * 600_000),
    ("authors", b"From: " + b"a@b.example, " * 800_000 + b"\r\n"),
    ("comments", b"From: " + b"(" * 10_000_000 + b"\r\n"),
    ("bare line feeds", b"X: y\n" * 2_000_000),
    ("white space", b"X:" + b" \t" * 5_000_000 + b"\r\n"),
]


@pytest.mark.slow
@pytest.mark.parametrize("top", [h[1] for h in HEADERS], ids=[h[0] for h in HEADERS])
def test_ten_megabytes_of_header_have_an_outcome(top):
    liar = Liar(txt())
    found = asyncio.run(
        authenticate(
            top + FROM + b"\r\nbody\r\n",
            client_ip=ADDRESS,
            helo="mx.a.example",
            sender="ann@a.example",
            hostname="mx",
            resolver=liar,
            now=datetime(2026, 5, 4, tzinfo=UTC),
        )
    )
    assert not any(outcome.passed for outcome in found.dkim)
    assert found.dkim[0].result is DkimResult.NEUTRAL
    assert found.chain.reason == Reason.HEADER_TOO_LARGE
    assert len(liar.asked) <= 10
    assert len(found.field("mx")) < 10_000


def test_fields_of_a_chain_are_made_relaxed_once(monkeypatch):
    # Each seal covers all before it: fifty sets must not cost a square.
    made = []
    original = relax_field

    def counted(field, **options):
        made.append(len(field))
        return original(field, **options)

    monkeypatch.setattr(arc, "relax_field", counted)
    message = MESSAGE
    for count in range(20):
        cv = arc.ChainStatus.PASS if count else arc.ChainStatus.NONE
        message = sealed(message, cv, key=ed25519_key())
    assert check(message, published(ed25519_key())).passed
    assert len(made) == 60


FIELDS = [
    b"a; " + b"x=y; " * 20_000,
    b"a; spf=pass " + b"(" * 60_000,
    b"a; spf=pass " + b"(a)" * 20_000,
    b'a; spf=pass reason="' + b"\\" * 60_000,
    b"a" * 70_000,
    b"a; " + b"/" * 60_000,
    b"a; dkim=pass " + b"header.d=" * 6000,
    b"a;" + b" \t\r\n " * 10_000,
]


@pytest.mark.parametrize("value", FIELDS, ids=range(len(FIELDS)))
def test_hostile_results_are_read_or_refused(value):
    try:
        found = authres.parse(value)
    except authres.AuthresError:
        return
    assert len(found.results) <= authres.MAX_RESULTS
