"""delivery/dmarc_rows.py: from what traces hold to what reports say."""

import pytest

from pillarbox.delivery import dmarc_rows
from pillarbox.delivery.dmarc_rows import Tallies
from pillarbox.mailauth.dmarc_report import DkimSeen, SpfSeen
from pillarbox.trace.step import Step, Trace

RECORD = "v=DMARC1; p=reject; sp=quarantine; adkim=s; fo=1:d; t=y; rua=mailto:a@d.example"


def trace(result="pass", action="accept", ip="192.0.2.1", record=RECORD, **evidence):
    aligned = ["dkim d.example"] if result == "pass" else []
    told = {
        "record_domain": "d.example", "record": record, "org_domain": "d.example",
        "aligned_by": aligned, **evidence,
    }  # fmt: skip
    dkim = {"domain": "d.example", "selector": "s", "result": result}
    reasons = [{"type": "local_policy", "comment": "local: junk"}]
    return Trace(
        id="t",
        direction="in",
        started_at=0.0,
        client_ip=ip,
        sender="bounce@Env.example",
        steps=[
            Step(key="spf.softfail", at=0, params={"domain": "env.example"},
                 evidence={"identity": "mfrom"}),
            Step(key=f"dkim.{result}", at=0, params=dkim),
            Step(key="dkim.none", at=0),
            Step(key=f"dmarc.{result}", at=0, params={"domain": "sub.d.example"}, evidence=told),
            Step(key=f"decision.{action}", at=0,
                 evidence={"reasons": reasons} if action == "junk" else {}),
        ],
    )  # fmt: skip


def test_a_row():
    tallies = Tallies()
    tallies.add([trace(), trace()])
    tally = tallies.by_domain["d.example"]
    (row,) = tally.report_rows()
    assert (row.source_ip, row.count, row.disposition, row.dkim, row.spf) == (
        "192.0.2.1", 2, "pass", "pass", "fail",
    )  # fmt: skip
    assert (row.header_from, row.envelope_from) == ("sub.d.example", "env.example")
    assert row.dkim_results == (DkimSeen("d.example", "s", "pass"),)
    assert row.spf_results == (SpfSeen("env.example", "softfail", "mfrom"),)
    assert row.reasons == ()


@pytest.mark.parametrize(
    ("action", "disposition"),
    [("accept", "none"), ("junk", "quarantine"), ("refuse", "reject"), ("defer", "none")],
)
def test_what_was_done(action, disposition):
    tallies = Tallies()
    tallies.add([trace("fail", action)])
    (row,) = tallies.by_domain["d.example"].report_rows()
    assert row.disposition == disposition
    assert row.reasons == ((("local_policy", "local: junk"),) if action == "junk" else ())


def test_the_record_as_reports_have_it():
    tallies = Tallies()
    tallies.add([trace(record=RECORD.replace("reject", "none")), trace()])
    policy = tallies.by_domain["d.example"].policy()
    assert (policy.p, policy.sp, policy.np, policy.adkim, policy.aspf) == (
        "reject", "quarantine", "", "s", "r",
    )  # fmt: skip
    assert (policy.fo, policy.testing, policy.discovery_method) == ("1:d", "y", "treewalk")


NOTHING = [
    ("no rua", trace(record="v=DMARC1; p=none")),
    ("no record", trace(record="")),
    ("no domain", trace(record_domain="")),
    ("no address", trace(ip="")),
    ("not judged", Trace(id="t", direction="in", started_at=0.0, client_ip="192.0.2.1")),
]


@pytest.mark.parametrize("one", [n[1] for n in NOTHING], ids=[n[0] for n in NOTHING])
def test_what_is_not_reported(one):
    tallies = Tallies()
    tallies.add([one])
    assert tallies.by_domain == {}


def test_there_is_a_most(monkeypatch):
    monkeypatch.setattr(dmarc_rows, "MAX_ROWS", 2)
    tallies = Tallies()
    tallies.add([trace(ip=f"192.0.2.{n}") for n in (1, 2, 3, 2)])
    tally = tallies.by_domain["d.example"]
    assert (tally.messages, tally.left_out, len(tally.rows)) == (3, 1, 2)
    assert [row.count for row in tally.report_rows()] == [2, 1]


def test_made_up_domains_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(dmarc_rows, "MAX_DOMAINS", 2)
    monkeypatch.setattr(dmarc_rows, "MAX_ROWS_IN_ALL", 3)
    tallies = Tallies()
    tallies.add([trace(record_domain=f"d{n}.example") for n in range(4)])
    assert list(tallies.by_domain) == ["d0.example", "d1.example"]
    tallies.add([trace(record_domain="d0.example", ip=f"192.0.2.{n}") for n in (5, 6)])
    assert tallies.by_domain["d0.example"].left_out == 1
