"""`pillarbox domain dkim`: the signing keys of a domain, from their making to their end."""

import asyncio
from typing import Any, Final

import click

from pillarbox import foundation
from pillarbox.cli import terminal, values
from pillarbox.cli.errors import Failure
from pillarbox.cli.frame import Group, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.delivery import key_life, key_watch
from pillarbox.delivery.key_life import GONE, KeyPolicy, Next
from pillarbox.delivery.signing import open_key
from pillarbox.mailauth.publish import quote_txt
from pillarbox.store import dkim_keys, domains
from pillarbox.store.database import Transaction
from pillarbox.store.dkim_keys import DkimKey

_WORDS: Final = {
    "": "not looked at yet",
    key_life.OK: "published",
    key_life.PARTIAL: "on some name servers only",
    key_life.MISSING: "missing",
    key_life.WRONG: "another record",
    key_life.UNASKED: "could not ask",
}


@click.group("dkim", cls=Group, examples="pillarbox domain dkim status example.org")
def command() -> None:
    """The keys that sign a domain's mail (DKIM): rotate them, see what they wait for."""


@command.command(
    "list",
    examples="""
    pillarbox domain dkim list
    pillarbox domain dkim list example.org --json
    """,
)
@click.argument("name", type=values.domain, required=False)
@json_option
@pass_place
def list_(place: Place, name: str | None, *, as_json: bool) -> None:
    """List the keys of all domains, or of NAME, as the server last saw them."""
    here = Installation(place.settings())
    policy = foundation.key_policy(here.settings)
    found = here.read(_keys, name)
    if as_json:
        terminal.show_json([row for domain, keys in found for row in _rows(domain, keys, policy)])
        return
    terminal.table(
        ("domain", "selector", "algorithm", "state", "since", "record", "waits for"),
        [
            (domain, key.selector, key.algorithm, key.state, terminal.time(key.since),
             _WORDS[key.finding], key_life.waiting_for(key, policy))
            for domain, keys in found
            for key in keys
        ],
    )  # fmt: skip


def _keys(tx: Transaction, name: str | None) -> list[tuple[str, list[DkimKey]]]:
    wanted = domains.list_(tx) if name is None else [domains.get(tx, name)]
    return [(domain.name, dkim_keys.list_(tx, domain.name)) for domain in wanted]


def _rows(domain: str, keys: list[DkimKey], policy: KeyPolicy) -> list[dict[str, Any]]:
    signing = {key.selector for key in key_life.choose(keys, policy)[0]}
    return [
        {
            "domain": domain,
            "selector": key.selector,
            "algorithm": key.algorithm,
            "state": key.state,
            "since": terminal.iso(key.since),
            "signs": key.selector in signing,
            "record": {
                "name": key_watch.record_name(domain, key.selector),
                "type": "TXT",
                "value": key.record,
                "presentation": quote_txt(key.record),
                "deed": "unpublish" if key.state == "removed" else "publish",
            },
            "finding": key.finding or "unknown",
            "detail": key.detail,
            "seen_since": terminal.iso(key.seen_at),
            "checked_at": terminal.iso(key.checked_at),
            "ttl": key.ttl,
            "waiting_for": key_life.waiting_for(key, policy),
        }
        for key in keys
    ]


@command.command(
    "status",
    examples="""
    pillarbox domain dkim status example.org
    pillarbox domain dkim status example.org --json
    """,
)
@click.argument("name", type=values.domain)
@json_option
@pass_place
@click.pass_context
def status(ctx: click.Context, place: Place, name: str, *, as_json: bool) -> None:
    """Ask each name server of NAME now, and say what every key does and waits for.

    Exits 1 if the record of a key that signs is missing or another.
    """
    here = Installation(place.settings())
    policy = foundation.key_policy(here.settings)
    ((domain, kept),) = here.read(_keys, name)
    kept = _completed(here, domain, kept)
    eyes = foundation.eyes(here.settings, here.clock)

    async def look() -> list[DkimKey]:
        looks = await asyncio.gather(
            *(key_watch.look_at(eyes, domain, key, here.now) for key in kept)
        )
        return [key_watch.seen(key, what) for key, what in zip(kept, looks, strict=True)]

    keys = asyncio.run(look())
    bad = any(key.state == "signing" and key.finding in GONE for key in keys)
    if as_json:
        terminal.show_json({"domain": domain, "ok": not bad, "keys": _rows(domain, keys, policy)})
    else:
        for key in keys:
            _show(domain, key, keys, policy)
    ctx.exit(1 if bad else 0)


def _completed(here: Installation, domain: str, keys: list[DkimKey]) -> list[DkimKey]:
    """Return the keys with their record, also those that an older program made."""
    return [
        key
        if key.record or not key.private_key
        else dkim_keys.with_record(key, open_key(domain, key, here.sealer).public_record())
        for key in keys
    ]


def _show(domain: str, key: DkimKey, keys: list[DkimKey], policy: KeyPolicy) -> None:
    signs = key in key_life.choose(keys, policy)[0]
    click.secho(f"{key.selector}  {key.algorithm}  {key.state}", bold=True)
    terminal.say(f"  since {terminal.time(key.since)}; {'signs' if signs else 'does not sign'}")
    terminal.say(f"  in DNS: {_WORDS[key.finding]} ({key.detail})")
    if waits := key_life.waiting_for(key, policy):
        terminal.say(f"  waits for {waits}")
    if key.state == "removed" or key.finding != key_life.OK:
        _show_record(domain, key, "unpublish" if key.state == "removed" else "publish")


def _show_record(domain: str, key: DkimKey, deed: str) -> None:
    terminal.say(f"  {deed}: {key_watch.record_name(domain, key.selector)}  TXT")
    terminal.say(f"    {key.record}")


@command.command(
    "rotate",
    examples="""
    pillarbox domain dkim rotate example.org
    pillarbox domain dkim rotate example.org && pillarbox domain dkim status example.org
    """,
)
@click.argument("name", type=values.domain)
@json_option
@pass_place
def rotate(place: Place, name: str, *, as_json: bool) -> None:
    """Make new keys for NAME, and say which records to publish.

    The running server moves them on: they sign when every name server has shown them for
    the records' TTL; the old keys stay published for some days more.
    """
    here = Installation(place.settings())
    policy = foundation.key_policy(here.settings)
    made = here.run(lambda db: key_watch.rotate(db, name, here.sealer, here.now, policy.algorithms))
    if as_json:
        terminal.show_json({"domain": name, "keys": _rows(name, made, policy)})
        return
    terminal.say(f"New keys for {name}. Publish these records; the old keys sign until then:")
    for key in made:
        _show_record(name, key, "publish")
    terminal.say(f"See what they wait for: pillarbox domain dkim status {name}")


@command.command("remove", examples="pillarbox domain dkim remove example.org 202601r --yes")
@click.argument("name", type=values.domain)
@click.argument("selector")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_place
def remove(place: Place, name: str, selector: str, *, yes: bool, as_json: bool) -> None:
    """Destroy the key SELECTOR of NAME, and say which record to take out of DNS.

    A key that signs goes only when another one signs too.
    """
    here = Installation(place.settings())
    if not yes:
        click.confirm(f"Destroy the key {selector} of {name} for good?", abort=True)
    key = here.write(_remove, name, selector)
    record = key_watch.record_name(name, selector)
    if as_json:
        terminal.show_json({"domain": name, "selector": selector, "unpublish": record})
        return
    terminal.say(f"The key is destroyed. Take the record {record} out of DNS")
    if key.state == "retired":
        terminal.say("when the mail that it signed has arrived, in some days.")


def _remove(tx: Transaction, domain: str, selector: str) -> DkimKey:
    key = dkim_keys.get(tx, domain, selector)
    others = [k for k in dkim_keys.list_(tx, domain) if k.selector != selector]
    if key.state == "signing" and not any(k.state == "signing" for k in others):
        raise Failure(
            f"{selector} is the only key that signs for {domain}; first: "
            f"pillarbox domain dkim rotate {domain}"
        )
    if key.state != "removed":
        key_watch.move(tx, domain, Next(selector, "removed", "by hand"))
    return key
