"""The job that looks at the DKIM records of our domains and moves their keys on.

One worker of all does it, under a lease. Each pass asks every authoritative server of each
zone, keeps what they showed, warns of records that are gone, and takes each key at most one
step (`key_life`). Doing a pass twice does no harm.
"""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import structlog

from pillarbox.base.clock import Clock
from pillarbox.base.errors import AlreadyExists, MailError, NotFound
from pillarbox.base.metrics import DKIM_KEYS
from pillarbox.delivery import key_life
from pillarbox.delivery.key_life import GONE, KeyPolicy, Next
from pillarbox.delivery.signing import KINDS, Sealer, context, is_clear, make_keys, open_key
from pillarbox.dns.everywhere import Asker, look_everywhere
from pillarbox.dns.resolver import Resolver, RType
from pillarbox.mailauth.dkim_sign import SigningKey
from pillarbox.store import dkim_keys, domains, leases
from pillarbox.store.database import Database, Transaction
from pillarbox.store.dkim_keys import DkimKey, Look

log = structlog.get_logger()

FIRST_SECONDS: Final = 20.0
LEASE_SECONDS: Final = 300.0
AT_ONCE: Final = 8  # domains looked at side by side
_LEASE: Final = "dkim_keys"
_FINDINGS: Final = (
    key_life.OK, key_life.PARTIAL, key_life.MISSING, key_life.WRONG, key_life.UNASKED,
)  # fmt: skip


def record_name(domain: str, selector: str) -> str:
    """Return where the record of a key stands (RFC 6376 §3.6.2.1)."""
    return f"{selector}._domainkey.{domain}"


@dataclass(frozen=True, slots=True)
class Eyes:
    """Whom to ask. asker: None where `resolver` is the only source, such as a zone file."""

    resolver: Resolver
    asker: Asker | None


async def look_at(eyes: Eyes, domain: str, key: DkimKey, now: datetime) -> Look:
    """Return what DNS shows of a key now."""
    name = record_name(domain, key.selector)
    shown = await look_everywhere(eyes.resolver, eyes.asker, name, RType.TXT)
    return key_life.look(key, shown, now)


def seen(key: DkimKey, what: Look) -> DkimKey:
    """Return the key with what a look showed."""
    return replace(
        key,
        finding=what.finding,
        checked_at=what.checked_at,
        seen_at=what.seen_at,
        ttl=what.ttl,
        detail=what.detail,
    )


async def rotate(
    db: Database, domain: str, sealer: Sealer, now: datetime, algorithms: Sequence[str]
) -> list[DkimKey]:
    """Make the successors of a domain's keys, state "made". Nothing signs with them yet.

    Raises NotFound for the domain, AlreadyExists while earlier successors are on their way.
    """

    def check(tx: Transaction) -> None:
        domains.get(tx, domain)
        waiting = [k.selector for k in dkim_keys.list_(tx, domain) if k.state in _ON_THEIR_WAY]
        if waiting:
            raise AlreadyExists(f"a key that is to take over ({', '.join(waiting)})")

    await db.read(check)
    # Finding an RSA key takes half a second: not inside of a transaction.
    pairs = {a: await asyncio.to_thread(SigningKey.generate, KINDS[a]) for a in algorithms}

    def add(tx: Transaction) -> list[DkimKey]:
        check(tx)
        return make_keys(tx, domain, sealer, now, algorithms=algorithms, state="made", pairs=pairs)

    return await db.write(add)


_ON_THEIR_WAY: Final = frozenset({"made", "published"})


def move(tx: Transaction, domain: str, step: Next) -> None:
    """Take one step. The private half of a removed key is destroyed. Raises NotFound."""
    if not step.state:
        dkim_keys.forget(tx, domain, step.selector)
        return
    dkim_keys.set_state(tx, domain, step.selector, step.state)
    if step.state == "removed":
        key = dkim_keys.get(tx, domain, step.selector)
        dkim_keys.set_secret(tx, domain, step.selector, b"", key.record)


class KeyWatch:
    """The job. seconds: between two passes. owner: unique among processes."""

    def __init__(
        self,
        db: Database,
        eyes: Eyes,
        sealer: Sealer,
        clock: Clock,
        policy: KeyPolicy,
        *,
        seconds: float,
    ) -> None:
        self._db = db
        self._eyes = eyes
        self._sealer = sealer
        self._clock = clock
        self._policy = policy
        self._seconds = seconds
        self._owner = secrets.token_hex(8)

    async def run(self) -> None:
        """Do a pass now and then, for ever."""
        await asyncio.sleep(min(FIRST_SECONDS, self._seconds))
        while True:
            try:
                await self.look()
            except MailError as exc:
                log.error("dkim.watch_failed", reason=str(exc))  # noqa: TRY400 - no bug of ours
            await asyncio.sleep(self._seconds)

    async def look(self) -> None:
        """Do one pass over all domains, unless another process does it."""
        seconds = max(LEASE_SECONDS, self._seconds)
        if not await self._db.write(leases.take, _LEASE, self._owner, seconds):
            for finding in _FINDINGS:
                DKIM_KEYS.set(finding, to=0.0)
            return
        gate = asyncio.Semaphore(AT_ONCE)
        counts = dict.fromkeys(_FINDINGS, 0)

        async def one(name: str) -> None:
            async with gate:
                for key in await self.look_at_domain(name):
                    if key.state == "signing":
                        counts[key.finding] += 1

        async with asyncio.TaskGroup() as group:
            for domain in await self._db.read(domains.list_):
                group.create_task(one(domain.name))
        for finding, count in counts.items():
            DKIM_KEYS.set(finding, to=float(count))

    async def look_at_domain(self, domain: str) -> list[DkimKey]:
        """Look at the keys of one domain, take each a step on; return them as seen."""
        keys = [await self._complete(domain, key) for key in await self._keys(domain)]
        looks = await asyncio.gather(
            *(look_at(self._eyes, domain, key, self._clock.now()) for key in keys)
        )
        for key, what in zip(keys, looks, strict=True):
            self._tell(domain, key, what)
        keys = [seen(key, what) for key, what in zip(keys, looks, strict=True)]
        moves = key_life.advance(keys, self._policy, self._clock.now())

        def keep(tx: Transaction) -> None:
            here = {key.selector for key in dkim_keys.list_(tx, domain)}
            for key, what in zip(keys, looks, strict=True):
                if key.selector in here:
                    dkim_keys.note(tx, domain, key.selector, what)
            for step in moves:
                if step.selector in here:
                    move(tx, domain, step)

        await self._db.write(keep)
        for step in moves:
            log.info(
                "dkim.moved", domain=domain, selector=step.selector,
                state=step.state or "forgotten", why=step.why,
            )  # fmt: skip
        if key_life.due_for_rotation(keys, self._policy, self._clock.now()):
            await self._rotate(domain)
        return keys

    async def _keys(self, domain: str) -> list[DkimKey]:
        return await self._db.read(dkim_keys.list_, domain)

    async def _complete(self, domain: str, key: DkimKey) -> DkimKey:
        """Seal what stands in the clear, and note the record that an older program did not."""
        if not key.private_key or (key.record and not is_clear(key)):
            return key
        pair = open_key(domain, key, self._sealer)
        sealed = key.private_key
        if is_clear(key):
            sealed = self._sealer.seal(pair.pem(), context(domain, key.selector))
            log.info("dkim.sealed", domain=domain, selector=key.selector)
        record = key.record or pair.public_record()
        await self._db.write(dkim_keys.set_secret, domain, key.selector, sealed, record)
        return replace(key, private_key=sealed, record=record)

    async def _rotate(self, domain: str) -> None:
        try:
            made = await rotate(
                self._db, domain, self._sealer, self._clock.now(), self._policy.algorithms
            )
        except (AlreadyExists, NotFound):
            return
        for key in made:
            log.warning(
                "dkim.publish", record=record_name(domain, key.selector), value=key.record,
                why="the keys that sign are old",
            )  # fmt: skip

    def _tell(self, domain: str, key: DkimKey, what: Look) -> None:
        """Say it when a record that should be there is lost, and when it is back."""
        if key.state not in {"signing", "retired"} or what.finding == key.finding:
            return
        name = record_name(domain, key.selector)
        if what.finding in GONE:
            do = f"pillarbox domain dkim status {domain}"
            log.warning("dkim.record_gone", record=name, state=key.state, why=what.detail, do=do)
        elif key.finding in GONE and what.finding == key_life.OK:
            log.info("dkim.record_back", record=name, state=key.state)
