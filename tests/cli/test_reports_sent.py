"""cli/reports_sent.py: what waits, what was sent, and sending by hand."""

from datetime import UTC, datetime, timedelta

from pillarbox.base.clock import SystemClock
from pillarbox.delivery.tls_sessions import unfetched
from pillarbox.store import tls_results
from pillarbox.store.ids import day_of

ZONE = '_smtp._tls.far.example. TXT "v=TLSRPTv1; rua=mailto:tls@far.example"\n'


def counted(shell, days_ago):
    (shell.folder / "zone.txt").write_text(ZONE)
    moment = SystemClock().now() - timedelta(days=days_ago)
    found = [("far.example", unfetched("sts-policy-fetch-error", "down"))]
    shell.installation.write(tls_results.count, day_of(moment), found)
    return datetime.fromtimestamp(day_of(moment) * 86400, UTC).date().isoformat()


def test_pending_then_sent(shell):
    day = counted(shell, 1)
    (waiting,) = shell.json("reports", "pending")["pending"]
    assert waiting == {
        "kind": "tls", "domain": "far.example", "day": day, "count": 1,
        "to": ["mailto:tls@far.example"],
    }  # fmt: skip
    assert "reports send" in shell.run("reports", "pending", "--day", day)
    assert "tls far.example: sent to tls@far.example" in shell.run("reports", "send")
    assert "nothing to send" in shell.run("reports", "send", "--day", day)
    (sent,) = shell.json("reports", "pending")["sent"]
    assert (sent["domain"], sent["outcome"]) == ("far.example", "sent to tls@far.example")
    assert "No report about" in shell.run("reports", "pending")
    (queued,) = shell.json("queue", "list")
    assert queued["sender"] == "postmaster@example.org"


def test_a_day_that_is_not_over(shell):
    day = counted(shell, 0)
    assert "is not over" in shell.fails("reports", "send", "--day", day)
    (sent,) = shell.json("reports", "send", "--day", day, "--unfinished")
    assert sent["kind"] == "tls"


def test_what_is_no_day(shell):
    assert "'soon' is not a day" in shell.fails("reports", "pending", "--day", "soon")
    assert "is not over" in shell.fails("reports", "send", "--day", "2999-01-01")
