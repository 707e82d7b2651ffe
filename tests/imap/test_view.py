"""imap/view.py, against a list."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pillarbox.imap.values import Saved, from_ranges, parse_sequence_set, sequence_set
from pillarbox.imap.view import Added, Changed, Expunged, FlagUpdate, View


class Model(RuleBasedStateMachine):
    """A client that believes every word, and a mailbox: in the end they must agree."""

    def __init__(self):
        super().__init__()
        self.mailbox = [2, 3, 5, 8]  # the truth
        self.client = list(self.mailbox)  # what the client thinks
        self.flags: dict[int, tuple[tuple[str, ...], int]] = {}
        self.told: dict[int, tuple[tuple[str, ...], int]] = {}
        self.next_uid = 9
        self.modseq = 1
        self.view = View(self.mailbox)

    @rule(count=st.integers(1, 4), gap=st.integers(0, 3), recent=st.booleans())
    def arrive(self, count, gap, recent):
        self.next_uid += gap
        uids = range(self.next_uid, self.next_uid + count)
        self.next_uid += count
        self.mailbox += uids
        self.view.apply(Added(uids, recent))

    @rule(data=st.data())
    def expunge(self, data):
        gone = data.draw(st.sets(st.sampled_from([*self.mailbox, 1, 4, 9999])))
        self.mailbox = [uid for uid in self.mailbox if uid not in gone]
        self.view.apply(Expunged(gone))

    @precondition(lambda self: self.mailbox)
    @rule(data=st.data(), flags=st.sampled_from([(), ("\\Seen",), ("$x", "\\Deleted")]))
    def change(self, data, flags):
        uid = data.draw(st.sampled_from(self.mailbox))
        self.modseq += 1
        self.flags[uid] = (flags, self.modseq)
        self.view.apply(Changed(uid, flags, self.modseq))

    @rule(allow_expunge=st.booleans())
    def tell(self, allow_expunge):
        known = list(self.client)
        updates = self.view.take_updates(allow_expunge=allow_expunge)
        for update in updates.flags:
            assert self.client[update.seq - 1] == update.uid
            self.told[update.uid] = (update.flags, update.modseq)
        gone = [self.client.pop(seq - 1) for seq in updates.expunged]
        assert sequence_set(gone) == updates.vanished
        assert allow_expunge or not gone
        if updates.exists is not None:
            # The client would FETCH the new ones by number; here it looks them up.
            fresh = [self.view.uid(n) for n in range(len(self.client) + 1, updates.exists + 1)]
            assert fresh
            self.client += fresh
            for uid in fresh:
                self.told[uid] = self.flags.get(uid, ((), 0))
        assert bool(updates) is (bool(updates.flags) or self.client != known)
        if allow_expunge:
            assert self.client == self.mailbox
            assert not self.view.pending
        for uid in self.mailbox:
            if uid in self.told or uid in self.flags:
                assert self.told.get(uid, ((), 0)) == self.flags.get(uid, ((), 0))

    @rule(ranges=st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30) | st.just(1 << 32))))
    def select(self, ranges):
        numbers = from_ranges(ranges)
        highest = self.client[-1] if self.client else 0
        assert self.view.select(numbers, uid=True) == [
            (seq, uid) for seq, uid in enumerate(self.client, 1) if numbers.contains(uid, highest)
        ]
        found = self.view.select(numbers, uid=False)
        count = len(self.client)
        if any(high > count and high < 1 << 32 for _, high in numbers.ranges):
            assert found is None
        else:
            assert found == [
                (seq, uid) for seq, uid in enumerate(self.client, 1) if numbers.contains(seq, count)
            ]

    @invariant()
    def the_map_is_the_clients(self):
        assert self.view.uids().tolist() == self.client
        assert len(self.view) == len(self.client)
        for seq, uid in enumerate(self.client, 1):
            assert self.view.uid(seq) == uid
            assert self.view.seq(uid) == seq
            assert self.view.is_expunged(uid) is (uid not in self.mailbox)
        for uid in (1, 4, 9999):
            assert self.view.seq(uid) is None


TestModel = Model.TestCase
TestModel.settings = settings(deadline=None, max_examples=40, stateful_step_count=25)


def test_expunges_wait_for_their_time():
    """RFC 9051 §7.5.1."""
    view = View([10, 20, 30])
    view.apply(Expunged([20]))
    view.apply(Changed(30, ("\\Seen",), 7))
    updates = view.take_updates(allow_expunge=False)
    assert updates.flags == [FlagUpdate(3, 30, ("\\Seen",), 7)]
    assert not updates.expunged
    assert view.pending
    assert view.is_expunged(20)
    updates = view.take_updates(allow_expunge=True)
    assert updates.expunged == [2]
    assert updates.exists is None
    assert view.seq(30) == 2


def test_a_message_that_came_and_went_is_never_told():
    view = View([])
    view.apply(Added([1, 2], recent=True))
    view.apply(Expunged([2]))
    updates = view.take_updates(allow_expunge=True)
    assert (updates.exists, updates.recent, updates.expunged) == (1, 1, [])


def test_recent():
    view = View([1, 2], recent=[2])
    view.apply(Added([5], recent=True))
    view.apply(Added([7], recent=False))
    updates = view.take_updates(allow_expunge=True)
    assert (updates.exists, updates.recent) == (4, 2)
    view.apply(Expunged([2, 7]))
    view.take_updates(allow_expunge=True)
    assert view.recent == {5}


def test_old_news_are_dropped():
    view = View([1])
    view.apply(Changed(1, ("a",), 5))
    view.apply(Changed(1, ("b",), 4))
    assert view.take_updates(allow_expunge=True).flags == [FlagUpdate(1, 1, ("a",), 5)]
    view.apply(Changed(1, ("a",), 6))
    view.forget_flags(1, 5)
    assert view.pending
    view.forget_flags(1, 6)
    assert not view.pending
    view.apply(Added([1]))
    assert not view.pending


def test_saved_result_loses_what_is_expunged():
    """RFC 5182 §2.1."""
    view = View([1, 2, 3, 4])
    view.saved = sequence_set([2, 3, 4])
    view.apply(Expunged([3]))
    view.take_updates(allow_expunge=True)
    assert view.select(Saved.RESULT, uid=False) == [(2, 2), (3, 4)]


@pytest.mark.parametrize(
    ("wire", "expected"), [(b"1:*", []), (b"*", []), (b"1", None), (b"1:2", None), (b"5:*", [])]
)
def test_empty_mailbox(wire, expected):
    numbers = parse_sequence_set(wire)
    assert numbers is not None
    assert View([]).select(numbers, uid=False) == expected
    assert View([]).select(numbers, uid=True) == []


def test_no_message_zero():
    with pytest.raises(IndexError):
        View([1]).uid(0)
    with pytest.raises(IndexError):
        View([1]).uid(2)


def test_a_large_mailbox():
    view = View(range(1, 100_001))
    view.apply(Expunged(range(2, 100_001, 2)))
    updates = view.take_updates(allow_expunge=True)
    assert len(updates.expunged) == len(view) == 50_000
    assert view.seq(99_999) == 50_000
