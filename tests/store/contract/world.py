"""What the contract tests are made of: a transaction with a clock and a counter, and mail."""

import functools
import inspect
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pillarbox.mime.summary import Summary
from pillarbox.store import accounts, domains, mailboxes, messages, verify
from pillarbox.store.blobs import BlobRef
from pillarbox.store.mailboxes import Role

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

ABSENT: Any = 4711
"""The number of something that does not exist."""

_numbers = itertools.count(1)


class Tx:
    """A transaction that counts statements, at a time that the test sets."""

    def __init__(self, tx):
        self._tx = tx
        self.now = NOON
        self.statements = 0
        self.dialect = tx.dialect
        self.blobs = tx.blobs

    def wait(self, **amount):
        self.now += timedelta(**amount)

    def count(self):
        """Return the statements since the last call."""
        statements, self.statements = self.statements, 0
        return statements

    def all(self, sql, *parameters):
        self.statements += 1
        return self._tx.all(sql, *parameters)

    def one(self, sql, *parameters):
        self.statements += 1
        return self._tx.one(sql, *parameters)

    def value(self, sql, *parameters):
        self.statements += 1
        return self._tx.value(sql, *parameters)

    def run(self, sql, *parameters):
        self.statements += 1
        return self._tx.run(sql, *parameters)

    def many(self, sql, rows):
        self.statements += 1
        return self._tx.many(sql, rows)


class Undo(Exception):
    """Takes back what a transaction did; carries what the test wants to know of it."""


def in_transaction(test):
    """Make an async test of `test(tx, ...)`: it runs in a transaction that is taken back.

    At its end every invariant must hold.
    """

    def transaction(tx, given):
        test(Tx(tx), **given)
        consistent(tx)
        raise Undo

    async def run(shared_db, **given):
        with pytest.raises(Undo):
            await shared_db.write(transaction, given)

    made: Any = functools.wraps(test)(run)
    tx, *others = inspect.signature(test).parameters.values()
    made.__signature__ = inspect.Signature([tx.replace(name="shared_db"), *others])
    return made


def ref():
    """Return a new reference to octets that nobody reads."""
    return BlobRef.parse(f"test/{next(_numbers)}")


def incoming(size=1000, subject="Hello", received_at=NOON, **fields):
    """Return a message to be filed; `fields` are those of Summary."""
    return messages.Incoming(summary(size=size, subject=subject, **fields), ref(), received_at)


def consistent(tx):
    assert [str(finding) for finding in verify.check(tx)] == []


def known(value):
    """Return what must be there."""
    assert value is not None
    return value


def account(tx, name="alice", **options):
    """Make an account in example.org, and the domain if it is the first."""
    if domains.find(tx, "example.org") is None:
        domains.add(tx, "example.org")
    return accounts.create(tx, f"{name}@example.org", **options).account_id


def box(tx, account_id, role=Role.INBOX):
    """Return the id of the mailbox that has a role."""
    return known(mailboxes.find_role(tx, account_id, role)).mailbox_id


def deliver(tx, account_id, count=1, mailbox=Role.INBOX, keywords="", **fields):
    """File some messages; return where."""
    return [
        messages.deliver(tx, account_id, mailbox, incoming(**fields), keywords)
        for _ in range(count)
    ]


def summary(size=1000, subject="Hello", **fields):
    values = {
        "envelope": b"(envelope)",
        "body": b"(body)",
        "bodystructure": b"(bodystructure)",
        "tree": b"\x00tree",
        "subject": subject,
        "base_subject": subject.removeprefix("Re: "),
        "message_id": "",
        "references": (),
        "from_text": "Alice <alice@example.org>",
        "to_text": "bob@example.org",
        "cc_text": "",
        "date": NOON,
        "size": size,
        "lines": 20,
        "preview": "Hi",
        "has_attachment": False,
        "header_octets": 200,
    }
    return Summary(**(values | fields))
