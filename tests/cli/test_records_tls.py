"""cli/records_tls.py: records of encryption, proposed only where they would be true."""

import asyncio
from pathlib import Path

import pytest

from pillarbox import config, policies
from pillarbox.cli import records_tls
from pillarbox.dns.zone import Zones
from pillarbox.mailauth import publish
from pillarbox.mailauth.publish import Wanted
from pillarbox.serve.certificate import issue
from tests.cli.mail import NOW, Clock

HOST = "mx.example.org"
SETTINGS = """hostname = "mx.example.org"
[[listener]]
protocol = "smtp"
port = 25
"""
SERVED = SETTINGS + '[[listener]]\nprotocol = "http"\nport = 443\ntls = "implicit"\n'
A = f"{HOST}. A 192.0.2.1\n"
STS = publish.mta_sts("example.org", "abc1")
PLACE = Wanted("mta-sts.example.org", "CNAME", f"{HOST}.", "where")
TLSA = publish.tlsa(HOST, b"key")


def settings(text, folder=None):
    return config.parse(text, Path(folder or ".") / "p.toml")


def test_mta_sts_is_announced_only_where_it_is_served():
    assert records_tls.announced(settings(SETTINGS), "example.org") == []
    off = settings(SERVED + '[mta_sts]\nmode = "off"\n')
    assert records_tls.announced(off, "example.org") == []
    wanted = settings(SERVED)
    record, place = records_tls.announced(wanted, "example.org")
    text = policies.sts_policy(wanted)
    assert text is not None
    assert record.value == f"v=STSv1; id={publish.policy_id(text)};"
    assert (place.name, place.value) == ("mta-sts.example.org", f"{HOST}.")
    other = settings(SERVED + '[mta_sts]\nmode = "enforce"\n')
    assert records_tls.announced(other, "example.org")[0].value != record.value


@pytest.mark.parametrize(
    ("zone", "count"), [("$AUTHENTIC on\n" + A, 1), (A, 0), ("$AUTHENTIC on\n", 0)]
)
def test_a_key_is_pinned_only_in_signed_dns(tmp_path, zone, count):
    where = settings(SETTINGS, tmp_path)
    resolver = Zones(zone, Clock())
    assert asyncio.run(records_tls.pinned(resolver, where)) == []
    where.path("certificate.pem").parent.mkdir(parents=True, exist_ok=True)
    where.path("certificate.pem").write_bytes(issue([HOST], NOW).certificate)
    found = asyncio.run(records_tls.pinned(resolver, where))
    assert [one.name for one in found] == ["_25._tcp.mx.example.org"] * count
    where.path("certificate.pem").write_bytes(b"junk")
    assert asyncio.run(records_tls.pinned(resolver, where)) == []


# record, zone, status, what its problem says
CASES = [
    (STS, '_mta-sts.example.org. TXT "v=STSv1; id=abc1;"', "ok", ""),
    (STS, '_mta-sts.example.org. TXT "v=STSv1; id=abc2;"', "wrong", "id is not that"),
    (STS, '_mta-sts.example.org. TXT "v=STSv1;"', "wrong", "id is not that"),
    (STS, '_mta-sts.example.org. TXT "v=STSv1; id=abc1;"\n'
     '_mta-sts.example.org. TXT "v=STSv1; id=abc1;"', "wrong", "several"),
    (STS, '_mta-sts.example.org. TXT "other"', "missing", "no MTA-STS"),
    (STS, "$FAIL _mta-sts.example.org", "unknown", "no answer"),
    (PLACE, "mta-sts.example.org. CNAME mx.example.org.", "ok", ""),
    (PLACE, "mta-sts.example.org. A 192.0.2.1", "ok", ""),
    (PLACE, "mta-sts.example.org. A 192.0.2.2", "wrong", "another host"),
    (PLACE, "mta-sts.example.org. CNAME web.example.org.", "wrong", "another host"),
    (PLACE, "", "missing", "no address"),
    (TLSA, f"{TLSA.name}. TLSA {TLSA.value}", "ok", ""),
    (TLSA, f"{TLSA.name}. TLSA 3 1 1 {'00' * 32}\n{TLSA.name}. TLSA {TLSA.value}", "ok", ""),
    (TLSA, f"{TLSA.name}. TLSA 3 1 1 {'00' * 32}", "wrong", "none is of the key"),
    (TLSA, "", "missing", "no TLSA"),
]  # fmt: skip


@pytest.mark.parametrize(("record", "zone", "status", "problem"), CASES)
def test_compare(record, zone, status, problem):
    resolver = Zones(A + zone + "\n", Clock())
    checked = asyncio.run(records_tls.compare(resolver, record))
    assert checked.status == status, checked
    assert problem in checked.problem


def test_domain_records_and_check_name_them(shell):
    with shell.file.open("a") as file:
        file.write('\n[[listener]]\nprotocol = "http"\nport = 443\ntls = "implicit"\n')
    rows = {row["name"]: row for row in shell.json("domain", "records", "example.org")}
    assert rows["_mta-sts.example.org"]["value"].startswith("v=STSv1; id=")
    assert rows["mta-sts.example.org"]["type"] == "CNAME"
    plain = shell.run("domain", "records", "example.org", "--no-ask", "--zone")
    assert "mta-sts.example.org. 3600 IN CNAME mx.example.org." in plain
    told = shell.json("domain", "check", "example.org", code=1)["records"]
    assert "_mta-sts.example.org" in {row["name"] for row in told}
