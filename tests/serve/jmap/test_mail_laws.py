"""What must hold whatever happens: told changes lead from each state to the next."""

import random

import pytest

from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap.roster import Rosters
from pillarbox.store import copying, placements, vault
from pillarbox.store.ids import MailboxId
from pillarbox.store.mailboxes import Role

ROLES = (Role.INBOX, Role.ARCHIVE, Role.SENT, Role.TRASH)
KEYWORDS = ("$seen", "$flagged", "$draft", "work")
SORTS = (
    None,
    [{"property": "size"}, {"property": "receivedAt"}],
    [{"property": "subject", "isAscending": False}],
    [{"property": "from", "collation": "i;octet"}, {"property": "sentAt"}],
    [{"property": "hasKeyword", "keyword": "$flagged", "isAscending": False}],
    [{"property": "someInThreadHaveKeyword", "keyword": "work"}],
    [{"property": "allInThreadHaveKeyword", "keyword": "$seen"}, {"property": "to"}],
)


class Life:
    """Something happens to an account, again and again."""

    def __init__(self, client, seed):
        self.client = client
        self.random = random.Random(seed)
        self.emails: list[str] = []
        self.boxes: dict[Role, str] = {}

    async def begin(self):
        for role in ROLES:
            self.boxes[role] = await self.client.mailbox(role.value)

    def filters(self):
        inbox, archive, trash = (self.boxes[r] for r in (Role.INBOX, Role.ARCHIVE, Role.TRASH))
        return (
            None,
            {"inMailbox": inbox},
            {"inMailboxOtherThan": [trash, archive]},
            {"inMailbox": inbox, "notKeyword": "$seen"},
            {"someInThreadHaveKeyword": "$flagged"},
            {"operator": "AND", "conditions": [
                {"inMailbox": archive}, {"noneInThreadHaveKeyword": "work"}]},
            {"operator": "OR", "conditions": [
                {"allInThreadHaveKeyword": "$seen"}, {"hasKeyword": "$draft"}]},
            {"operator": "NOT", "conditions": [{"inMailbox": inbox}, {"maxSize": 140}]},
            {"subject": "plan", "after": "2026-03-01T12:05:00Z"},
        )  # fmt: skip

    async def step(self):
        do = [self.deliver] * 3 + [self.mark, self.mark, self.move, self.destroy, self.by_imap]
        await self.random.choice(do)()

    async def deliver(self):
        choose = self.random.choice
        number = len(self.emails)
        parent = self.random.randrange(number + 1)
        self.emails.append(
            await self.client.deliver(
                subject=f"Re: {choose(['Plan', 'Lunch'])}",
                message_id=f"<{number}@x>",
                in_reply_to=f"<{parent}@x>",
                sender=f"{choose('abc')} <{choose('xyz')}@example.org>",
                text="x" * self.random.randrange(50),
                mailbox=choose(ROLES),
                keywords=" ".join(sorted(self.random.sample(KEYWORDS, self.random.randrange(3)))),
                minutes=self.random.randrange(20),
            )
        )

    def some(self):
        return self.random.sample(self.emails, min(len(self.emails), self.random.randrange(1, 4)))

    async def update(self, patch):
        await self.client.call("Email/set", update=dict.fromkeys(self.some(), patch))

    async def mark(self):
        value = self.random.choice([True, None])
        await self.update({f"keywords/{self.random.choice(KEYWORDS)}": value})

    async def move(self):
        boxes = self.random.sample(list(self.boxes.values()), self.random.randrange(1, 3))
        await self.update({"mailboxIds": dict.fromkeys(boxes, True)})

    async def destroy(self):
        if self.random.random() < 0.4:
            await self.client.call("Email/set", destroy=self.some()[:1])

    async def by_imap(self):
        source, destination = (
            MailboxId(int(self.boxes[r][1:])) for r in self.random.sample(ROLES, 2)
        )
        how = self.random.randrange(3)

        def change(tx):
            account = self.client.number
            uids = [row.uid for row in placements.rows(tx, account, source)][:2]
            if how == 0:
                copying.move(tx, account, source, uids, destination)
            elif how == 1:
                copying.copy(tx, account, source, uids, destination)
            else:
                vault.remove(tx, account, source, uids[:1])

        await self.client.db.write(change)


def follow(old, response):
    """Do with a list what a client does (RFC 8620 §5.6)."""
    removed = set(response["removed"])
    now = [email_id for email_id in old if email_id not in removed]
    for added in sorted(response["added"], key=lambda one: one["index"]):
        now.insert(added["index"], added["id"])
    return now


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
async def test_query_changes_lead_to_the_new_list(client, seed):
    life = Life(client, seed)
    await life.begin()
    for _ in range(15):
        await life.step()
    queries = [
        {"filter": filter_, "sort": sort, "collapseThreads": collapse, "calculateTotal": True}
        for filter_ in life.filters()
        for sort in SORTS
        for collapse in (False, True)
    ]
    known = {}
    for number, query in enumerate(queries):
        response = await client.call("Email/query", **query)
        known[number] = (response["ids"], response["queryState"])
    for _ in range(5):
        for _ in range(life.random.randrange(1, 4)):
            await life.step()
        for number, query in enumerate(queries):
            ids, state = known[number]
            now = await client.call("Email/query", **query)
            assert now["total"] == len(now["ids"])
            assert now["canCalculateChanges"]
            if number % 3 == life.random.randrange(3):
                continue  # Some clients ask seldom.
            changes = await client.call("Email/queryChanges", sinceQueryState=state, **query)
            assert follow(ids, changes) == now["ids"], query
            assert changes["total"] == now["total"]
            assert changes["newQueryState"] == now["queryState"]
            known[number] = (now["ids"], now["queryState"])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
async def test_changes_lead_to_the_new_state(client, seed):
    life = Life(client, 100 + seed)
    await life.begin()
    kinds = ("Email", "Thread", "Mailbox")
    cache: dict[str, dict[str, object]] = {kind: {} for kind in kinds}
    states = {}

    async def read(kind, ids):
        response = await client.call(f"{kind}/get", ids=ids)
        for one in response["list"]:
            cache[kind][one["id"]] = one
        return response["state"]

    for kind in kinds:
        states[kind] = await read(kind, None)
    for _ in range(12):
        for _ in range(life.random.randrange(1, 5)):
            await life.step()
        for kind in kinds:
            more = True
            limit = life.random.choice([2, 3, 50])
            while more:
                try:
                    told = await client.call(
                        f"{kind}/changes", sinceState=states[kind], maxChanges=limit
                    )
                except MethodError as exc:
                    # One change that touches more than the client can take at once.
                    assert exc.type == "cannotCalculateChanges"  # noqa: PT017
                    limit = 50
                    continue
                ids = told["created"] + told["updated"]
                assert len(ids) + len(told["destroyed"]) <= limit
                for gone in told["destroyed"]:
                    cache[kind].pop(gone, None)
                assert not set(told["created"]) & set(cache[kind])
                await read(kind, ids)
                states[kind] = told["newState"]
                more = told["hasMoreChanges"]
            fresh = await client.call(f"{kind}/get", ids=None)
            assert cache[kind] == {one["id"]: one for one in fresh["list"]}
            assert states[kind] == fresh["state"]


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
async def test_a_roster_that_was_kept_up_is_like_a_new_one(client, seed):
    life = Life(client, 200 + seed)
    await life.begin()
    for _ in range(40):
        await life.step()
        kept = await client.rosters.get(client.db, client.number)
        kept.list_()
        new = await Rosters().get(client.db, client.number)
        for mailbox in [0, *(int(box[1:]) for box in life.boxes.values())]:
            assert list(kept.list_(mailbox)) == list(new.list_(mailbox))
            assert kept.counts(mailbox) == new.counts(mailbox)
        assert {t: set(m) for t, m in kept.members.items()} == {
            t: set(m) for t, m in new.members.items()
        }
