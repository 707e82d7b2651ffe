"""The lab's owner of all zones: publishes the keys that the servers make, within seconds.

So `domain dkim rotate` goes its whole way in the lab, as with an owner who types records
quickly.
"""

import asyncio
from typing import Final

from pillarbox import config, foundation
from pillarbox.delivery.signing import public_records
from pillarbox.dns.authority import Authority
from pillarbox.lab.hosts import DOMAINS, Network
from pillarbox.lab.prepare import Prepared
from pillarbox.lab.zones import domain_records, zones
from pillarbox.store.database import Database

EVERY_SECONDS: Final = 3.0


async def keep_published(
    prepared: Prepared, stores: dict[str, Database], network: Network, authority: Authority
) -> None:
    """Publish what should be published, until cancelled. stores: domain -> open store."""
    sealers = {
        name: foundation.sealer(config.load(path)) for name, path in prepared.settings.items()
    }
    known: dict[str, list[tuple[str, str]]] = {}
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        found = {
            name: await db.read(public_records, name, sealers[name]) for name, db in stores.items()
        }
        if found == known:
            continue
        known = found
        authority.replace(zones(network, found, prepared.keys))
        for domain in DOMAINS:
            prepared.records[domain.name] = domain_records(
                domain, network, found[domain.name], prepared.keys
            )
