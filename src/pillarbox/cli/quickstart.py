"""`pillarbox quickstart DOMAIN`: settings, keys and a first account for a real host."""

import contextlib
import os
import pwd
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from pillarbox import config, foundation
from pillarbox.base import password as passwords
from pillarbox.cli import blueprint, domain_records, proposal, terminal, values
from pillarbox.cli.errors import Failure
from pillarbox.cli.frame import Command, json_option
from pillarbox.cli.installation import Installation
from pillarbox.cli.records import wanted
from pillarbox.config import Settings
from pillarbox.mailauth.publish import Wanted
from pillarbox.store.database import Transaction

FILE = "pillarbox.toml"


@click.command(
    "quickstart",
    cls=Command,
    examples="""
    pillarbox quickstart example.org
    pillarbox quickstart example.org --address 192.0.2.1 --folder /etc/pillarbox --user pillarbox
    """,
)
@click.argument("domain", type=values.domain)
@click.option(
    "--address", type=values.ip, metavar="IP", help="Listen on this address only (default: all)."
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Where settings and state go (default: here).",
)
@click.option("--user", default="", metavar="NAME", help="The system user to run as.")
@click.option(
    "--hostname", type=values.domain, metavar="NAME", help="This host (default: mail.DOMAIN)."
)
@json_option
def command(
    *,
    domain: str,
    address: str | None,
    folder: Path,
    user: str,
    hostname: str | None,
    as_json: bool,
) -> None:
    """Set up this host for the mail of DOMAIN.

    Writes a settings file with comments, makes the keys and the account postmaster@DOMAIN,
    and prints the DNS records to publish and what to do next. Overwrites nothing.
    """
    host = hostname or f"mail.{domain}"
    path = (folder / FILE).resolve()
    text = blueprint.settings_text(host, address, user, postmaster=f"postmaster@{domain}")
    settings = config.parse(text, path)
    _write(path, text, Path(settings.state), user)
    try:
        password, records = _fill(settings, domain)
    except BaseException:
        with contextlib.suppress(OSError):
            path.unlink()
            shutil.rmtree(settings.state, ignore_errors=True)
        raise
    unit = blueprint.unit_text(_program(), path, user)
    if as_json:
        terminal.show_json(_as_json(path, domain, host, password, records, unit))
        return
    terminal.say(f"{path} is written.")
    terminal.say(f"Account:  postmaster@{domain}")
    terminal.say(f"Password: {password}     (shown only now)")
    click.echo()
    click.secho("Publish these records in DNS:", bold=True)
    kind = "AAAA" if address and ":" in address else "A"
    shown = address or "the public address of this host"
    click.secho(f"{host}  {kind}", bold=True)
    terminal.say(f"  {shown}")
    terminal.say("  (where this server is; its reverse name should lead back to it)")
    domain_records.show(proposal.unasked(records))
    terminal.say(f"Some stand there already? `pillarbox domain records {domain}` merges them.")
    click.echo()
    click.echo(blueprint.next_steps(path, host, domain, unit, user))


def _write(path: Path, text: str, state: Path, user: str) -> None:
    """Write the settings and make the state folder. Raises Failure, and overwrites nothing."""
    owner = None
    if user and os.geteuid() == 0:
        try:
            owner = pwd.getpwnam(user)
        except KeyError:
            raise Failure(
                f"--user: there is no system user {user}; make it: useradd --system {user}"
            ) from None
    if path.exists():
        raise Failure(f"{path}: exists already, and nothing is overwritten")
    if state.exists() and any(state.iterdir()):
        raise Failure(f"{state}: is not empty, and nothing is overwritten")
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    # "x": somebody else may have been quicker.
    with path.open("x", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o640)
        file.write(text)
    if owner is not None:
        os.chown(state, owner.pw_uid, owner.pw_gid)
        os.chown(path, 0, owner.pw_gid)


def _fill(settings: Settings, domain: str) -> tuple[str, list[Wanted]]:
    """Make domain, keys and first account; return its password and the records."""
    here = Installation(settings)
    sealer, now = here.sealer, here.now
    password = passwords.generate()
    credentials = passwords.make(password).encode()

    def fill(tx: Transaction) -> list[Wanted]:
        foundation.add_domain(tx, domain, sealer, now)
        foundation.add_account(tx, f"postmaster@{domain}", credentials)
        return wanted(tx, domain, sealer, settings.hostname)

    return password, here.write(fill)


def _program() -> str:
    """Return how to start this program, for a unit file."""
    found = shutil.which("pillarbox", path=str(Path(sys.executable).parent)) or shutil.which(
        "pillarbox"
    )
    return found or f"{sys.executable} -m pillarbox"


def _as_json(
    path: Path, domain: str, host: str, password: str, records: list[Wanted], unit: str
) -> dict[str, Any]:
    return {
        "settings": str(path),
        "domain": domain,
        "hostname": host,
        "account": f"postmaster@{domain}",
        "password": password,
        "records": [
            {"name": one.name, "type": one.rtype, "value": one.value, "purpose": one.purpose}
            for one in records
        ],
        "unit": unit,
    }
