"""mailauth/spf.py, from the text and the examples of RFC 7208."""

import dataclasses
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.mailauth import spf
from pillarbox.mailauth.spf_outcome import SpfResult
from tests.mailauth.zone_resolver import NOW, TIMEOUT, Data, Records, ZoneResolver


def txt(text: Data) -> Records:
    return [("TXT", text)]


def check(zone, ip="192.0.2.1", mail_from="joe@example.com", helo="mx.example.org"):
    resolver = zone if isinstance(zone, ZoneResolver) else ZoneResolver(zone)
    return spf.check_host(
        resolver, ip_address(ip), helo, mail_from, receiver="our.example", now=NOW
    )


# RFC 7208 appendix A
ZONE_A: dict[str, Records] = {
    "example.com": [
        ("MX", (10, "mail-a.example.com")),
        ("MX", (20, "mail-b.example.com")),
        ("A", "192.0.2.10"),
        ("A", "192.0.2.11"),
    ],
    "amy.example.com": [("A", "192.0.2.65")],
    "bob.example.com": [("A", "192.0.2.66")],
    "mail-a.example.com": [("A", "192.0.2.129")],
    "mail-b.example.com": [("A", "192.0.2.130")],
    "www.example.com": [("CNAME", "example.com")],
    "example.org": [("MX", (10, "mail-c.example.org"))],
    "mail-c.example.org": [("A", "192.0.2.140")],
    "10.2.0.192.in-addr.arpa": [("PTR", "example.com")],
    "11.2.0.192.in-addr.arpa": [("PTR", "example.com")],
    "65.2.0.192.in-addr.arpa": [("PTR", "amy.example.com")],
    "66.2.0.192.in-addr.arpa": [("PTR", "bob.example.com")],
    "129.2.0.192.in-addr.arpa": [("PTR", "mail-a.example.com")],
    "130.2.0.192.in-addr.arpa": [("PTR", "mail-b.example.com")],
    "140.2.0.192.in-addr.arpa": [("PTR", "mail-c.example.org")],
    "4.0.0.10.in-addr.arpa": [("PTR", "bob.example.com")],
}
HOSTS = ["192.0.2.10", "192.0.2.11", "192.0.2.65", "192.0.2.66"]
MAIL = ["192.0.2.129", "192.0.2.130"]
OTHER = ["192.0.2.140", "10.0.0.4", "2001:db8::1"]
EVERY = {*HOSTS, *MAIL, *OTHER}

APPENDIX_A = [
    ("v=spf1 +all", EVERY),
    ("v=spf1 a -all", {"192.0.2.10", "192.0.2.11"}),
    ("v=spf1 a:example.org -all", set()),
    ("v=spf1 mx -all", set(MAIL)),
    ("v=spf1 mx:example.org -all", {"192.0.2.140"}),
    ("v=spf1 mx mx:example.org -all", {*MAIL, "192.0.2.140"}),
    ("v=spf1 mx/30 mx:example.org/30 -all", {*MAIL, "192.0.2.140"}),
    ("v=spf1 ptr -all", {*HOSTS, *MAIL}),
    ("v=spf1 ip4:192.0.2.128/28 -all", {*MAIL, "192.0.2.140"}),
]


@pytest.mark.parametrize(("record", "passing"), APPENDIX_A)
async def test_rfc7208_appendix_a1(record, passing):
    zone = {**ZONE_A, "example.com": [*ZONE_A["example.com"], ("TXT", record)]}
    for ip in EVERY:
        outcome = await check(zone, ip)
        expected = SpfResult.PASS if ip in passing else SpfResult.FAIL
        assert (ip, outcome.result) == (ip, expected), outcome


async def test_rfc7208_appendix_a2_and_a4():
    zone = {
        **ZONE_A,
        "example.org": [
            *ZONE_A["example.org"],
            *txt("v=spf1 include:example.com include:example.net -all"),
        ],
        "example.com": [*ZONE_A["example.com"], *txt("v=spf1 a mx -all")],
        "example.net": txt("v=spf1 exists:%{l1r+}.%{ir}.spf.%{d} -all"),
        "mary.140.2.0.192.spf.example.net": [("A", "127.0.0.2")],
        "la.example.org": txt("v=spf1 redirect=example.org"),
    }
    assert (await check(zone, "192.0.2.129", "x@example.org")).result is SpfResult.PASS
    assert (await check(zone, "192.0.2.140", "mary+list@example.org")).result is SpfResult.PASS
    assert (await check(zone, "192.0.2.140", "john@example.org")).result is SpfResult.FAIL
    outcome = await check(zone, "192.0.2.129", "x@la.example.org")
    assert outcome.result is SpfResult.PASS
    assert outcome.matched is not None
    assert outcome.decided is not None
    assert (outcome.matched.text, outcome.matched.domain, outcome.matched.depth) == (
        "mx",
        "example.com",
        1,
    )
    assert (outcome.decided.text, outcome.decided.domain, outcome.decided.depth) == (
        "include:example.com",
        "example.org",
        0,
    )
    assert [(step.text, step.matched) for step in outcome.steps] == [
        ("redirect=example.org", False),
        ("a", False),
        ("mx", True),
        ("include:example.com", True),
    ]
    assert [record.domain for record in outcome.records] == [
        "la.example.org",
        "example.org",
        "example.com",
    ]
    assert [answer.name for answer in outcome.answers] == [
        "la.example.org",
        "example.org",
        "example.com",
        "example.com",
        "example.com",
        "mail-a.example.com",
    ]
    assert outcome.lookups == 4


async def test_the_evidence_of_a_fail():
    zone = {
        "example.com": txt("v=spf1 ip4:192.0.2.9 a:h.example.com -all"),
        "h.example.com": [("A", "192.0.2.8")],
    }
    outcome = await check(zone)
    assert (outcome.result, outcome.scope, outcome.domain) == (
        SpfResult.FAIL,
        "mfrom",
        "example.com",
    )
    assert outcome.sender == "joe@example.com"
    assert outcome.matched == outcome.decided == outcome.steps[-1]
    assert [step.detail for step in outcome.steps] == [
        "",
        "h.example.com: 192.0.2.8",
        "matches everyone",
    ]
    assert outcome.records[0].text == "v=spf1 ip4:192.0.2.9 a:h.example.com -all"
    assert outcome.problem == ""


INITIAL = [
    # mail_from, helo, result, domain, sender (RFC 7208 §4.3 and §2.4)
    ("joe@example.com", "h.example", "pass", "example.com", "joe@example.com"),
    ("joe@EXAMPLE.com.", "h.example", "pass", "example.com", "joe@EXAMPLE.com."),
    ("@example.com", "h.example", "pass", "example.com", "postmaster@example.com"),
    ("example.com", "h.example", "pass", "example.com", "postmaster@example.com"),
    ("", "example.com", "pass", "example.com", "postmaster@example.com"),
    ('"a@b"@example.com', "h", "pass", "example.com", '"a@b"@example.com'),
    ("joe@bücher.example", "h", "pass", "xn--bcher-kva.example", "joe@bücher.example"),
    ("joe@localhost", "h.example", "none", "localhost", "joe@localhost"),
    ("joe@[192.0.2.1]", "h.example", "none", "[192.0.2.1]", "joe@[192.0.2.1]"),
    ("joe@a..example", "h.example", "none", "a..example", "joe@a..example"),
    ("joe@" + "a" * 64 + ".example", "h", "none", "a" * 64 + ".example", None),
    ("", "OEMCOMPUTER", "none", "oemcomputer", "postmaster@OEMCOMPUTER"),
    ("joe@none.example", "h", "none", "none.example", "joe@none.example"),
]


@pytest.mark.parametrize(("mail_from", "helo", "result", "domain", "sender"), INITIAL)
async def test_initial_processing(mail_from, helo, result, domain, sender):
    zone = {"example.com": txt("v=spf1 +all"), "xn--bcher-kva.example": txt("v=spf1 +all")}
    outcome = await check(zone, mail_from=mail_from, helo=helo)
    assert outcome.result.value == result
    assert outcome.domain == domain
    assert sender is None or outcome.sender == sender
    assert bool(outcome.problem) == (result == "none")


async def test_helo_identity():
    zone = ZoneResolver({"mx.example.org": txt("v=spf1 exists:%{s}.%{h} -all")})
    outcome = await spf.check_helo(
        zone, ip_address("192.0.2.1"), "MX.example.org", receiver="our.example", now=NOW
    )
    assert (outcome.result, outcome.scope, outcome.domain) == (
        SpfResult.FAIL,
        "helo",
        "mx.example.org",
    )
    assert zone.asked[-1] == "postmaster@mx.example.org.mx.example.org A"


@pytest.mark.parametrize(
    ("texts", "result"),
    [
        (["v=spf1 +all"], "pass"),
        (["V=SPF1 +all", "v=spf10 -all", "spf2.0/pra -all", ""], "pass"),
        (["v=spf1 +all", "v=spf1"], "permerror"),
        (["v=spf1 +all", "v=spf1 +all"], "permerror"),
        (["v=spf1 +all moo"], "permerror"),
        (["hello"], "none"),
        ([[b"v=spf1 +a", b"ll"]], "pass"),
        ([[b"v=spf1", b"+all"]], "none"),
        ([[]], "none"),
        ([b"v=spf1 +all \xff"], "permerror"),
        ([b"v=spf1 +all", b"\xff"], "pass"),
        (["v=spf1 +all" + " " * 70_000], "permerror"),
        (["v=spf1" + " ip4:192.0.2.7" * 1001], "permerror"),
        (["v=spf1" + " ip4:192.0.2.7" * 999 + " +all"], "pass"),
    ],
)
async def test_selecting_records(texts, result):
    outcome = await check({"example.com": [("TXT", text) for text in texts]})
    assert outcome.result.value == result
    assert bool(outcome.problem) == (result in ("permerror", "none"))
    assert bool(outcome.records) == (result != "none")


ADDRESSES = [
    # record of example.com, client, result
    ("ip4:192.0.2.1", "192.0.2.1", "pass"),
    ("ip4:192.0.2.77/24", "192.0.2.1", "pass"),
    ("ip4:192.0.3.0/24", "192.0.2.1", "fail"),
    ("ip4:10.0.0.0/0", "192.0.2.1", "pass"),
    ("ip4:192.0.2.1", "::ffff:192.0.2.1", "pass"),
    ("ip6:::ffff:192.0.2.1", "::ffff:192.0.2.1", "fail"),
    ("ip6:::/0", "192.0.2.1", "fail"),
    ("ip4:0.0.0.0/0", "2001:db8::1", "fail"),
    ("ip6:2001:db8::/32", "2001:db8:ffff::1", "pass"),
    ("ip6:2001:db8::/33", "2001:db8:ffff::1", "fail"),
    ("ip6:fe80::1", "fe80::1%eth0", "pass"),
    ("a", "192.0.2.10", "pass"),
    ("a", "2001:db8::10", "pass"),
    ("a/28", "192.0.2.1", "pass"),
    ("a//64", "2001:db8::1", "pass"),
    ("a//64", "192.0.2.1", "fail"),
    ("a/0", "2001:db8::1", "fail"),
    ("a:six.example.com/0", "192.0.2.1", "fail"),
    ("mx", "192.0.2.20", "pass"),
    ("mx", "2001:db8::20", "pass"),
    ("mx/24//64", "2001:db8::1", "pass"),
    ("mx:null.example.com", "192.0.2.1", "fail"),
    ("mx:host.example.com/0", "192.0.2.10", "fail"),
    ("exists:host.example.com", "2001:db8::1", "pass"),
    ("exists:six.example.com", "2001:db8::1", "fail"),
    ("ptr", "192.0.2.30", "pass"),
    ("ptr:sub.example.com", "192.0.2.30", "pass"),
    ("ptr:b.example.com", "192.0.2.30", "fail"),
    ("ptr", "192.0.2.31", "fail"),
    ("ptr", "192.0.2.32", "fail"),
    ("ptr", "192.0.2.33", "fail"),
    ("ptr", "2001:db8::30", "pass"),
    ("ptr:SUB.Example.COM", "192.0.2.30", "pass"),
    ("include:pass.example.com", "192.0.2.1", "pass"),
    ("include:fail.example.com", "192.0.2.1", "fail"),
    ("include:soft.example.com", "192.0.2.1", "fail"),
    ("include:neutral.example.com", "192.0.2.1", "fail"),
    ("include:none.example.com", "192.0.2.1", "permerror"),
    ("include:broken.example.com", "192.0.2.1", "permerror"),
    ("include:slow.example.com", "192.0.2.1", "temperror"),
    ("a:slow.example.com", "192.0.2.1", "temperror"),
    ("mx:slow.example.com", "192.0.2.1", "temperror"),
    ("mx:slowmx.example.com", "192.0.2.1", "temperror"),
    ("exists:slow.example.com", "192.0.2.1", "temperror"),
    ("ip4:192.0.2.1 a:slow.example.com", "192.0.2.1", "pass"),
]
ZONE: dict[str, Records] = {
    "example.com": [
        ("A", "192.0.2.10"),
        ("AAAA", "2001:db8::10"),
        ("MX", (10, "mx.example.com")),
    ],
    "mx.example.com": [("A", "192.0.2.20"), ("AAAA", "2001:db8::20")],
    "null.example.com": [("MX", (0, "."))],
    "host.example.com": [("A", "192.0.2.10")],
    "six.example.com": [("AAAA", "2001:db8::1")],
    "30.2.0.192.in-addr.arpa": [("PTR", "x.example.net"), ("PTR", "A.sub.example.com.")],
    ip_address("2001:db8::30").reverse_pointer: [("PTR", "a.sub.example.com")],
    "a.sub.example.com": [("A", "192.0.2.30"), ("AAAA", "2001:db8::30")],
    # A name that says so, and an address that does not.
    "31.2.0.192.in-addr.arpa": [("PTR", "a.sub.example.com")],
    "32.2.0.192.in-addr.arpa": [(TIMEOUT, "")],
    "33.2.0.192.in-addr.arpa": [("PTR", "slow.example.com")],
    "pass.example.com": txt("v=spf1 all"),
    "fail.example.com": txt("v=spf1 -all"),
    "soft.example.com": txt("v=spf1 ~all"),
    "neutral.example.com": txt("v=spf1 ip4:10.0.0.1"),
    "none.example.com": txt("hello"),
    "broken.example.com": txt("v=spf1 moo"),
    "slow.example.com": [(TIMEOUT, "")],
    "slowmx.example.com": [("MX", (1, "slow.example.com"))],
}


@pytest.mark.parametrize(("terms", "ip", "result"), ADDRESSES)
async def test_mechanisms(terms, ip, result):
    record = ("TXT", f"v=spf1 {terms} -all")
    outcome = await check({**ZONE, "example.com": [*ZONE["example.com"], record]}, ip)
    assert outcome.result.value == result, outcome
    if result in ("temperror", "permerror"):
        assert outcome.problem
        assert outcome.matched is None


REDIRECTS = [
    ("redirect=pass.example.com", "pass"),
    ("redirect=fail.example.com", "fail"),
    ("redirect=neutral.example.com", "neutral"),
    ("redirect=none.example.com", "permerror"),
    ("redirect=nothing.example.com", "permerror"),
    ("redirect=a..example.com", "permerror"),
    ("redirect=broken.example.com", "permerror"),
    ("redirect=slow.example.com", "temperror"),
    ("redirect=pass.example.com ?all", "neutral"),
    ("redirect=%{h}", "permerror"),
]


@pytest.mark.parametrize(("terms", "result"), REDIRECTS)
async def test_redirect(terms, result):
    outcome = await check({**ZONE, "example.com": txt(f"v=spf1 {terms}")})
    assert outcome.result.value == result


@pytest.mark.parametrize(
    ("qualifier", "result"),
    [("", "pass"), ("+", "pass"), ("-", "fail"), ("~", "softfail"), ("?", "neutral")],
)
async def test_qualifiers(qualifier, result):
    outcome = await check({"example.com": txt(f"v=spf1 {qualifier}ip4:192.0.2.0/24")})
    assert outcome.result.value == result


async def test_ten_terms_may_ask_dns_and_not_one_more():
    zone = {"example.com": [("A", "192.0.2.77"), ("TXT", "v=spf1" + " a" * 10 + " ?all")]}
    outcome = await check(zone)
    assert (outcome.result, outcome.lookups) == (SpfResult.NEUTRAL, 10)
    zone["example.com"][1] = ("TXT", "v=spf1" + " a" * 10 + " redirect=pass.example.com")
    outcome = await check(zone)
    assert outcome.result is SpfResult.PERMERROR
    assert "redirect=pass.example.com" in outcome.problem
    assert "10 terms" in outcome.problem


async def test_includes_cannot_multiply():
    """Ten names that each include all ten: ten questions, then permerror."""
    names = [f"n{i}.example.com" for i in range(10)]
    everything = "v=spf1 " + " ".join(f"include:{name}" for name in names)
    resolver = ZoneResolver({name: txt(everything) for name in [*names, "example.com"]})
    outcome = await check(resolver)
    assert outcome.result is SpfResult.PERMERROR
    assert len(resolver.asked) <= 11


@pytest.mark.parametrize(
    ("terms", "ip", "result", "voids"),
    [
        ("a:n1.example a:n2.example", "192.0.2.1", "neutral", 2),
        ("a:n1.example a:n2.example exists:n3.example", "192.0.2.1", "permerror", 3),
        ("exists:n1.example mx:n2.example a:a..b.example", "192.0.2.1", "permerror", 3),
        ("mx:three.example.com", "192.0.2.1", "neutral", 1),
        ("mx mx mx a", "2001:db8::1", "neutral", 0),
        ("ptr ptr:a.example ptr:b.example", "192.0.2.99", "neutral", 0),
    ],
)
async def test_void_lookups_are_counted_by_term(terms, ip, result, voids):
    zone = {
        **ZONE,
        "example.com": [*ZONE["example.com"], *txt(f"v=spf1 {terms}")],
        "three.example.com": [("MX", (n, f"n{n}.example")) for n in range(3)],
    }
    outcome = await check(zone, ip)
    assert (outcome.result.value, outcome.void_lookups) == (result, voids)


async def test_more_than_ten_mail_servers_are_an_error():
    servers = [("MX", (n, f"m{n}.example.com")) for n in range(11)]
    hosts = {f"m{n}.example.com": [("A", f"192.0.2.{n}")] for n in range(11)}
    outcome = await check({"example.com": [*servers, *txt("v=spf1 mx -all")], **hosts}, "192.0.2.0")
    assert outcome.result is SpfResult.PERMERROR
    assert "11 mail servers" in outcome.problem
    outcome = await check(
        {"example.com": [*servers[1:], *txt("v=spf1 mx -all")], **hosts}, "192.0.2.10"
    )
    assert outcome.result is SpfResult.PASS


async def test_only_ten_names_of_an_address_are_tried():
    names = [("PTR", f"p{n}.example.com") for n in range(11)]
    zone = {"example.com": txt("v=spf1 ptr -all"), "1.2.0.192.in-addr.arpa": names}
    outcome = await check({**zone, "p10.example.com": [("A", "192.0.2.1")]})
    assert outcome.result is SpfResult.FAIL
    outcome = await check({**zone, "p9.example.com": [("A", "192.0.2.1")]})
    assert outcome.result is SpfResult.PASS


async def test_the_detail_of_a_step_stays_short():
    many: Records = [("A", f"198.51.100.{n}") for n in range(200)]
    outcome = await check({"example.com": [*many, *txt("v=spf1 a -all")]})
    assert outcome.steps[0].detail.endswith("198.51.100.9, ...")
    assert len(outcome.answers[-1].records) == 200


async def test_each_question_is_asked_once():
    resolver = ZoneResolver(
        {"example.com": [("A", "192.0.2.9"), *txt("v=spf1 a a:EXAMPLE.com a -all")]}
    )
    outcome = await check(resolver)
    assert resolver.asked == ["example.com TXT", "example.com A"]
    assert len(outcome.answers) == 2


P_MACRO = [
    # names of 192.0.2.1, those that lead back, result of %{p} for example.com (RFC 7208 §7.3)
    (["example.com", "a.example.com"], {"example.com", "a.example.com"}, "example.com"),
    (["z.example.net", "a.example.com"], {"z.example.net", "a.example.com"}, "a.example.com"),
    (["z.example.net"], {"z.example.net"}, "z.example.net"),
    (["z.example.net", "a.example.com"], {"z.example.net"}, "z.example.net"),
    (["a.example.com"], set(), "unknown"),
    ([], set(), "unknown"),
]


@pytest.mark.parametrize(("names", "valid", "expected"), P_MACRO)
async def test_p_macro(names, valid, expected):
    zone = {"1.2.0.192.in-addr.arpa": [("PTR", name) for name in names]}
    for name in valid:
        zone[name] = [("A", "192.0.2.1")]
    zone["example.com"] = [*zone.get("example.com", []), *txt("v=spf1 -all exp=why.example.com")]
    zone["why.example.com"] = txt("%{p}")
    outcome = await check(zone)
    assert outcome.explanation == expected
    assert outcome.lookups == 0


EXPLANATIONS = [
    (
        txt("No mail from %{c}, said %{r} at %{t}."),
        f"No mail from 192.0.2.1, said our.example at {int(NOW.timestamp())}.",
    ),
    (
        txt("from %{o}, see http://%{d}/?s=%{S}"),
        "from example.com, see http://example.com/?s=joe%40example.com",
    ),
    ([("TXT", [b"two ", b"strings"])], "two strings"),
    (txt("x" * 600), "x" * 500),
    (txt("%{d0}"), ""),
    (txt("%{x}"), ""),
    (txt("a\tb"), ""),
    ([("TXT", b"\xc3\xa9")], ""),
    ([("TXT", "one"), ("TXT", "two")], ""),
    (txt("x" * 70_000), ""),
    ([(TIMEOUT, "")], ""),
    ([("A", "192.0.2.1")], ""),
]


@pytest.mark.parametrize(("records", "expected"), EXPLANATIONS)
async def test_explanations(records, expected):
    zone = {"example.com": txt("v=spf1 exp=why.%{d} -all"), "why.example.com": records}
    outcome = await check(zone)
    assert outcome.result is SpfResult.FAIL
    assert outcome.explanation == expected
    assert outcome.void_lookups == 0


async def test_only_a_fail_is_explained_and_only_by_the_deciding_record():
    zone = {
        "example.com": txt("v=spf1 include:inner.example.com -all"),
        "inner.example.com": txt("v=spf1 -all exp=why.example.com"),
        "why.example.com": txt("why"),
        "soft.example.com": txt("v=spf1 ~all exp=why.example.com"),
        "to.example.com": txt("v=spf1 exp=nothing.example.com redirect=inner.example.com"),
    }
    assert (await check(zone)).explanation == ""
    assert (await check(zone, mail_from="x@soft.example.com")).explanation == ""
    assert (await check(zone, mail_from="x@to.example.com")).explanation == "why"


async def test_the_sender_cannot_break_a_line_of_ours():
    zone = {"example.com": txt("v=spf1 exp=why.example.com -all"), "why.example.com": txt("%{l}")}
    outcome = await check(zone, mail_from="a\r\nb@example.com")
    assert outcome.explanation == "a??b"


async def test_rfc8616_a_local_part_beyond_ascii_matches_nothing_that_uses_it():
    zone = {
        "example.com": txt("v=spf1 exists:%{l}.x.example.com exists:%{o}.x.example.com -all"),
        "x.x.example.com": [("A", "127.0.0.2")],
    }
    outcome = await check(zone, mail_from="jürgen@example.com")
    assert outcome.steps[0].detail == "the local part is not ASCII"
    assert outcome.result is SpfResult.FAIL
    zone["example.com"] = txt("v=spf1 -all exp=%{l}.example.com")
    assert (await check(zone, mail_from="jürgen@example.com")).explanation == ""
    zone["example.com"] = txt("v=spf1 exists:%{d}.x.example.com -all")
    zone["example.com.x.example.com"] = [("A", "127.0.0.2")]
    assert (await check(zone, mail_from="jürgen@example.com")).result is SpfResult.PASS


TERMS = st.sampled_from(
    [
        "a",
        "mx",
        "ptr",
        "include:example.com",
        "include:b.example.com",
        "exists:%{l}.%{p}.%{d}",
        "a:%{h}/8",
        "redirect=b.example.com",
        "exp=%{s}.example.com",
        "-all",
        "ip6:::/1",
        "a:%{d1r}..x%{i}",
    ]
)
TEXTS = st.lists(TERMS, max_size=6).map(lambda terms: " ".join(["v=spf1", *terms]))


@settings(max_examples=60)
@given(TEXTS, TEXTS, st.text(max_size=20), st.text(max_size=20), st.ip_addresses())
async def test_any_records_give_an_outcome_within_the_limits(one, two, local, helo, ip):
    resolver = ZoneResolver({"example.com": txt(one), "b.example.com": txt(two)})
    outcome = await check(resolver, str(ip), f"{local}@example.com", helo)
    assert outcome.lookups <= spf.MAX_LOOKUPS + 1
    assert outcome.void_lookups <= spf.MAX_VOID_LOOKUPS + 1
    assert len(resolver.asked) == len(outcome.answers) <= 60
    assert dataclasses.replace(outcome) == outcome
