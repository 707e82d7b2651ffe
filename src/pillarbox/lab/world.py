"""A running lab as scenes and the page see it: its stores, its people, its events."""

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from pillarbox import config, foundation
from pillarbox.base.clock import Clock
from pillarbox.base.errors import NotFound
from pillarbox.base.token import Marker
from pillarbox.delivery.signing import Signer
from pillarbox.lab import hosts, pages
from pillarbox.lab.hosts import Network
from pillarbox.lab.pages import Letter, Row
from pillarbox.lab.prepare import Prepared
from pillarbox.lab.scene import Mail, Result, Scene, perform
from pillarbox.lab.stage import Actors, RealStage
from pillarbox.lab.zones import Published
from pillarbox.mailauth import arc_sign
from pillarbox.mailauth.arc import ChainStatus
from pillarbox.mime import text as mime_text
from pillarbox.mime.header import parse_header
from pillarbox.store import accounts, history, mailboxes, placements, traces
from pillarbox.store.blobs import BlobRef
from pillarbox.store.database import Database, Transaction
from pillarbox.store.ids import AccountId, moment
from pillarbox.store.traces import Entry, Query
from pillarbox.trace import view
from pillarbox.trace.step import Trace
from pillarbox.trace.view import Earlier

LOOK_SECONDS: Final = 0.2
LINK_LIFETIME: Final = timedelta(minutes=10)
LETTERS: Final = 50  # shown of each mailbox
MAX_TEXT_OCTETS: Final = 100_000

Tell = Callable[[str, str], None]


class World:
    """Opens the stores of all domains for reading, plays scenes, tells what happens."""

    def __init__(self, prepared: Prepared, network: Network, clock: Clock) -> None:
        self.network = network
        self.results: dict[str, Result] = {}
        self._prepared = prepared
        self._clock = clock
        self._stores: dict[str, Database] = {}
        self._signers: dict[str, Signer] = {}
        self._markers: dict[str, Marker] = {}
        self._tellers: set[Tell] = set()
        self._stage: RealStage | None = None
        self._playing = asyncio.Lock()

    async def open(self) -> None:
        """Open the stores."""
        for name, path in self._prepared.settings.items():
            settings = config.load(path)
            db = foundation.open_database(settings, self._clock)
            await db.open()
            self._stores[name] = db
            self._markers[name] = foundation.marker(settings)
            self._signers[name] = Signer(
                db, foundation.sealer(settings), self._clock, foundation.key_policy(settings)
            )
        loop = asyncio.get_running_loop()

        def look(domain: str, query: Query) -> list[Trace]:
            return asyncio.run_coroutine_threadsafe(self._look(domain, query), loop).result()

        def sign(domain: str, message: bytes) -> bytes:
            signing = self._signers[domain].sign(message, domain)
            return asyncio.run_coroutine_threadsafe(signing, loop).result()[0]

        def seal(domain: str, message: bytes, authres: bytes) -> bytes:
            sealing = _seal(self._signers[domain], domain, message, authres, self._clock.now())
            return asyncio.run_coroutine_threadsafe(sealing, loop).result()

        actors = Actors(look, sign, seal)
        self._stage = RealStage(self.network, self._prepared.authority, self._clock, actors)

    @property
    def stores(self) -> dict[str, Database]:
        """The open store of each domain."""
        return dict(self._stores)

    async def close(self) -> None:
        """Close the stores."""
        for db in self._stores.values():
            await db.close()

    async def play(self, scene: Scene) -> Result:
        """Play one scene; one at a time, since they share the actors."""
        assert self._stage is not None
        async with self._playing:
            result = await asyncio.to_thread(perform, scene, self._stage)
        self.results[scene.name] = result
        self._tell("outcome", f"{scene.name}\n{pages.outcome(result)}")
        return result

    async def send(self, mail: Mail) -> None:
        """Submit a message as one of the people. Raises OSError."""
        assert self._stage is not None
        await asyncio.to_thread(self._stage.submit, mail)

    async def webmail(self, address: str) -> str:
        """Return the URL at which the webmail lets this person in, once. Raises NotFound."""
        domain = address.rpartition("@")[2]
        marker = self._markers[domain]
        token = await self._stores[domain].write(
            foundation.sign_in_link, marker, address, LINK_LIFETIME
        )
        host = self.network.address(hosts.domain_of(domain).host)
        return f"http://{host}:{hosts.WEB}/sign-in?link={token}"

    async def _look(self, domain: str, query: Query) -> list[Trace]:
        return await self._stores[domain].scan(_find_traces, query)

    async def traces(self, limit: int) -> list[Row]:
        """Return the latest traces of all domains, newest first."""
        found = []
        for name, db in self._stores.items():
            entries = await db.scan(traces.list_, Query(), limit)
            found += [(entry.started_at, _row(name, entry)) for entry in entries]
        found.sort(key=lambda pair: pair[0], reverse=True)
        return [row for _, row in found[:limit]]

    async def trace(self, domain: str, trace_id: str) -> Trace:
        """Return one trace. Raises NotFound."""
        if domain not in self._stores:
            raise NotFound(f"domain {domain}")
        return await self._stores[domain].scan(traces.get, trace_id)

    async def earlier(self, domain: str, trace: Trace) -> Earlier | None:
        """Return what came from the same address before."""
        return await self._stores[domain].scan(history.earlier, trace)

    async def letters(self, address: str) -> list[tuple[str, list[Letter]]]:
        """Return the mailboxes of one person with their latest messages."""
        db = self._stores[address.rpartition("@")[2]]
        return await db.scan(_letters, address)

    async def letter(
        self, address: str, mailbox: str, uid: int
    ) -> tuple[list[tuple[str, str]], str, Trace | None]:
        """Return fields, text and trace of one message. Raises NotFound."""
        db = self._stores[address.rpartition("@")[2]]
        blob, trace_id = await db.scan(_locate, address, mailbox, uid)
        message = await db.blob(BlobRef.parse(blob))
        header = parse_header(message)
        names = ("From", "To", "Cc", "Date", "Subject")
        fields = [(name, header.text(name.lower())) for name in names]
        text = mime_text.searchable(message, MAX_TEXT_OCTETS)
        trace = None
        if trace_id:
            with contextlib.suppress(NotFound):
                trace = await db.scan(traces.get, trace_id)
        return fields, text, trace

    def records(self) -> dict[str, list[Published]]:
        """Return what each domain publishes."""
        return self._prepared.records

    def watch(self, tell: Tell) -> Callable[[], None]:
        """Call tell(event, html) for each new trace or outcome until the returned stop."""
        self._tellers.add(tell)
        return lambda: self._tellers.discard(tell)

    async def follow(self) -> None:
        """Look for new and changed traces, for ever."""
        seen: dict[str, str] = {row.id: row.action for row in await self.traces(100)}
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if not self._tellers:
                continue
            for row in reversed(await self.traces(40)):
                if seen.get(row.id) != row.action:
                    seen[row.id] = row.action
                    self._tell("trace", pages.feed_item(row))

    def _tell(self, event: str, data: str) -> None:
        for tell in tuple(self._tellers):
            tell(event, data)


async def _seal(
    signer: Signer, domain: str, message: bytes, authres: bytes, now: datetime
) -> bytes:
    active = (await signer.keys(domain))[0]
    return arc_sign.seal(
        message, active.key, domain=domain, selector=active.selector, authres=authres,
        cv=ChainStatus.NONE, now=now,
    )  # fmt: skip


def _find_traces(tx: Transaction, query: Query) -> list[Trace]:
    return [traces.get(tx, entry.trace_id) for entry in traces.list_(tx, query, 10)]


def _row(domain: str, entry: Entry) -> Row:
    return Row(
        domain=domain,
        id=entry.trace_id,
        time=entry.started_at.astimezone().strftime("%H:%M:%S"),
        sender=entry.sender,
        recipients=", ".join(entry.recipients),
        subject=entry.subject,
        action=view.action(entry.action),
        verdict=entry.verdict,
    )


def _account(tx: Transaction, address: str) -> AccountId:
    account = accounts.find(tx, address)
    if account is None:
        raise NotFound(f"account {address}")
    return account.account_id


def _letters(tx: Transaction, address: str) -> list[tuple[str, list[Letter]]]:
    account_id = _account(tx, address)
    found = []
    columns = ("from_text", "subject", "preview", "trace_id")
    for box in mailboxes.list_(tx, account_id):
        rows = placements.newest(tx, account_id, box.mailbox_id, LETTERS)
        more = {
            row[0]: row[1:]
            for row in placements.metadata(
                tx, account_id, box.mailbox_id, [row.uid for row in rows], columns
            )
        }
        letters = [
            Letter(
                uid=row.uid,
                time=moment(row.received_at).astimezone().strftime("%H:%M"),
                sender=more[row.uid][0],
                subject=more[row.uid][1],
                preview=more[row.uid][2],
                seen="$seen" in row.keywords.split(),
                trace=more[row.uid][3],
            )
            for row in rows
            if row.uid in more
        ]
        found.append((box.name, letters))
    return found


def _locate(tx: Transaction, address: str, mailbox: str, uid: int) -> tuple[str, str]:
    account_id = _account(tx, address)
    box = mailboxes.find(tx, account_id, mailbox)
    if box is None:
        raise NotFound(f"mailbox {mailbox}")
    rows = placements.metadata(tx, account_id, box.mailbox_id, [uid], ("blob", "trace_id"))
    if not rows:
        raise NotFound(f"message {uid}")
    return rows[0][1], rows[0][2]
