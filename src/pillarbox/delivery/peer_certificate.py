"""What a server's certificate proves: judged after the handshake, kept as evidence.

Between mail servers TLS is opportunistic (RFC 3207 §4.1, RFC 7435): an unproven certificate
still keeps out whoever only listens. So the handshake takes any certificate, and this module
says what it is worth: proven for the host's name, or why not.
"""

import hashlib
import ssl
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.x509 import verification

from pillarbox.tlspolicy.dane import UNREADABLE
from pillarbox.trace.phrase import Phrase, phrase

MAX_CHAIN: Final = 10
MAX_NAMES: Final = 20  # that are kept as evidence
MAX_TEXT: Final = 200

_CA_POLICY: Final = verification.ExtensionPolicy.permit_all().require_present(
    x509.BasicConstraints, verification.Criticality.AGNOSTIC, None
)
# What browsers demand beyond this says nothing about mail: private authorities often lack it.
_HOST_POLICY: Final = verification.ExtensionPolicy.permit_all().require_present(
    x509.SubjectAlternativeName, verification.Criticality.AGNOSTIC, None
)


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """A certificate and what it proves.

    proof: "verified", "self-signed", "wrong name", "expired", "unknown authority",
    "unreadable". names: for which it was issued. sha256: of its DER form, hex.
    """

    proof: str
    subject: str = ""
    issuer: str = ""
    names: tuple[str, ...] = ()
    not_after: datetime | None = None
    sha256: str = ""
    detail: str = ""

    @property
    def words(self) -> Phrase:
        """The clause for the trace: "verified, issued by ...", "not verified (expired)"."""
        code = f"certificate-{self.proof.replace(' ', '-')}"
        return phrase(code, issuer=self.issuer) if self.proof == "verified" else phrase(code)

    def as_json(self) -> dict[str, Any]:
        """Return the evidence."""
        return {
            "proof": self.proof,
            "subject": self.subject,
            "issuer": self.issuer,
            "names": list(self.names),
            "not_after": self.not_after.isoformat() if self.not_after else "",
            "sha256": self.sha256,
            "detail": self.detail,
        }


class Authorities:
    """The roots that count. file: PEM certificates, or None for the system's."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file

    @cached_property
    def _store(self) -> verification.Store | None:
        """The roots, read at first use; None if there are none."""
        if self._file is not None:
            roots = x509.load_pem_x509_certificates(self._file.read_bytes())
        else:
            context = ssl.create_default_context()
            roots = []
            for der in context.get_ca_certs(binary_form=True):
                try:
                    roots.append(x509.load_der_x509_certificate(der))
                except UNREADABLE:
                    continue  # Some old root breaks a rule: it proves nothing then.
        return verification.Store(roots) if roots else None

    def judge(self, chain: Sequence[bytes], host: str, now: datetime) -> PeerCertificate:
        """Judge a chain (DER, the host's own first) for a host name or address literal.

        Any octets give an answer.
        """
        if not chain:
            return PeerCertificate("unreadable", detail="no certificate was sent")
        with warnings.catch_warnings():
            # Certificates of others break rules; the verdict says so, our log need not.
            warnings.simplefilter("ignore")
            try:
                certificates = [x509.load_der_x509_certificate(der) for der in chain[:MAX_CHAIN]]
                seen = _describe(certificates[0], chain[0])
            except UNREADABLE as exc:
                return PeerCertificate("unreadable", detail=str(exc)[:MAX_TEXT])
            proof, detail = self._proof(certificates, host, now, seen)
        return replace(seen, proof=proof, detail=detail)

    def _proof(
        self, chain: Sequence[x509.Certificate], host: str, now: datetime, seen: PeerCertificate
    ) -> tuple[str, str]:
        own = chain[0]
        if self._store is not None:
            policy = (
                verification.PolicyBuilder()
                .store(self._store)
                .time(now)
                .extension_policies(ca_policy=_CA_POLICY, ee_policy=_HOST_POLICY)
            )
            try:
                policy.build_server_verifier(_subject(host)).verify(own, list(chain[1:]))
            except (verification.VerificationError, *UNREADABLE) as exc:
                detail = str(exc)[:MAX_TEXT]
            else:
                return "verified", ""
        else:
            detail = "no authorities are known"
        if not own.not_valid_before_utc <= now <= own.not_valid_after_utc:
            return "expired", detail
        if own.subject == own.issuer:
            return "self-signed", detail
        if not any(_fits(name, host) for name in seen.names):
            return "wrong name", detail
        return "unknown authority", detail


def _subject(host: str) -> verification.Subject:
    if host.startswith("["):
        inner = host[1:-1]
        return x509.IPAddress(ip_address(inner[5:] if inner[:5].lower() == "ipv6:" else inner))
    return x509.DNSName(host)


def _fits(name: str, host: str) -> bool:
    name = name.lower()
    if name.startswith("*."):  # RFC 9525 §6.3: for one label.
        return host.partition(".")[2] == name[2:]
    return name == host.strip("[]").lower().removeprefix("ipv6:")


def _describe(own: x509.Certificate, der: bytes) -> PeerCertificate:
    names: list[str] = []
    try:
        found = own.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names += found.get_values_for_type(x509.DNSName)
        names += map(str, found.get_values_for_type(x509.IPAddress))
    except x509.ExtensionNotFound:
        pass
    return PeerCertificate(
        "",
        own.subject.rfc4514_string()[:MAX_TEXT],
        own.issuer.rfc4514_string()[:MAX_TEXT],
        tuple(name[:MAX_TEXT] for name in names[:MAX_NAMES]),
        own.not_valid_after_utc,
        hashlib.sha256(der).hexdigest(),
    )


def peer_chain(tls: ssl.SSLObject) -> list[bytes]:
    """Return the certificates that the peer sent, DER, its own first."""
    public = getattr(tls, "get_unverified_chain", None)
    if public is not None:
        return list(public())
    # Python before 3.13 has it on the inner object only.
    inner = getattr(tls, "_sslobj", None)
    found = inner.get_unverified_chain() if inner is not None else None
    return [ssl.PEM_cert_to_DER_cert(certificate.public_bytes()) for certificate in found or ()]


def opportunistic_context() -> ssl.SSLContext:
    """Return the context of all our connections to other servers: any certificate will do."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.options |= ssl.OP_NO_COMPRESSION
    return context
