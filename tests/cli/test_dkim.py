"""cli/dkim.py: what a person sees of the keys."""

from pillarbox.mailauth.publish import quote_txt
from pillarbox.store import dkim_keys


def keys(shell):
    return shell.read(dkim_keys.list_, "example.org")


def publish(shell, *records):
    """records: (selector, text)."""
    lines = [f"{s}._domainkey.example.org. 300 IN TXT {quote_txt(t)}\n" for s, t in records]
    (shell.folder / "zone.txt").write_text("".join(lines))


def test_list_before_the_first_look(shell):
    rows = shell.json("domain", "dkim", "list")
    assert {row["algorithm"] for row in rows} == {"rsa", "ed25519"}
    assert {(row["state"], row["finding"], row["signs"]) for row in rows} == {
        ("signing", "unknown", True)
    }
    assert "not looked at yet" in shell.run("domain", "dkim", "list", "example.org")


def test_status_asks_now(shell):
    pair = keys(shell)
    publish(shell, *((key.selector, key.record) for key in pair))
    found = shell.json("domain", "dkim", "status", "example.org")
    assert found["ok"] is True
    assert {key["finding"] for key in found["keys"]} == {"ok"}
    assert "seen on zone file" in shell.run("domain", "dkim", "status", "example.org")


def test_status_names_what_is_missing_and_what_is_another(shell):
    rsa, edwards = sorted(keys(shell), key=lambda key: key.algorithm, reverse=True)
    publish(shell, (rsa.selector, edwards.record))
    found = shell.json("domain", "dkim", "status", "example.org", code=1)
    by_algorithm = {key["algorithm"]: key for key in found["keys"]}
    assert by_algorithm["rsa"]["finding"] == "wrong"
    assert by_algorithm["ed25519"]["finding"] == "missing"
    assert not any(key["signs"] for key in found["keys"])
    told = shell.run("domain", "dkim", "status", "example.org", code=1)
    assert f"publish: {rsa.selector}._domainkey.example.org  TXT" in told
    assert rsa.record in told
    assert "does not sign" in told


def test_rotate_shows_the_records_and_changes_no_signature(shell):
    before = keys(shell)
    made = shell.json("domain", "dkim", "rotate", "example.org")["keys"]
    assert {key["state"] for key in made} == {"made"}
    assert {key["waiting_for"] for key in made} == {"its record on every name server of the zone"}
    for key in made:
        assert key["record"]["name"] == f"{key['selector']}._domainkey.example.org"
        assert key["record"]["value"].startswith("v=DKIM1; k=")
    listed = shell.json("domain", "dkim", "list", "example.org")
    assert {row["selector"] for row in listed if row["signs"]} == {k.selector for k in before}
    assert "is to take over" in shell.fails("domain", "dkim", "rotate", "example.org")
    records = shell.json("domain", "records", "example.org")
    assert sum("_domainkey" in record["name"] for record in records) == 4


def test_rotate_in_words(shell):
    told = shell.run("domain", "dkim", "rotate", "example.org")
    assert "Publish these records" in told
    assert "_domainkey.example.org  TXT" in told
    assert "PRIVATE" not in told


def test_remove_names_the_record_to_take_out(shell):
    first, second = keys(shell)
    args = ("domain", "dkim", "remove", "example.org")
    assert "Aborted" in shell.fails(*args, first.selector, stdin="n\n")
    gone = shell.json(*args, first.selector, "--yes")
    assert gone["unpublish"] == f"{first.selector}._domainkey.example.org"
    assert "only key that signs" in shell.fails(*args, second.selector, "--yes")
    assert "there is no selector" in shell.fails(*args, "nothing", "--yes")
    removed = keys(shell)[0]
    assert (removed.state, removed.private_key) == ("removed", b"")
    told = shell.run("domain", "dkim", "status", "example.org", code=1)
    assert f"unpublish: {first.selector}._domainkey.example.org  TXT" in told
    records = shell.json("domain", "records", "example.org")
    assert first.record not in {record["value"] for record in records}


def test_domains_that_are_not_ours(shell):
    for words in (("status",), ("list",), ("rotate",)):
        line = shell.fails("domain", "dkim", *words, "b.example")
        assert "there is no domain b.example" in line
