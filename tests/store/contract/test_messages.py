"""Filing messages: one, many, guarded, refused; and what it costs."""

from datetime import UTC, datetime

import pytest

from pillarbox.base.errors import NotFound, OverQuota
from pillarbox.store import (
    accounts,
    changes,
    mailboxes,
    messages,
    placements,
    quota,
    refcounts,
    threads,
)
from pillarbox.store.mailboxes import Role
from pillarbox.store.messages import Delivered, Refusal, Target

from .world import ABSENT, NOON, account, box, consistent, deliver, in_transaction, incoming, known


@in_transaction
def test_a_message_is_filed_with_everything(tx):
    alice = account(tx)
    tx.wait(hours=1)
    message = incoming(1234, "Grüße", received_at=NOON, message_id="<1@x>", has_attachment=True)
    message.trace_id = "t1"
    filed = messages.deliver(tx, alice, Role.INBOX, message, "$flagged work")
    inbox = known(mailboxes.find(tx, alice, "INBOX"))
    assert (filed.uid, filed.uidvalidity) == (1, inbox.uidvalidity)
    assert filed.modseq == inbox.highest_modseq == changes.state(tx, alice)
    assert (inbox.total, inbox.unseen, inbox.deleted, inbox.octets) == (1, 1, 0, 1234)
    assert inbox.uidnext == 2
    (row,) = placements.rows(tx, alice, inbox.mailbox_id)
    assert row.keywords == "$flagged work"
    assert row.saved_at - row.received_at == 3_600_000_000
    names = list(placements.COLUMNS)
    (found,) = placements.metadata(tx, alice, inbox.mailbox_id, [1], names)
    values = dict(zip(names, found[1:], strict=True))
    assert values["subject"] == "Grüße"
    assert values["header_id"] == "<1@x>"
    assert values["has_attachment"] == 1
    assert values["trace_id"] == "t1"
    assert values["thread_id"] == values["message_id"] == filed.message_id
    assert bytes(values["envelope"]) == b"(envelope)"
    assert values["blob"] == str(message.blob)
    assert quota.usage(tx, alice).octets == 1234


@in_transaction
def test_filing_one_message_takes_seven_statements(tx):
    alice = account(tx)
    tx.count()
    deliver(tx, alice, message_id="<1@x>")
    assert tx.count() == 7
    deliver(tx, alice, message_id="<2@x>", references=("<0@x>", "<1@x>"))
    assert tx.count() == 7
    deliver(tx, alice)
    assert tx.count() == 5


@in_transaction
def test_filing_for_many_takes_few_statements_more(tx):
    everyone = [account(tx, f"u{n}") for n in range(20)]
    tx.count()
    message = incoming(message_id="<1@x>", references=("<0@x>",))
    filed = messages.deliver_many(tx, [Target(one) for one in everyone], message)
    assert tx.count() <= 8
    assert [known(outcome).account_id for outcome in filed] == everyone
    assert len(refcounts.held(tx)) == 1


@in_transaction
def test_one_and_many_file_alike(tx):
    alice, bob = account(tx), account(tx, "bob")
    for subject, keywords in (("Hello", ""), ("Re: Hello", "$seen"), ("Other", "$junk")):
        fields = {"message_id": f"<{subject}@x>", "references": ("<Hello@x>",)}
        one = incoming(subject=subject, **fields)
        many = incoming(subject=subject, **fields)
        messages.deliver(tx, alice, Role.JUNK, one, keywords)
        messages.deliver_many(tx, [Target(bob, Role.JUNK, keywords)], many)
    seen = []
    for one in (alice, bob):
        junk = box(tx, one, Role.JUNK)
        columns = [name for name in placements.COLUMNS if name != "blob"]
        counts = mailboxes.get(tx, one, junk)
        rows = placements.rows(tx, one, junk)
        seen.append((counts, rows, placements.metadata(tx, one, junk, [1, 2, 3], columns)))
    assert seen[0] == seen[1]


@in_transaction
def test_filing_for_one_of_many_is_filing_for_one(tx):
    alice = account(tx, quota_octets=2000)
    tx.count()
    (filed,) = messages.deliver_many(tx, [Target(alice)], incoming(message_id="<1@x>"))
    assert tx.count() == 7
    (second,) = messages.deliver_many(tx, [Target(alice, ABSENT)], incoming())
    assert known(second).mailbox_id == known(filed).mailbox_id
    outcomes = messages.deliver_many(tx, [Target(alice)], incoming())
    assert outcomes == [Refusal.OVER_QUOTA]


@in_transaction
def test_each_recipient_has_its_own_fate(tx):
    alice, full, gone = account(tx), account(tx, "full", quota_octets=999), account(tx, "gone")
    accounts.delete(tx, gone)
    archive = box(tx, alice, Role.ARCHIVE)
    targets = [
        Target(full),
        Target(alice, Role.JUNK, "$junk"),
        Target(gone),
        Target(alice, archive, "$seen"),
        Target(ABSENT),
        Target(alice, ABSENT),
    ]
    outcomes = messages.deliver_many(tx, targets, incoming())
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    assert refused == [Refusal.OVER_QUOTA, Refusal.NO_ACCOUNT, Refusal.NO_ACCOUNT]
    filed = [outcome for outcome in outcomes if isinstance(outcome, Delivered)]
    # A mailbox that is no more is INBOX.
    assert [one.mailbox_id for one in filed] == [box(tx, alice, Role.JUNK), archive, box(tx, alice)]
    assert quota.usage(tx, alice).messages == 3
    assert quota.usage(tx, full).messages == 0
    ((_, _, octets),) = refcounts.held(tx)
    assert octets == 1000


@in_transaction
def test_nobody_to_deliver_to(tx):
    assert messages.deliver_many(tx, [], incoming()) == []
    assert messages.deliver_many(tx, [Target(ABSENT)], incoming()) == [Refusal.NO_ACCOUNT]
    assert refcounts.held(tx) == []


@in_transaction
def test_the_quota_counts_to_the_octet(tx):
    alice = account(tx, quota_octets=2000)
    deliver(tx, alice, 2)
    before = changes.state(tx, alice)
    with pytest.raises(OverQuota):
        deliver(tx, alice, size=1)
    assert changes.state(tx, alice) == before
    deliver(tx, alice, size=0)


@in_transaction
def test_a_failure_leaves_no_trace(tx):
    alice = account(tx)
    with pytest.raises(NotFound):
        deliver(tx, alice, mailbox=ABSENT)
    with pytest.raises(NotFound):
        deliver(tx, ABSENT)
    consistent(tx)
    assert quota.usage(tx, alice).messages == 0


@in_transaction
def test_a_delivery_with_a_name_happens_once(tx):
    alice, bob = account(tx), account(tx, "bob")
    message = incoming()
    first = messages.deliver(tx, alice, Role.INBOX, message, "", "item 1")
    again = messages.deliver(tx, alice, Role.INBOX, message, "", "item 1")
    assert not first.again
    assert again.again
    assert (again.uid, again.message_id) == (first.uid, first.message_id)
    targets = [Target(alice, delivery_key="item 1"), Target(bob, delivery_key="item 1")]
    outcomes = messages.deliver_many(tx, targets, message)
    assert [known(outcome).again for outcome in outcomes] == [True, False]
    repeated = messages.deliver_many(tx, targets, message)
    assert [known(outcome).again for outcome in repeated] == [True, True]
    assert quota.usage(tx, alice).messages == quota.usage(tx, bob).messages == 1
    tx.wait(days=8)
    assert messages.forget_guards(tx, alice, tx.now) == 1
    assert not messages.deliver(tx, alice, Role.INBOX, message, "", "item 1").again


@in_transaction
def test_hostile_texts_are_kept_as_well_as_can_be(tx):
    alice = account(tx)
    deliver(tx, alice, subject="a\0b\ud800c", message_id="<\0@\udfff>", references=("\ud800",))
    (row,) = placements.metadata(tx, alice, box(tx, alice), [1], ["subject"])
    assert row[1] in ("a\ufffdb?c", "a\ufffdb\ufffdc")


@pytest.mark.parametrize(
    "date", [None, datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)]
)
@in_transaction
def test_any_date_can_be_kept(tx, date):
    alice = account(tx)
    deliver(tx, alice, date=date)
    (row,) = placements.metadata(tx, alice, box(tx, alice), [1], ["sent_at"])
    assert (row[1] is None) == (date is None)


@in_transaction
def test_replies_join_the_thread_of_the_nearest_reference(tx):
    alice = account(tx)

    def thread_of(name, *references, subject="Hello"):
        (filed,) = deliver(tx, alice, message_id=name, references=references, subject=subject)
        columns = ["thread_id"]
        ((_, thread_id),) = placements.metadata_by_id(tx, alice, [filed.message_id], columns)
        return thread_id

    first = thread_of("<1@x>")
    assert thread_of("<2@x>", "<1@x>", subject="Re: Hello") == first
    assert thread_of("<3@x>", "<1@x>", "<2@x>", subject="Re: Hello") == first
    # Another subject under the same references is another conversation (RFC 8621 §3).
    other = thread_of("<4@x>", "<1@x>", subject="Lunch?")
    assert other != first
    assert thread_of("<5@x>", "<4@x>", subject="Re: Lunch?") == other
    # The answer comes before the question.
    early = thread_of("<7@x>", "<6@x>", subject="Re: Early")
    assert thread_of("<6@x>", subject="Early") == early
    # No names, no thread in common.
    assert thread_of("") != thread_of("")
    in_first = threads.messages(tx, alice, [first, other])
    assert [len(ids) for ids in in_first.values()] == [3, 2]


@in_transaction
def test_threads_of_accounts_are_apart(tx):
    alice, bob = account(tx), account(tx, "bob")
    deliver(tx, alice, message_id="<1@x>")
    deliver(tx, bob, 5)
    reply = incoming(message_id="<2@x>", references=("<1@x>",))
    one, two = map(known, messages.deliver_many(tx, [Target(alice), Target(bob)], reply))
    ((_, in_alice),) = placements.metadata_by_id(tx, alice, [one.message_id], ["thread_id"])
    ((_, in_bob),) = placements.metadata_by_id(tx, bob, [two.message_id], ["thread_id"])
    assert in_alice < one.message_id
    assert in_bob == two.message_id
