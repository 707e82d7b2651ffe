"""What listeners for servers and mail programs serve: built here, as `app.py` does the rest.

SMTP, submission, LMTP, IMAP and POP3, each with the sessions of `serve/`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from pillarbox import config, policies
from pillarbox.base.clock import Clock
from pillarbox.delivery import inbound, submission
from pillarbox.dns.resolver import Resolver
from pillarbox.mailauth import srs
from pillarbox.serve import worker
from pillarbox.serve.connection import Connection
from pillarbox.serve.imap import session as imap_session
from pillarbox.serve.imap.headers import Headers
from pillarbox.serve.listener import Endpoint
from pillarbox.serve.notify import Hub
from pillarbox.serve.pop3 import session as pop3_session
from pillarbox.serve.signin import SignIn
from pillarbox.serve.smtp import recipients
from pillarbox.serve.smtp import session as smtp_session
from pillarbox.store.database import Database

REFUSALS: Final = {
    "smtp": b"421 4.7.0 Too many connections from your network, try again later\r\n",
    "submission": b"421 4.7.0 Too many connections from your network, try again later\r\n",
    "lmtp": b"421 4.7.0 Too many connections, try again later\r\n",
    "imap": b"* BYE Too many connections from your network\r\n",
    "pop3": b"-ERR [SYS/TEMP] Too many connections from your network\r\n",
    "http": b"",
    "web": b"",
}


@dataclass(frozen=True, slots=True)
class Shared:
    """What the sessions of all protocols work with."""

    settings: config.Settings
    db: Database
    hub: Hub
    clock: Clock
    resolver: Resolver
    signin: SignIn
    starttls: Callable[[Connection], Awaitable[None]]


def handlers(
    shared: Shared,
    receiving: inbound.Inbound,
    submitting: submission.Submission,
    rewriter: srs.Rewriter | None,
) -> Mapping[str, worker.Handler]:
    """Return the handler of each protocol."""
    settings, limits = shared.settings, shared.settings.limits
    smtp = smtp_session.Services(
        shared.db, shared.hub, shared.clock, shared.resolver, shared.signin, receiving, submitting,
        smtp_session.Policy(
            hostname=settings.hostname,
            message_octets=limits.message_octets,
            recipients=limits.recipients,
            errors=limits.smtp_errors,
            idle_seconds=limits.smtp_idle_seconds,
            rules=recipients.Rules(
                settings.subaddress_separator,
                rewriter,
                settings.postmaster or policies.postmaster(settings),
                settings.checks.tester,
            ),
        ),
        shared.starttls,
    )  # fmt: skip
    imap = imap_session.Services(
        shared.db, Headers(shared.db.blob_now), shared.hub, shared.clock, shared.signin,
        imap_session.Policy(
            settings.hostname, limits.message_octets, limits.imap_idle_seconds,
            limits.imap_login_seconds,
        ),
        shared.starttls,
    )  # fmt: skip
    pop3 = pop3_session.Services(
        shared.db, shared.hub, shared.clock, shared.signin, limits.pop3_idle_seconds,
        shared.starttls,
    )  # fmt: skip

    async def serve_smtp(conn: Connection, endpoint: Endpoint) -> None:
        await smtp_session.Session(smtp, conn, endpoint).run()

    async def serve_imap(conn: Connection, endpoint: Endpoint) -> None:
        await imap_session.Session(imap, conn, endpoint).run()

    async def serve_pop3(conn: Connection, endpoint: Endpoint) -> None:
        await pop3_session.Session(pop3, conn, endpoint).run()

    return {
        "smtp": serve_smtp,
        "submission": serve_smtp,
        "lmtp": serve_smtp,
        "imap": serve_imap,
        "pop3": serve_pop3,
    }
