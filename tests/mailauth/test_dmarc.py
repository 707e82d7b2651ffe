"""mailauth/dmarc.py, from the text of RFC 9989."""

from dataclasses import dataclass
from ipaddress import ip_address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pillarbox.mailauth import dmarc
from pillarbox.mailauth.dmarc import Aligned, DmarcResult
from pillarbox.mailauth.dmarc_record import Policy
from pillarbox.mailauth.spf_outcome import SpfOutcome, SpfResult
from tests.mailauth.zone_resolver import NOW, TIMEOUT, Records, ZoneResolver


@dataclass
class Signature:
    domain: str
    passed: bool = True


def spf_of(domain, result="pass", scope="mfrom"):
    return SpfOutcome(
        SpfResult(result), scope, domain, f"x@{domain}", ip_address("192.0.2.1"), "h.example"
    )


def zone_of(records):
    zone: dict[str, Records] = {}
    for domain, text in records.items():
        texts = [text] if isinstance(text, str) else text
        zone[f"_dmarc.{domain}"] = [
            (TIMEOUT, "") if t == TIMEOUT else ("TXT", t if t.startswith("v=") else f"v=DMARC1;{t}")
            for t in texts
        ]
        if has_address(domain):
            zone.setdefault(domain, [("A", "192.0.2.1")])
    return zone


def has_address(domain):
    return not domain.startswith("np")


async def evaluate(zone, author, spf=None, dkim=(), **kwargs):
    resolver = zone if isinstance(zone, ZoneResolver) else ZoneResolver(zone_of(zone))
    authors = [author] if isinstance(author, str) else author
    signatures = [Signature(d) if isinstance(d, str) else d for d in dkim]
    return await dmarc.evaluate(resolver, authors, spf, signatures, now=NOW, **kwargs)


def test_rfc9989_section_4_10_the_walk():
    assert dmarc.walk_targets("a.b.c.d.e.f.g.h.i.j.mail.example.com") == [
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    ]
    # RFC 9989 §5.1.8
    assert dmarc.walk_targets("mail.a.b.c.d.e.f.g.example.com")[1] == "c.d.e.f.g.example.com"
    assert len(dmarc.walk_targets("a.b.c.d.e.f.g.h")) == 8
    assert dmarc.walk_targets("a.b.c.d.e.f.g.h")[1] == "b.c.d.e.f.g.h"
    assert dmarc.walk_targets("example.com") == ["example.com", "com"]
    assert dmarc.walk_targets("com") == ["com"]


@pytest.mark.parametrize("labels", range(1, 60))
def test_a_walk_never_takes_more_than_eight_questions(labels):
    targets = dmarc.walk_targets(".".join(["a"] * labels))
    assert len(targets) == min(labels, 8)


DISCOVERY = [
    # records, author, where the record is, organisation (RFC 9989 §4.10.1 and §4.10.2)
    ({"example.com": "p=reject"}, "example.com", "example.com", "example.com"),
    ({"example.com": "p=reject"}, "a.mail.example.com", "example.com", "example.com"),
    (
        {"mail.example.com": "p=reject", "example.com": "p=reject"},
        "a.mail.example.com",
        "example.com",
        "example.com",
    ),
    (
        {"mail.example.com": "p=reject;psd=n", "example.com": "p=reject"},
        "a.mail.example.com",
        "mail.example.com",
        "mail.example.com",
    ),
    ({"com": "p=reject;psd=y"}, "a.mail.example.com", "com", "example.com"),
    (
        {"com": "p=reject;psd=y", "example.com": "p=none"},
        "a.mail.example.com",
        "example.com",
        "example.com",
    ),
    # The organisation is example.com, which has no record: the suffix above it decides.
    (
        {"com": "p=reject;psd=y", "mail.example.com": "p=none"},
        "a.mail.example.com",
        "com",
        "example.com",
    ),
    ({"com": "p=reject"}, "a.example.com", "com", "com"),
    ({"com": "p=reject;psd=y"}, "com", "com", "com"),
    ({"co.uk": "p=reject;psd=y", "uk": "p=none;psd=y"}, "a.b.co.uk", "co.uk", "b.co.uk"),
    ({}, "a.example.com", "", "a.example.com"),
    ({"other.example": "p=none"}, "a.example.com", "", "a.example.com"),
    ({"example.com": ["p=none", "p=reject"]}, "a.example.com", "", "a.example.com"),
    (
        {"a.example.com": ["p=none", "p=none"], "example.com": "p=reject"},
        "a.example.com",
        "example.com",
        "example.com",
    ),
    ({"example.com": ["p=reject", "v=spf1 -all"]}, "example.com", "example.com", "example.com"),
    ({"example.com": "v=DMARC2;p=reject"}, "example.com", "", "example.com"),
    (
        {"b.example.com": "p=none;psd=n"},
        "a.b.c.d.e.f.g.b.example.com",
        "b.example.com",
        "b.example.com",
    ),
]


@pytest.mark.parametrize(("records", "author", "found", "org"), DISCOVERY)
async def test_discovery(records, author, found, org):
    outcome = await evaluate(records, author)
    assert (outcome.record_domain, outcome.org_domain) == (found, org)
    assert outcome.result is (DmarcResult.FAIL if found else DmarcResult.NONE)
    assert bool(outcome.problem) is not bool(found)
    assert 1 <= len(outcome.walk) <= 9


POLICIES = [
    # record of example.com, author, tag that decides, policy, disposition of a fail
    ("p=reject", "example.com", "p", "reject", "reject"),
    ("p=reject;sp=none;np=quarantine", "example.com", "p", "reject", "reject"),
    ("p=reject;sp=quarantine", "is.example.com", "sp", "quarantine", "quarantine"),
    ("p=reject", "is.example.com", "p", "reject", "reject"),
    ("p=none;np=reject", "is.example.com", "p", "none", "none"),
    ("p=none;np=reject", "np.example.com", "np", "reject", "reject"),
    ("p=none;sp=quarantine;np=reject", "np.example.com", "np", "reject", "reject"),
    ("p=none;sp=quarantine", "np.example.com", "sp", "quarantine", "quarantine"),
    ("p=reject;sp=none;np=none", "np.example.com", "sp", "none", "none"),
    # A name without records of its own, but with names below it, exists (RFC 8020).
    ("p=none;np=reject", "ent.example.com", "p", "none", "none"),
    # t=y: one level lower (RFC 9989 §4.7).
    ("p=reject;t=y", "example.com", "p", "reject", "quarantine"),
    ("p=quarantine;t=y", "example.com", "p", "quarantine", "none"),
    ("p=none;t=y", "example.com", "p", "none", "none"),
    ("p=none;sp=reject;t=y", "is.example.com", "sp", "reject", "quarantine"),
    ("p=reject;pct=0", "example.com", "p", "reject", "quarantine"),
    ("p=reject;pct=50", "example.com", "p", "reject", "reject"),
    # No p: none (RFC 9989 §4.7).
    ("rua=mailto:a@example.com", "example.com", "p", "none", "none"),
    ("sp=reject", "is.example.com", "sp", "reject", "reject"),
    ("", "example.com", "p", "none", "none"),
    # A broken policy is none when there is somebody to tell (RFC 9989 §4.10.1).
    ("p=rejct;rua=mailto:a@example.com", "example.com", "p", "none", "none"),
    ("p=reject;sp=x;rua=mailto:a@example.com", "example.com", "p", "none", "none"),
]


@pytest.mark.parametrize(("record", "author", "tag", "policy", "disposition"), POLICIES)
async def test_policies(record, author, tag, policy, disposition):
    records = {"example.com": record, "below.ent.example.com": "v=x"}
    zone = zone_of(records) | {"is.example.com": [("MX", (0, "mx.example.com"))]}
    outcome = await evaluate(ZoneResolver(zone), author)
    assert outcome.result is DmarcResult.FAIL
    assert (outcome.policy_tag, outcome.policy.value) == (tag, policy)
    assert outcome.disposition.value == disposition


@pytest.mark.parametrize("record", ["p=rejct", "p=reject;sp=x", "p=reject;np=x", "p=x;rua=nobody"])
async def test_a_broken_policy_without_anybody_to_tell_is_not_applied(record):
    outcome = await evaluate({"example.com": record}, "example.com")
    assert (outcome.result, outcome.disposition) == (DmarcResult.NONE, Policy.NONE)
    assert "is not none, quarantine or reject" in outcome.problem
    assert outcome.record_domain == "example.com"


async def test_what_is_reported_of_the_record():
    outcome = await evaluate({"example.com": "p=quarantine;sp=reject;t=y"}, "is.example.com")
    assert outcome.requested is Policy.QUARANTINE
    assert outcome.policy is Policy.REJECT
    assert outcome.test_mode
    assert outcome.record_text == "v=DMARC1;p=quarantine;sp=reject;t=y"
    assert outcome.record is not None
    assert [a.name for a in outcome.walk] == [
        "_dmarc.is.example.com",
        "_dmarc.example.com",
        "_dmarc.com",
    ]


ALIGNMENT = [
    # records, author, spf domain, dkim domains, aligned
    ({"example.com": "p=reject"}, "example.com", "example.com", [], ["spf example.com"]),
    ({"example.com": "p=reject"}, "example.com", None, ["example.com"], ["dkim example.com"]),
    ({"example.com": "p=reject"}, "Example.COM.", "EXAMPLE.com", [], ["spf example.com"]),
    (
        {"example.com": "p=reject"},
        "news.example.com",
        "foo.example.com",
        ["bar.example.com", "example.com", "example.net"],
        ["spf foo.example.com", "dkim bar.example.com", "dkim example.com"],
    ),
    ({"example.com": "p=reject"}, "example.com", "example.net", ["badexample.com"], []),
    ({"example.com": "p=reject;aspf=s"}, "news.example.com", "example.com", [], []),
    (
        {"example.com": "p=reject;aspf=s;adkim=r"},
        "news.example.com",
        "example.com",
        ["example.com"],
        ["dkim example.com"],
    ),
    ({"example.com": "p=reject;adkim=s"}, "news.example.com", None, ["example.com"], []),
    (
        {"example.com": "p=reject;adkim=s"},
        "news.example.com",
        None,
        ["news.example.com"],
        ["dkim news.example.com"],
    ),
    # One of the two is another organisation, by psd=n.
    (
        {"example.com": "p=reject", "dept.example.com": "p=none;psd=n"},
        "example.com",
        "x.dept.example.com",
        [],
        [],
    ),
    (
        {"example.com": "p=reject", "dept.example.com": "p=none;psd=n"},
        "a.dept.example.com",
        "x.dept.example.com",
        ["example.com"],
        ["spf x.dept.example.com"],
    ),
    # Two customers of one public suffix.
    (
        {"host.example": "p=reject;psd=y"},
        "one.host.example",
        "two.host.example",
        ["x.one.host.example"],
        ["dkim x.one.host.example"],
    ),
    ({"host.example": "p=reject;psd=y"}, "one.host.example", "host.example", [], []),
    (
        {"b.example": "p=reject"},
        "bücher.b.example",
        None,
        ["xn--bcher-kva.b.example"],
        ["dkim xn--bcher-kva.b.example"],
    ),
]


@pytest.mark.parametrize(("records", "author", "spf", "dkim", "aligned"), ALIGNMENT)
async def test_alignment(records, author, spf, dkim, aligned):
    outcome = await evaluate(records, author, spf_of(spf) if spf else None, dkim)
    assert [f"{a.method} {a.domain}" for a in outcome.aligned_by] == aligned
    assert outcome.result is (DmarcResult.PASS if aligned else DmarcResult.FAIL)
    assert outcome.disposition is (Policy.NONE if aligned else outcome.policy)


@pytest.mark.parametrize(
    ("spf", "dkim"),
    [
        (spf_of("example.com", "fail"), []),
        (spf_of("example.com", "softfail"), []),
        (spf_of("example.com", "neutral"), []),
        (spf_of("example.com", scope="helo"), []),
        (None, [Signature("example.com", passed=False)]),
        (None, [Signature("", passed=True)]),
        (spf_of(""), []),
        (spf_of("[192.0.2.1]"), []),
    ],
)
async def test_what_authenticates_nobody(spf, dkim):
    outcome = await evaluate({"example.com": "p=reject"}, "example.com", spf, dkim)
    assert (outcome.result, outcome.disposition) == (DmarcResult.FAIL, Policy.REJECT)


async def test_the_same_domain_needs_no_walk():
    resolver = ZoneResolver(zone_of({"mail.example.com": "p=reject"}))
    outcome = await evaluate(resolver, "mail.example.com", spf_of("mail.example.com"))
    assert outcome.result is DmarcResult.PASS
    assert outcome.org_domain == "mail.example.com"
    assert resolver.asked == ["_dmarc.mail.example.com TXT"]


async def test_a_stranger_needs_no_walk_of_its_own():
    resolver = ZoneResolver(zone_of({"example.com": "p=reject"}))
    await evaluate(resolver, "example.com", spf_of("a.b.c.stranger.example"), ["x.other.example"])
    assert resolver.asked == ["_dmarc.example.com TXT", "_dmarc.com TXT"]


async def test_each_question_is_asked_once():
    resolver = ZoneResolver(zone_of({"example.com": "p=reject;np=none"}))
    dkim = [f"{n}.example.com" for n in "abcabc"]
    outcome = await evaluate(resolver, "x.example.com", spf_of("y.example.com"), dkim)
    assert outcome.result is DmarcResult.PASS
    assert len(resolver.asked) == len(set(resolver.asked)) == len(outcome.walk)


async def test_the_number_of_identifiers_is_bounded():
    resolver = ZoneResolver(zone_of({"example.com": "p=reject;psd=n"}))
    dkim = [f"d{n}.x.example.com" for n in range(200)]
    await evaluate(resolver, "example.com", None, dkim)
    assert len(resolver.asked) < 60


TEMPERRORS = [
    # records, author, spf, dkim, undecided, result
    ({"example.com": TIMEOUT}, "example.com", None, [], [], "temperror"),
    ({"example.com": TIMEOUT}, "a.example.com", None, [], [], "temperror"),
    ({"com": TIMEOUT}, "a.example.com", None, [], [], "temperror"),
    # Where the answer does not matter, its absence does not either.
    ({"example.com": "p=reject", "com": TIMEOUT}, "example.com", None, [], [], "fail"),
    (
        {"example.com": "p=reject", "com": TIMEOUT},
        "example.com",
        "x.example.com",
        [],
        [],
        "temperror",
    ),
    (
        {"example.com": "p=reject", "com": TIMEOUT},
        "example.com",
        "x.example.com",
        ["example.com"],
        [],
        "pass",
    ),
    (
        {"example.com": "p=reject;aspf=s", "com": TIMEOUT},
        "example.com",
        "x.example.com",
        [],
        [],
        "fail",
    ),
    ({"example.com": "p=reject;psd=n", "com": TIMEOUT}, "a.example.com", None, [], [], "fail"),
    (
        {"example.com": "p=reject", "x.example.com": TIMEOUT},
        "example.com",
        "x.example.com",
        [],
        [],
        "temperror",
    ),
    # DKIM and SPF that DNS did not let decide (RFC 9989 §5.3.6).
    ({"example.com": "p=reject"}, "example.com", None, [], ["example.com"], "temperror"),
    ({"example.com": "p=reject"}, "example.com", None, [], ["sub.example.com"], "temperror"),
    ({"example.com": "p=reject"}, "example.com", None, [], ["other.example"], "fail"),
    ({"example.com": "p=reject"}, "example.com", None, ["example.com"], ["example.com"], "pass"),
]


@pytest.mark.parametrize(("records", "author", "spf", "dkim", "undecided", "result"), TEMPERRORS)
async def test_unanswered_questions(records, author, spf, dkim, undecided, result):
    outcome = await evaluate(
        records, author, spf_of(spf) if spf else None, dkim, dkim_undecided=undecided
    )
    assert outcome.result.value == result
    assert bool(outcome.problem) == (result == "temperror")
    if result == "temperror":
        assert outcome.disposition is Policy.NONE


async def test_spf_temperror_leaves_its_domain_undecided():
    records = {"example.com": "p=reject"}
    outcome = await evaluate(records, "example.com", spf_of("x.example.com", "temperror"))
    assert outcome.result is DmarcResult.TEMPERROR
    outcome = await evaluate(records, "example.com", spf_of("other.example", "temperror"))
    assert outcome.result is DmarcResult.FAIL


async def test_whether_the_name_exists_must_be_known_only_for_a_fail():
    zone = zone_of({"example.com": "p=none;np=reject"}) | {"x.example.com": [(TIMEOUT, "")]}
    assert (await evaluate(ZoneResolver(zone), "x.example.com")).result is DmarcResult.TEMPERROR
    outcome = await evaluate(ZoneResolver(zone), "x.example.com", None, ["example.com"])
    assert (outcome.result, outcome.policy_tag) == (DmarcResult.PASS, "p")


AUTHORS = [
    # authors, result, disposition, domain reported
    (["reject.example", "none.example"], "fail", "reject", "reject.example"),
    (["none.example", "reject.example"], "fail", "reject", "reject.example"),
    (["quarantine.example", "reject.example"], "fail", "reject", "reject.example"),
    (["pass.example", "reject.example"], "fail", "reject", "reject.example"),
    (["pass.example", "nothing.example"], "none", "none", "nothing.example"),
    (["pass.example", "slow.example"], "temperror", "none", "slow.example"),
    (["slow.example", "reject.example"], "fail", "reject", "reject.example"),
    (["pass.example", "Pass.Example"], "pass", "none", "pass.example"),
]


@pytest.mark.parametrize(("authors", "result", "disposition", "domain"), AUTHORS)
async def test_of_several_authors_the_strictest_outcome_counts(
    authors, result, disposition, domain
):
    records = {
        "reject.example": "p=reject",
        "quarantine.example": "p=quarantine",
        "none.example": "p=none",
        "pass.example": "p=reject",
        "slow.example": TIMEOUT,
    }
    outcome = await evaluate(records, authors, None, ["pass.example"])
    assert (outcome.result.value, outcome.disposition.value) == (result, disposition)
    assert outcome.domain == domain
    assert len(outcome.authors) == (0 if authors[0].lower() == authors[1].lower() else 2)


@pytest.mark.parametrize(
    "authors",
    [
        [],
        [""],
        ["[192.0.2.1]"],
        ["a..b"],
        ["example.com", ""],
        [f"d{n}.example" for n in range(11)],
    ],
)
async def test_unusable_authors(authors):
    outcome = await evaluate({"example.com": "p=reject"}, authors)
    assert (outcome.result, outcome.disposition) == (DmarcResult.PERMERROR, Policy.NONE)
    assert outcome.problem


async def test_aligned_names_compare_by_value():
    outcome = await evaluate({"example.com": "p=reject"}, "example.com", spf_of("example.com"))
    assert outcome.aligned_by == (Aligned("spf", "example.com"),)


TREE = st.lists(st.sampled_from(["a", "b", "c"]), min_size=1, max_size=4).map(".".join)
TEXTS = st.sampled_from(
    [
        "p=reject",
        "p=none;psd=n",
        "p=quarantine;psd=y",
        "p=x",
        "np=reject",
        "aspf=s;p=reject",
        TIMEOUT,
    ]
)


@settings(max_examples=150)
@given(st.dictionaries(TREE, TEXTS, max_size=5), TREE, TREE, TREE)
async def test_alignment_is_symmetric_and_reflexive_in_any_tree(records, author, one, other):
    outcome = await evaluate(records, author, spf_of(author))
    assert outcome.result is not DmarcResult.FAIL
    outcome = await evaluate(records, author, spf_of(one), [other])
    assert len(outcome.walk) <= 13
    if outcome.result is DmarcResult.PASS:
        assert outcome.aligned_by
    else:
        assert not outcome.aligned_by
    if outcome.result is not DmarcResult.FAIL:
        assert outcome.disposition is Policy.NONE
