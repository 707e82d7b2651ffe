import pytest

from pillarbox.store import leases
from tests.cli import mail


def test_verify_is_content(shell):
    mail.receive(shell, mail.signed())
    assert shell.json("store", "verify") == {"ok": True, "findings": []}
    assert shell.run("store", "verify") == "The database and every message: all is well.\n"
    assert shell.run("store", "verify", "--fast") == "The database: all is well.\n"


def test_verify_finds_a_contradiction(shell):
    mail.receive(shell, mail.signed())
    shell.write(lambda tx: tx.run("UPDATE mailboxes SET total = 7 WHERE name = 'INBOX'"))
    found = shell.json("store", "verify", "--fast", code=1)
    assert found["ok"] is False
    assert {finding["rule"] for finding in found["findings"]} == {"M1 counts"}
    assert "anna@example.org/INBOX says 7 total" in shell.run("store", "verify", code=1)


def test_verify_finds_octets_that_rot(shell):
    mail.receive(shell, mail.signed())
    (pack,) = (shell.folder / "state" / "packs").glob("*.pack")
    octets = bytearray(pack.read_bytes())
    at = next(n for n in range(len(octets) - 1, 0, -1) if octets[n])
    octets[at - 20] ^= 0xFF
    pack.write_bytes(octets)
    assert shell.json("store", "verify", "--fast")["ok"] is True
    found = shell.json("store", "verify", code=1)
    assert [finding["rule"] for finding in found["findings"]] == ["octets"]


def test_compact(shell):
    mail.receive(shell, mail.signed())
    done = shell.json("store", "compact")
    assert done["damaged"] == []
    assert "packs rewritten" in shell.run("store", "compact")
    assert shell.json("store", "verify")["ok"] is True


def test_compact_alone(shell):
    assert shell.write(leases.take, "compaction", "somebody", 60.0)
    assert "another process is compacting" in shell.fails("store", "compact")


@pytest.mark.parametrize("state", ["a file", "a folder without rights"])
def test_a_state_that_cannot_be_used(shell, state):
    text = shell.file.read_text()
    (shell.folder / "blocked").write_text("")
    shell.file.write_text('state = "blocked/state"\n' + text)
    assert "blocked" in shell.fails("store", "verify")
