"""The lab's DNS: one zone for each domain, and reverse names for each host."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pillarbox.lab.hosts import (
    DOMAINS,
    GATEWAY,
    IMPOSTORS,
    SENDERS,
    SMTP,
    STRANGER,
    Domain,
    Impostor,
    Network,
    Sender,
)
from pillarbox.mailauth import publish

TTL = 60


@dataclass(frozen=True, slots=True)
class Published:
    """One record as the page shows it. what: a word for people."""

    name: str
    rtype: str
    value: str
    what: str


def domain_records(
    domain: Domain,
    network: Network,
    dkim: Sequence[tuple[str, str]],
    keys: Mapping[str, bytes],
) -> list[Published]:
    """Return what a domain publishes. dkim: (selector, record text) of its keys.

    keys: server -> its public key, DER.
    """
    ip = network.address(domain.host)
    found = [
        Published(domain.name, "MX", f"10 {domain.mx}.", "which server takes its mail"),
        Published(domain.mx, "A", ip, "where that server is"),
        Published(f"ns.{domain.name}", "A", network.dns, "who answers for the domain in DNS"),
        Published(domain.name, "TXT", domain.spf.format(ip=ip), "who may send in its name (SPF)"),
        Published(
            f"_dmarc.{domain.name}", "TXT", domain.dmarc, "what to do with forgeries (DMARC)"
        ),
    ]
    found += [
        Published(
            f"{selector}._domainkey.{domain.name}", "TXT", text, "key of its signatures (DKIM)"
        )
        for selector, text in dkim
    ]
    found += _encryption(domain.name, ip, sts_policy(domain.mx, domain.sts))
    found.append(
        Published(
            f"_smtp._tls.{domain.name}",
            "TXT",
            f"v=TLSRPTv1; rua=mailto:postmaster@{domain.name}",
            "where reports on encryption go (TLS-RPT)",
        )
    )
    if domain.signed:
        found.append(_pinned(domain.mx, keys[domain.mx]))
    return found


def sts_policy(host: str, mode: str) -> str:
    """Return the MTA-STS policy file of a domain with one server."""
    return publish.mta_sts_policy([host], mode)


def _encryption(name: str, ip: str, policy: str) -> list[Published]:
    record = publish.mta_sts(name, publish.policy_id(policy))
    return [
        Published(record.name, record.rtype, record.value, "that there is a policy (MTA-STS)"),
        Published(f"mta-sts.{name}", "A", ip, "where that policy lies"),
    ]


def _pinned(host: str, key: bytes) -> Published:
    record = publish.tlsa(host, key, SMTP)
    return Published(record.name, record.rtype, record.value, "which key its server has (DANE)")


def impostor_records(
    impostor: Impostor, network: Network, keys: Mapping[str, bytes]
) -> list[Published]:
    """Return what a domain publishes between which and its mail somebody stands."""
    ip = network.address(impostor.host)
    found = [
        Published(impostor.name, "MX", f"10 {impostor.mx}.", "which server takes its mail"),
        Published(impostor.mx, "A", ip, "where that server is"),
    ]
    if impostor.sts:
        found += _encryption(impostor.name, ip, sts_policy(impostor.mx, "enforce"))
    if impostor.signed:
        found.append(_pinned(impostor.mx, keys[DOMAINS[0].mx]))
    return found


def sender_records(sender: Sender, network: Network) -> list[Published]:
    """Return what a domain without a server publishes."""
    stranger = network.address(STRANGER)
    found = [Published(sender.name, "A", stranger, "an address, so that the name exists")]
    if sender.name == "cheap.test":
        found.append(Published("dialup-66.cheap.test", "A", stranger, "the stranger's host"))
        found.append(
            Published("gateway.cheap.test", "A", network.address(GATEWAY), "a gateway on the way")
        )
    if sender.spf:
        spf = sender.spf.format(stranger=stranger)
        found.append(Published(sender.name, "TXT", spf, "who may send in its name (SPF)"))
    if sender.dmarc:
        found.append(Published(f"_dmarc.{sender.name}", "TXT", sender.dmarc, "DMARC"))
    return found


def zones(
    network: Network,
    dkim: Mapping[str, Sequence[tuple[str, str]]],
    keys: Mapping[str, bytes],
) -> dict[str, str]:
    """Return zone name -> zone text, for everything in the lab."""
    texts = {
        domain.name: _zone(
            domain.name,
            domain_records(domain, network, dkim[domain.name], keys),
            signed=domain.signed,
        )
        for domain in DOMAINS
    }
    for impostor in IMPOSTORS:
        records = impostor_records(impostor, network, keys)
        texts[impostor.name] = _zone(impostor.name, records, signed=impostor.signed)
    for sender in SENDERS:
        texts[sender.name] = _zone(sender.name, sender_records(sender, network), signed=False)
    reverse = f"{network.second}.127.in-addr.arpa"
    names = {domain.host: domain.mx for domain in DOMAINS}
    names |= {STRANGER: "dialup-66.cheap.test", GATEWAY: "gateway.cheap.test"}
    pointers = [
        Published(f"1.{host}.{reverse}", "PTR", f"{name}.", "reverse name")
        for host, name in names.items()
    ]
    texts[reverse] = _zone(reverse, pointers, signed=False)
    # The root: whatever else is asked for does not exist, and nobody else is asked.
    texts["."] = f"@ {TTL} IN SOA ns.test. hostmaster.test. 1 3600 600 86400 30\n"
    return texts


def _zone(name: str, records: Sequence[Published], *, signed: bool) -> str:
    lines = [f"$ORIGIN {name}.", f"$TTL {TTL}"]
    if signed:
        lines.append("$AUTHENTIC on")
    lines.append(f"@ IN SOA ns.{name}. hostmaster.{name}. 1 3600 600 86400 30")
    lines.append(f"@ IN NS ns.{name}.")
    for record in records:
        value = _quoted(record.value) if record.rtype == "TXT" else record.value
        lines.append(f"{record.name}. {TTL} IN {record.rtype} {value}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    """Return TXT data as strings of at most 255 octets (RFC 1035 §3.3.14)."""
    pieces = [text[i : i + 255] for i in range(0, len(text), 255)] or [""]
    return " ".join('"' + p.replace("\\", "\\\\").replace('"', '\\"') + '"' for p in pieces)
