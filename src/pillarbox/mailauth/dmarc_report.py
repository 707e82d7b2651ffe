"""DMARC aggregate reports as values and as XML: RFC 9990, and what RFC 7489 §C wrote before it.

`parse` takes both dialects and whatever order, case and blanks senders use; `format_xml` writes
RFC 9990. A document type, and with it every entity of the sender's own, is refused: so nothing is
fetched and nothing grows. Files, compressed or not: `report_file.py`.
"""

from dataclasses import dataclass, field
from html import escape
from ipaddress import ip_address
from typing import Final
from xml.parsers import expat

from pillarbox.base.errors import Invalid

NAMESPACE: Final = "urn:ietf:params:xml:ns:dmarc-2.0"
MAX_XML_OCTETS: Final = 32 * 1024 * 1024
MAX_ROWS: Final = 100_000
MAX_DEPTH: Final = 16
MAX_ELEMENTS: Final = 3_000_000
MAX_TEXT: Final = 1000  # characters of one value; the rest is cut off
MAX_REPEATED: Final = 100  # signatures, reasons or errors of one row or report


_ENDED: Final = expat.errors.codes[expat.errors.XML_ERROR_NO_ELEMENTS]


class BadReport(Invalid):
    """The octets are no aggregate report. `str(exc)` says why, with the line if there is one."""


@dataclass(frozen=True, slots=True)
class PolicyPublished:
    """The record that was found. "" where the report does not say."""

    domain: str
    p: str = ""
    sp: str = ""
    np: str = ""
    adkim: str = ""
    aspf: str = ""
    fo: str = ""
    testing: str = ""
    discovery_method: str = ""


@dataclass(frozen=True, slots=True)
class DkimSeen:
    """One signature: d=, s= and the result of RFC 8601 §2.7.1."""

    domain: str
    selector: str
    result: str


@dataclass(frozen=True, slots=True)
class SpfSeen:
    """One SPF check. scope: "mfrom", "helo" or ""."""

    domain: str
    result: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """Messages that are alike in all but their number.

    disposition: none, pass, quarantine or reject: what was done. dkim, spf: whether DMARC
    passed by it ("pass" or "fail"). reasons: (type, comment) of what overrode the policy.
    """

    source_ip: str
    count: int
    disposition: str
    dkim: str
    spf: str
    header_from: str
    envelope_from: str = ""
    envelope_to: str = ""
    reasons: tuple[tuple[str, str], ...] = ()
    dkim_results: tuple[DkimSeen, ...] = ()
    spf_results: tuple[SpfSeen, ...] = ()

    @property
    def is_aligned(self) -> bool:
        """True when DMARC passed."""
        return "pass" in {self.dkim, self.spf}


@dataclass(frozen=True, slots=True)
class AggregateReport:
    """One report. begin, end: Unix seconds."""

    org_name: str
    email: str
    report_id: str
    begin: int
    end: int
    policy: PolicyPublished
    rows: tuple[Row, ...]
    extra_contact_info: str = ""
    generator: str = ""
    errors: tuple[str, ...] = ()


@dataclass(slots=True)
class _Node:
    name: str
    text: str = ""
    nodes: list["_Node"] = field(default_factory=list)

    def all(self, name: str) -> list["_Node"]:
        return [node for node in self.nodes if node.name == name]

    def find(self, name: str) -> "_Node":
        return next((node for node in self.nodes if node.name == name), _Node(name))

    def get(self, name: str) -> str:
        return self.find(name).text.strip()

    def word(self, name: str) -> str:
        return self.get(name).lower()


class _Tree:
    """Makes nodes of what expat finds; refuses what is too deep, too many, or has a DOCTYPE."""

    def __init__(self) -> None:
        self.root: _Node | None = None
        self._open: list[_Node] = []
        self._count = 0
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def read(self, octets: bytes) -> _Node:
        try:
            self._parser.Parse(octets, True)
        except expat.ExpatError as exc:
            # Some forget the last end tag: then all records are there.
            if exc.code != _ENDED or len(self._open) != 1:
                raise BadReport(f"not XML: {exc}") from None
        except (ValueError, LookupError) as exc:
            raise BadReport(f"not XML: {exc}") from None
        assert self.root is not None
        return self.root

    def _doctype(self, *_: object) -> None:
        raise BadReport("a document type has no place in a report")

    def _start(self, name: str, _attributes: object) -> None:
        self._count += 1
        if len(self._open) >= MAX_DEPTH or self._count > MAX_ELEMENTS:
            raise BadReport("more elements than a report can have")
        node = _Node(name.rpartition(":")[2].lower())
        if self._open:
            self._open[-1].nodes.append(node)
        else:
            self.root = node
        self._open.append(node)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, data: str) -> None:
        node = self._open[-1]
        if len(node.text) < MAX_TEXT:
            node.text = (node.text + data)[:MAX_TEXT]


def parse(octets: bytes) -> AggregateReport:
    """Read a report of either dialect. Raises BadReport, and nothing else.

    Needed are: an id, a domain, a period, and for each row an address and a count.
    """
    if len(octets) > MAX_XML_OCTETS:
        raise BadReport(f"larger than {MAX_XML_OCTETS} octets")
    # Some programs cut characters in half: what is no UTF-8 costs that character alone.
    head = octets[:100].lower()
    if b"encoding" not in head or b"utf-8" in head:
        octets = octets.decode("utf-8", "replace").lstrip("\ufeff \t\r\n").encode()
    if b"schema" in octets[:200]:
        # Some put the schema in front of the report.
        octets = octets[max(octets.find(b"<feedback"), 0) :]
    root = _Tree().read(octets)
    if root.name != "feedback":
        raise BadReport(f"the document is <{root.name[:40]}>, not <feedback>")
    about, policy = root.find("report_metadata"), root.find("policy_published")
    period = about.find("date_range")
    rows = root.all("record")
    if len(rows) > MAX_ROWS:
        raise BadReport(f"more than {MAX_ROWS} records")
    return AggregateReport(
        org_name=about.get("org_name") or about.get("email").rpartition("@")[2],
        email=about.get("email"),
        report_id=_needed(about, "report_id"),
        begin=_number(period, "begin"),
        end=_number(period, "end"),
        policy=PolicyPublished(
            domain=_needed(policy, "domain").lower().rstrip("."),
            p=policy.word("p"),
            sp=policy.word("sp"),
            np=policy.word("np"),
            adkim=policy.word("adkim"),
            aspf=policy.word("aspf"),
            fo=policy.word("fo"),
            testing=policy.word("testing") or policy.word("t"),
            discovery_method=policy.word("discovery_method"),
        ),
        rows=tuple(_row(record) for record in rows),
        extra_contact_info=about.get("extra_contact_info"),
        generator=about.get("generator"),
        errors=tuple(node.text.strip() for node in about.all("error")[:MAX_REPEATED]),
    )


def _row(record: _Node) -> Row:
    row, who, results = record.find("row"), record.find("identifiers"), record.find("auth_results")
    if not who.nodes:
        who = record.find("identities")  # drafts before RFC 7489
    evaluated = row.find("policy_evaluated")
    address = _needed(row, "source_ip")
    try:
        address = str(ip_address(address))
    except ValueError:
        raise BadReport(f"source_ip: {address[:60]!r} is no address") from None
    reasons = [(reason.word("type"), reason.get("comment")) for reason in evaluated.all("reason")]
    signatures = [
        DkimSeen(node.word("domain"), node.get("selector"), node.word("result"))
        for node in results.all("dkim")
    ]
    checks = [
        SpfSeen(node.word("domain"), node.word("result"), node.word("scope"))
        for node in results.all("spf")
    ]
    return Row(
        source_ip=address,
        count=_number(row, "count"),
        disposition=evaluated.word("disposition") or "none",
        dkim="pass" if evaluated.word("dkim") == "pass" else "fail",
        spf="pass" if evaluated.word("spf") == "pass" else "fail",
        header_from=who.word("header_from"),
        envelope_from=who.word("envelope_from"),
        envelope_to=who.word("envelope_to"),
        reasons=tuple(reason for reason in reasons[:MAX_REPEATED] if any(reason)),
        dkim_results=tuple(signatures[:MAX_REPEATED]),
        spf_results=tuple(checks[:MAX_REPEATED]),
    )


def _needed(node: _Node, name: str) -> str:
    value = node.get(name)
    if not value:
        raise BadReport(f"<{node.name}> has no <{name}>")
    return value


def _number(node: _Node, name: str) -> int:
    value = _needed(node, name)
    # Some write a fraction of a second.
    whole = value.partition(".")[0]
    if not whole.isdecimal() or not whole.isascii() or len(whole) > 12:
        raise BadReport(f"<{name}>: {value[:40]!r} is no number")
    return int(whole)


def format_xml(report: AggregateReport) -> bytes:
    """Return the report as RFC 9990 §3.1 has it, in UTF-8."""
    policy = report.policy
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<feedback xmlns="{NAMESPACE}">']
    lines += [_tag("version", "1.0"), "<report_metadata>"]
    lines += _tags(report, "org_name", "email", "extra_contact_info", "report_id")
    lines.append(f"<date_range><begin>{report.begin}</begin><end>{report.end}</end></date_range>")
    lines += [_tag("error", error) for error in report.errors]
    lines += _tags(report, "generator")
    lines += ["</report_metadata>", "<policy_published>"]
    lines += _tags(
        policy, "domain", "discovery_method", "p", "sp", "np", "fo", "adkim", "aspf", "testing"
    )
    lines.append("</policy_published>")
    for row in report.rows:
        lines += _row_lines(row)
    return "\n".join([*lines, "</feedback>", ""]).encode("utf-8", "replace")


def _row_lines(row: Row) -> list[str]:
    lines = ["<record>", "<row>", *_tags(row, "source_ip"), f"<count>{row.count}</count>"]
    lines += ["<policy_evaluated>", *_tags(row, "disposition", "dkim", "spf")]
    for kind, comment in row.reasons:
        note = _tag("comment", comment) if comment else ""
        lines.append(f"<reason>{_tag('type', kind)}{note}</reason>")
    lines += ["</policy_evaluated>", "</row>", "<identifiers>"]
    lines += _tags(row, "header_from", "envelope_from", "envelope_to")
    lines += ["</identifiers>", "<auth_results>"]
    lines += [
        f"<dkim>{''.join(_tags(seen, 'domain', 'selector', 'result'))}</dkim>"
        for seen in row.dkim_results
    ]
    lines += [
        f"<spf>{''.join(_tags(seen, 'domain', 'scope', 'result'))}</spf>"
        for seen in row.spf_results
    ]
    return [*lines, "</auth_results>", "</record>"]


def _tags(value: object, *names: str) -> list[str]:
    """Return an element for each field that is not empty."""
    pairs = ((name, getattr(value, name)) for name in names)
    return [_tag(name, text) for name, text in pairs if text]


def _tag(name: str, text: str) -> str:
    # XML 1.0 knows no control characters, not even escaped.
    kept = "".join(c if c >= " " and c not in "\ufffe\uffff" else " " for c in text)
    return f"<{name}>{escape(kept, quote=False)}</{name}>"
