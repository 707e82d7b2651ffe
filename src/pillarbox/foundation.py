"""What every command and every worker builds from the settings: database, keys, resolver.

Apart from `app.py`, so that a command like `account list` starts without loading the servers.
What only some commands need is loaded when it is called for.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pillarbox import config
from pillarbox.base import token
from pillarbox.base.clock import Clock
from pillarbox.base.errors import MailError, NotFound
from pillarbox.base.token import Marker
from pillarbox.serve.privilege import write_private
from pillarbox.store import accounts, domains, security_events, signin_tickets
from pillarbox.store.connect import connect
from pillarbox.store.database import Database, Transaction
from pillarbox.store.keyring import MASTER_OCTETS, MasterKeyring, signin_key

LEASE_FOLDER: Final = "run"  # below the state folder: sockets and locks of running workers

if TYPE_CHECKING:
    from pillarbox.delivery.https import Fetcher
    from pillarbox.delivery.key_life import KeyPolicy
    from pillarbox.delivery.key_watch import Eyes
    from pillarbox.delivery.signing import Sealer
    from pillarbox.dns.client import Server
    from pillarbox.dns.resolver import Resolver
    from pillarbox.store.search_index import SearchIndex


class CannotStart(MailError):
    """Something that the server needs is not there. `str(exc)` says what, and what to do."""


def open_database(settings: config.Settings, clock: Clock) -> Database:
    """Return the store, not yet open. Raises CannotStart if the master key is lost."""
    folder = Path(settings.state)
    folder.mkdir(parents=True, exist_ok=True)
    keyring = MasterKeyring(master_key(settings), sealing=settings.sealed)
    return connect(folder, settings.database, clock, keyring=keyring)


async def open_index(settings: config.Settings, db: Database, clock: Clock) -> SearchIndex:
    """Open the index of words. Raises Unavailable."""
    from pillarbox.store.search_index import SearchIndex  # noqa: PLC0415 - loaded where it is used

    folder = Path(settings.state)
    bodies = not settings.sealed
    index = SearchIndex.beside(db, folder, settings.database, clock, bodies=bodies)
    await index.open()
    return index


def master_key(settings: config.Settings) -> bytes:
    """Return what protects private keys and sealed messages; makes its file (0600) at first.

    Raises CannotStart, naming the file: a new key would not open what the old one has sealed.
    """
    path = settings.path("master.key")
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        if any(settings.path("packs").glob("*")):
            raise CannotStart(
                f"{path}: is missing, and what is stored here needs it; restore it from a backup"
            ) from None
        secret = secrets.token_bytes(MASTER_OCTETS)
        write_private(path, secret)
    except PermissionError as exc:
        raise CannotStart(
            f"{path}: {exc.strerror}; it must belong to the user that runs the server"
        ) from exc
    if len(secret) != MASTER_OCTETS:
        raise CannotStart(
            f"{path}: has {len(secret)} octets, a master key has {MASTER_OCTETS}; "
            "restore it from a backup"
        )
    return secret


def sealer(settings: config.Settings) -> Sealer:
    """Return what protects private keys. Raises CannotStart if the master key is lost."""
    from pillarbox.delivery.signing import Sealer  # noqa: PLC0415 - loaded where it is used

    return Sealer(master_key(settings))


def marker(settings: config.Settings) -> Marker:
    """Return what makes the marks of tokens. Raises CannotStart if the master key is lost."""
    return Marker(signin_key(master_key(settings)))


def resolver(settings: config.Settings, clock: Clock) -> Resolver:
    """Return whom to ask: a zone file, the named servers, or those of the system."""
    from pillarbox.dns.client import Client  # noqa: PLC0415 - loaded where it is used
    from pillarbox.dns.zone import Zones  # noqa: PLC0415 - loaded where it is used

    wanted = settings.dns
    if wanted.zone:
        return Zones.load(Path(wanted.zone), clock)
    if not wanted.servers:
        return Client.from_system(clock, seconds=wanted.seconds)
    servers = [_server(text, trust_ad=wanted.trust_ad) for text in wanted.servers]
    return Client(servers, clock, seconds=wanted.seconds)


def fetcher(settings: config.Settings, resolver: Resolver) -> Fetcher:
    """Return how the web servers of other domains are asked."""
    from pillarbox.delivery.https import Https  # noqa: PLC0415 - loaded where it is used

    authorities = Path(settings.tls.authorities) if settings.tls.authorities else None
    wanted = settings.outbound
    return Https(resolver, authorities, port=wanted.https_port, source=wanted.source)


def eyes(settings: config.Settings, clock: Clock) -> Eyes:
    """Return whom to ask about the records of our own keys: each name server by itself."""
    from pillarbox.delivery.key_watch import Eyes  # noqa: PLC0415 - loaded where it is used
    from pillarbox.dns.client import AuthorityClient  # noqa: PLC0415 - loaded where it is used

    if settings.dns.zone:
        return Eyes(resolver(settings, clock), None)
    asker = AuthorityClient(clock, port=settings.dns.authority_port)
    return Eyes(resolver(settings, clock), asker)


def key_policy(settings: config.Settings) -> KeyPolicy:
    """Return which keys are made, which sign, and how long they live."""
    from pillarbox.delivery.key_life import KeyPolicy  # noqa: PLC0415 - loaded where it is used

    wanted = settings.dkim
    return KeyPolicy(
        algorithms=wanted.algorithms,
        sign_unpublished=wanted.sign_unpublished,
        retire=timedelta(days=wanted.retire_days),
        rotate=timedelta(days=wanted.rotate_days),
    )


def sign_in_link(
    tx: Transaction, marker: Marker, address: str, lifetime: timedelta, *, stay: bool = False
) -> str:
    """Make a link that signs in once, and return its token: `/sign-in?link=TOKEN`.

    lifetime: how long it waits to be used. stay: the browser stays signed in. Raises NotFound.
    """
    account = accounts.find(tx, address)
    if account is None:
        raise NotFound(f"account {address}")
    made = token.new_token()
    mark, data = marker.mark(token.LINK, made), "stay" if stay else ""
    signin_tickets.make(tx, mark, token.LINK, account.account_id, lifetime, data)
    security_events.add(tx, account.account_id, "link_made")
    return made


def add_domain(
    tx: Transaction,
    name: str,
    keys: Sealer,
    now: datetime,
    algorithms: Sequence[str] = ("rsa", "ed25519"),
) -> None:
    """Add a domain with its DKIM keys. Raises what the store raises."""
    from pillarbox.delivery.signing import make_keys  # noqa: PLC0415 - loaded where it is used

    domain = domains.add(tx, name)
    make_keys(tx, domain.name, keys, now, algorithms=algorithms)


def add_account(tx: Transaction, address: str, credentials: str) -> accounts.Account:
    """Add an account. Raises what the store raises."""
    return accounts.create(tx, address, credentials)


def _server(text: str, *, trust_ad: bool) -> Server:
    from pillarbox.dns.client import server as parse_server  # noqa: PLC0415 - loaded where it is used

    try:
        return parse_server(text, trust_ad=trust_ad)
    except ValueError as exc:
        raise CannotStart(f"dns.servers: {text!r} is no address or address:port") from exc
