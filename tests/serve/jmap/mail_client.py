"""Calls JMAP methods on a store, without HTTP."""

from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.jmap.error import MethodError
from pillarbox.jmap.limits import Limits
from pillarbox.mime.summary import summarise
from pillarbox.serve.jmap import mail
from pillarbox.serve.jmap.api import _note_created
from pillarbox.serve.jmap.method import Context
from pillarbox.serve.jmap.roster import Rosters
from pillarbox.serve.visitor import Visitor
from pillarbox.store import accounts, domains, flags, mailboxes, messages
from pillarbox.store.mailboxes import Role

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def text_mail(subject="Hello", text="Body", sender="Ann <ann@example.org>", **fields):
    lines = [f"From: {sender}", f"Subject: {subject}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    return "\r\n".join([*lines, "", text, ""]).encode()


class MailClient:
    def __init__(self, db, account, extras=(), **options):
        self.db = db
        self.account = account
        self.number = account.account_id
        self.account_id = f"a{self.number}"
        self.rosters = Rosters()
        self.capability = mail.capability(extras, rosters=self.rosters, **options)
        self.changed = []
        self.created = {}
        self.more = []
        self.using = frozenset({mail.URN, *(extra.urn for extra in extras)})
        self.limits = Limits()

    @classmethod
    async def make(cls, db, address="alice@example.org", extras=()):
        def create(tx):
            domain = address.rpartition("@")[2]
            if domains.find(tx, domain) is None:
                domains.add(tx, domain)
            return accounts.create(tx, address)

        return cls(db, await db.write(create), extras)

    def context(self):
        visitor = Visitor(self.number, "alice@example.org", "session")
        return Context(
            self.db,
            visitor,
            NOON,
            self.limits,
            self.using,
            self.changed.append,
            self.created,
            self.more,
        )

    async def call(self, method, **args):
        args = {"accountId": self.account_id, **args}
        found = await self.capability.methods[method](self.context(), args)
        _note_created(self.created, found)
        return found

    async def fails(self, method, **args):
        """Return the type of the error that the call ends with."""
        with pytest.raises(MethodError) as caught:
            await self.call(method, **args)
        return caught.value.type

    async def deliver(self, octets=None, mailbox=Role.INBOX, keywords="", minutes=0, **fields):
        """File a message and return its JMAP id."""
        octets = text_mail(**fields) if octets is None else octets
        received = NOON + timedelta(minutes=minutes)

        def file(tx):
            incoming = messages.Incoming(summarise(octets), tx.blobs[0], received)
            return messages.deliver(tx, self.number, mailbox, incoming, keywords)

        delivered = await self.db.write(file, blobs=(octets,))
        return f"e{delivered.message_id}"

    async def set_keywords(self, email_id, keywords, how=flags.How.REPLACE):
        change = flags.Change(how, frozenset(keywords))
        await self.db.write(flags.set_keywords, self.number, [int(email_id[1:])], change)

    async def mailbox(self, role):
        """Return the JMAP id of the mailbox of a role."""
        found = await self.db.read(mailboxes.find_role, self.number, Role(role))
        return f"m{found.mailbox_id}"

    async def query(self, **args):
        return (await self.call("Email/query", **args))["ids"]

    async def email(self, email_id, *properties, **args):
        wanted = {"properties": list(properties)} if properties else {}
        response = await self.call("Email/get", ids=[email_id], **wanted, **args)
        return response["list"][0]
