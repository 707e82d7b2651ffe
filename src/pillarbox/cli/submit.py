"""Submitting a message straight to the local store, as one of its accounts."""

from datetime import timedelta
from typing import Any

from pillarbox import foundation
from pillarbox.base.errors import NotFound
from pillarbox.cli.errors import Failure
from pillarbox.cli.installation import Installation
from pillarbox.config import Settings
from pillarbox.delivery import route, submission
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.inbound import Answer
from pillarbox.delivery.route import Local
from pillarbox.delivery.signing import Signer
from pillarbox.serve.notify import QUEUE
from pillarbox.store.database import Database

MECHANISM = "the command line"


def submit(
    settings: Settings, author: str, recipients: tuple[str, ...], message: bytes
) -> dict[str, Any]:
    """Submit as the account that `author` leads to; return code, text and trace id.

    Raises NotFound if no account here has the address, Failure for recipients of ours
    that do not exist.
    """
    here = Installation(settings)
    changed = {QUEUE}

    async def work(db: Database) -> Answer:
        separator = settings.subaddress_separator
        own = await db.read(route.resolve, author, separator)
        account = next((t for t in own.targets if isinstance(t, Local)), None)
        if account is None:
            raise NotFound(f"account {author}")
        routings = [await db.read(route.resolve, to, separator) for to in recipients]
        for routing in routings:
            if not routing.targets:
                raise Failure(f"there is no mailbox {routing.recipient} here")
        client = Client(
            ip="127.0.0.1",
            helo=settings.hostname,
            listener="submission",
            account_id=account.account_id,
            account=account.address,
            mechanism=MECHANISM,
        )
        plain = all(address.isascii() for address in (author, *recipients))
        envelope = Envelope(
            author,
            tuple(Recipient(to) for to in recipients),
            body="7BIT" if message.isascii() else "8BITMIME",
            smtputf8=not plain,
        )
        policy = submission.Policy(
            hostname=settings.hostname,
            separator=separator,
            expire=timedelta(hours=settings.outbound.expire_hours),
        )
        signer = Signer(db, here.sealer, here.clock, foundation.key_policy(settings))
        door = submission.Submission(db, signer, here.clock, policy)
        return await door.receive(client, envelope, routings, message, changed)

    answer = here.run(work)
    here.hint(changed)
    return {"code": answer.code, "text": answer.text, "trace": answer.trace_id}
