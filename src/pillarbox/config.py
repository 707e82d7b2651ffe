"""The settings: one TOML file, one tree of frozen values, read once.

Unknown keys and wrong types are errors that name the file, the key and, where it can be
found, the line. Every key has a default that is safe on the open internet, except
`hostname` and `listener`. The sections stand in `sections.py`;
`docs/config.md` is made from the docstrings there and here.

Only `app.py`, `lab/` and `cli/` read settings; everything below is handed what it needs.
"""

import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Any, Final

import msgspec

from pillarbox.base.errors import MailError
from pillarbox.sections import (
    Arc,
    Checks,
    Dkim,
    Dns,
    Forwarding,
    Limits,
    Listener,
    Logging,
    MtaSts,
    Outbound,
    Provision,
    Reports,
    Tls,
    Web,
)


class WrongSettings(MailError):
    """A settings file that cannot be used. `str(exc)` names file, key and reason."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The whole file.

    hostname: our name in greetings and MX records. state: the folder that holds the
    database, the packs and the keys; relative to the file. database: "" for SQLite in
    the state folder, or a postgresql:// URL. workers: 0 means one per core. user: the
    system user to become after binding ports, when started as root. trace_days: how long
    traces are kept. postmaster: who gets mail to postmaster where nobody has the address; ""
    for the account that was made first.
    srs: forwarded mail gets a return address of ours (its secret is made by itself). sealed:
    new messages are encrypted on disk under `master.key` of the state folder; what the
    database holds for lists and search (subjects, addresses, first words) is not (docs/search.md).
    """

    hostname: str
    listener: tuple[Listener, ...]
    state: str = "state"
    database: str = ""
    workers: int = 0
    user: str = ""
    subaddress_separator: str = "+"
    trace_days: int = 30
    postmaster: str = ""
    srs: bool = True
    sealed: bool = False
    tls: Tls = Tls()
    dns: Dns = Dns()
    dkim: Dkim = Dkim()
    limits: Limits = Limits()
    web: Web = Web()
    checks: Checks = Checks()
    arc: Arc = Arc()
    forwarding: Forwarding = Forwarding()
    outbound: Outbound = Outbound()
    mta_sts: MtaSts = MtaSts()
    reports: Reports = Reports()
    logging: Logging = Logging()
    provision: Provision = Provision()

    def path(self, name: str) -> Path:
        """Return the path of `name` in the state folder."""
        return Path(self.state) / name


_HOSTNAME: Final = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*")
_WHERE: Final = re.compile(r" - at `\$\.?(.*?)`$")


def load(path: Path) -> Settings:
    """Read and check a settings file. Raises WrongSettings."""
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as exc:
        reason = getattr(exc, "strerror", None) or str(exc)
        raise WrongSettings(f"{path}: cannot be read: {reason}") from exc
    return parse(text, path)


def parse(text: str, path: Path) -> Settings:
    """Check the text of a settings file; relative paths are below `path`'s folder."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as exc:
        raise WrongSettings(f"{path}: not valid TOML: {exc}") from exc
    try:
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as exc:
        raise WrongSettings(_explain(path, text, str(exc))) from exc
    for key, reason in _problems(settings):
        raise WrongSettings(f"{path}{_line(text, key)}: {key}: {reason}")
    return _absolute(settings, path.resolve().parent)


def _problems(settings: Settings) -> list[tuple[str, str]]:
    """Return (key, reason) for each value that has the right type and is still wrong."""
    found: list[tuple[str, str]] = []
    if not _HOSTNAME.fullmatch(settings.hostname) or len(settings.hostname) > 253:
        found.append(("hostname", f"{settings.hostname!r} is not a host name"))
    if not settings.listener:
        found.append(("listener", "at least one is needed"))
    for i, listener in enumerate(settings.listener):
        found += [
            (f"listener[{i}].{k}", reason) for k, reason in _listener_problems(listener, settings)
        ]
    if not 0 <= settings.workers <= 64:
        found.append(("workers", "must be 0 (one per core) to 64"))
    if settings.database and not settings.database.startswith(("postgresql://", "postgres://")):
        found.append(("database", 'must be "" for SQLite or a postgresql:// URL'))
    if bool(settings.tls.certificate) != bool(settings.tls.key):
        found.append(("tls", "certificate and key are needed together"))
    found += _number_problems(settings)
    found += [
        ("web.reachable", f"{text!r} is not an address and a port")
        for text in settings.web.reachable
        if address_and_port(text) is None
    ]
    found += [
        ("mta_sts.mx", f"{name!r} is not a host name")
        for name in settings.mta_sts.mx
        if not _HOSTNAME.fullmatch(name.removeprefix("*."))
    ]
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,32}", settings.checks.tester):
        found.append(("checks.tester", f"{settings.checks.tester!r} cannot begin an address"))
    if settings.reports.sender and "@" not in settings.reports.sender:
        found.append(("reports.sender", f"{settings.reports.sender!r} is not an address"))
    return found + _forwarding_problems(settings)


def address_and_port(
    text: str,
) -> tuple[ipaddress.IPv4Address | ipaddress.IPv6Address, int] | None:
    """Return what "address:port" or "[address]:port" names, None if it is neither."""
    address, _, port = text.rpartition(":")
    try:
        found = ipaddress.ip_address(address.removeprefix("[").removesuffix("]"))
    except ValueError:
        return None
    known = port.isascii() and port.isdecimal() and 0 < int(port[:6]) < 65536
    return (found, int(port)) if known else None


def _forwarding_problems(settings: Settings) -> list[tuple[str, str]]:
    found = []
    wanted = settings.forwarding
    networks = [("checks.trusted_networks", each) for each in settings.checks.trusted_networks]
    networks += [("web.proxies", each) for each in settings.web.proxies]
    for key, network in networks + [("forwarding.networks", each) for each in wanted.networks]:
        try:
            ipaddress.ip_network(network)
        except ValueError as exc:
            found.append((key, str(exc)))
    named = [("arc.sealers", name) for name in settings.arc.sealers]
    named += [("forwarding.lists", name) for entry in wanted.lists for name in entry.split()]
    found += [
        (key, f"{name!r} is not a domain name")
        for key, name in named
        if "." not in name or not _HOSTNAME.fullmatch(name)
    ]
    found += [
        ("forwarding.lists", f"{entry!r} is not LIST-ID or LIST-ID DOMAIN")
        for entry in wanted.lists
        if len(entry.split()) not in {1, 2}
    ]
    if wanted.junk_to and "@" not in wanted.junk_to:
        found.append(("forwarding.junk_to", f"{wanted.junk_to!r} is not an address"))
    if not 1 <= wanted.srs_days <= 365:
        found.append(("forwarding.srs_days", "must be 1 to 365"))
    return found


def _listener_problems(listener: Listener, settings: Settings) -> list[tuple[str, str]]:
    found = []
    try:
        address = ipaddress.ip_address(listener.address)
    except ValueError:
        return [("address", f"{listener.address!r} is not an IP address")]
    if not 0 <= listener.port <= 65535:
        found.append(("port", "must be 0 to 65535"))
    if listener.plaintext_auth and not address.is_loopback:
        found.append(("plaintext_auth", f"passwords in the clear only on loopback, not {address}"))
    if listener.protocol == "web":
        if listener.tls == "starttls":
            found.append(("tls", 'must be "implicit" or "none" for protocol web'))
        if listener.tls == "none" and not (address.is_loopback or settings.web.proxies):
            found.append(("tls", f'"none" only on loopback or behind web.proxies, not {address}'))
    return found


def _number_problems(settings: Settings) -> list[tuple[str, str]]:
    found = []
    for name in ("limits", "outbound"):
        part = getattr(settings, name)
        for field in part.__struct_fields__:
            value = getattr(part, field)
            if isinstance(value, int | float) and not isinstance(value, bool) and value <= 0:
                found.append((f"{name}.{field}", "must be greater than 0"))
    if not settings.outbound.retry_minutes or min(settings.outbound.retry_minutes) <= 0:
        found.append(("outbound.retry_minutes", "needs waits greater than 0"))
    return found


def _explain(path: Path, text: str, problem: str) -> str:
    where = _WHERE.search(problem)
    key = where[1] if where else ""
    reason = problem[: where.start()] if where else problem
    unknown = re.search(r"unknown field `(.*?)`", reason)
    missing = re.search(r"missing required field `(.*?)`", reason)
    if unknown or missing:
        name = (unknown or missing)[1]  # type: ignore[index]
        key = f"{key}.{name}" if key else name
        reason = "there is no such key" if unknown else "this key is required"
    return f"{path}{_line(text, key)}: {key or 'file'}: {reason}"


def _line(text: str, key: str) -> str:
    """Return ":LINE" of the key's last word if it stands only once, else ""."""
    word = re.escape(re.sub(r"\[\d+\]|\[\.\.\.\]", "", key).rsplit(".", 1)[-1])
    hits = [
        number
        for number, line in enumerate(text.splitlines(), 1)
        if re.match(rf"\s*(?:{word}\s*=|\[+\s*(?:[\w.]+\.)?{word}\s*\])", line)
    ]
    return f":{hits[0]}" if len(hits) == 1 else ""


def _absolute(settings: Settings, folder: Path) -> Settings:
    """Make the paths in the settings absolute."""

    def join(name: str) -> str:
        return str(folder / name) if name else ""

    tls = msgspec.structs.replace(
        settings.tls,
        certificate=join(settings.tls.certificate),
        key=join(settings.tls.key),
        authorities=join(settings.tls.authorities),
    )
    dns = msgspec.structs.replace(settings.dns, zone=join(settings.dns.zone))
    return msgspec.structs.replace(settings, state=join(settings.state), tls=tls, dns=dns)


def as_json(settings: Settings) -> Any:
    """Return the settings as JSON values, without secrets."""
    raw: dict[str, Any] = msgspec.to_builtins(settings)
    for account in raw["provision"]["accounts"]:
        account["password"] = "(hidden)"  # noqa: S105 - a placeholder
    if "@" in raw["database"]:
        raw["database"] = re.sub(r"//[^@]*@", "//(hidden)@", raw["database"])
    return raw
