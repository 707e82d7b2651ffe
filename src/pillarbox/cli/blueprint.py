"""The texts of `quickstart`: a settings file with comments, a unit file, the next steps."""

import json
from pathlib import Path
from typing import Final

ANY: Final = "0.0.0.0"  # noqa: S104 - a mail server is for others to reach
STATUS_PORT: Final = 8026

# protocol, port, tls, what it is for
_LISTENERS: Final = (
    ("smtp", 25, "starttls", "Mail from other servers."),
    ("submission", 587, "starttls", "Mail from our accounts, STARTTLS."),
    ("submission", 465, "implicit", "Mail from our accounts, TLS from the start."),
    ("imap", 143, "starttls", "Reading mail, STARTTLS."),
    ("imap", 993, "implicit", "Reading mail, TLS from the start."),
    ("pop3", 110, "starttls", "Fetching mail, STARTTLS."),
    ("pop3", 995, "implicit", "Fetching mail, TLS from the start."),
    ("web", 443, "implicit", "Webmail, JMAP, and the MTA-STS policies of our domains."),
)

_SETTINGS: Final = """\
# Pillarbox. docs/config.md explains every key; those left out have safe defaults.

# The name of this host: in greetings, and where the MX record leads.
hostname = {hostname}

# Database, messages and keys; relative to this file. Back up the whole folder.
state = "state"

# The system user to become after the ports are open, when started as root.
{user}

# Who reads mail for the postmaster, where a domain has no such account.
postmaster = {postmaster}

# Messages are encrypted on disk, with state/master.key: without that file a backup is useless.
sealed = true

# Workers: 0 means one for each core.
# workers = 0

[tls]
# Without these a self-signed certificate is made at the first start: programs that read
# mail will warn. A renewed certificate is used after `systemctl reload pillarbox`.
# certificate = "/etc/letsencrypt/live/{name}/fullchain.pem"
# key = "/etc/letsencrypt/live/{name}/privkey.pem"

# What others must do who send to you (docs/tls.md): "testing", then "enforce". The policy is
# served by the listener of protocol "web", with a certificate that is for mta-sts.YOUR-DOMAIN,
# too.
# [mta_sts]
# mode = "testing"

[dns]
# Empty: the servers of /etc/resolv.conf. A validating resolver on this host is best.
# servers = ["127.0.0.1"]

[checks]
# Refuse mail whose owner asks for it (DMARC p=reject), in the session.
dmarc_reject = true
# What an SPF fail does where nothing else speaks: "junk", "refuse" or "mark".
spf_fail = "junk"
# Mail to test-ANYTHING at your domains is answered with its explained verdict, to proven
# senders alone; "" turns that off.
tester = "test-"

[logging]
format = "json"
level = "info"
"""

_LISTENER: Final = """
# {purpose}
[[listener]]
protocol = "{protocol}"
address = "{address}"
port = {port}
tls = "{tls}"
"""

_UNIT: Final = """\
[Unit]
Description=Pillarbox mail server
Wants=network-online.target
After=network-online.target

[Service]
ExecStart={program} serve --config {path}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
{user}LimitNOFILE=65536
PrivateTmp=true
NoNewPrivileges=true

[Install]
WantedBy=multi-user.target
"""

# Without a user in the settings the unit names one, with the one right that ports ask for.
_UNIT_USER: Final = """\
User=pillarbox
AmbientCapabilities=CAP_NET_BIND_SERVICE
"""

_NEXT: Final = """\
Next:
  1. {owner}
  2. Get a certificate for {hostname}, and name it under [tls] in {path}.
  3. See that port 25 is open in both directions, and that the reverse name of the
     address is {hostname}.
  4. Save this as /etc/systemd/system/pillarbox.service:

{unit}
  5. systemctl daemon-reload && systemctl enable --now pillarbox
  6. When the records are published: pillarbox domain check {domain} --config {path}
  7. Add accounts: pillarbox account add NAME@{domain} --config {path}"""


def settings_text(hostname: str, address: str | None, user: str, *, postmaster: str) -> str:
    """Return the settings file. address: None listens on all. user: "" names none."""
    text = _SETTINGS.format(
        hostname=_toml(hostname),
        name=hostname,
        user=f"user = {_toml(user)}" if user else '# user = "pillarbox"',
        postmaster=_toml(postmaster),
    )
    for protocol, port, tls, purpose in _LISTENERS:
        text += _LISTENER.format(
            protocol=protocol, port=port, tls=tls, purpose=purpose, address=address or ANY
        )
    return text + _LISTENER.format(
        protocol="http",
        port=STATUS_PORT,
        tls="none",
        purpose="Status and metrics, for this host only.",
        address="127.0.0.1",
    )


def unit_text(program: str, path: Path, user: str) -> str:
    """Return a unit file for systemd. user: as in the settings, "" for none."""
    return _UNIT.format(program=program, path=path, user="" if user else _UNIT_USER)


def next_steps(path: Path, hostname: str, domain: str, unit: str, user: str) -> str:
    """Return what is left to do, in order. user: as in the settings, "" for none."""
    if user:
        owner = f"The server runs as {user}: keep {path.parent / 'state'} in that user's hands."
    else:
        owner = f"useradd --system pillarbox && chown -R pillarbox: {path.parent}"
    indented = "".join(f"       {line}\n" if line else "\n" for line in unit.splitlines())
    return _NEXT.format(owner=owner, path=path, hostname=hostname, domain=domain, unit=indented)


def _toml(text: str) -> str:
    """Return a basic string of TOML: JSON escapes are a subset of its own."""
    return json.dumps(text)
