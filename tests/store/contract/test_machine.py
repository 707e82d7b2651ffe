"""An account against a model of dicts, by random steps.

The model also plays a client that hears of changes only through `changes`: whatever happens
in between, at its next visit it knows what is there.
"""

import contextlib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from pillarbox.base.errors import OverQuota
from pillarbox.store import (
    changes,
    copying,
    flags,
    mailboxes,
    messages,
    placements,
    quota,
    renaming,
    vault,
    verify,
)
from pillarbox.store import keywords as kw
from pillarbox.store.mailboxes import Role

from .world import account, in_transaction, incoming

QUOTA = 4000
WEEK = timedelta(days=7)
SOME = st.integers(0, 2**16 - 1)
KEYWORDS = st.frozensets(st.sampled_from(["$seen", "$flagged", "work"]))
SIZES = st.sampled_from([0, 1, 400])
CHANGES = st.builds(flags.Change, st.sampled_from(flags.How), KEYWORDS, st.booleans())


class Model:
    """boxes: mailbox -> uid -> [message, deleted]; keywords and sizes: by message."""

    def __init__(self):
        self.boxes = {}
        self.keywords = {}
        self.sizes = {}
        self.vault = {}

    def used(self):
        return sum(self.sizes[message] for message in self.present())

    def present(self):
        return {entry[0] for box in self.boxes.values() for entry in box.values()}


class AccountMachine(RuleBasedStateMachine):
    """Every step is done to the store and to the model."""

    tx: Any = None
    names: Iterator[str] = iter(())
    model: Any
    inbox: Any
    client: Any
    made = 0

    def __init__(self):
        super().__init__()
        self.account = account(self.tx, next(self.names), quota_octets=QUOTA)
        self.model = Model()
        for mailbox in mailboxes.list_(self.tx, self.account):
            if mailbox.role in (Role.INBOX, Role.ARCHIVE):
                self.model.boxes[mailbox.mailbox_id] = {}
        self.inbox = min(self.model.boxes)
        self.client = (changes.state(self.tx, self.account), {})

    def choose(self, seed):
        """Return a mailbox and some of its uids, and one that never was."""
        some = sorted(self.model.boxes)
        mailbox_id = some[seed % len(some)]
        uids = [uid for uid in self.model.boxes[mailbox_id] if (seed >> (uid % 12)) & 1]
        return mailbox_id, [*uids, 4_000_000_000]

    def file(self, filed, keywords, size):
        self.model.boxes[filed.mailbox_id][filed.uid] = [filed.message_id, 0]
        self.model.keywords[filed.message_id] = keywords
        self.model.sizes[filed.message_id] = size

    @rule(seed=SOME, keywords=KEYWORDS, size=SIZES, many=st.booleans())
    def deliver(self, seed, keywords, size, many):
        mailbox_id, _ = self.choose(seed)
        message = incoming(size, message_id=f"<{seed % 7}@x>", references=(f"<{seed % 5}@x>",))
        room = self.model.used() + size <= QUOTA
        stored = kw.canonical(keywords)
        filed: Any = None
        if many:
            targets = [messages.Target(self.account, mailbox_id, stored)] * 2
            first, again = messages.deliver_many(self.tx, targets, message)
            filed = first if room else None
            assert isinstance(first, messages.Delivered) == room
            if isinstance(again, messages.Delivered):
                self.file(again, keywords, size)
        else:
            with contextlib.suppress(OverQuota):
                filed = messages.deliver(self.tx, self.account, mailbox_id, message, stored)
            assert (filed is not None) == room
        if room:
            self.file(filed, keywords, size)

    @rule(seed=SOME, change=CHANGES)
    def store(self, seed, change):
        mailbox_id, uids = self.choose(seed)
        flags.store(self.tx, self.account, mailbox_id, uids, change)
        for uid in uids[:-1]:
            entry = self.model.boxes[mailbox_id][uid]
            before = self.model.keywords[entry[0]]
            match change.how:
                case flags.How.ADD:
                    after, entry[1] = before | change.keywords, entry[1] or int(change.deleted)
                case flags.How.REMOVE:
                    after = before - change.keywords
                    entry[1] = 0 if change.deleted else entry[1]
                case _:
                    after, entry[1] = change.keywords, int(change.deleted)
            self.model.keywords[entry[0]] = after

    @rule(seed=SOME, to=SOME)
    def copy(self, seed, to):
        mailbox_id, uids = self.choose(seed)
        there, _ = self.choose(to)
        box = self.model.boxes[mailbox_id]
        size = sum(self.model.sizes[box[uid][0]] for uid in uids[:-1])
        try:
            copied = copying.copy(self.tx, self.account, mailbox_id, uids, there)
        except OverQuota:
            assert self.model.used() + size > QUOTA
            return
        assert self.model.used() + size <= QUOTA
        new = {row.uid: row for row in placements.rows(self.tx, self.account, there)}
        for uid, copy in zip(copied.source, copied.copies, strict=True):
            message, deleted = box[uid]
            copied_id = new[copy].message_id
            self.model.boxes[there][copy] = [copied_id, deleted]
            self.model.keywords[copied_id] = self.model.keywords[message]
            self.model.sizes[copied_id] = self.model.sizes[message]

    @rule(seed=SOME, to=SOME)
    def move(self, seed, to):
        mailbox_id, uids = self.choose(seed)
        there, _ = self.choose(to)
        moved = copying.move(self.tx, self.account, mailbox_id, uids, there)
        assert moved.source == sorted(uids[:-1])
        leaving = [(uid, self.model.boxes[mailbox_id].pop(uid)) for uid in moved.source]
        for (_, entry), new in zip(leaving, moved.copies, strict=True):
            self.model.boxes[there].setdefault(new, entry)

    @rule(seed=SOME, to=SOME)
    def place(self, seed, to):
        mailbox_id, uids = self.choose(seed)
        there, _ = self.choose(to)
        held = {entry[0] for entry in self.model.boxes[there].values()}
        for uid in uids[:-1]:
            message = self.model.boxes[mailbox_id][uid][0]
            if message not in held:
                new = copying.place(self.tx, self.account, message, there)
                self.model.boxes[there][new] = [message, 0]

    def left(self, mailbox_id, uids):
        for uid in uids:
            message, _ = self.model.boxes[mailbox_id].pop(uid)
            self.model.vault[mailbox_id, uid] = message, self.model.keywords[message]

    @rule(seed=SOME, of_all=st.booleans())
    def expunge(self, seed, of_all):
        mailbox_id, uids = self.choose(seed)
        box = self.model.boxes[mailbox_id]
        wanted = sorted(uid for uid in (box if of_all else uids[:-1]) if box[uid][1])
        chosen = None if of_all else uids
        _, gone = vault.expunge(self.tx, self.account, mailbox_id, chosen)
        assert gone == wanted
        self.left(mailbox_id, gone)

    @rule(seed=SOME)
    def remove(self, seed):
        mailbox_id, uids = self.choose(seed)
        _, gone = vault.remove(self.tx, self.account, mailbox_id, uids)
        assert gone == sorted(uids[:-1])
        self.left(mailbox_id, gone)

    @precondition(lambda self: self.model.vault)
    @rule(seed=SOME)
    def restore(self, seed):
        places = sorted(self.model.vault)
        mailbox_id, uid = places[seed % len(places)]
        message, keywords = self.model.vault[mailbox_id, uid]
        present = self.model.present()
        try:
            there, new = vault.restore(self.tx, self.account, mailbox_id, uid)
        except OverQuota:
            assert self.model.used() + self.model.sizes[message] > QUOTA
            return
        assert there == (mailbox_id if mailbox_id in self.model.boxes else self.inbox)
        for place in [place for place in places if self.model.vault[place][0] == message]:
            del self.model.vault[place]
        if message in present:
            self.model.boxes[there].setdefault(new, [message, 0])
        else:
            (row,) = placements.rows_of(self.tx, self.account, there, [new])
            self.model.boxes[there][new] = [row.message_id, 0]
            self.model.keywords[row.message_id] = keywords
            self.model.sizes[row.message_id] = self.model.sizes[message]

    @rule(seed=SOME)
    def create_mailbox(self, seed):
        self.made += 1
        name = f"{'a/' * (seed % 3)}b{self.made}"
        made = mailboxes.create(self.tx, self.account, name)
        self.model.boxes[made.mailbox_id] = {}

    @precondition(lambda self: self.made)
    @rule(seed=SOME, rename=st.booleans())
    def rename_or_delete_mailbox(self, seed, rename):
        mailbox_id = max(self.model.boxes)
        if mailboxes.get(self.tx, self.account, mailbox_id).role is not None:
            return
        if rename:
            self.made += 1
            renaming.rename(self.tx, self.account, mailbox_id, f"c{seed % 3}/d{self.made}")
            return
        renaming.delete(self.tx, self.account, mailbox_id)
        self.left(mailbox_id, list(self.model.boxes[mailbox_id]))
        del self.model.boxes[mailbox_id]

    @rule(days=st.integers(0, 20))
    def purge(self, days):
        self.tx.wait(days=days)
        horizon = self.tx.now.replace(microsecond=0)
        while vault.purge(self.tx, self.account, horizon - WEEK, limit=2):
            pass
        kept = {(e.mailbox_id, e.uid) for e in vault.list_(self.tx, self.account, 1000)}
        assert kept <= set(self.model.vault)
        for place in set(self.model.vault) - kept:
            del self.model.vault[place]

    @rule(limit=st.integers(1, 40))
    def client_visits(self, limit):
        since, known = self.client
        while step := changes.messages_since(self.tx, self.account, since, limit):
            assert not set(step.created) & set(known)
            for message in (*step.created, *step.updated):
                known[message] = None
            for message in step.destroyed:
                known.pop(message, None)
            since = step.modseq
            if not step.more:
                break
        else:
            since = changes.state(self.tx, self.account)
            known = dict.fromkeys(self.model.present())
        self.client = (since, known)
        assert set(known) == self.model.present()

    @invariant()
    def store_is_as_the_model(self):
        for mailbox_id, box in self.model.boxes.items():
            rows = placements.rows(self.tx, self.account, mailbox_id)
            assert {row.uid: [row.message_id, row.deleted] for row in rows} == box
            for row in rows:
                assert kw.names(row.keywords) == self.model.keywords[row.message_id]
        used = quota.usage(self.tx, self.account)
        assert (used.octets, used.messages) == (self.model.used(), len(self.model.present()))

    def teardown(self):
        assert [str(one) for one in verify.check(self.tx, account_id=self.account)] == []


@in_transaction
def test_the_store_is_as_the_model(tx):
    examples = 30 if tx.dialect == "sqlite" else 4
    members = {"tx": tx, "names": (f"user{number}" for number in range(10**6))}
    run_state_machine_as_test(
        type("Machine", (AccountMachine,), members),
        settings=settings(
            max_examples=examples,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
