"""imap/thread.py (RFC 5256 §3)."""

import random
import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.imap.thread import format_threads, ordered_subject, references
from tests.imap.message import Message
from tests.imap.strategies import quick

DAY = datetime(2024, 5, 1, tzinfo=UTC)


def messages(*rows):
    """Rows of (message id, references, subject), one day apart."""
    return [
        Message(
            n,
            n,
            internal_date=DAY + timedelta(n),
            message_id=i,
            references=tuple(r.split()),
            subject=s,
        )
        for n, (i, r, s) in enumerate(rows, 1)
    ]


def shape(roots):
    return format_threads(roots, lambda m: m.seq)


CASES = [
    ([], b"* THREAD\r\n"),
    ([("a", "", "x"), ("b", "a", "Re: x"), ("c", "a b", "Re: x")], b"* THREAD (1 2 3)\r\n"),
    ([("a", "", "x"), ("b", "a", "Re: x"), ("c", "a", "Re: x")], b"* THREAD (1 (2)(3))\r\n"),
    # The parent is missing: siblings stay together, a single child takes its place.
    ([("b", "a", "x"), ("c", "a", "x")], b"* THREAD ((1)(2))\r\n"),
    ([("b", "a", "x"), ("c", "", "y")], b"* THREAD (1)(2)\r\n"),
    # Missing in the middle: promoted.
    ([("a", "", "x"), ("c", "a b", "Re: x")], b"* THREAD (1 2)\r\n"),
    # By subject only.
    ([("a", "", "x"), ("b", "", "Re: x")], b"* THREAD (1 2)\r\n"),
    ([("a", "", "x"), ("b", "", "x")], b"* THREAD ((1)(2))\r\n"),
    ([("a", "", "Re: x"), ("b", "", "x")], b"* THREAD (2 1)\r\n"),
    ([("a", "", ""), ("b", "", "")], b"* THREAD (1)(2)\r\n"),
    ([("b", "a", "x"), ("c", "a", "x"), ("d", "", "Re: x")], b"* THREAD ((1)(2)(3))\r\n"),
    (
        [("b", "a", "x"), ("c", "a", "x"), ("e", "d", "x"), ("f", "d", "x")],
        b"* THREAD ((1)(2)(3)(4))\r\n",
    ),
    ([("a", "", "x"), ("b", "", "x"), ("c", "", "x")], b"* THREAD ((1)(2)(3))\r\n"),
    # The same id twice, none, itself, and a loop.
    ([("a", "", "x"), ("a", "", "y")], b"* THREAD (1)(2)\r\n"),
    ([("", "", "x"), ("", "", "y")], b"* THREAD (1)(2)\r\n"),
    ([("a", "a", "x")], b"* THREAD (1)\r\n"),
    ([("a", "b", "x"), ("b", "a", "y")], b"* THREAD (2 1)\r\n"),
    # The last reference wins over what others claimed.
    ([("c", "a b", "x"), ("a", "", "x"), ("b", "", "y")], b"* THREAD (2 3 1)\r\n"),
    # The reply came before the message.
    ([("b", "a", "Re: x"), ("a", "", "x")], b"* THREAD (2 1)\r\n"),
]


@pytest.mark.parametrize(("rows", "expected"), CASES)
def test_references(rows, expected):
    assert shape(references(messages(*rows))) == expected


def test_ordered_subject():
    found = messages(
        ("", "", "b"), ("", "", "a"), ("", "", "Re: b"), ("", "", "Fwd: b"), ("", "", "c")
    )
    assert shape(ordered_subject(found)) == b"* THREAD (1 (3)(4))(2)(5)\r\n"
    assert shape(ordered_subject(found[1:3])) == b"* THREAD (2)(3)\r\n"


IDS = st.sampled_from("abcdefgh")
ROWS = st.lists(
    st.tuples(
        IDS | st.just(""),
        st.lists(IDS, max_size=4).map(" ".join),
        st.sampled_from(["", "x", "Re: x", "y"]),
    ),
    max_size=14,
)


@quick
@given(ROWS)
def test_each_message_is_in_one_place(rows):
    found = messages(*rows)
    for threads in (references(found), ordered_subject(found)):
        seen = []
        todo = list(threads)
        while todo:
            node = todo.pop()
            assert node.message is not None or len(node.children) > 1
            if node.message is not None:
                seen.append(node.message.seq)
            for child in node.children:
                assert child.parent is node
                assert child.message is not None
            todo.extend(node.children)
        assert sorted(seen) == [m.seq for m in found]
        numbers = shape(threads).translate(bytes.maketrans(b"()", b"  ")).split()[2:]
        assert sorted(map(int, numbers)) == [m.seq for m in found]


@pytest.mark.parametrize("order", ["forward", "backward", "mixed"])
def test_deep_threads(order):
    rows = [(f"m{n}", f"m{n - 1}", "x") for n in range(3000)]
    if order == "backward":
        rows.reverse()
    elif order == "mixed":
        random.Random(1).shuffle(rows)
    start = time.process_time()
    found = shape(references(messages(*rows)))
    assert found.count(b"(") == 1
    assert time.process_time() - start < 3
