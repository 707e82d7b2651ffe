"""Files that reports come in: plain, gzip or zip, on their own or in a message.

Everything is bounded before it is read: a few octets that unpack to gigabytes cost no more than
the largest report. The kind is seen by the first octets, not believed by name or type.
"""

import io
import zipfile
import zlib
from typing import Final

from pillarbox.mailauth import dmarc_report, tls_report
from pillarbox.mailauth.dmarc_report import MAX_XML_OCTETS, AggregateReport, BadReport
from pillarbox.mailauth.tls_report import TlsReport
from pillarbox.mime import text, tree

MAX_FILE_OCTETS: Final = 16 * 1024 * 1024
MAX_ENTRIES: Final = 10  # of a zip
MAX_PARTS: Final = 50  # of a message

_GZIP: Final = b"\x1f\x8b"
_ZIP: Final = b"PK\x03\x04"
_BLANK: Final = b"\xef\xbb\xbf \t\r\n"
_ZIP_ENTRY: Final = b"PK\x01\x02"
MAX_STRAY: Final = 10  # marks of entries that are but data of a file by chance


def unpack(octets: bytes) -> bytes:
    """Return the document in a file, at most MAX_XML_OCTETS. Raises BadReport."""
    if len(octets) > MAX_FILE_OCTETS:
        raise BadReport(f"the file is larger than {MAX_FILE_OCTETS} octets")
    if octets.startswith(_GZIP):
        found = _gunzip(octets)
        # Some compress twice.
        return _gunzip(found, "the gzip file in the file") if found.startswith(_GZIP) else found
    if octets.startswith(_ZIP):
        return _unzip(octets)
    return octets


def _gunzip(octets: bytes, name: str = "the gzip file") -> bytes:
    machine = zlib.decompressobj(wbits=31)
    try:
        found = machine.decompress(octets, MAX_XML_OCTETS)
    except zlib.error as exc:
        raise BadReport(f"{name} is damaged: {exc}") from None
    if machine.unconsumed_tail:
        raise BadReport(f"{name} unpacks to more than {MAX_XML_OCTETS} octets")
    if not machine.eof:
        raise BadReport(f"{name} ends too early")
    return found


def _unzip(octets: bytes) -> bytes:
    # Each entry of the directory becomes an object before any can be looked at.
    _check_count(max(1, octets.count(_ZIP_ENTRY) - MAX_STRAY))
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_count(len(entries))
            best = max(entries, key=lambda entry: entry.filename.lower().endswith(".xml"))
            with archive.open(best) as file:
                # The size that the directory claims may be a lie.
                found = file.read(MAX_XML_OCTETS + 1)
    except BadReport:
        raise
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError,
            EOFError, OSError, LookupError) as exc:  # fmt: skip
        raise BadReport(f"the zip file is damaged: {str(exc)[:100]}") from None
    if len(found) > MAX_XML_OCTETS:
        raise BadReport(f"the file unpacks to more than {MAX_XML_OCTETS} octets")
    return found


def _check_count(entries: int) -> None:
    if not 1 <= entries <= MAX_ENTRIES:
        raise BadReport(f"the zip file holds {entries} files, not one")


def read(octets: bytes) -> AggregateReport | TlsReport:
    """Read a report from a file: XML, JSON, gzip, zip, or a whole message with one attached.

    Raises BadReport.
    """
    document = unpack(octets)
    if document.lstrip(_BLANK)[:1] in {b"<", b"{"}:
        return _parse(document)
    return read_message(octets)


def _parse(document: bytes) -> AggregateReport | TlsReport:
    if document.lstrip(_BLANK)[:1] == b"{":
        return tls_report.parse(document.lstrip(_BLANK))
    return dmarc_report.parse(document)


def read_message(message: bytes) -> AggregateReport | TlsReport:
    """Read the report that is attached to a message. Raises BadReport.

    RFC 9990 §3.5 for DMARC, RFC 8460 §5.3 for encryption.
    """
    problem = BadReport("the message has no report attached")
    for part in tree.walk(tree.parse(message))[:MAX_PARTS]:
        if part.children:
            continue
        body = message[part.body_start : part.end]
        octets = text.decode_transfer(body, part.encoding, MAX_FILE_OCTETS + 1)
        looks = octets.startswith((_GZIP, _ZIP)) or b"<feedback" in octets[:2000]
        looks = looks or (octets.lstrip(_BLANK)[:1] == b"{" and b'"policies"' in octets)
        if not looks:
            continue
        try:
            return _parse(unpack(octets))
        except BadReport as exc:
            problem = exc
    raise problem
