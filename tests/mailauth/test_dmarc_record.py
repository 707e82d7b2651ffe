"""mailauth/dmarc_record.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth import dmarc_record
from pillarbox.mailauth.alignment import Mode
from pillarbox.mailauth.dmarc_record import DmarcRecord, NotDmarc, Policy, Psd, ReportUri

Q, R, N = Policy.QUARANTINE, Policy.REJECT, Policy.NONE


def values(text):
    """Return what differs from the defaults, without the text and the problems."""
    record = dmarc_record.parse(text)
    plain = DmarcRecord("")
    names = [name for name in DmarcRecord.__slots__ if name not in ("text", "problems")]
    return {
        name: getattr(record, name)
        for name in names
        if getattr(record, name) != getattr(plain, name)
    }


VALID = [
    # RFC 9989 appendix B and RFC 7489 appendix B.2
    (
        "v=DMARC1; p=none; rua=mailto:dmarc-feedback@example.com",
        {"rua": (ReportUri("mailto:dmarc-feedback@example.com"),)},
    ),
    (
        "v=DMARC1; p=none; rua=mailto:a@example.com; ruf=mailto:auth-reports@example.com",
        {
            "rua": (ReportUri("mailto:a@example.com"),),
            "ruf": (ReportUri("mailto:auth-reports@example.com"),),
        },
    ),
    (
        "v=DMARC1; p=quarantine; rua=mailto:a@example.com,"
        "mailto:tld-test@third-party.example.net!10m; pct=25",
        {
            "p": Q,
            "rua": (
                ReportUri("mailto:a@example.com"),
                ReportUri("mailto:tld-test@third-party.example.net", 10 * 2**20),
            ),
            "pct": 25,
        },
    ),
    (
        "v=DMARC1; p=reject; sp=quarantine; np=reject; t=y; psd=n; adkim=s; aspf=s; fo=1:d:s",
        {
            "p": R,
            "sp": Q,
            "np": R,
            "t": True,
            "testing": True,
            "psd": Psd.NO,
            "adkim": Mode.STRICT,
            "aspf": Mode.STRICT,
            "fo": "1ds",
        },
    ),
    ("v=DMARC1", {}),
    ("v=DMARC1;", {}),
    ("v=DMARC1; p=none;;", {}),
    ("v \t=\tDMARC1\t;p\t=\treject", {"p": R}),
    ("V=DMARC1;P=Reject;SP=QUARANTINE;T=N", {"p": R, "sp": Q}),
    (
        "v=DMARC1;rua=mailto:a@b.example;p=reject",
        {"p": R, "rua": (ReportUri("mailto:a@b.example"),)},
    ),
    ("v=DMARC1;p=reject;pct=0", {"p": R, "pct": 0, "testing": True}),
    ("v=DMARC1;p=reject;pct=0;t=n", {"p": R, "pct": 0}),
    ("v=DMARC1;p=reject;rf=iodef;ri=3600", {"p": R, "rf": "iodef", "ri": 3600}),
    ("v=DMARC1;p=none;x=1;abc=d e", {"unknown": (("x", "1"), ("abc", "d e"))}),
    ("v=DMARC1;psd=y", {"psd": Psd.YES}),
    ("v=DMARC1;psd=u", {}),
    ("v=DMARC1;sp=reject", {"sp": R}),
    ("v=DMARC1;p=none;rua=https://r.example/x", {"rua": (ReportUri("https://r.example/x"),)}),
]


@pytest.mark.parametrize(("text", "expected"), VALID)
def test_records(text, expected):
    assert values(text) == expected
    assert dmarc_record.is_dmarc(text.encode())
    assert dmarc_record.parse(text.encode()) == dmarc_record.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "v=DMARC",
        "v=DMARC2",
        "v=DMARC10;p=none",
        "v=dmarc1;p=none",
        "v=DMARC1 p=none",
        " v=DMARC1;p=none",
        "p=none;v=DMARC1",
        "v=spf1 -all",
        "x" + "v=DMARC1",
        "v=DMARC1\n",
        "v=DMARC1;" + " " * 70_000,
    ],
)
def test_other_texts(text):
    with pytest.raises(NotDmarc):
        dmarc_record.parse(text)


BROKEN = [
    ("p=rejected", {"policy_broken": True}, "p=rejected"),
    ("p=", {"policy_broken": True}, "p= is not"),
    ("p=reject; sp=x", {"p": R, "policy_broken": True}, "sp=x"),
    ("p=reject; np=monitor", {"p": R, "policy_broken": True}, "np=monitor"),
    ("p=reject; p=none", {"p": R}, "p appears twice"),
    ("p=reject; v=DMARC1", {"p": R}, "v appears twice"),
    ("p=none; adkim=strict", {}, "adkim=strict"),
    ("p=none; aspf=", {}, "aspf="),
    ("p=none; t=1", {}, "t=1"),
    ("p=none; psd=yes", {}, "psd=yes"),
    ("p=none; pct=101", {}, "pct=101"),
    ("p=none; pct=-1", {}, "pct=-1"),
    ("p=none; ri=99999999999999999999", {}, "ri=9999"),
    ("p=none; fo=0:1", {"fo": "01"}, "fo=0:1"),
    ("p=none; fo=x", {}, "fo=x"),
    ("p=none; fo=d:x", {"fo": "d"}, "fo=d:x"),
    ("p=none; nonsense", {}, "'nonsense'"),
    ("p=none; a b=c", {}, "'a b=c'"),
    ("p=none; rua=a@b.example", {}, "mailto:"),
    ("p=none; rua=mailto:b.example", {}, "mailto:"),
    ("p=none; rua=mailto:a!b@c.example", {}, "mailto:"),
    ("p=none; rua=", {}, "mailto:"),
    ("p=none; rua=x, mailto:a@b.example", {"rua": (ReportUri("mailto:a@b.example"),)}, "'x'"),
    ("p=none; x=\xff", {"unknown": (("x", "\\xc3\\xbf"),)}, ""),
    ("", {}, "no p tag"),
]


@pytest.mark.parametrize(("tags", "expected", "problem"), BROKEN)
def test_an_error_costs_its_tag_and_is_told(tags, expected, problem):
    text = f"v=DMARC1; {tags}"
    assert values(text) == expected
    assert problem in "; ".join(dmarc_record.parse(text).problems)


def test_no_problems_in_a_good_record():
    assert dmarc_record.parse("v=DMARC1; p=reject; rua=mailto:a@b.example").problems == ()


def test_runs_of_spaces_are_read_quickly():
    text = "v=DMARC1;p=" + " " * 65_000 + "\x01"
    assert dmarc_record.parse(text).problems[0] == "'p=" + " " * 78 + "' is not a tag"
    assert dmarc_record.parse("v=DMARC1;p" + " " * 65_000 + "=reject").p is R


def test_limits():
    record = dmarc_record.parse(
        "v=DMARC1;" + ";".join(f"{chr(97 + n % 26) * (n // 26 + 4)}=1" for n in range(120))
    )
    assert len(record.unknown) == dmarc_record.MAX_TAGS
    assert any("first 100" in problem for problem in record.problems)
    record = dmarc_record.parse("v=DMARC1;p=none;rua=" + ",".join(["mailto:a@b.example"] * 150))
    assert len(record.rua) == dmarc_record.MAX_URIS


@pytest.mark.parametrize(
    ("uri", "address"),
    [
        ("mailto:a@b.example", "a@b.example"),
        ("MAILTO:a@b.example?subject=x", "a@b.example"),
        ("https://b.example", ""),
    ],
)
def test_report_addresses(uri, address):
    assert ReportUri(uri).address == address


@pytest.mark.parametrize(
    ("suffix", "octets"),
    [("!1", 1), ("!50k", 51200), ("!2G", 2**31), ("!1t", 2**40), (" !10 ", 10)],
)
def test_report_sizes(suffix, octets):
    (uri,) = dmarc_record.parse(f"v=DMARC1;p=none;rua=mailto:a@b.example{suffix}").rua
    assert uri == ReportUri("mailto:a@b.example", octets)


TAGS = st.lists(
    st.tuples(
        st.sampled_from(["p", "sp", "np", "t", "psd", "fo", "rua", "pct", "v", "zz", ""]),
        st.sampled_from(["=", " = ", ""]),
        st.text("nonerjctq01dsmailto:@!,%.é\x00", max_size=20),
    ).map("".join),
    max_size=6,
).map(lambda tags: ";".join(["v=DMARC1", *tags]))


@given(TAGS | st.text(max_size=60) | st.binary(max_size=60))
def test_anything_is_a_record_or_the_one_error(text):
    try:
        record = dmarc_record.parse(text)
    except NotDmarc:
        octets = text if isinstance(text, bytes) else text.encode("utf-8", "replace")
        assert not dmarc_record.is_dmarc(octets)
    else:
        assert 0 <= record.pct <= 100
        assert set(record.fo) <= set("01ds")
