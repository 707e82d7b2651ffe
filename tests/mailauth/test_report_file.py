"""mailauth/report_file.py: files as they come, and those that lie about their size."""

import base64
import gzip
import io
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth import report_file
from pillarbox.mailauth.dmarc_report import (
    MAX_XML_OCTETS,
    AggregateReport,
    BadReport,
    format_xml,
    parse,
)
from tests.suites import files

from .test_dmarc_report import REPORT

XML = format_xml(REPORT)


def zipped(*entries, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, octets in entries:
            archive.writestr(name, octets)
    return out.getvalue()


def message(octets, kind="application/gzip", encoding="base64"):
    body = base64.encodebytes(octets) if encoding == "base64" else octets
    return (
        b"From: r@b.example\r\nSubject: Report Domain: example.org\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello.\r\n--b\r\n"
        b"Content-Type: " + kind.encode() + b"\r\nContent-Transfer-Encoding: " + encoding.encode()
        + b"\r\n\r\n" + body + b"\r\n--b--\r\n"
    )  # fmt: skip


GOOD = [
    ("plain", XML),
    ("gzip", gzip.compress(XML)),
    ("gzip twice", gzip.compress(gzip.compress(XML))),
    ("zip", zipped(("a!b!1!2.xml", XML))),
    ("zip with a note", zipped(("readme.txt", b"hi"), ("a.xml", XML))),
    ("message with gzip", message(gzip.compress(XML))),
    ("message with zip, wrong type", message(zipped(("a.xml", XML)), "text/plain")),
    ("message with XML", message(XML, "text/xml", "8bit")),
]


@pytest.mark.parametrize("octets", [c[1] for c in GOOD], ids=[c[0] for c in GOOD])
def test_files(octets):
    assert report_file.read(octets) == REPORT


XML_ZIP = zipped(("a.xml", XML))
BOMB = gzip.compress(bytes(MAX_XML_OCTETS + 1))
BAD = [
    ("cut gzip", gzip.compress(XML)[:-9], "ends too early"),
    ("damaged gzip", b"\x1f\x8b" + bytes(40), "damaged"),
    ("gzip bomb", BOMB, "unpacks to more"),
    ("bomb in a gzip", gzip.compress(BOMB), "the gzip file in the file unpacks"),
    ("zip bomb", zipped(("a.xml", bytes(MAX_XML_OCTETS + 1))), "unpacks to more"),
    ("empty zip", zipped(("a/", b"")), "0 files"),
    ("many files", zipped(*((f"{n}.xml", XML) for n in range(11))), "11 files"),
    ("a directory of a million", XML_ZIP[:30] + b"PK\x01\x02" * 1_000_000, "files, not one"),
    ("damaged zip", b"PK\x03\x04" + bytes(40), "damaged"),
    ("no attachment", b"From: a@b.example\r\n\r\nHello.\r\n", "no report attached"),
    ("bad attachment", message(gzip.compress(b"<a/>")), "not <feedback>"),
    ("too large", bytes(report_file.MAX_FILE_OCTETS + 1), "larger than"),
]


@pytest.mark.parametrize(("octets", "words"), [c[1:] for c in BAD], ids=[c[0] for c in BAD])
def test_files_that_are_refused(octets, words):
    with pytest.raises(BadReport) as caught:
        report_file.read(octets)
    assert words in str(caught.value)


@given(st.binary(max_size=200), st.integers(0, 400))
def test_any_octets_give_a_report_or_the_one_error(octets, place):
    whole = zipped(("a.xml", XML))
    damaged = whole[:place] + octets + whole[place + len(octets) :]
    heads = (b"", b"PK\x03\x04", b"\x1f\x8b\x08")
    for file in (damaged, zlib.compress(octets), *(head + octets for head in heads)):
        try:
            report_file.read(file)
        except BadReport:
            continue


SAMPLES = files("reports", "parsedmarc", "aggregate") + files(
    "reports", "parsedmarc", "extract_report"
)


@pytest.mark.skipif(not SAMPLES, reason="the public suites are not here")
@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_samples_of_real_senders(path):
    if path.name == "invalid_xml.xml":
        with pytest.raises(BadReport, match="line 5"):
            report_file.read(path.read_bytes())
        return
    report = report_file.read(path.read_bytes())
    assert isinstance(report, AggregateReport)
    assert report.rows
    assert parse(format_xml(report)) == report
