"""What came from the same address before."""

from pillarbox.store import history
from pillarbox.store.history import MAX_COUNTED

from .test_traces import save, trace
from .world import in_transaction


@in_transaction
def test_the_first_message_and_those_after_it(tx):
    save(tx, trace(1), trace(2), trace(3))
    first = history.earlier(tx, trace(1))
    assert first is not None
    assert (first.messages, first.since, first.more) == (0, None, False)
    third = history.earlier(tx, trace(3))
    assert third is not None
    assert third.messages == 2
    assert third.since is not None
    assert third.since.timestamp() == trace(1).started_at


@in_transaction
def test_only_what_the_same_people_got_counts(tx):
    save(
        tx,
        trace(1, recipients=["dora@example.net"]),
        trace(2, action="refused"),
        trace(3, header_from="other@example.org"),
        trace(4, direction="submitted"),
        trace(5, action="junked", recipients=["BOB@example.net"]),
    )
    found = history.earlier(tx, trace(9))
    assert found is not None
    assert found.messages == 1


@in_transaction
def test_many_are_not_counted_to_the_end(tx):
    save(tx, *(trace(number) for number in range(1, MAX_COUNTED + 5)))
    found = history.earlier(tx, trace(1000))
    assert found is not None
    assert (found.messages, found.more) == (MAX_COUNTED, True)


@in_transaction
def test_our_own_mail_has_no_such_history(tx):
    assert history.earlier(tx, trace(1, direction="submitted")) is None
    assert history.earlier(tx, trace(1, header_from="")) is None
