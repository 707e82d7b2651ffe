"""Every invariant is really checked: each of these changes breaks one."""

import pytest

from pillarbox.store import (
    attempts,
    copying,
    dkim_keys,
    messages,
    queue,
    traces,
    vault,
    verify,
)
from pillarbox.store.mailboxes import Role
from pillarbox.trace.step import Step, Trace

from .world import NOON, Tx, Undo, account, box, consistent, deliver, ref, summary

BREAKING = [
    ("A1 quota", "UPDATE accounts SET used_octets = used_octets + 1"),
    ("A1 quota", "UPDATE accounts SET used_messages = 0"),
    ("A2 modseq", "UPDATE accounts SET modseq = 3"),
    ("A2 modseq", "UPDATE thread_links SET thread_id = 4711"),
    ("A3 horizon", "UPDATE accounts SET horizon = 4711"),
    ("A4 inbox", "UPDATE mailboxes SET role = NULL WHERE role = 'inbox'"),
    ("A5 address", "UPDATE accounts SET address = 'alice@elsewhere.example'"),
    ("A5 address", "INSERT INTO aliases VALUES ('alice@example.org', 'b@example.org', 0)"),
    ("W1 wishes", "UPDATE accounts SET wishes = 2"),
    ("W1 wishes", "INSERT INTO muted_threads SELECT account_id, 1 FROM accounts"),
    ("M1 counts", "UPDATE mailboxes SET total = total + 1 WHERE role = 'inbox'"),
    ("M1 counts", "UPDATE mailboxes SET unseen = unseen + 1 WHERE role = 'inbox'"),
    ("M1 counts", "UPDATE mailboxes SET deleted = 1 WHERE role = 'sent'"),
    ("M1 counts", "UPDATE mailboxes SET octets = 0"),
    ("M1 counts", "UPDATE placements SET keywords = '$seen'"),
    ("M2 uidnext, M3 highest_modseq", "UPDATE mailboxes SET uidnext = 2 WHERE role = 'inbox'"),
    ("M2 uidnext, M3 highest_modseq", "UPDATE mailboxes SET highest_modseq = 1"),
    ("M7 recent_uid", "UPDATE mailboxes SET recent_uid = uidnext + 1 WHERE role = 'inbox'"),
    ("M4 parent", "UPDATE mailboxes SET parent_id = 4711 WHERE role = 'sent'"),
    ("M4 parent", "UPDATE mailboxes SET name = 'a/b' WHERE role = 'sent'"),
    ("M5 uidvalidity", "UPDATE mailboxes SET uidvalidity = 7"),
    ("M5 uidvalidity", "UPDATE accounts SET last_uidvalidity = 7"),
    ("E1 reachable", "DELETE FROM placements"),
    ("E1 reachable", "UPDATE expunged SET vault = 0"),
    ("E2 blob", "UPDATE blobs SET octets = 1"),
    ("E2 blob", "DELETE FROM blobs"),
    ("E3 thread", "UPDATE messages SET thread_id = message_id + 1"),
    ("P1 placement", "DELETE FROM messages"),
    ("P1 placement", "DELETE FROM mailboxes WHERE role = 'inbox'"),
    ("P1 placement", "UPDATE placements SET received_at = 0"),
    ("P2 keywords", "UPDATE placements SET keywords = 'x' WHERE uid = 1 AND mailbox_id = 1"),
    ("V1 vault, V2 uid", "DELETE FROM messages"),
    ("V1 vault, V2 uid", "UPDATE expunged SET uid = 1"),
    ("no account", "DELETE FROM accounts"),
    ("refcount", "UPDATE blobs SET refcount = refcount + 1"),
    ("Q1 open", "UPDATE queue_recipients SET state = 3, act_at = NULL, lease_owner = ''"),
    ("Q2 blob", "UPDATE queue_items SET octets = 1"),
    ("Q3 state", "UPDATE queue_recipients SET act_at = NULL"),
    ("Q3 state", "UPDATE queue_recipients SET lease_owner = ''"),
    ("Q3 state", "UPDATE queue_recipients SET state = 9"),
    ("Q4 item", "DELETE FROM queue_items"),
    ("R1 steps, R2 terms", "DELETE FROM traces"),
    ("R3 readers", "DELETE FROM traces"),
    ("no account", "INSERT INTO preferences VALUES (4711, 1, '')"),
    ("dkim_keys", "DELETE FROM domains"),
    ("dkim_keys", "UPDATE dkim_keys SET state = 'lost'"),
]


def some_of_everything(tx):
    alice = account(tx)
    one, _, _, _ = deliver(tx, alice, 4, message_id="<1@x>")
    copying.place(tx, alice, one.message_id, box(tx, alice, Role.ARCHIVE))
    vault.remove(tx, alice, box(tx, alice), [2])
    dkim_keys.add(tx, "example.org", dkim_keys.DkimKey("s", "rsa", b"k", "signing", NOON))
    queue.enqueue(
        tx,
        queue.NewItem(ref(), 9, "alice@example.org", NOON),
        [queue.NewRecipient("b@b.example", "b.example")],
    )
    attempts.claim(tx, "one", 60, 1)
    trace = Trace(id="t", direction="in", started_at=0.0, sender="a@b")
    traces.save(tx, traces.prepare(trace), [alice])
    traces.append(tx, "t", [Step("x", 0.0)])
    return alice


async def test_every_invariant_is_checked(db):
    def whole(tx):
        some_of_everything(Tx(tx))
        consistent(tx)

    def broken(tx, sql):
        tx.run(sql)
        raise Undo({finding.rule for finding in verify.check(tx)})

    await db.write(whole)
    for rule, sql in BREAKING:
        with pytest.raises(Undo) as caught:
            await db.write(broken, sql)
        assert rule in caught.value.args[0], sql


async def test_one_account_can_be_checked_alone(db):
    def check(tx):
        alice = some_of_everything(Tx(tx))
        bob = account(Tx(tx), "bob")
        tx.run("UPDATE accounts SET used_octets = 77 WHERE account_id = ?1", bob)
        raise Undo(verify.check(tx, account_id=alice), verify.check(tx, account_id=bob))

    with pytest.raises(Undo) as caught:
        await db.write(check)
    alice, bob = caught.value.args
    assert alice == []
    assert list(map(str, bob)) == ["A1 quota: bob@example.org says 77 octets in 0, counted 0 in 0"]


async def test_octets_are_read_and_compared(db):
    def file(tx):
        alice = account(tx)
        for size, blob in zip((5, 6, 7), (*tx.blobs, ref()), strict=True):
            message = messages.Incoming(summary(size=size), blob, NOON)
            messages.deliver(tx, alice, Role.INBOX, message)
        return tx.blobs

    first, second = await db.write(file, blobs=[b"12345", b"1234567"])
    assert await db.blob(first) == b"12345"
    wrong, missing = map(str, await verify.check_blobs(db))
    assert wrong == f"octets: blob {second}: 7 octets, not 6"
    assert missing.startswith("octets: blob test/")
