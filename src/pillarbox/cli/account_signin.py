"""`pillarbox account`, more: how an account is signed in to.

Sessions of browsers, codes, links that sign in once, and what was changed of them.
A running server knows at once: it keeps none of this in memory.
"""

from datetime import timedelta
from ipaddress import ip_address
from typing import Any, Final

import click

from pillarbox import foundation
from pillarbox.base.errors import NotFound
from pillarbox.cli import account_app_password, terminal, values
from pillarbox.cli.errors import Failure
from pillarbox.cli.frame import Command, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.config import Settings
from pillarbox.store import (
    accounts,
    second_factors,
    security_events,
    web_sessions,
)
from pillarbox.store.accounts import Account
from pillarbox.store.database import Transaction
from pillarbox.store.web_sessions import WebSession

LINK_MINUTES: Final = 15
MAX_LINK_MINUTES: Final = 24 * 60


def _get(tx: Transaction, address: str) -> Account:
    account = accounts.find(tx, address)
    if account is None:
        raise NotFound(f"account {address}")
    return account


# Sessions.


@click.command(
    "sessions", cls=Command, examples="pillarbox account sessions anna@example.org --json"
)
@click.argument("address", type=values.address)
@json_option
@pass_place
def sessions(place: Place, address: str, *, as_json: bool) -> None:
    """List the browsers that are signed in to the account ADDRESS."""
    found = Installation(place.settings()).read(_sessions, address)
    if as_json:
        terminal.show_json([_session_json(session) for session in found])
        return
    terminal.table(
        ("number", "signed in", "by", "last used", "from", "browser"),
        [
            (
                str(session.session_no),
                terminal.time(session.created_at),
                session.method,
                terminal.time(session.used_at),
                session.network,
                session.agent,
            )
            for session in found
        ],
        right=(0,),
    )


def _sessions(tx: Transaction, address: str) -> list[WebSession]:
    return web_sessions.list_(tx, _get(tx, address).account_id)


def _session_json(session: WebSession) -> dict[str, Any]:
    return {
        "number": session.session_no,
        "method": session.method,
        "created_at": terminal.iso(session.created_at),
        "used_at": terminal.iso(session.used_at),
        "network": session.network,
        "agent": session.agent,
    }


@click.command(
    "end-sessions",
    cls=Command,
    examples="""
    pillarbox account end-sessions anna@example.org
    pillarbox account end-sessions anna@example.org --number 7
    """,
)
@click.argument("address", type=values.address)
@click.option("--number", type=click.IntRange(min=1), help="Only this one (default: all).")
@json_option
@pass_place
def end_sessions(place: Place, address: str, number: int | None, *, as_json: bool) -> None:
    """Sign the browsers of the account ADDRESS out, at once."""
    here = Installation(place.settings())
    account = here.read(_get, address)
    ended = here.write(_end_sessions, address, number)
    here.hint([account.account_id])
    if as_json:
        terminal.show_json({"address": address, "ended": ended})
    else:
        terminal.say(f"{address}: {ended} {'session' if ended == 1 else 'sessions'} ended.")


def _end_sessions(tx: Transaction, address: str, number: int | None) -> int:
    account_id = _get(tx, address).account_id
    if number is None:
        ended = web_sessions.end_others(tx, account_id)
        security_events.add(tx, account_id, "sessions_ended", str(ended))
        return ended
    if not web_sessions.end(tx, account_id, number):
        raise NotFound(f"session {number} of {address}")
    security_events.add(tx, account_id, "session_ended")
    return 1


# Second factors.


@click.command("totp", cls=Command, examples="pillarbox account totp anna@example.org off")
@click.argument("address", type=values.address)
@click.argument("what", type=click.Choice(["show", "off"]), default="show")
@json_option
@pass_place
def totp(place: Place, address: str, what: str, *, as_json: bool) -> None:
    """Show what the account ADDRESS asks for beside its password, or turn it off.

    For somebody who has lost phone, recovery codes and passkeys, once you know who they are.
    The password signs in again after that.
    """
    here = Installation(place.settings())
    factor = here.write(_off, address) if what == "off" else here.read(_factor, address)
    if as_json:
        terminal.show_json(
            {
                "address": address,
                "totp": factor.totp_since is not None,
                "recovery_codes": factor.codes,
                "passkeys_only": factor.passkeys_only,
            }
        )
        return
    asks = [
        words
        for words, there in (
            (f"codes, and has {factor.codes} recovery codes", factor.totp_since is not None),
            ("a passkey in place of the password", factor.passkeys_only),
        )
        if there
    ]
    terminal.say(f"{address} asks for {' and '.join(asks) or 'the password only'}.")


def _factor(tx: Transaction, address: str) -> second_factors.SecondFactor:
    return second_factors.find(tx, _get(tx, address).account_id)


def _off(tx: Transaction, address: str) -> second_factors.SecondFactor:
    account_id = _get(tx, address).account_id
    if second_factors.find(tx, account_id).passkeys_only:
        second_factors.set_passkeys_only(tx, account_id, on=False)
        security_events.add(tx, account_id, "passkeys_only_off")
    if second_factors.disable_totp(tx, account_id):
        security_events.add(tx, account_id, "totp_off")
    return second_factors.find(tx, account_id)


# A link, and what happened.


@click.command(
    "link",
    cls=Command,
    examples="""
    pillarbox account link anna@example.org
    pillarbox account link anna@example.org --minutes 60 --origin https://mail.example.org
    """,
)
@click.argument("address", type=values.address)
@click.option(
    "--minutes",
    type=click.IntRange(1, MAX_LINK_MINUTES),
    default=LINK_MINUTES,
    show_default=True,
    help="How long it waits to be used.",
)
@click.option("--origin", default="", metavar="URL", help="Of the webmail (default: as set up).")
@click.option("--stay", is_flag=True, help="The browser stays signed in.")
@json_option
@pass_place
def link(
    place: Place, address: str, minutes: int, origin: str, *, stay: bool, as_json: bool
) -> None:
    """Make a link that signs in to the account ADDRESS once, without password or code.

    For somebody who has lost their password: they open it and choose a new one. Whoever has the
    link has the account, so hand it over in person.
    """
    here = Installation(place.settings())
    where = (origin or web_origin(here.settings)).rstrip("/")
    if not where.startswith(("https://", "http://")):
        raise Failure(
            "no listener of protocol web is set up: name the webmail with "
            "--origin https://mail.example.org"
        )
    lifetime = timedelta(minutes=minutes)

    def make(tx: Transaction) -> str:
        return foundation.sign_in_link(tx, here.marker, address, lifetime, stay=stay)

    url = f"{where}/sign-in?link={here.write(make)}"
    if as_json:
        terminal.show_json({"address": address, "url": url, "minutes": minutes})
        return
    terminal.say(url)
    terminal.note(f"Signs in as {address}, once, within {minutes} minutes.")


def web_origin(settings: Settings) -> str:
    """Return the origin of the webmail by the first listener for it, "" if there is none."""
    for listener in settings.listener:
        if str(listener.protocol) != "web":
            continue
        secure = listener.tls == "implicit"
        host = "localhost" if ip_address(listener.address).is_loopback else settings.hostname
        usual = listener.port == (443 if secure else 80)
        port = "" if usual else f":{listener.port}"
        return f"{'https' if secure else 'http'}://{host}{port}"
    return ""


@click.command(
    "security", cls=Command, examples="pillarbox account security anna@example.org --json"
)
@click.argument("address", type=values.address)
@click.option("--limit", type=click.IntRange(1, 200), default=50, show_default=True)
@json_option
@pass_place
def security(place: Place, address: str, limit: int, *, as_json: bool) -> None:
    """Show what happened to the ways of signing in to the account ADDRESS, newest first."""
    found = Installation(place.settings()).read(_events, address, limit)
    if as_json:
        terminal.show_json(
            [
                {
                    "at": terminal.iso(event.at),
                    "kind": event.kind,
                    "detail": event.detail,
                    "network": event.network,
                    "agent": event.agent,
                }
                for event in found
            ]
        )
        return
    terminal.table(
        ("when", "what", "which", "from", "browser"),
        [
            (
                terminal.time(event.at),
                event.kind.replace("_", " "),
                event.detail,
                event.network or "the server",
                event.agent,
            )
            for event in found
        ],
    )


def _events(tx: Transaction, address: str, limit: int) -> list[security_events.SecurityEvent]:
    return security_events.list_(tx, _get(tx, address).account_id, limit)


COMMANDS: Final[tuple[click.Command, ...]] = (
    sessions,
    end_sessions,
    account_app_password.command,
    totp,
    link,
    security,
)
