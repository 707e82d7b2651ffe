"""delivery/report_words.py: what a source's rows mean, and what to do."""

from dataclasses import replace

import pytest

from pillarbox.delivery.report_words import sources, summary
from pillarbox.mailauth.dmarc_report import DkimSeen, SpfSeen
from tests.mailauth.test_dmarc_report import REPORT, ROW

NONE = replace(ROW, dkim="fail", spf="fail", dkim_results=(), spf_results=(), reasons=())
PROVEN = replace(NONE, dkim="pass")
OURS_BROKEN = replace(NONE, dkim_results=(DkimSeen("example.org", "s1", "fail"),))
OTHER = replace(NONE, dkim_results=(DkimSeen("mailer.example", "m", "pass"),))
OTHER_SPF = replace(NONE, spf_results=(SpfSeen("bounces.example", "pass", "mfrom"),))

CASES = [
    ("all proven", [PROVEN], "nothing", "by DKIM: nothing to do"),
    ("our signature broke", [PROVEN, OURS_BROKEN], "forwarder", "s1._domainkey.example.org"),
    ("a service signs for itself", [OTHER], "service", "mailer.example proves its own mail"),
    ("only its bounces", [OTHER_SPF], "service", "bounces.example"),
    ("nothing at all", [NONE], "unknown", "pretends to be you"),
]


@pytest.mark.parametrize(("rows", "does", "words"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_advice(rows, does, words):
    (source,) = sources(replace(REPORT, rows=tuple(rows)))
    assert source.does == does
    assert words in source.words
    assert source.messages == 3 * len(rows)
    assert not {"safe", "trusted"} & set(source.words.split())


def test_what_needs_a_deed_comes_first():
    rows = (replace(PROVEN, count=99), replace(NONE, source_ip="192.0.2.8"))
    report = replace(REPORT, rows=rows)
    assert [one.ip for one in sources(report)] == ["192.0.2.8", "192.0.2.7"]
    assert summary(report).endswith(
        "saw 102 messages from example.org; 99 of them (97 %) were proven."
    )
    assert "no mail" in summary(replace(REPORT, rows=()))


def test_overrides_have_words():
    row = replace(NONE, reasons=(("mailing_list", ""), ("odd", "x")))
    (source,) = sources(replace(REPORT, rows=(row, row)))
    assert source.overrides == ("the receiver saw a mailing list in it", "override: odd")
