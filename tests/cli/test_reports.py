"""cli/reports.py: import, list, show."""

import gzip
from dataclasses import replace

from pillarbox.mailauth.dmarc_report import format_xml
from tests.mailauth.test_dmarc_report import REPORT

# The commands look at the real clock: this period ends in the year 2096.
RECENT = replace(REPORT, end=4_000_000_000)


def bring(shell):
    (shell.folder / "report.xml.gz").write_bytes(gzip.compress(format_xml(RECENT)))
    (row,) = shell.json("reports", "import", "report.xml.gz")
    return row["number"]


def test_import_list_show(shell):
    number = bring(shell)
    assert "is here already" in shell.run("reports", "import", "report.xml.gz")
    (row,) = shell.json("reports", "list", "--days", "400")
    assert (row["number"], row["messages"], row["aligned"]) == (number, 6, 3)
    assert row["report_id"] == "1!b.example"
    told = shell.run("reports", "list", "example.org", "--days", "400")
    assert "reports show NUMBER" in told
    shown = shell.json("reports", "show", str(number))
    assert [source["messages"] for source in shown["sources"]] == [3, 3]
    assert shown["report"]["rows"][0]["source_ip"] == "192.0.2.7"
    words = shell.run("reports", "show", str(number))
    assert "saw 6 messages from example.org; 3 of them (50 %) were proven." in words
    assert "the record asks for p=reject, sp=quarantine, np=none" in words
    assert "2001:db8::1: 3 messages, 0 proven" in words


def test_what_cannot_be(shell):
    (shell.folder / "a.xml").write_text("<html/>")
    assert "a.xml: the document is <html>" in shell.fails("reports", "import", "a.xml")
    assert "there is no report 4" in shell.fails("reports", "show", "4")
    assert shell.json("reports", "list", "b.example") == []
