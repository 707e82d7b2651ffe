"""mailauth/publish.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import Invalid
from pillarbox.mailauth import dmarc_record, publish, spf_record
from pillarbox.mailauth.dmarc_record import Policy
from pillarbox.mailauth.spf_record import SyntaxProblem

RECORDS = [
    (publish.mx("a.example", "mx.a.example."), "a.example", "MX", "10 mx.a.example."),
    (publish.spf("a.example"), "a.example", "TXT", "v=spf1 mx -all"),
    (
        publish.spf("a.example", ["ip4:192.0.2.1", "include:b.example"], "~all"),
        "a.example",
        "TXT",
        "v=spf1 ip4:192.0.2.1 include:b.example ~all",
    ),
    (
        publish.dkim("a.example", "s1", "MIIB"),
        "s1._domainkey.a.example",
        "TXT",
        "v=DKIM1; k=rsa; p=MIIB",
    ),
    (
        publish.dkim("a.example", "s2", "11qY", "ed25519"),
        "s2._domainkey.a.example",
        "TXT",
        "v=DKIM1; k=ed25519; p=11qY",
    ),
    (publish.dmarc("a.example"), "_dmarc.a.example", "TXT", "v=DMARC1; p=none"),
    (
        publish.dmarc("a.example", Policy.REJECT, "d,x!y@a.example", testing=True),
        "_dmarc.a.example",
        "TXT",
        "v=DMARC1; p=reject; t=y; rua=mailto:d%2Cx%21y@a.example",
    ),
    (
        publish.mta_sts("a.example", "20260504"),
        "_mta-sts.a.example",
        "TXT",
        "v=STSv1; id=20260504;",
    ),
    (
        publish.tls_rpt("a.example", "t@a.example"),
        "_smtp._tls.a.example",
        "TXT",
        "v=TLSRPTv1; rua=mailto:t@a.example",
    ),
]


@pytest.mark.parametrize(("record", "name", "rtype", "value"), RECORDS)
def test_records(record, name, rtype, value):
    assert (record.name, record.rtype, record.value) == (name, rtype, value)
    assert record.purpose


def test_what_is_published_can_be_read():
    assert spf_record.parse(publish.spf("a.example").value).lookups == 1
    record = dmarc_record.parse(publish.dmarc("a.example", Policy.REJECT, "d@a.example").value)
    assert record.problems == ()
    assert record.rua[0].address == "d@a.example"


def test_wrong_values_are_refused():
    with pytest.raises(SyntaxProblem):
        publish.spf("a.example", ["ip4:a.example"])
    with pytest.raises(Invalid):
        publish.mta_sts("a.example", "")
    with pytest.raises(Invalid):
        publish.mta_sts("a.example", "2026-05-04")


def test_the_policy_file():
    assert publish.mta_sts_policy(["mx.a.example", "*.b.example"], "testing", 86400) == (
        "version: STSv1\r\nmode: testing\r\nmx: mx.a.example\r\nmx: *.b.example\r\n"
        "max_age: 86400\r\n"
    )


MERGED = [
    ("v=spf1 -all", "v=spf1 mx -all"),
    ("v=spf1", "v=spf1 mx"),
    ("v=spf1 ", "v=spf1 mx"),
    ("v=spf1 a ?all", "v=spf1 a mx ?all"),
    ("v=spf1 a  ~ALL  exp=e.example", "v=spf1 a mx ~ALL  exp=e.example"),
    ("v=spf1 redirect=b.example", "v=spf1 mx redirect=b.example"),
    ("v=spf1 a exp=e.example", "v=spf1 a exp=e.example mx"),
    ("v=spf1 mx -all", "v=spf1 mx -all"),
    ("v=spf1 +MX -all", "v=spf1 +MX -all"),
    ("V=SPF1 -mx ~all", "V=SPF1 -mx mx ~all"),
]


@pytest.mark.parametrize(("existing", "expected"), MERGED)
def test_merge_spf(existing, expected):
    assert publish.merge_spf(existing, "mx") == expected


@pytest.mark.parametrize(
    ("existing", "term"),
    [
        ("v=spf1 moo", "mx"),
        ("", "mx"),
        ("v=spf1 a", "moo"),
        ("v=spf1 a", "x=y"),
        ("v=spf1 a", "a mx"),
        ("v=spf1", ""),
    ],
)
def test_merge_spf_refuses_errors(existing, term):
    with pytest.raises(SyntaxProblem):
        publish.merge_spf(existing, term)


TERMS = st.lists(
    st.sampled_from(
        ["a", "mx/24", "ip4:192.0.2.1", "-all", "redirect=b.example", "x=y", "exp=e.example", ""]
    ),
    max_size=5,
    unique=True,
)


@given(TERMS)
def test_a_merged_record_is_valid_and_tries_our_term(terms):
    existing = " ".join(["v=spf1", *terms])
    merged = publish.merge_spf(existing, "ip6:2001:db8::1")
    record = spf_record.parse(merged)
    texts = [m.text for m in record.mechanisms]
    assert texts.index("ip6:2001:db8::1") < texts.index("-all") if "-all" in texts else True
    assert sorted([*spf_record.parse(existing).terms], key=str) != sorted(record.terms, key=str)
    assert publish.merge_spf(merged, "ip6:2001:db8::1") == merged


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        ("", '""'),
        ("v=spf1 -all", '"v=spf1 -all"'),
        ('a"b\\c', '"a\\"b\\\\c"'),
        ("a;b", '"a;b"'),
        ("é\x00", '"\\195\\169\\000"'),
        ("x" * 255, '"' + "x" * 255 + '"'),
        ("x" * 256, '"' + "x" * 255 + '" "x"'),
    ],
)
def test_quoting(value, quoted):
    assert publish.quote_txt(value) == quoted


@given(st.text(max_size=700))
def test_strings_are_short_and_lose_nothing(value):
    strings = publish.txt_strings(value)
    assert b"".join(strings) == value.encode()
    assert all(len(string) <= 255 for string in strings)
    assert publish.quote_txt(value).isascii()


def test_a_zone_file():
    records = [publish.mx("a.example", "mx.a.example"), publish.dkim("a.example", "s", "A" * 260)]
    assert publish.format_zone(records, 300) == (
        "; where mail for the domain goes\n"
        "a.example. 300 IN MX 10 mx.a.example.\n"
        "; the key that verifies our signatures, selector s (DKIM)\n"
        's._domainkey.a.example. 300 IN TXT "v=DKIM1; k=rsa; p='
        + "A" * 237
        + '" "'
        + "A" * 23
        + '"\n'
    )
