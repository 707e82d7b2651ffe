"""mailauth/tls_report.py: who wants reports, and reports in and out."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth import tls_report
from pillarbox.mailauth.dmarc_report import BadReport
from pillarbox.mailauth.tls_report import Failure, PolicyResult, TlsReport, Wish, parse_record

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
END = datetime(2026, 1, 1, 23, 59, 59, tzinfo=UTC)
REPORT = TlsReport(
    "Sender Ltd",
    "tls@sender.example",
    "20260101.example.org.1",
    BEGIN,
    END,
    (
        PolicyResult(
            "sts",
            "example.org",
            ("version: STSv1", "mode: enforce"),
            ("*.example.org",),
            5,
            3,
            (
                Failure("certificate-expired", 2, "192.0.2.1", "mx.example.org", "192.0.2.9", "x"),
                Failure("starttls-not-supported", 1),
            ),
        ),
        PolicyResult("no-policy-found", "example.org", succeeded=7),
    ),
)

WISHES = [
    ("mail", ["v=TLSRPTv1; rua=mailto:a@example.org"], Wish(("a@example.org",))),
    ("web", ["v=TLSRPTv1;rua=https://r.example/tls?x=1"], Wish((), (("r.example", "/tls?x=1"),))),
    (
        "both",
        ["v=TLSRPTv1; rua=mailto:a@example.org , https://R.example; x=y"],
        Wish(("a@example.org",), (("r.example", "/"),)),
    ),
    ("escaped", ["v=TLSRPTv1; rua=mailto:a%2Cb@example.org"], Wish(("a,b@example.org",))),
    ("headers are cut", ["v=TLSRPTv1; rua=mailto:a@b.example?subject=x"], Wish(("a@b.example",))),
    ("none", [], None),
    ("another record", ["v=spf1 -all"], None),
    ("two", ["v=TLSRPTv1; rua=mailto:a@b.example"] * 2, None),
    ("no rua", ["v=TLSRPTv1;"], None),
    ("plain http", ["v=TLSRPTv1; rua=http://r.example/"], None),
    ("another port", ["v=TLSRPTv1; rua=https://r.example:8443/"], None),
    ("a line end", ["v=TLSRPTv1; rua=https://r.example/a\r\nb"], None),
]


@pytest.mark.parametrize(("texts", "wish"), [w[1:] for w in WISHES], ids=[w[0] for w in WISHES])
def test_who_wants_reports(texts, wish):
    assert parse_record(texts) == wish


def test_there_and_back():
    octets = tls_report.format_json(REPORT)
    assert tls_report.parse(octets) == REPORT
    raw = msgspec.json.decode(octets)
    assert raw["date-range"]["end-datetime"] == "2026-01-01T23:59:59Z"
    assert raw["policies"][0]["summary"] == {
        "total-successful-session-count": 5,
        "total-failure-session-count": 3,
    }
    assert raw["policies"][0]["failure-details"][1] == {
        "result-type": "starttls-not-supported",
        "failed-session-count": 1,
    }


def changed(**fields):
    raw = msgspec.json.decode(tls_report.format_json(REPORT))
    return msgspec.json.encode(raw | fields)


POLICY = {"policy": {"policy-type": "sts", "policy-domain": "Example.org."}, "summary": {}}
ODD = [
    ("one string", {"policy-string": "version: STSv1", "mx-host": "a.example"}),
    ("no strings", {}),
]


@pytest.mark.parametrize("about", [o[1] for o in ODD], ids=[o[0] for o in ODD])
def test_odd_reports_are_read(about):
    policy = {**POLICY, "policy": POLICY["policy"] | about, "failure-details": None}
    report = tls_report.parse(changed(policies=[policy]))
    assert report.policies[0].domain == "example.org"
    assert len(report.policies[0].strings) == len(about) // 2


FAR = {"start-datetime": "0001-01-01T00:00:00+14:00"}
NEGATIVE = {"total-failure-session-count": -1}
BAD = [
    ("not json", b"<feedback/>", "not JSON"),
    ("a list", b"[]", "the report is not an object"),
    ("no period", changed(**{"date-range": None}), "date-range"),
    ("bad time", changed(**{"date-range": {"start-datetime": "soon"}}), "is no time"),
    ("far time", changed(**{"date-range": FAR}), "is no time"),
    ("no id", changed(**{"report-id": ""}), "report-id"),
    ("no policies", changed(policies=[]), "policies"),
    ("policies of another kind", changed(policies={"a": 1}), "not a list"),
    ("too many", changed(policies=[POLICY] * 101), "more than 100"),
    ("no domain", changed(policies=[{"policy": {}, "summary": {}}]), "policy-domain"),
    ("count", changed(policies=[POLICY | {"summary": NEGATIVE}]), "is no number"),
    ("deep", b"[" * 100_000, "not JSON"),
    ("too large", b" " * (tls_report.MAX_JSON_OCTETS + 1), "larger"),
]  # fmt: skip


@pytest.mark.parametrize(("octets", "reason"), [b[1:] for b in BAD], ids=[b[0] for b in BAD])
def test_what_is_no_report(octets, reason):
    with pytest.raises(BadReport, match=reason):
        tls_report.parse(octets)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["policies", "policy", "summary", "date-range", "start-datetime", "report-id",
             "policy-domain", "failure-details", "mx-host", "failed-session-count"]
        ), inner, max_size=4,
    ),
    max_leaves=10,
)  # fmt: skip


@given(st.one_of(st.binary(max_size=100), JSON.map(msgspec.json.encode)))
def test_any_octets_give_a_report_or_the_one_error(octets):
    try:
        report = tls_report.parse(octets)
    except BadReport:
        return
    assert report.policies


@given(st.lists(st.text(max_size=80), max_size=3))
def test_any_record_gives_an_answer(texts):
    wish = parse_record(texts)
    assert wish is None or wish.addresses or wish.sites
