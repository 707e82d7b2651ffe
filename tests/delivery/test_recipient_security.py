"""delivery/recipient_security.py: what can be told of the way before anything is sent."""

import asyncio
import contextlib
from random import Random

import pytest

from pillarbox.delivery import destination
from pillarbox.delivery.destination import Own
from pillarbox.delivery.https import NotFetched
from pillarbox.delivery.recipient_security import RecipientSecurity
from pillarbox.delivery.tls_policies import TlsPolicies
from pillarbox.store import traces
from pillarbox.trace import words
from pillarbox.trace.catalogue import LANGUAGES
from pillarbox.trace.step import Step, Trace
from tests.fakes import FakeResolver

from .policy_host import FakeFetcher, policy
from .test_own_traces import house

MX = "d.example. MX 10 mx.d.example.\nmx.d.example. A 192.0.2.1\n"
TWO = "d.example. MX 20 b.d.example.\nb.d.example. A 192.0.2.2\n"
SIGNED = "$AUTHENTIC on\n"
TLSA = "_25._tcp.mx.d.example. TLSA 3 1 1 " + "ab" * 32 + "\n"
STS = '_mta-sts.d.example. TXT "v=STSv1; id=1;"\n'
ENFORCE = policy(mx="mx.d.example")


class Place:
    """The service over an installation. asked: how often servers of a domain were looked for."""

    def __init__(self, here, zone="", page=ENFORCE, **options):
        self.here = here
        self.asked = 0
        self.resolver = FakeResolver(zone, here.clock)
        policies = TlsPolicies(here.db, self.resolver, FakeFetcher(page), here.clock)
        self.service = RecipientSecurity(here.db, self.find, policies, here.clock, **options)

    async def find(self, domain):
        self.asked += 1
        if domain == "slow.example":
            await asyncio.Event().wait()
        return await destination.find(domain, self.resolver, Own(), Random(1))

    async def of(self, *addresses, account="anna@example.org"):
        return await self.service.of(account, addresses)


@contextlib.asynccontextmanager
async def place(tmp_path, *args, **options):
    async with house(tmp_path) as here:
        yield Place(here, *args, **options)


TO = "x@d.example"
CASES = [
    # name, zone, policy file, address -> level, words, problem
    ("nothing", MX, "", TO, "none", "none", ""),
    ("dane", SIGNED + MX + TLSA, "", TO, "dane", "dane", ""),
    ("dane, not signed", MX + TLSA, "", TO, "none", "none", ""),
    ("dane of one of two", SIGNED + MX + TWO + TLSA, "", TO, "none", "none", ""),
    ("dane, unusable", SIGNED + MX + TLSA.replace("3 1 1", "1 1 1"), "", TO, "tls", "tls-demanded",
     ""),
    ("dane, no answer", SIGNED + MX + "$FAIL _25._tcp.mx.d.example.\n", "", TO, "unknown",
     "unknown", ""),
    ("mta-sts", MX + STS, ENFORCE, TO, "mta-sts", "mta-sts", ""),
    ("mta-sts, testing", MX + STS, policy("testing", "mx.d.example"), TO, "none", "testing", ""),
    ("mta-sts, not to be had", MX + STS, NotFetched("no answer"), TO, "unknown", "unknown", ""),
    ("dane over mta-sts", SIGNED + MX + TLSA + STS, ENFORCE, TO, "dane", "dane", ""),
    ("no answer", "$FAIL d.example.\n", "", TO, "unknown", "unknown", ""),
    ("no such domain", "e.example. A 192.0.2.1\n", "", TO, "unknown", "no-such-domain",
     "no-such-domain"),
    ("null mx", "d.example. MX 0 .\n", "", TO, "unknown", "no-mail", "no-mail"),
    ("no server", 'd.example. TXT "x"\n', "", TO, "unknown", "no-mail", "no-mail"),
    ("here", "", "", "ben+x@example.org", "local", "local", ""),
    ("nobody here", "", "", "bne@example.org", "local", "no-such-mailbox", "no-such-mailbox"),
    ("no address", "", "", "Anna Berg", "unknown", "not-an-address", "not-an-address"),
    ("empty", "", "", "", "unknown", "not-an-address", "not-an-address"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("zone", "page", "address", "level", "code", "problem"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
async def test_what_is_announced(tmp_path, zone, page, address, level, code, problem):
    async with place(tmp_path, zone, page) as here:
        (found,) = await here.of(address)
        assert (found.address, found.level, found.problem) == (address, level, problem)
        assert found.words["code"] == f"security-{code}"
        for language in LANGUAGES:
            assert "?" not in words.phrase(found.words, language)


async def save(db, number, account, *steps, to=TO):
    trace = Trace(
        id=f"t{number}", direction="submitted", started_at=number, account=account,
        recipients=[to], steps=[Step(*step) for step in steps],
    )  # fmt: skip
    await db.write(lambda tx: traces.save(tx, traces.prepare(trace)))


TLS = ("attempt.tls", 1.0, {"host": "mx.d.example", "version": "TLSv1.3"})
PLAIN = ("attempt.plain", 1.0, {"host": "mx.d.example"})
TAKEN = ("attempt.accepted", 2.0, {"host": "mx.d.example", "recipient": TO})


async def test_what_earlier_mail_of_the_same_account_met(tmp_path):
    async with place(tmp_path, MX) as here:
        db = here.here.db
        await save(db, 1, "ben@example.org", TLS, TAKEN)
        assert (await here.of(TO))[0].level == "none"
        await save(db, 2, "anna@example.org", TLS, TAKEN)
        await save(db, 3, "anna@example.org")
        (found,) = await here.of(TO)
        assert (found.level, found.words["code"]) == ("tls", "security-tls-before")
        await save(db, 4, "anna@example.org", PLAIN, TAKEN)
        (found,) = await here.of(TO)
        assert (found.level, found.words["code"]) == ("none", "security-none-before")


async def test_our_own_settings_count(tmp_path):
    async with place(tmp_path, MX, encrypt=True) as here:
        assert (await here.of(TO))[0].words["code"] == "security-tls-demanded"
    async with house(tmp_path / "two") as here:
        alone = Place(here, MX)
        alone.service = RecipientSecurity(here.db, alone.find, None, here.clock)
        assert (await alone.of(TO))[0].level == "none"


async def test_nobody_waits_longer_than_the_time_there_is(tmp_path):
    async with place(tmp_path, MX, seconds=0.05) as here:
        found = await here.of("a@slow.example", TO)
        assert [one.level for one in found] == ["unknown", "none"]


async def test_a_domain_is_asked_about_once(tmp_path):
    async with place(tmp_path, SIGNED + MX + TLSA) as here:
        await here.of(TO, "Y@D.example", "z@bücher.example", "z@xn--bcher-kva.example")
        assert here.asked == 2
        await here.of(TO)
        assert here.asked == 2
        here.here.clock.advance(601)
        assert (await here.of(TO))[0].level == "dane"
        assert here.asked == 3


async def test_what_is_unknown_is_asked_again_soon(tmp_path):
    async with place(tmp_path, "$FAIL d.example.\n") as here:
        await here.of(TO)
        here.here.clock.advance(21)
        here.resolver = FakeResolver(MX, here.here.clock)
        assert (await here.of(TO))[0].level == "none"


async def test_only_so_many_are_looked_at(tmp_path):
    async with place(tmp_path) as here:
        assert len(await here.of(*[f"a{n}@example.org" for n in range(200)])) == 50
