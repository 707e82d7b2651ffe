"""mailauth/dmarc_report.py: both dialects in, RFC 9990 out, nothing else through."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth import dmarc_report
from pillarbox.mailauth.dmarc_report import (
    AggregateReport,
    BadReport,
    DkimSeen,
    PolicyPublished,
    Row,
    SpfSeen,
    format_xml,
    parse,
)

ROW = Row(
    "192.0.2.7", 3, "quarantine", "fail", "pass", "example.org", "bounce.example.org", "b.example",
    (("local_policy", "arc=pass <list> & more"),),
    (DkimSeen("example.org", "202601e", "pass"), DkimSeen("l.example", "s", "permerror")),
    (SpfSeen("bounce.example.org", "pass", "mfrom"),),
)  # fmt: skip
REPORT = AggregateReport(
    "Receiver & Söhne", "reports@b.example", "1!b.example", 1767225600, 1767311999,
    PolicyPublished("example.org", "reject", "quarantine", "none", "r", "s", "1", "n", "treewalk"),
    (ROW, replace(ROW, source_ip="2001:db8::1", spf="fail", disposition="reject", reasons=())),
    generator="Pillarbox",
)  # fmt: skip
LEGACY = """\ufeff
<?xml version="1.0" encoding="UTF-8" ?>
<feedback><report_metadata><org_name>Old</org_name><email>a@old.example</email>
<report_id> 77 </report_id><date_range><begin>1.5</begin><end>2</end></date_range>
</report_metadata><policy_published><domain>Example.ORG.</domain><p>none</p><pct>100</pct>
</policy_published><record><row><source_ip>2001:0DB8::0001</source_ip><count>12</count>
<policy_evaluated><disposition>None</disposition><dkim>Pass</dkim><spf>unknown</spf>
<reason><type/><comment/></reason></policy_evaluated></row>
<identities><header_from>example.org</header_from></identities>
<auth_results><spf><domain>example.org</domain><result>softfail</result></spf></auth_results>
</record></feedback>"""


def test_what_is_written_is_read():
    assert parse(format_xml(REPORT)) == REPORT
    assert format_xml(REPORT).startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<feedback xmlns')


def test_the_old_dialect():
    report = parse(LEGACY.encode())
    assert (report.org_name, report.report_id, report.begin, report.end) == ("Old", "77", 1, 2)
    assert report.policy.domain == "example.org"
    (row,) = report.rows
    assert (row.source_ip, row.count, row.disposition) == ("2001:db8::1", 12, "none")
    assert (row.dkim, row.spf, row.is_aligned, row.reasons) == ("pass", "fail", True, ())
    assert row.spf_results == (SpfSeen("example.org", "softfail"),)


GOOD = format_xml(REPORT).decode()
MENDED = [
    ("prefixed names", GOOD.replace("<", "<d:").replace("<d:/", "</d:").replace("<d:?", "<?")
     .replace("xmlns=", "xmlns:d=")),
    ("no last end tag", GOOD.replace("</feedback>", "")),
    ("no encoding named", GOOD.replace(' encoding="UTF-8"', "")),
    ("blanks", GOOD.replace(">1767225600<", ">\n 1767225600 <")),
]  # fmt: skip


@pytest.mark.parametrize("text", [c[1] for c in MENDED], ids=[c[0] for c in MENDED])
def test_what_is_understood_all_the_same(text):
    assert parse(text.encode()) == REPORT


def test_half_a_character_costs_only_itself():
    broken = GOOD.encode().replace("ö".encode(), b"\xc3")
    assert parse(broken).org_name == "Receiver & S\ufffdhne"


BOMB = (
    '<!DOCTYPE f [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    "<feedback><report_metadata><org_name>&b;</org_name></report_metadata></feedback>"
)
OUTSIDE = '<!DOCTYPE f SYSTEM "file:///etc/passwd"><feedback/>'
BAD = [
    ("nothing", "", "not XML"),
    ("no XML", "hello", "not XML"),
    ("another document", "<html></html>", "<html>, not <feedback>"),
    ("entities", BOMB, "document type"),
    ("a file from outside", OUTSIDE, "document type"),
    ("no address", GOOD.replace("192.0.2.7", "host"), "'host' is no address"),
    ("no number", GOOD.replace("<count>3<", "<count>-3<"), "<count>"),
    ("no count", GOOD.replace("<count>3</count>", ""), "<row> has no <count>"),
    ("no domain", GOOD.replace("<domain>example.org</domain>\n", ""), "has no <domain>"),
    ("cut in a row", GOOD[: GOOD.index("<spf>")], "not XML"),
    ("deep", "<feedback>" + "<a>" * 20, "more elements"),
    ("an unknown encoding", GOOD.replace("UTF-8", "x-klingon"), "not XML"),
]


@pytest.mark.parametrize(("text", "words"), [c[1:] for c in BAD], ids=[c[0] for c in BAD])
def test_what_is_no_report(text, words):
    with pytest.raises(BadReport) as caught:
        parse(text.encode())
    assert words in str(caught.value)


def test_limits(monkeypatch):
    monkeypatch.setattr(dmarc_report, "MAX_ROWS", 1)
    with pytest.raises(BadReport, match="more than 1 records"):
        parse(GOOD.encode())
    monkeypatch.setattr(dmarc_report, "MAX_XML_OCTETS", 10)
    with pytest.raises(BadReport, match="larger than 10 octets"):
        parse(GOOD.encode())
    long = replace(REPORT, org_name="x" * 5000)
    monkeypatch.undo()
    assert len(parse(format_xml(long)).org_name) == dmarc_report.MAX_TEXT


@given(st.binary(max_size=300))
def test_any_octets_give_a_report_or_the_one_error(octets):
    for text in (octets, GOOD.encode()[:900] + octets, b"<feedback>" + octets + b"</feedback>"):
        try:
            parse(text)
        except BadReport:
            continue


TEXT = st.text(max_size=30).map(lambda t: " ".join(t.split()))


@given(TEXT, TEXT)
def test_any_text_is_written_so_that_it_can_be_read(one, two):
    report = replace(REPORT, org_name=f"a{one}", rows=(replace(ROW, reasons=(("other", two),)),))
    (row,) = parse(format_xml(report)).rows
    assert row.count == 3
