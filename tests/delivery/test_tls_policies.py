"""delivery/tls_policies.py: found, fetched, kept, and believed only as far as DNS is signed."""

import asyncio
from datetime import timedelta

import pytest

from pillarbox.base.errors import StorageFull
from pillarbox.delivery.https import NotFetched, Page
from pillarbox.delivery.tls_policies import TlsPolicies
from pillarbox.dns.resolver import RType
from pillarbox.store.connect import connect
from pillarbox.tlspolicy.decide import Fault, Ruling
from pillarbox.tlspolicy.mta_sts import Mode
from tests.fakes import FakeClock, FakeResolver

from .policy_host import FakeFetcher, policy

D = "d.example"
RECORD = '_mta-sts.d.example. TXT "v=STSv1; id={};"\n'
DAY = 86400


class Place:
    """A store, DNS that can be changed, and a web server."""

    def __init__(self, db, clock):
        self.db, self.clock = db, clock
        self.web = FakeFetcher(policy())
        self.zone(RECORD.format(1))
        self.start()

    def zone(self, text):
        self.resolver = FakeResolver(text, self.clock)

    def start(self, **options):
        """Begin anew, as after a restart of the server."""
        self.policies = TlsPolicies(self.db, self, self.web, self.clock, **options)

    async def resolve(self, name, rtype):
        return await self.resolver.resolve(name, rtype)

    async def found(self):
        """Return mode (None for no policy), the code of what went wrong, and the visits."""
        policy = await self.policies.of_domain(D)
        visits = len(self.web.asked)
        self.web.asked.clear()
        mode = policy.kept.policy.mode.value if policy.kept else None
        return mode, policy.problem.code if policy.problem else "", visits


@pytest.fixture
async def place(tmp_path):
    clock = FakeClock()
    db = connect(tmp_path / "store", "", clock)
    await db.open()
    yield Place(db, clock)
    await db.close()


async def test_fetched_once_and_kept_over_a_restart(place):
    policy = await place.policies.of_domain(D)
    assert place.web.asked == [("mta-sts.d.example", "/.well-known/mta-sts.txt")]
    assert policy.kept is not None
    assert policy.kept.policy.mode is Mode.ENFORCE
    assert [step.key for step in policy.steps(0.0)] == ["attempt.sts.enforce"]
    assert policy.steps(0.0)[0].evidence["policy"].startswith("version: STSv1")
    assert await place.found() == ("enforce", "", 0 + 1)
    place.start()
    assert await place.found() == ("enforce", "", 0)


async def test_no_record_means_no_visit(place):
    place.zone("")
    assert await place.found() == (None, "", 0)
    assert (await place.policies.of_domain("[192.0.2.1]")).kept is None
    place.zone(RECORD.format(1))
    place.start(sts=False)
    assert await place.found() == (None, "", 0)


async def test_a_new_id_is_fetched_at_once(place):
    await place.found()
    place.zone(RECORD.format(2))
    place.web.page = policy("testing")
    assert await place.found() == ("testing", "", 1)


async def test_what_is_kept_counts_until_its_age_is_over(place):
    await place.found()
    place.zone("")
    place.web.page = NotFetched("gone")
    place.clock.advance(7 * DAY - 1)
    assert await place.found() == ("enforce", "", 0)
    place.clock.advance(1)
    assert await place.found() == (None, "", 0)


async def test_an_attacker_who_blocks_the_policy_gains_nothing_while_one_is_kept(place):
    await place.found()
    place.zone(RECORD.format(2))
    place.web.page = NotFetched("blocked")
    assert await place.found() == ("enforce", "sts-policy-fetch-error", 1)
    place.zone("$FAIL _mta-sts.d.example.")
    assert await place.found() == ("enforce", "", 0)


async def test_a_policy_in_use_is_fetched_again_each_day(place):
    await place.found()
    place.clock.advance(DAY - 1)
    assert await place.found() == ("enforce", "", 0)
    place.clock.advance(1)
    assert await place.found() == ("enforce", "", 1)
    place.clock.advance(6.5 * DAY)
    place.web.page = NotFetched("down")
    assert await place.found() == ("enforce", "sts-policy-fetch-error", 1)


FAILURES = [
    ("no server", NotFetched("no connection"), "sts-policy-fetch-error"),
    ("certificate", NotFetched("not valid", certificate=True), "sts-webpki-invalid"),
    ("not found", Page(404, "text/plain", b""), "sts-policy-fetch-error"),
    ("redirect", Page(302, "text/plain", policy().encode()), "sts-policy-fetch-error"),
    ("a page", Page(200, "text/html", policy().encode()), "sts-policy-invalid"),
    ("no type", Page(200, "", policy().encode()), "sts-policy-invalid"),
    ("malformed", Page(200, "text/plain", b"hello"), "sts-policy-invalid"),
]


@pytest.mark.parametrize(("page", "code"), [f[1:] for f in FAILURES], ids=[f[0] for f in FAILURES])
async def test_a_policy_that_cannot_be_had(place, page, code):
    place.web.page = page
    assert await place.found() == (None, code, 1)
    assert [s.key for s in (await place.policies.of_domain(D)).steps(0.0)] == [
        "attempt.sts.unfetched"
    ]
    place.web.asked.clear()
    assert await place.found() == (None, code, 0)
    place.clock.advance(300)
    place.web.page = policy()
    assert await place.found() == ("enforce", "", 1)


async def test_many_who_ask_at_once_fetch_once(place):
    await asyncio.gather(*(place.policies.of_domain(D) for _ in range(20)))
    assert len(place.web.asked) == 1


TLSA = "_25._tcp.mx.d.example. TLSA 3 1 1 " + "ab" * 32 + "\n"
SIGNED = "$AUTHENTIC on\n"
MX = "d.example. MX 10 mx.d.example.\n"
HOSTS = "mx.d.example. A 192.0.2.1\n"
ALIAS = "mx.d.example. CNAME host.d.example.\n"
FAR = "$AUTHENTIC off\nmx.d.example. CNAME host.far.example.\nhost.far.example. A 192.0.2.1\n"

# zone -> usable records, or the fault, or None for no DANE
DANE = [
    ("all signed", SIGNED + MX + HOSTS + TLSA, 1),
    ("nothing signed", MX + HOSTS + TLSA, None),
    ("mx unsigned", MX + SIGNED + HOSTS + TLSA, None),
    ("address unsigned", SIGNED + MX + TLSA + "$AUTHENTIC off\n" + HOSTS, None),
    ("records unsigned", SIGNED + MX + HOSTS + "$AUTHENTIC off\n" + TLSA, None),
    ("no records", SIGNED + MX + HOSTS, None),
    ("lookup fails", SIGNED + MX + HOSTS + "$FAIL _25._tcp.mx.d.example.\n", Fault.DNSSEC),
    ("unsigned, lookup fails", MX + HOSTS + "$FAIL _25._tcp.mx.d.example.\n", None),
    ("none usable", SIGNED + MX + HOSTS + TLSA.replace("3 1 1", "1 1 1"), 0),
    ("alias, records at its end", SIGNED + MX + ALIAS + HOSTS.replace("mx", "host")
     + TLSA.replace("mx", "host"), 1),
    ("alias, records at its start", SIGNED + MX + ALIAS + HOSTS.replace("mx", "host") + TLSA, 1),
    ("alias out of the signed", SIGNED + MX + TLSA
     + "mx.d.example. CNAME host.far.example.\n$AUTHENTIC off\nhost.far.example. A 192.0.2.1\n", 1),
    ("unsigned alias", SIGNED + MX + TLSA + FAR, None),
    ("no mx", SIGNED + "d.example. A 192.0.2.1\n" + TLSA.replace("mx.", ""), 1),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "expected"), [d[1:] for d in DANE], ids=[d[0] for d in DANE])
async def test_dane(place, zone, expected):
    place.zone(zone)
    domain = await place.policies.of_domain(D)
    host = D if "MX" not in zone else "mx.d.example"
    answers = [await place.resolve(D, RType.MX)]
    answers += [await place.resolve(host, kind) for kind in (RType.AAAA, RType.A)]
    found = await place.policies.of_host(host, answers, domain, always=False)
    if isinstance(expected, Fault):
        assert found.problem is not None
        assert (found.problem.fault, found.is_barred) == (expected, True)
        return
    assert found.problem is None
    ruling = Ruling.NOTHING if expected is None else Ruling.DANE
    assert found.demand.ruling is ruling
    assert (len(found.demand.records.usable) if found.demand.records else None) == expected
    place.start(dane=False)
    off = await place.policies.of_host(host, answers, domain, always=False)
    assert off.demand.ruling is Ruling.NOTHING


async def test_a_server_that_the_policy_does_not_name_is_barred(place):
    place.zone(RECORD.format(1) + MX + HOSTS)
    for mode, barred in (("enforce", True), ("testing", False)):
        place.web.page = policy(mode, "other.example")
        place.clock.advance(2 * DAY)
        domain = await place.policies.of_domain(D)
        answers = [await place.resolve(D, RType.MX)]
        found = await place.policies.of_host("mx.d.example", answers, domain, always=False)
        assert found.problem is not None
        assert found.is_barred is barred


async def test_a_full_disk_does_not_hide_a_policy(place):
    real = place.db.write

    async def full(*_, **__):
        raise StorageFull("full")

    place.db.write = full
    try:
        assert await place.found() == ("enforce", "", 1)
    finally:
        place.db.write = real


async def test_memory_of_failures_is_bounded(place, monkeypatch):
    monkeypatch.setattr("pillarbox.delivery.tls_policies.MAX_FAILURES", 2)
    place.web.page = NotFetched("down")
    names = [f"d{n}.example" for n in range(4)]
    place.zone("".join(RECORD.replace("d.example", name).format(1) for name in names))
    for name in names:
        await place.policies.of_domain(name)
    assert len(place.policies._failures) == 2
    assert place.clock.now() + timedelta(minutes=5) == place.policies._failures[names[-1]][0]


async def test_mail_does_not_wait_for_a_slow_server_of_policies(place, monkeypatch):
    monkeypatch.setattr("pillarbox.delivery.tls_policies.PATIENCE_SECONDS", 0.01)
    await place.found()
    place.zone(RECORD.format(2))
    answered = asyncio.Event()
    real = place.web.get

    async def slow(host, path, *, max_octets, seconds):
        await answered.wait()
        return await real(host, path, max_octets=max_octets, seconds=seconds)

    place.web.get = slow
    place.web.page = policy("testing")
    assert await place.found() == ("enforce", "sts-policy-fetch-error", 0)
    answered.set()
    await asyncio.gather(*place.policies._flying.values())
    assert await place.found() == ("testing", "", 1)
