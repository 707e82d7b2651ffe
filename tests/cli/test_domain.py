import pytest

from pillarbox.cli.records import wanted
from pillarbox.mailauth.publish import format_zone
from pillarbox.store import domains

HOST = "mx.example.org. 300 IN A 192.0.2.1\n"


def publish(shell, text=None):
    """Make the zone file hold what example.org should publish, or `text`."""
    here = shell.installation
    records = shell.read(wanted, "example.org", here.sealer, "mx.example.org")
    zone = HOST + format_zone(records) if text is None else text
    (shell.folder / "zone.txt").write_text(zone)
    return zone


def test_add_makes_two_keys(shell):
    added = shell.json("domain", "add", "Second.EXAMPLE")
    assert added["name"] == "second.example"
    assert len(added["selectors"]) == 2
    names = [domain["name"] for domain in shell.json("domain", "list")]
    assert names == ["example.org", "second.example"]


def test_add_says_what_to_do_next(shell):
    assert "pillarbox domain records a.example" in shell.run("domain", "add", "a.example")


def test_add_twice_fails_in_one_line(shell):
    line = shell.fails("domain", "add", "example.org")
    assert line == "pillarbox: domain example.org exists already"


def test_add_takes_domain_names_only(shell):
    assert "is not a domain name" in shell.fails("domain", "add", "exa mple", code=2)


def test_u_labels_are_encoded(shell):
    assert shell.json("domain", "add", "bücher.example")["name"] == "xn--bcher-kva.example"


def test_list_counts(shell):
    (row,) = shell.json("domain", "list")
    assert row["accounts"] == 2
    assert row["aliases"] == 1
    assert row["catch_all"] == ""
    assert {key["algorithm"] for key in row["keys"]} == {"rsa", "ed25519"}
    assert {key["state"] for key in row["keys"]} == {"signing"}
    assert "example.org" in shell.run("domain", "list")


def test_records_as_json_text_and_zone(shell):
    found = shell.json("domain", "records", "example.org")
    kinds = [record["value"].split(";")[0].split(" ")[0] for record in found]
    assert kinds == ["10", "v=spf1", "v=DKIM1", "v=DKIM1", "v=DMARC1", "v=TLSRPTv1"]
    assert {record["type"] for record in found} == {"MX", "TXT"}
    zone = shell.run("domain", "records", "example.org", "--zone")
    assert "example.org. 3600 IN MX 10 mx.example.org." in zone
    plain = shell.run("domain", "records", "example.org")
    for record in found:
        assert record["value"] in plain
        assert record["presentation"] in zone


def test_records_hold_no_private_key(shell):
    for form in ((), ("--zone",), ("--json",)):
        assert "PRIVATE" not in shell.run("domain", "records", "example.org", *form)


def test_records_of_a_domain_that_is_not_ours(shell):
    assert "there is no domain b.example" in shell.fails("domain", "records", "b.example")


def test_check_is_content_with_what_it_asked_for(shell):
    publish(shell)
    found = shell.json("domain", "check", "example.org")
    assert found["ok"] is True
    assert {record["status"] for record in found["records"]} == {"ok"}
    assert "ok" in shell.run("domain", "check", "example.org")


def test_check_finds_what_is_missing(shell):
    publish(shell, HOST)
    found = shell.json("domain", "check", "example.org", code=1)
    assert found["ok"] is False
    assert {record["status"] for record in found["records"]} == {"missing"}
    told = shell.run("domain", "check", "example.org", code=1)
    assert "publish: v=spf1 mx -all" in told


def test_check_tells_what_could_not_be_asked(shell):
    publish(shell, HOST + "$FAIL example.org\n")
    found = shell.json("domain", "check", "example.org", code=1)
    status = {r["name"]: r["status"] for r in found["records"]}
    assert status["example.org"] == "unknown"
    assert status["_dmarc.example.org"] == "missing"
    assert "could not ask" in shell.run("domain", "check", "example.org", code=1)


def test_catch_all(shell):
    shell.run("domain", "catch-all", "example.org", "anna@example.org")
    assert shell.json("domain", "list")[0]["catch_all"] == "anna@example.org"
    shell.run("domain", "catch-all", "example.org", "--off")
    assert shell.json("domain", "list")[0]["catch_all"] == ""


@pytest.mark.parametrize("args", [(), ("anna@example.org", "--off")])
def test_catch_all_wants_one_of_both(shell, args):
    assert "either" in shell.fails("domain", "catch-all", "example.org", *args, code=2)


def test_remove_asks_and_refuses_while_there_are_accounts(shell):
    shell.write(domains.add, "empty.example")
    assert "Aborted" in shell.fails("domain", "remove", "empty.example", stdin="n\n")
    shell.run("domain", "remove", "empty.example", stdin="y\n")
    assert "there is no domain" in shell.fails("domain", "remove", "empty.example", "--yes")
    line = shell.fails("domain", "remove", "example.org", "--yes")
    assert line == "pillarbox: not valid: domain example.org has accounts or aliases"
