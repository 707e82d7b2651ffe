"""Make what the lab needs before it runs: CA, certificates, settings files, keys, zones.

All of it is kept in the state folder and made only once; `--reset` begins anew.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pillarbox import app, config, foundation
from pillarbox.base.clock import Clock
from pillarbox.delivery.signing import Sealer, public_records
from pillarbox.lab import hosts
from pillarbox.lab.hosts import Domain, Network
from pillarbox.lab.zones import (
    Published,
    domain_records,
    impostor_records,
    sender_records,
    zones,
)
from pillarbox.serve.certificate import KeyPair, issue, make_authority
from pillarbox.serve.privilege import write_private


@dataclass(frozen=True, slots=True)
class Prepared:
    """A lab that is ready to start.

    settings: domain -> settings file. zones: zone name -> text. records: domain -> what
    it publishes. authority: the CA's certificate file. keys: server -> its public key, DER.
    """

    folder: Path
    settings: dict[str, Path]
    zones: dict[str, str]
    records: dict[str, list[Published]]
    authority: Path
    keys: dict[str, bytes]


async def prepare(folder: Path, network: Network, clock: Clock) -> Prepared:
    """Make what is missing. Raises OSError, CannotStart."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240 - nobody waits yet
    marker = folder / "lab.json"
    if marker.exists() and json.loads(marker.read_text())["network"] != network.second:
        raise foundation.CannotStart(
            f"{folder} was made for network 127.{json.loads(marker.read_text())['network']}; "
            "use --reset"
        )
    marker.write_text(json.dumps({"network": network.second}) + "\n")
    authority = _authority(folder, clock.now())
    dkim: dict[str, list[tuple[str, str]]] = {}
    settings: dict[str, Path] = {}
    keys: dict[str, bytes] = {}
    for domain in hosts.DOMAINS:
        home = folder / domain.name
        home.mkdir(exist_ok=True)
        _certificate(home, domain, network, authority, clock.now())
        path = home / "pillarbox.toml"
        path.write_text(settings_text(domain, network, folder / "ca.pem"))
        settings[domain.name] = path
        loaded = config.load(path)
        await app.provision(loaded)
        dkim[domain.name] = await _public_records(loaded, domain.name, clock)
        keys[domain.mx] = _public_key(home / "certificate.pem")
    for impostor in hosts.IMPOSTORS:
        home = folder / impostor.name
        home.mkdir(exist_ok=True)
        if not (home / "site.key").exists():
            signer = authority if impostor.proven else None
            _write(home, "server", issue([impostor.mx], clock.now(), signer))
            _write(home, "site", issue([f"mta-sts.{impostor.name}"], clock.now(), authority))
    records = {d.name: domain_records(d, network, dkim[d.name], keys) for d in hosts.DOMAINS}
    records |= {sender.name: sender_records(sender, network) for sender in hosts.SENDERS}
    records |= {i.name: impostor_records(i, network, keys) for i in hosts.IMPOSTORS}
    texts = zones(network, dkim, keys)
    return Prepared(folder, settings, texts, records, folder / "ca.pem", keys)


def settings_text(domain: Domain, network: Network, authority: Path) -> str:
    """Return the settings file of one domain's server."""
    address = network.address(domain.host)
    ports = (
        ("smtp", hosts.SMTP, "starttls"),
        ("submission", hosts.SUBMISSION, "starttls"),
        ("submission", hosts.SUBMISSIONS, "implicit"),
        ("imap", hosts.IMAP, "starttls"),
        ("imap", hosts.IMAPS, "implicit"),
        ("pop3", hosts.POP3, "starttls"),
        ("pop3", hosts.POP3S, "implicit"),
        ("http", hosts.HTTP, "none"),
        ("http", hosts.HTTPS, "implicit"),
        ("web", hosts.WEB, "none"),
    )
    listeners = "".join(
        f'\n[[listener]]\nprotocol = "{protocol}"\naddress = "{address}"\nport = {port}\n'
        f'tls = "{tls}"\n'
        for protocol, port, tls in ports
    )
    people = ",\n  ".join(
        f'{{ address = "{p.address}", password = "{hosts.PASSWORD}", name = "{p.name}" }}'
        for p in domain.people
    )
    aliases = ",\n  ".join(
        f'{{ address = "{alias}", targets = {json.dumps(list(targets))} }}'
        for alias, targets in domain.aliases
    )
    return f"""# Made by `pillarbox lab`; changed settings are overwritten.
hostname = "{domain.mx}"
state = "state"
workers = 1
srs = {str(domain.srs).lower()}
{listeners}
[tls]
certificate = "certificate.pem"
key = "key.pem"
authorities = "{authority}"

[dns]
servers = ["{network.dns}:{hosts.DNS}"]
seconds = 5.0
authority_port = {hosts.DNS}

[checks]
tester = "test-"

[arc]
sealers = {json.dumps(list(domain.sealers))}

[dkim]
check_minutes = 0.1

[outbound]
port = {hosts.SMTP}
source = "{address}"
retry_minutes = [0.05, 0.2, 1, 5]
poll_seconds = 1.0
https_port = {hosts.HTTPS}

[mta_sts]
mode = "{domain.sts}"

[logging]
format = "text"

[provision]
domains = ["{domain.name}"]
accounts = [
  {people}
]
aliases = [
  {aliases}
]
"""


def _authority(folder: Path, now: datetime) -> KeyPair:
    certificate, key = folder / "ca.pem", folder / "ca.key"
    if not key.exists():
        made = make_authority("Pillarbox lab", now)
        certificate.write_bytes(made.certificate)
        write_private(key, made.key)
    return KeyPair(certificate.read_bytes(), key.read_bytes())


def _certificate(
    home: Path, domain: Domain, network: Network, authority: KeyPair, now: datetime
) -> None:
    site = f"mta-sts.{domain.name}"
    if not (home / "key.pem").exists() or site not in _names(home / "certificate.pem"):
        pair = issue([domain.mx, site, network.address(domain.host)], now, authority)
        (home / "certificate.pem").write_bytes(pair.certificate)
        write_private(home / "key.pem", pair.key)


def _write(home: Path, name: str, pair: KeyPair) -> None:
    (home / f"{name}.pem").write_bytes(pair.certificate)
    write_private(home / f"{name}.key", pair.key)


def _names(certificate: Path) -> list[str]:
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    found = loaded.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    return found.value.get_values_for_type(x509.DNSName)


def _public_key(certificate: Path) -> bytes:
    loaded = x509.load_pem_x509_certificate(certificate.read_bytes())
    return loaded.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


async def _public_records(
    settings: config.Settings, name: str, clock: Clock
) -> list[tuple[str, str]]:
    sealer: Sealer = foundation.sealer(settings)
    db = foundation.open_database(settings, clock)
    await db.open()
    try:
        return await db.scan(public_records, name, sealer)
    finally:
        await db.close()
