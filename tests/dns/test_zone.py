"""dns/zone.py: what a name server would say, from text."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import Invalid
from pillarbox.dns.resolver import Mx, RType, Status, Txt
from pillarbox.dns.zone import Zones
from tests.fakes import FakeClock

ZONE = r"""
$ORIGIN example.org.
$TTL 600
@       IN SOA ns hostmaster 1 2 3 4 77
        IN MX 10 mx          ; the owner is that of the line before
mx      300 IN A 192.0.2.1
mx      IN AAAA 2001:db8::1
txt     TXT "v=spf1 " "-all; not a comment"
long    TXT ( "a"
              "b" )
www     CNAME mx
loop    CNAME loop
*.wild  A 192.0.2.9
deep.wild.sub A 192.0.2.8
$AUTHENTIC on
signed  A 192.0.2.2
$AUTHENTIC off
$FAIL broken
$FAIL mx TXT
"""

CASES = [
    ("plain", "MX.example.org.", RType.A, Status.NOERROR, ["192.0.2.1"]),
    ("v6", "mx.example.org", RType.AAAA, Status.NOERROR, ["2001:db8::1"]),
    ("owner repeated", "example.org", RType.MX, Status.NOERROR, ["10 mx.example.org."]),
    ("strings", "long.example.org", RType.TXT, Status.NOERROR, ['"a" "b"']),
    ("no data", "mx.example.org", RType.MX, Status.NOERROR, []),
    ("no name", "nobody.example.org", RType.A, Status.NXDOMAIN, []),
    ("other zone", "example.net", RType.A, Status.NXDOMAIN, []),
    ("alias", "www.example.org", RType.A, Status.NOERROR, ["192.0.2.1"]),
    ("alias itself", "www.example.org", RType.CNAME, Status.NOERROR, ["mx.example.org."]),
    ("alias in a circle", "loop.example.org", RType.A, Status.NOERROR, []),
    ("wildcard", "a.wild.example.org", RType.A, Status.NOERROR, ["192.0.2.9"]),
    ("wildcard below", "a.b.wild.example.org", RType.A, Status.NOERROR, ["192.0.2.9"]),
    ("empty name between", "wild.sub.example.org", RType.A, Status.NOERROR, []),
    ("failing", "broken.example.org", RType.A, Status.FAILED, []),
    ("failing type", "mx.example.org", RType.TXT, Status.FAILED, []),
    ("long label", "a" * 64 + ".example.org", RType.A, Status.NXDOMAIN, []),
    ("empty label", "a..example.org", RType.A, Status.NXDOMAIN, []),
]  # fmt: skip


@pytest.mark.parametrize(("name", "rtype", "status", "texts"), [c[1:] for c in CASES],
                         ids=[c[0] for c in CASES])  # fmt: skip
def test_answers(name, rtype, status, texts):
    answer = Zones(ZONE, FakeClock()).look_up(name, rtype)
    assert answer.status is status
    assert [record.text for record in answer.records] == texts


def test_evidence():
    clock = FakeClock()
    zones = Zones(ZONE, clock)
    answer = zones.look_up("www.example.org", RType.A)
    assert (answer.aliases, answer.ttl, answer.asked_at) == (
        ("www.example.org",), 300, clock.now(),
    )  # fmt: skip
    assert not answer.authentic
    assert zones.look_up("signed.example.org", RType.A).authentic
    assert zones.look_up("nobody.example.org", RType.A).ttl == 77
    (txt,) = zones.look_up("txt.example.org", RType.TXT).values
    assert isinstance(txt, Txt)
    assert txt.joined == b"v=spf1 -all; not a comment"
    assert zones.look_up("example.org", RType.MX).values == (Mx(10, "mx.example.org"),)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a.example A 1.2.3", "f:1: A '1.2.3'"),
        ("\na.example WKS x", "f:2: 'WKS' is no record type"),
        ("a.example 300 IN", "f:1: a record needs a type"),
        ("$INCLUDE x", "f:1: '$INCLUDE x' is no directive"),
    ],
)
def test_faults_name_the_line(text, reason, tmp_path):
    with pytest.raises(Invalid, match="f:"):
        Zones({"f": text}, FakeClock())
    with pytest.raises(Invalid) as caught:
        Zones({"f": text}, FakeClock())
    assert reason in str(caught.value)
    with pytest.raises(Invalid, match="No such file"):
        Zones.load(Path(tmp_path / "none"), FakeClock())


@given(st.text(max_size=200))
def test_any_text_is_a_zone_or_invalid(text):
    problem = ""
    try:
        Zones(text, FakeClock())
    except Invalid as exc:
        problem = str(exc)
    assert not problem or problem.startswith("zone:")
