"""The DNS records that a domain publishes to send and receive mail.

Values are made here as text; `format_zone` writes them as a zone file that any name
server or DNS provider takes. Whether they are really published, doctor finds out.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from pillarbox.base.errors import Invalid
from pillarbox.mailauth import spf_record
from pillarbox.mailauth.dmarc_record import Policy
from pillarbox.mailauth.spf_record import Kind

MAX_STRING_OCTETS: Final = 255  # RFC 1035 §3.3: one character-string
_ID: Final = re.compile(r"[A-Za-z0-9]{1,32}\Z")  # RFC 8461 §3.1
_PLAIN: Final = re.compile(rb"[ !#-\[\]-~]*\Z")

TtlSeconds = int
TTL: Final[TtlSeconds] = 3600
"""How long others may keep a record, unless somebody wants another time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One record to publish.

    name: absolute, no trailing dot. rtype: "TXT", "MX", "CNAME", "TLSA". value: the plain text,
    for TXT without quotes or splitting. purpose: one sentence for the person who types it.
    """

    name: str
    rtype: Literal["TXT", "MX", "CNAME", "TLSA"]
    value: str
    purpose: str

    @property
    def presentation(self) -> str:
        """The data as a zone file has it (RFC 1035 §5.1)."""
        return quote_txt(self.value) if self.rtype == "TXT" else self.value


def mx(domain: str, host: str, preference: int = 10) -> Wanted:
    """Return the MX record that leads mail for `domain` to `host`."""
    return Wanted(
        domain, "MX", f"{preference} {host.removesuffix('.')}.", "where mail for the domain goes"
    )


def spf(domain: str, terms: Sequence[str] = ("mx",), final: str = "-all") -> Wanted:
    """Return the SPF record. terms: such as "mx" or "ip4:192.0.2.1". Raises SyntaxProblem."""
    value = " ".join(("v=spf1", *terms, final))
    spf_record.parse(value)
    return Wanted(domain, "TXT", value, "which servers may send for the domain (SPF)")


def merge_spf(existing: str, term: str) -> str:
    """Return the SPF record with our term put in, before "all"; unchanged if it is there.

    A record of "redirect=" alone gets the term in front, which is tried first. Raises
    SyntaxProblem when the record, or the term, is not valid.
    """
    record = spf_record.parse(existing)
    if len(spf_record.parse(f"v=spf1 {term}").mechanisms) != 1 or " " in term:
        raise spf_record.SyntaxProblem("not_one", 0, given=term)
    plain = term.removeprefix("+").lower()
    if any(m.text.removeprefix("+").lower() == plain for m in record.mechanisms):
        return existing
    place = len(existing.rstrip(" "))
    for held in record.terms:
        if held is record.redirect or (
            isinstance(held, spf_record.Mechanism) and held.kind is Kind.ALL
        ):
            place = held.position
            break
    before, after = existing[:place].rstrip(" "), existing[place:].strip(" ")
    return f"{before} {term} {after}".rstrip(" ")


def dkim(domain: str, selector: str, public_key: str, key_type: str = "rsa") -> Wanted:
    """Return the DKIM key record (RFC 6376 §3.6.1).

    public_key: base64, of SubjectPublicKeyInfo for "rsa", of the bare 32 octets for
    "ed25519" (RFC 8463 §4.2).
    """
    return Wanted(
        f"{selector}._domainkey.{domain}",
        "TXT",
        f"v=DKIM1; k={key_type}; p={public_key}",
        f"the key that verifies our signatures, selector {selector} (DKIM)",
    )


def dmarc(
    domain: str, policy: Policy = Policy.NONE, reports_to: str = "", *, testing: bool = False
) -> Wanted:
    """Return the DMARC record. reports_to: a mail address for aggregate reports, or ""."""
    value = f"v=DMARC1; p={policy.value}"
    if testing:
        value += "; t=y"
    if reports_to:
        value += f"; rua=mailto:{_uri_address(reports_to)}"
    return Wanted(f"_dmarc.{domain}", "TXT", value, "what to do with forged mail (DMARC)")


def mta_sts(domain: str, policy_id: str) -> Wanted:
    """Return the record that announces a policy (RFC 8461 §3.1). Raises Invalid.

    policy_id: 1 to 32 letters and digits; a new one each time the policy changes.
    """
    if not _ID.match(policy_id):
        raise Invalid(f"{policy_id!r} is not 1 to 32 letters and digits")
    return Wanted(
        f"_mta-sts.{domain}",
        "TXT",
        f"v=STSv1; id={policy_id};",
        "that mail to the domain must be encrypted (MTA-STS)",
    )


def mta_sts_policy(
    hosts: Iterable[str], mode: str = "enforce", max_age_seconds: int = 604800
) -> str:
    """Return the policy file for https://mta-sts.DOMAIN/.well-known/mta-sts.txt (RFC 8461 §3.2)."""
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in hosts)]
    return "".join(f"{line}\r\n" for line in (*lines, f"max_age: {max_age_seconds}"))


def policy_id(text: str) -> str:
    """Return an id that is another one for each policy text (RFC 8461 §3.1)."""
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def tlsa(host: str, public_key: bytes, port: int = 25) -> Wanted:
    """Return the TLSA record "3 1 1" of a server's key (RFC 7672 §3.1.1).

    public_key: DER of SubjectPublicKeyInfo. It stays right as long as the key does.
    """
    return Wanted(
        f"_{port}._tcp.{host}",
        "TLSA",
        f"3 1 1 {hashlib.sha256(public_key).hexdigest()}",
        "the key of the server (DANE); only in a zone that is signed with DNSSEC",
    )


def tls_rpt(domain: str, reports_to: str) -> Wanted:
    """Return the record that asks for TLS reports (RFC 8460 §3)."""
    return Wanted(
        f"_smtp._tls.{domain}",
        "TXT",
        f"v=TLSRPTv1; rua=mailto:{_uri_address(reports_to)}",
        "where reports on encryption go (TLSRPT)",
    )


def _uri_address(address: str) -> str:
    """Escape what would end a URI in a list (RFC 9989 §4.8)."""
    escapes = {"%": "%25", ",": "%2C", "!": "%21", ";": "%3B", " ": "%20", "?": "%3F", "#": "%23"}
    return "".join(escapes.get(c, c) for c in address)


def txt_strings(value: str) -> tuple[bytes, ...]:
    """Return the text as character-strings of at most 255 octets (RFC 7208 §3.3)."""
    octets = value.encode("utf-8")
    cuts = range(0, len(octets), MAX_STRING_OCTETS)
    return tuple(octets[n : n + MAX_STRING_OCTETS] for n in cuts) or (b"",)


def quote_txt(value: str) -> str:
    """Return the text as a zone file has it: quoted strings, escapes (RFC 1035 §5.1)."""
    return " ".join(f'"{_escape(string)}"' for string in txt_strings(value))


def _escape(string: bytes) -> str:
    if _PLAIN.match(string):
        return string.decode("ascii")
    return "".join(
        f"\\{chr(o)}" if o in b'"\\' else chr(o) if 0x20 <= o < 0x7F else f"\\{o:03d}"
        for o in string
    )


def format_zone(records: Iterable[Wanted], ttl: TtlSeconds = TTL) -> str:
    """Return the records as lines of a zone file, each with its purpose above it."""
    return "".join(
        f"; {record.purpose}\n{record.name}. {ttl} IN {record.rtype} {record.presentation}\n"
        for record in records
    )
