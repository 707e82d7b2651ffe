import pytest

from tests.doctor.zone import check, find, zone

MORE = [f"n{n}.example. IN A 192.0.2.{n}" for n in range(1, 20)]


def spf(record, *more):
    return zone(f'example.org. IN TXT "{record}"', *more, without=("v=spf1",))


TEN = " ".join(f"a:n{n}.example" for n in range(1, 11))

# record, other lines, id, part of the text, what to publish (None: not looked at)
CASES = [
    ("v=spf1 mx +all", (), "spf.pass-all", "+all allows", "v=spf1 mx -all"),
    ("v=spf1 mx all", (), "spf.pass-all", "all allows", "v=spf1 mx -all"),
    ("v=spf1 mx ?all", (), "spf.neutral-all", "?all", "v=spf1 mx -all"),
    ("v=spf1 mx ~all", (), "spf.softfail-all", "~all", ""),
    ("v=spf1 mx", (), "spf.no-all", "without all", "v=spf1 mx -all"),
    ("v=spf1 -all mx", (), "spf.after-all", "mx stands behind", "v=spf1 mx -all"),
    ("v=spf1 mx redirect=a.example -all", (), "spf.redirect-ignored", "redirect=a.example",
     "v=spf1 mx -all"),
    ("v=spf1 mx ptr -all", (), "spf.ptr", "ptr", "v=spf1 mx -all"),
    ("v=spf1 mx mx -all", (), "spf.duplicate", "mx stands twice", "v=spf1 mx -all"),
    ("v=spf1 ip4:10.0.0.0/8 -all", (), "spf.wide-network", "16,777,216 addresses", None),
    ("v=spf1 ip4:0.0.0.0/0 -all", (), "spf.wide-network", "addresses", None),
    ("v=spf1 ip6:2001:db8::/16 -all", (), "spf.wide-network", "2^112", None),
    ("v=spf1 mx a:none.example -all", (), "spf.void-lookup", "a:none.example", "v=spf1 mx -all"),
    ("v=spf1 a:n.example a:m.example a:o.example -all", (), "spf.too-many-void-lookups", "3 terms",
     None),
    ("v=spf1 include:n.example mx -all", (), "spf.include-without-record", "include:n.example",
     "v=spf1 mx -all"),
    ("v=spf1 include:n.example -all", ('n.example. IN TXT "v=spf1 foo"',), "spf.include-syntax",
     "faulty", "v=spf1 -all"),
    ("v=spf1 include:n.example -all",
     ('n.example. IN TXT "v=spf1 -all"', 'n.example. IN TXT "v=spf1 ~all"'),
     "spf.include-several", "2 SPF", None),
    ("v=spf1 include:n.example -all", ('n.example. IN TXT "v=spf1 include:example.org -all"',),
     "spf.loop", "leads back to example.org", None),
    ("v=spf1 redirect=n.example", ("$FAIL n.example",), "spf.unknown", "n.example", None),
    ("v=spf1 mx ip4:192.0.2.300 -all", (), "spf.syntax", "192.0.2.300", "v=spf1 mx -all"),
    ("v=spf1 mx foo:bar -all", (), "spf.syntax", "foo", "v=spf1 mx -all"),
    (f"v=spf1 {TEN} a:n11.example -all", MORE, "spf.too-many-lookups", "a:n11.example", None),
    (f"v=spf1 {TEN} -all", MORE, "spf.many-lookups", "10 of at most 10", None),
    ("v=spf1 exists:%{i}.x.example -all", (), "spf.macro", "exists:", None),
    ("v=spf1 -all", (), "spf.sends-not", "never sends", None),
    ("v=spf1 mx " + " ".join(f"ip4:192.0.2.{n}" for n in range(1, 60)) + " -all", (), "spf.long",
     "octets", None),
]  # fmt: skip


@pytest.mark.parametrize(("record", "more", "id_", "says", "publish"), CASES)
def test_each_fault(record, more, id_, says, publish):
    if len(record) > 255:
        record = '" "'.join(record[n : n + 250] for n in range(0, len(record), 250))
    found = find(spf(record, *more), id_)
    assert found, [one.id for one in check(spf(record, *more)).findings]
    assert says in found[0].text
    if publish is not None:
        assert found[0].publish == publish


def test_what_is_published_instead_is_good():
    for record, more, id_, _, publish in CASES:
        if not publish:
            continue
        again = find(spf(publish, *more), id_)
        assert not again, (record, publish)


def test_several_records_become_one():
    text = spf("v=spf1 mx -all", 'example.org. IN TXT "v=spf1 a:n1.example ~all"', *MORE)
    (found,) = find(text, "spf.several")
    assert found.publish == "v=spf1 mx a:n1.example -all"


def test_missing():
    (found,) = find(zone(without=("v=spf1",)), "spf.missing")
    assert found.publish == "v=spf1 mx -all"


def test_an_mx_term_with_eleven_hosts():
    many = [f"many.example. IN MX 10 n{n}.example." for n in range(1, 12)]
    (found,) = find(spf("v=spf1 mx:many.example -all", *many), "spf.too-many-names")
    assert "11 hosts" in found.text
