"""What is proposed where something is published already."""

import asyncio

import pytest

from pillarbox.cli.proposal import AsIf, propose, unasked
from pillarbox.dns.resolver import RType, Txt
from pillarbox.dns.zone import Zones
from tests.cli.mail import NOW, Clock
from tests.cli.test_records import DKIM, DMARC, HOST, MX, SPF, A


def proposed(record, zone):
    (one,) = asyncio.run(propose(Zones(A + zone + "\n", Clock()), [record], HOST, NOW))
    return one


def spf(text):
    return f'example.org. IN TXT "{text}"'


MANY = " ".join(f"include:s{n}.example" for n in range(10))
INCLUDED = "".join(f'\ns{n}.example. IN TXT "v=spf1 -all"' for n in range(10))

# what stands there, change, value, a word of the note
SPF_CASES = [
    ("", "new", "v=spf1 mx -all", ""),
    ('example.org. IN TXT "something else"', "new", "v=spf1 mx -all", ""),
    (
        spf("v=spf1 include:s.example ~all") + '\ns.example. IN TXT "v=spf1 -all"',
        "changed", "v=spf1 include:s.example mx ~all", "",
    ),
    (spf("v=spf1 -all"), "changed", "v=spf1 mx -all", ""),
    (spf("v=spf1 ip4:192.0.2.0/24 -all"), "same", "v=spf1 ip4:192.0.2.0/24 -all", ""),
    (
        spf("v=spf1 redirect=s.example") + '\ns.example. IN TXT "v=spf1 -all"',
        "changed", "v=spf1 mx redirect=s.example", "",
    ),
    (
        spf("v=spf1 ip4:198.51.100.1 -all") + "\n" + spf("v=spf1 a:b.example ?all"),
        "changed", "v=spf1 ip4:198.51.100.1 a:b.example mx -all", "2 SPF records",
    ),
    (
        spf("v=spf1 ipv4:198.51.100.1 a:b.example -all"),
        "changed", "v=spf1 a:b.example mx -all", "faulty",
    ),
    (spf("v=spf1 mx -all"), "same", "v=spf1 mx -all", "fail"),
    (spf(f"v=spf1 {MANY} -all") + INCLUDED, "changed", f"v=spf1 {MANY} mx -all", "look-ups"),
    ("$FAIL example.org", "unknown", "v=spf1 mx -all", "keep the rest"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "change", "value", "note"), SPF_CASES)
def test_spf(zone, change, value, note):
    one = proposed(SPF, zone)
    assert (one.change, one.wanted.value) == (change, value)
    assert note in one.note
    assert bool(note) == bool(one.note), one.note


def test_what_replaces_is_shown_beside_what_it_replaces():
    one = proposed(SPF, spf("v=spf1 ip4:198.51.100.1 ~all"))
    assert one.before == ("v=spf1 ip4:198.51.100.1 ~all",)


def test_a_merged_record_lets_both_send():
    one = proposed(SPF, spf("v=spf1 ip4:198.51.100.1 ~all"))
    zone = f"example.org. IN MX 10 {HOST}.\n" + spf(one.wanted.value)
    assert proposed(SPF, zone).change == "same"


@pytest.mark.parametrize(
    ("record", "zone", "change", "value"),
    [
        (MX, "", "new", MX.value),
        (MX, "example.org. IN MX 5 mx.example.org.", "same", MX.value),
        (MX, "example.org. IN MX 5 other.example.", "changed", MX.value),
        (DKIM, 's._domainkey.example.org. IN TXT "v=DKIM1; p=BBBB"', "changed", DKIM.value),
        (DKIM, 's._domainkey.example.org. IN TXT "k=ed25519; p=AAAA"', "same",
         "k=ed25519; p=AAAA"),
        (DMARC, '_dmarc.example.org. IN TXT "v=DMARC1; p=reject"', "same", "v=DMARC1; p=reject"),
        (DMARC, '_dmarc.example.org. IN TXT "v=DMARC1; p=often"', "changed", DMARC.value),
    ],
)  # fmt: skip
def test_others_are_kept_where_they_do(record, zone, change, value):
    one = proposed(record, zone)
    assert (one.change, one.wanted.value) == (change, value)


def test_moving_the_mail_is_announced():
    one = proposed(MX, "example.org. IN MX 5 other.example.")
    assert "goes elsewhere now" in one.note
    assert one.before == ("5 other.example.",)


def test_nothing_asked_nothing_merged():
    assert [(one.change, one.wanted) for one in unasked([MX, SPF])] == [("new", MX), ("new", SPF)]


def test_as_if_changes_one_record_alone():
    zones = Zones(A + 'example.org. IN TXT "v=spf1 -all"\n', Clock())
    resolver = AsIf(zones, "example.org", "v=spf1 mx -all")
    (record,) = asyncio.run(resolver.resolve("Example.org.", RType.TXT)).records
    assert record.value == Txt((b"v=spf1 mx -all",))
    assert len(asyncio.run(resolver.resolve(HOST, RType.A)).values) == 1
