"""Transactions at once, through the whole database: nothing is lost, nothing happens twice."""

import asyncio
from datetime import timedelta

from pillarbox.store import attempts, copying, flags, messages, placements, queue, queue_admin
from pillarbox.store.mailboxes import STANDARD, Role

from .world import account, box, incoming

SEEN = flags.Change(flags.How.ADD, frozenset({"$seen"}))


async def test_deliveries_to_few_accounts_at_once(db):
    people = await db.write(lambda tx: [account(tx, name) for name in ("a", "b", "c")])
    everyone = [messages.Target(one) for one in people]

    def one(tx, number):
        return messages.deliver(tx, people[number % 3], Role.INBOX, incoming())

    def all_of_them(tx):
        return messages.deliver_many(tx, everyone, incoming())

    def touch(tx, number):
        person = people[number % 3]
        inbox, archive = box(tx, person), box(tx, person, Role.ARCHIVE)
        flags.store(tx, person, inbox, [number], SEEN)
        copying.move(tx, person, inbox, [number + 1], archive)

    work = [db.write(one, number) for number in range(60)]
    work += [db.write(all_of_them) for _ in range(20)]
    work += [db.write(touch, number) for number in range(20)]
    await asyncio.gather(*work)

    def uids(tx, person):
        rows = [placements.rows(tx, person, box(tx, person, role)) for _, role in STANDARD]
        return sorted(row.uid for row in rows[0]), sum(map(len, rows))

    for person in people:
        found, total = await db.read(uids, person)
        assert total == 40
        assert len(set(found)) == len(found)
        assert max(found) <= 40


async def test_runners_never_hold_the_same_recipient(db):
    def fill(tx):
        for number in range(40):
            name = f"d{number % 5}.example"
            item = queue.NewItem(incoming().blob, 9, "", tx.now + timedelta(days=1))
            people = [queue.NewRecipient(f"u{n}@{name}", name) for n in range(3)]
            people.append(queue.NewRecipient("x@other.example", "other.example"))
            queue.enqueue(tx, item, people)

    await db.write(fill)

    def report(tx, attempt):
        said = [attempts.Report(one.position, 250) for one in attempt.recipients]
        return attempts.finish(tx, attempt.item.item_id, said)

    async def run(owner):
        seen = []
        while claimed := await db.write(attempts.claim, owner, 60, 7):
            done = await asyncio.gather(*(db.write(report, attempt) for attempt in claimed))
            assert done == [len(attempt.recipients) for attempt in claimed]
            seen += [(one.item_id, one.position) for a in claimed for one in a.recipients]
        return seen

    both = await asyncio.gather(run("one"), run("two"), run("three"))
    seen = [one for runner in both for one in runner]
    assert len(seen) == len(set(seen)) == 160
    assert await db.read(queue_admin.list_) == []
