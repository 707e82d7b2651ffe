from datetime import timedelta

import pytest

from pillarbox.store import attempts, queue
from pillarbox.store.database import Database
from pillarbox.store.queue import NewItem, NewRecipient


@pytest.fixture
def waiting(shell):
    """Two messages in the queue: to one domain with an answer, to two domains without."""
    here = shell.installation

    def fill(tx):
        expires = tx.now + timedelta(days=5)
        one = NewItem(tx.blobs[0], 20, "anna@example.org", expires, trace_id="abc")
        queue.enqueue(tx, one, [NewRecipient("x@far.example", "far.example")])
        (attempt,) = attempts.claim(tx, "me", 900.0, 10)
        report = attempts.Report(0, 451, "4.3.0", "Later\x1b[2J", "mx.far.example")
        until = tx.now + timedelta(hours=1)
        attempts.defer(tx, attempt.item.item_id, "me", [report], until)
        two = NewItem(tx.blobs[1], 20, "", expires)
        recipients = [NewRecipient(f"y@{d}.example", f"{d}.example") for d in ("far", "near")]
        queue.enqueue(tx, two, recipients)

    async def work(db: Database):
        await db.write(fill, blobs=(b"x" * 20, b"y" * 20))

    here.run(work)
    return [item["id"] for item in shell.json("queue", "list")]


def states(shell):
    return [[r["state"] for r in item["recipients"]] for item in shell.json("queue", "list")]


def test_an_empty_queue(shell):
    assert shell.json("queue", "list") == []


def test_list(shell, waiting):
    first, second = shell.json("queue", "list")
    assert first["sender"] == "anna@example.org"
    assert first["trace"] == "abc"
    (recipient,) = first["recipients"]
    assert recipient["state"] == "due"
    assert recipient["attempts"] == 1
    assert (recipient["code"], recipient["enhanced"]) == (451, "4.3.0")
    assert recipient["peer"] == "mx.far.example"
    assert len(second["recipients"]) == 2
    shown = shell.run("queue", "list")
    assert "451 4.3.0 Later" in shown
    assert "\x1b" not in shown
    assert "<>" in shown


def test_list_of_one_domain(shell, waiting):
    (item,) = shell.json("queue", "list", "--domain", "NEAR.example")
    assert [r["address"] for r in item["recipients"]] == ["y@near.example"]


def test_show(shell, waiting):
    shown = shell.run("queue", "show", waiting[0])
    assert "trace show abc" in shown
    assert "1 tries" in shown
    assert shell.json("queue", "show", waiting[1])["sender"] == ""
    assert "there is no queue item 999" in shell.fails("queue", "show", 999)
    shell.fails("queue", "show", "seven", code=2)


def test_hold_release_retry(shell, waiting):
    assert shell.json("queue", "hold", *waiting) == {"recipients": 3}
    assert states(shell) == [["held"], ["held", "held"]]
    assert shell.run("queue", "release", waiting[1]) == "2 recipients released.\n"
    assert states(shell) == [["held"], ["due", "due"]]
    assert shell.json("queue", "retry", waiting[1]) == {"recipients": 2}
    assert shell.json("queue", "retry", "--domain", "near.example") == {"recipients": 1}
    assert "none of their recipients" in shell.fails("queue", "retry", waiting[0])


def test_retry_wants_one_of_both(shell, waiting):
    assert "either" in shell.fails("queue", "retry", code=2)
    shell.fails("queue", "retry", 1, "--domain", "far.example", code=2)


def test_one_wrong_number_changes_nothing(shell, waiting):
    shell.fails("queue", "hold", waiting[0], 999)
    assert states(shell)[0] == ["due"]


def test_remove(shell, waiting):
    assert "Aborted" in shell.fails("queue", "remove", waiting[0], stdin="n\n")
    assert shell.json("queue", "remove", *waiting, "--yes") == {"recipients": 3}
    assert shell.json("queue", "list") == []
    assert shell.json("store", "verify")["ok"] is True
