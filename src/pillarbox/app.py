"""The composition root: from settings to objects to a running server.

Only this module builds objects out of settings; everything below is handed what it needs.
`serve` runs in the supervisor and forks; `build` runs in each worker, on its own loop.
"""

import asyncio
import contextlib
import functools
import mmap
import os
import secrets
import ssl
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import structlog
from starlette.applications import Starlette

from pillarbox import config, foundation, mail_programs, policies, sections, website
from pillarbox.base import log as base_log
from pillarbox.base import password as passwords
from pillarbox.base.clock import Clock, SystemClock
from pillarbox.base.errors import AlreadyExists
from pillarbox.base.metrics import REGISTRY
from pillarbox.base.ratelimit import AuthLimiter, AuthLimits
from pillarbox.base.token import Marker
from pillarbox.delivery import inbound, key_watch, outbound, srs_secrets, submission, vacation
from pillarbox.delivery.acquaintances import Acquaintances
from pillarbox.delivery.forwarding import Forwarder
from pillarbox.delivery.handing_in import HandingIn
from pillarbox.delivery.https import Fetcher
from pillarbox.delivery.releasing import Releaser
from pillarbox.delivery.report_intake import ReportIntake
from pillarbox.delivery.report_sender import Reporter
from pillarbox.delivery.security_notice import SecurityNotices
from pillarbox.delivery.signing import Signer
from pillarbox.delivery.tester import Tester
from pillarbox.delivery.tls_policies import TlsPolicies
from pillarbox.dns.resolver import Resolver
from pillarbox.foundation import (
    LEASE_FOLDER,
    CannotStart,
    add_account,
    add_domain,
    open_database,
    resolver,
    sealer,
)
from pillarbox.serve import (
    announce,
    certificate,
    housekeeping,
    indexer,
    status,
    waking,
    worker,
)
from pillarbox.serve.allocator import keep_large_blocks_apart
from pillarbox.serve.connection import Connection
from pillarbox.serve.jmap.web_push import load_key
from pillarbox.serve.listener import CannotBind, Endpoint, Gate, bind
from pillarbox.serve.notify import QUEUE, Hub
from pillarbox.serve.privilege import become, hand_over, write_private
from pillarbox.serve.signin import SignIn
from pillarbox.serve.supervisor import Seat, Supervisor, WorkerMain
from pillarbox.store import accounts, aliases, domains
from pillarbox.store import settings as store_settings
from pillarbox.store.database import Database

log = structlog.get_logger()


async def provision(settings: config.Settings) -> None:
    """Make the domains, accounts and aliases of [provision] that are missing."""
    clock = SystemClock()
    wanted = settings.provision
    keys = sealer(settings)
    db = open_database(settings, clock)
    await db.open()
    try:
        for name in wanted.domains:
            with contextlib.suppress(AlreadyExists):
                await db.write(add_domain, name, keys, clock.now(), settings.dkim.algorithms)
        for account in wanted.accounts:
            if await db.read(accounts.find, account.address) is None:
                made = await asyncio.to_thread(passwords.make, account.password)
                await db.write(add_account, account.address, made.encode())
        for alias in wanted.aliases:
            if await db.read(aliases.targets, alias.address) != tuple(sorted(alias.targets)):
                await db.write(aliases.set_, alias.address, alias.targets)
    finally:
        await db.close()


# Serving.


def serve(path: Path) -> int:
    """Run the server with a settings file until SIGTERM. Returns the exit code."""
    keep_large_blocks_apart()
    clock = SystemClock()
    settings = config.load(path)
    base_log.configure(form=settings.logging.format, level=settings.logging.level, clock=clock)
    slots = settings.workers or os.cpu_count() or 1
    try:
        ports = [bind(endpoint, slots) for endpoint in _endpoints(settings)]
    except CannotBind as exc:
        raise CannotStart(str(exc)) from exc
    if settings.user and os.geteuid() == 0:
        _give_up_root(Path(settings.state), settings.user)
    prepare(settings, clock)
    asyncio.run(provision(settings))
    memory = mmap.mmap(-1, max(REGISTRY.row_octets * (slots + 1), 1))
    REGISTRY.bind(memoryview(memory), slots + 1, slots)

    def reload() -> WorkerMain:
        return functools.partial(_work, config.load(path), memory)

    def ready() -> None:
        for endpoint, _ in ports:
            log.info("serving", listener=str(endpoint), tls=endpoint.tls)
        log.info("ready", workers=slots)

    supervisor = Supervisor(
        ports, slots, clock, functools.partial(_work, settings, memory), reload, ready
    )
    return supervisor.run()


def _endpoints(settings: config.Settings) -> list[Endpoint]:
    return [
        Endpoint(item.protocol, item.address, item.port, item.tls, item.plaintext_auth)
        for item in settings.listener
    ]


def prepare(settings: config.Settings, clock: Clock) -> None:
    """Make the state folder, and a self-signed certificate where none is configured."""
    Path(settings.state).mkdir(parents=True, exist_ok=True)
    settings.path(LEASE_FOLDER).mkdir(exist_ok=True)
    sealer(settings)
    if not settings.tls.certificate and not settings.path("key.pem").exists():
        log.info("certificate.self_signed", hostname=settings.hostname)
        pair = certificate.issue([settings.hostname], clock.now())
        settings.path("certificate.pem").write_bytes(pair.certificate)
        write_private(settings.path("key.pem"), pair.key)


def _give_up_root(state: Path, user: str) -> None:
    """Become a system user that owns the state folder, before anything is written to it."""
    state.mkdir(parents=True, exist_ok=True)
    try:
        hand_over(state, user)
        become(user)
    except KeyError:
        raise CannotStart(
            f"user: there is no system user {user!r}; make it: useradd --system {user}"
        ) from None
    for path in (os.__file__, __file__):
        if not os.access(path, os.R_OK):
            raise CannotStart(
                f"user: {user} may not read {path}, and what is loaded later is there; "
                "install Python and Pillarbox where everybody may read them"
            )


def _work(settings: config.Settings, memory: mmap.mmap, seat: Seat) -> int:
    """Be a worker."""
    REGISTRY.bind(memoryview(memory), seat.slots + 1, seat.slot)
    return worker.run(seat, functools.partial(build, settings))


async def build(
    settings: config.Settings, seat: Seat, clock: Clock | None = None
) -> worker.Service:
    """Build everything that one worker needs, on its event loop. clock: None for the real one."""
    clock = clock or SystemClock()
    db = open_database(settings, clock)
    await db.open()
    index = await foundation.open_index(settings, db, clock)
    dns = resolver(settings, clock)
    hub = Hub(settings.path(LEASE_FOLDER), seat.slot, seat.slots)
    hub.open()
    keys = sealer(settings)
    # Addresses that were rewritten lead back also after rewriting was turned off.
    rewriter = await db.write(srs_secrets.load, settings.forwarding.srs_days)
    tls_files = _tls_files(settings)
    context = certificate.server_context(*tls_files)
    marker = foundation.marker(settings)
    signin = await _signin(
        settings, db, clock, marker, certificate.end_point_binding(tls_files[0].read_bytes())
    )
    signer = Signer(db, keys, clock, foundation.key_policy(settings))
    expire = timedelta(hours=settings.outbound.expire_hours)
    forwarder = Forwarder(db, signer, dns, clock, policies.forwarding_policy(settings, rewriter))
    acquaintances = Acquaintances(db, clock, policies.known_forwarders(settings))
    receiving = inbound.Inbound(
        db, dns, clock, policies.inbound_policy(settings, expire), forwarder, acquaintances,
        ReportIntake(db, settings.checks.report_mailboxes),
        Tester(db, dns, signer, clock, policies.tester_policy(settings, expire)),
    )  # fmt: skip
    submitting = submission.Submission(
        db,
        signer,
        clock,
        submission.Policy(settings.hostname, settings.subaddress_separator, expire),
    )
    policy = policies.outbound_policy(settings, rewriter, expire)
    web = foundation.fetcher(settings, dns)
    tls_policies = _tls_policies(settings, db, dns, web, clock)
    sending = outbound.Outbound(db, dns, clock, policy, signer, hub.changed, policies=tls_policies)
    housekeeper = housekeeping.Housekeeping(
        db, clock, trace_days=settings.trace_days, upload_hours=settings.web.upload_hours,
        slot=seat.slot,
    )  # fmt: skip

    keeper = key_watch.KeyWatch(
        db, foundation.eyes(settings, clock), keys, clock, foundation.key_policy(settings),
        seconds=60 * settings.dkim.check_minutes,
    )  # fmt: skip

    reporter = Reporter(db, dns, clock, signer, web, policies.report_policy(settings), hub.changed)

    async def starttls(conn: Connection) -> None:
        await conn.start_tls(context)

    async def run_queue() -> None:
        with hub.subscribe(QUEUE, sending.wake):
            await sending.run()

    async def healthy() -> str:
        return "the disk is full" if db.full else ""

    async def policy_of(name: str) -> str | None:
        ours = await db.read(domains.find, name) is not None
        return policies.sts_policy(settings) if ours else None

    async def stop() -> None:
        hub.close()
        await index.close()
        await db.close()

    shared = mail_programs.Shared(settings, db, hub, clock, dns, signin, starttls)
    gate = _gate(settings.limits)
    stopping = asyncio.Event()
    announced = announce.routes(policy_of)
    parts = website.Parts(
        settings, db, index, hub, clock, dns, policy, tls_policies, signin, marker,
        keys, gate, await load_key(db, keys, f"mailto:postmaster@{settings.hostname}"), stopping,
        announced,
        HandingIn(db, submitting, clock, settings.subaddress_separator),
    )  # fmt: skip
    pages = website.Website(parts)
    return worker.Service(
        handlers=mail_programs.handlers(shared, receiving, submitting, rewriter),
        tls=context,
        gate=gate,
        tasks=[
            run_queue,
            _releasing(settings, db, submitting, hub, clock),
            waking.task(db, hub, clock),
            _answering(settings, db, signer, hub, clock),
            housekeeper.run,
            keeper.run,
            reporter.run,
            SecurityNotices(db, clock, settings.hostname, hub.changed).run,
            indexer.task(db, index, hub, clock, seat.slot),
            *([pages.pusher.run] if seat.slot == 0 else []),
        ],
        stop=stop,
        refuse=mail_programs.REFUSALS,
        http=_servers(pages, context, status.application(healthy, announced)),
        stopping=stopping,
    )


def _releasing(
    settings: config.Settings,
    db: Database,
    submitting: submission.Submission,
    hub: Hub,
    clock: Clock,
) -> Callable[[], Awaitable[None]]:
    """Return what sends mail at its time, until it is cancelled."""
    releaser = Releaser(db, submitting, clock, settings.subaddress_separator, hub.changed)

    async def run() -> None:
        with hub.subscribe(QUEUE, releaser.wake):
            await releaser.run()

    return run


def _answering(
    settings: config.Settings, db: Database, signer: Signer, hub: Hub, clock: Clock
) -> Callable[[], Awaitable[None]]:
    """Return what answers for people who are away, until it is cancelled."""
    expire = timedelta(hours=settings.outbound.expire_hours)
    policy = vacation.Policy(settings.hostname, settings.subaddress_separator, expire)
    answering = vacation.Vacations(db, signer, clock, policy, hub.changed)

    async def run() -> None:
        with hub.watch(answering.wake):
            await answering.run()

    return run


def _gate(limits: sections.Limits) -> Gate:
    return Gate(total=limits.connections, per_address=limits.connections_per_address)


def _tls_policies(
    settings: config.Settings, db: Database, dns: Resolver, web: Fetcher, clock: Clock
) -> TlsPolicies:
    wanted = settings.outbound
    return TlsPolicies(
        db, dns, web, clock,
        port=wanted.port, sts=wanted.mta_sts, dane=wanted.dane, reports=settings.reports.tls,
    )  # fmt: skip


async def _signin(
    settings: config.Settings, db: Database, clock: Clock, marker: Marker, binding: bytes
) -> SignIn:
    limits = settings.limits
    fake = await db.write(store_settings.set_default, "fake_key", secrets.token_hex(32))
    limiter = AuthLimiter(
        AuthLimits(
            pair=limits.auth_failures,
            network=5 * limits.auth_failures,
            account=10 * limits.auth_failures,
            window_seconds=limits.auth_window_seconds,
        )
    )
    return SignIn(db, clock, limiter, marker, binding=binding, fake_key=bytes.fromhex(fake))


def _servers(
    pages: website.Website, context: ssl.SSLContext, inside: Starlette
) -> worker.MakeServer:
    """Return what makes the servers of HTTP. inside: what only this host may see."""

    def make(protocol: str, *, tls: bool) -> status.EmbeddedServer:
        if protocol == "web":
            return pages.server(context if tls else None)
        return status.server(pages.announced if tls else inside, context if tls else None)

    return make


def _tls_files(settings: config.Settings) -> tuple[Path, Path]:
    """Return the certificate and key files: the configured ones, or our own."""
    if settings.tls.certificate:
        return Path(settings.tls.certificate), Path(settings.tls.key)
    return settings.path("certificate.pem"), settings.path("key.pem")
