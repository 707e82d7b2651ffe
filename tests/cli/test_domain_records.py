"""`pillarbox domain records` in its three forms."""

import pytest

from pillarbox.cli.domain_records import fields
from pillarbox.dns.resolver import RType
from pillarbox.dns.zone import Zones
from pillarbox.mailauth import publish
from tests.cli.mail import Clock

OTHER = 'example.org. IN TXT "v=spf1 include:news.example ~all"\nnews.example. IN TXT "v=spf1 -all"'


@pytest.fixture
def published(shell):
    (shell.folder / "zone.txt").write_text(f"mx.example.org. IN A 192.0.2.1\n{OTHER}\n")
    return shell


def test_an_spf_record_that_stands_there_is_merged_and_shown_as_a_change(published):
    out = published.run("domain", "records", "example.org")
    assert "- v=spf1 include:news.example ~all\n" in out
    assert "+ v=spf1 include:news.example mx ~all\n" in out
    assert "added:   mx\n" in out
    assert "removed" not in out


def test_json_says_what_changes(published):
    found = published.json("domain", "records", "example.org")
    changes = {record["value"].split()[0]: record["change"] for record in found}
    assert changes["v=spf1"] == "changed"
    assert changes["v=DMARC1;"] == "new"
    (spf,) = [record for record in found if record["value"].startswith("v=spf1")]
    assert spf["before"] == ["v=spf1 include:news.example ~all"]
    assert spf["form"]["host"] == "@"


def test_without_asking_nothing_is_merged(published):
    found = published.json("domain", "records", "example.org", "--no-ask")
    assert {record["change"] for record in found} == {"new"}
    assert "v=spf1 mx -all" in [record["value"] for record in found]


@pytest.mark.parametrize("how", [("--zone",), ("--format", "zone")])
def test_a_zone_file_can_be_read_back(published, how):
    text = published.run("domain", "records", "example.org", *how)
    assert "; replaces: v=spf1 include:news.example ~all\n" in text
    zones = Zones(text, Clock())
    for record in published.json("domain", "records", "example.org"):
        found = zones.look_up(record["name"], RType[record["type"]]).records
        assert record["presentation"] in [one.text for one in found]


def test_what_is_published_already_is_a_comment_in_the_zone_file(published):
    lines = published.run("domain", "records", "example.org", "--zone", "--no-ask")
    (published.folder / "zone.txt").write_text("mx.example.org. IN A 192.0.2.1\n" + lines)
    again = published.run("domain", "records", "example.org", "--zone")
    assert [line for line in again.splitlines() if not line.startswith(";")] == []
    assert "published already" in published.run("domain", "records", "example.org")


def test_fields_of_a_form(published):
    out = published.run("domain", "records", "example.org", "--format", "form")
    assert "Fields for the zone example.org." in out
    for line in ("Type:     MX", "Host:     @", "Value:    mx.example.org", "Priority: 10"):
        assert f"  {line}\n" in out
    assert "Host:     _dmarc\n" in out
    assert "Instead of: v=spf1 include:news.example ~all\n" in out
    assert '"' not in out.replace("“", "")


@pytest.mark.parametrize(
    ("name", "zone", "host"),
    [
        ("example.org", "example.org", "@"),
        ("_dmarc.example.org", "example.org", "_dmarc"),
        ("_dmarc.mail.example.org", "example.org", "_dmarc.mail"),
        ("badexample.org", "example.org", "badexample.org"),
    ],
)
def test_hosts_are_relative_to_the_zone(name, zone, host):
    record = publish.spf(name)
    assert fields(record, zone)["host"] == host


def test_a_dns_that_fails_is_told(shell):
    (shell.folder / "zone.txt").write_text("$FAIL example.org\n")
    out = shell.run("domain", "records", "example.org")
    assert "could not ask" in out
    assert "put mx into it" in out
