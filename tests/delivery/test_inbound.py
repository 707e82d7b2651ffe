"""delivery/inbound.py: mail that somebody passed on, and mail that we pass on."""

from dataclasses import replace

import pytest

from pillarbox.delivery import acquaintances, known
from pillarbox.delivery.verdict import Rules
from pillarbox.dns.resolver import Status
from pillarbox.mailauth import arc, authres
from pillarbox.mailauth.arc import ChainStatus
from pillarbox.mailauth.dkim_canon import split_header
from pillarbox.mailauth.publish import quote_txt
from pillarbox.store import aliases
from pillarbox.trace import view, words
from tests.fakes import FakeResolver

from .passing import LIST_IP, footer, keys, sealed, server, signed, step, zone

SEALER = ("sealer", "lists.project.example")
LIST_ID = b"List-Id: Developers <dev.lists.project.example>\r\n"


def listed(message):
    """The list signs what it sends, and says which list it is."""
    return signed(LIST_ID + message, "lists.project.example")


def known_list():
    return [("list", "dev.lists.project.example")]


# name, message, options, code, verdict, action, override
CASES = [
    ("known sealer", sealed(footer()), {"known": [SEALER]},
     250, "unproven", "delivered", "override.sealer"),
    ("unknown sealer", sealed(footer()), {}, 550, "forged", "refused", None),
    ("unknown sealer, softened", sealed(footer()), {"rules": Rules(stranger="junk")},
     250, "misfit", "junked", None),
    ("other sealer known", sealed(footer()), {"known": [("sealer", "relay.example")]},
     550, "forged", "refused", None),
    ("sealer of a domain below", sealed(footer()), {"known": [("sealer", "project.example")]},
     250, "unproven", "delivered", "override.sealer"),
    ("look-alike", sealed(footer()), {"known": [("sealer", "s.project.example")]},
     550, "forged", "refused", None),
    ("seal broken", sealed(footer()).replace(b"spf=pass", b"spf=fail"), {"known": [SEALER]},
     550, "forged", "refused", None),
    ("changed after the seal", sealed(footer()) + b"x", {"known": [SEALER]},
     550, "forged", "refused", None),
    ("sealer found it failing", sealed(footer(), said="dmarc=fail header.from=uni.example"),
     {"known": [SEALER]}, 550, "forged", "refused", None),
    ("sealer speaks of another", sealed(footer(), said="dmarc=pass header.from=evil.example"),
     {"known": [SEALER]}, 550, "forged", "refused", None),
    ("sealer saw the signature", sealed(footer(), said="dkim=pass header.d=uni.example"),
     {"known": [SEALER]}, 250, "unproven", "delivered", "override.sealer"),
    ("sealer saw another's signature", sealed(footer(), said="dkim=pass header.d=x.example"),
     {"known": [SEALER]}, 550, "forged", "refused", None),
    ("checks of chains are off", sealed(footer()), {"known": [SEALER], "arc": False},
     550, "forged", "refused", None),
    ("known network", footer(), {"known": [("network", "203.0.113.0/29")]},
     250, "unproven", "delivered", "override.network"),
    ("another network", footer(), {"known": [("network", "203.0.113.8/29")]},
     550, "forged", "refused", None),
    ("known list", listed(footer()), {"known": known_list()},
     250, "unproven", "delivered", "override.list"),
    ("known list that did not sign", LIST_ID + footer(), {"known": known_list()},
     550, "forged", "refused", None),
    ("another list", listed(footer()), {"known": [("list", "ops.lists.project.example")]},
     550, "forged", "refused", None),
    ("whole all the same", sealed(signed()), {"known": [SEALER]},
     250, "via", "delivered", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "options", "code", "verdict", "action", "override"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
async def test_what_others_passed_on(tmp_path, message, options, code, verdict, action, override):
    async with server(tmp_path, **options) as here:
        answer, trace = await here.receive(message)
        assert (answer.code, trace.verdict, trace.action) == (code, verdict, action)
        assert keys(trace, "override.") == ([override] if override else [])
        if override is None:
            return
        decision = step(trace, "decision.accept")
        assert decision.evidence["reasons"][0]["type"] in {"mailing_list", "trusted_forwarder"}
        told = view.story(trace)
        assert told.verdict == "unproven"
        assert "known here" in told.verdict_sentence
        assert "uni.example" in told.verdict_sentence
        assert "?" not in words.explanation(step(trace, override))


async def test_nothing_is_spent_without_a_chain_or_a_failure(tmp_path):
    async with server(tmp_path, known=[SEALER]) as here:

        async def never(_accounts):
            raise AssertionError("asked whom we know")

        here.inbound._acquaintances.find = never
        answer, trace = await here.receive(signed(), ip="192.0.2.1", sender="carol@uni.example")
        assert answer.code == 250
        assert keys(trace, "arc.", "override.") == []
        names = [name for name, _ in here.resolver.asked]
        await here.receive(sealed(signed()), ip="192.0.2.1", sender="carol@uni.example")
        assert len(here.resolver.asked) > len(names)


async def test_a_stranger_is_named_in_the_story(tmp_path):
    async with server(tmp_path) as here:
        _, trace = await here.receive(sealed(footer()))
        assert "lists.project.example" in words.sentence(step(trace, "arc.stranger"))
        assert step(trace, "decision.refuse").evidence["verdict"] == "forged"


async def test_the_results_say_why(tmp_path):
    async with server(tmp_path, known=[SEALER]) as here:
        await here.receive(sealed(footer()), to="both@example.org")
        ((_, _, octets),) = await here.queued()
        at = octets.index(b"Authentication-Results: mx.example.org")
        field = octets[at:].split(b"\r\nReceived:")[0].partition(b":")[2]
        found = {result.method: result for result in authres.parse(field).results}
        assert found["arc"].value == "pass"
        assert ("header", "oldest-pass", "0") in found["arc"].properties
        assert ("smtp", "remote-ip", LIST_IP) in found["arc"].properties
        assert found["dmarc"].value == "fail"
        assert ("policy", "dmarc", "reject") in found["dmarc"].properties
        assert "local policy trusted_forwarder" in found["dmarc"].reason
        assert "lists.project.example" in found["dmarc"].reason


HOPS = [
    # what the relay did, whether it is known -> accepted
    ("relay left it alone", b"", False, 250),
    ("relay changed it", b"changed by the relay\r\n", False, 550),
    ("known relay changed it", b"changed by the relay\r\n", True, 250),
]


@pytest.mark.parametrize(
    ("added", "is_known", "code"), [case[1:] for case in HOPS], ids=[case[0] for case in HOPS]
)
async def test_only_what_is_unchanged_since_a_known_sealer_counts(tmp_path, added, is_known, code):
    message = sealed(
        sealed(footer()) + added,
        "relay.example",
        "dmarc=fail header.from=uni.example; arc=pass",
        ChainStatus.PASS,
    )
    friends = [SEALER] + ([("sealer", "relay.example")] if is_known else [])
    async with server(tmp_path, known=friends) as here:
        answer, trace = await here.receive(message)
        assert answer.code == code
        chain = step(trace, "arc.pass")
        assert chain.params["oldest_pass"] == (2 if added else 0)
        assert len(chain.evidence["sets"]) == 2


async def test_an_exception_may_count_for_one_account(tmp_path):
    async with server(tmp_path) as here:
        entry = ("sealer", "lists.project.example")
        mine = known.make(*entry, account="anna@example.org")
        await here.db.write(acquaintances.add, mine, here.clock.now())
        assert (await here.receive(sealed(footer())))[0].code == 250
        assert (await here.receive(sealed(footer()), "post@example.org"))[0].code == 550
        both = ("anna@example.org", "post@example.org")
        assert (await here.receive(sealed(footer()), both))[0].code == 550


# Passing on.


async def test_octets_are_passed_on_unchanged_and_sealed(tmp_path):
    async with server(tmp_path) as here:
        message = signed()
        await here.receive(message, "old@example.org", sender="carol@uni.example")
        ((item, recipients, octets),) = await here.queued()
        assert [r.address for r in recipients] == ["bob@far.example"]
        assert item.octets == len(octets)
        assert octets.endswith(message)
        assert not octets.startswith(b"Return-Path")
        assert octets.startswith(b"ARC-Seal: i=1;")
        assert item.sender.startswith("SRS0=")
        assert item.sender.endswith("=uni.example=carol@example.org")
        chain = arc.read_chain(split_header(octets))
        (sealed_set,) = chain.sets
        assert sealed_set.domain == "example.org"
        assert sealed_set.results.startswith("mx.example.org; spf=fail")
        assert "dmarc=pass header.from=uni.example" in sealed_set.results


async def test_our_seal_verifies_and_goes_on_from_theirs(tmp_path):
    async with server(tmp_path, known=[SEALER]) as here:
        _, trace = await here.receive(sealed(footer()), "old@example.org")
        ((_, _, octets),) = await here.queued()
        done = step(trace, "sealed")
        assert done.params["instance"] == 2
        keys_ = await here.forwarder._signer.keys("example.org")
        records = "".join(
            f"{k.selector}._domainkey.example.org. IN TXT {quote_txt(k.key.public_record())}\n"
            for k in keys_
        )
        resolver = FakeResolver(zone() + records, here.clock)
        outcome = await arc.validate(octets, resolver, here.clock.now())
        assert outcome.passed, outcome
        assert [one.domain for one in outcome.sets] == ["lists.project.example", "example.org"]
        assert outcome.sets[1].seal_cv == "pass"


async def test_a_broken_chain_is_sealed_as_broken(tmp_path):
    broken = sealed(signed()).replace(b"spf=pass", b"spf=fail", 1)
    async with server(tmp_path) as here:
        await here.receive(broken, "old@example.org", sender="carol@uni.example")
        ((_, _, octets),) = await here.queued()
        assert b"cv=fail" in octets[: octets.index(b"ARC-Message-Signature")]


ENDED = sealed(sealed(signed()).replace(b"spf=pass", b"spf=fail", 1), cv=ChainStatus.FAIL)


@pytest.mark.parametrize(
    ("message", "options", "wanted"),
    [(signed(), {"seal": False}, []), (ENDED, {}, ["sealed.not"])],
    ids=["sealing is off", "the chain has ended"],
)
async def test_what_leaves_without_a_seal(tmp_path, message, options, wanted):
    async with server(tmp_path, **options) as here:
        _, trace = await here.receive(message, "old@example.org", sender="carol@uni.example")
        ((_, _, octets),) = await here.queued()
        assert octets.startswith(b"Authentication-Results: mx.example.org")
        assert keys(trace, "sealed") == wanted


async def test_a_key_that_cannot_be_fetched_does_not_end_a_chain(tmp_path):
    async with server(tmp_path) as here:
        here.resolver = FailingResolver(here.resolver, "s._domainkey.lists.project.example")
        here.inbound._resolver = here.forwarder._resolver = here.resolver
        message = sealed(signed())
        _, trace = await here.receive(message, "old@example.org", sender="carol@uni.example")
        assert keys(trace, "arc.", "sealed") == ["arc.temperror", "sealed.not"]
        ((_, _, octets),) = await here.queued()
        assert octets.endswith(message)


class FailingResolver:
    """Gives no answer for one name."""

    def __init__(self, inner, name):
        self._inner, self._name = inner, name

    async def resolve(self, name, rtype):
        found = await self._inner.resolve(name, rtype)
        return replace(found, status=Status.FAILED) if name == self._name else found


async def test_a_copy_stays_here_and_one_leaves(tmp_path):
    async with server(tmp_path) as here:
        message = signed()
        _, trace = await here.receive(message, "both@example.org", sender="carol@uni.example")
        assert trace.action == "delivered"
        ((_, _, octets),) = await here.queued()
        assert octets.startswith(b"ARC-Seal")
        assert keys(trace, "filed", "queued", "sealed") == ["sealed", "filed", "queued"]


JUNK = [
    ("refused", "old@example.org", "", 550, [], False),
    ("kept elsewhere", "old@example.org", "post@example.org", 250, ["post@example.org"], True),
    ("keeper unknown", "old@example.org", "nobody@example.org", 550, [], False),
    ("its owner has it", "both@example.org", "", 250, ["anna@example.org"], True),
    ("one would lose it", ("anna@example.org", "old@example.org"), "", 550, [], False),
    ("both have it", ("anna@example.org", "old@example.org"), "post@example.org", 250,
     ["anna@example.org", "post@example.org"], True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("to", "junk_to", "code", "filed", "told"), [c[1:] for c in JUNK], ids=[c[0] for c in JUNK]
)
async def test_junk_is_never_passed_on(tmp_path, to, junk_to, code, filed, told):
    async with server(tmp_path, zone("quarantine"), junk_to=junk_to) as here:
        answer, trace = await here.receive(footer(), to)
        assert answer.code == code
        assert await here.queued() == []
        places = [s.params for s in trace.steps if s.key == "filed"]
        assert [place["account"] for place in places] == filed
        assert all(place["mailbox"] == "Junk" for place in places)
        assert (step(trace, "route.forward.junk") is not None) is told
        if code == 550:
            assert "sign your mail" in answer.text


async def test_bounces_find_the_sender_and_strangers_do_not(tmp_path):
    async with server(tmp_path, zone("quarantine")) as here:
        await here.receive(signed(), "old@example.org", sender="carol@uni.example")
        ((item, _, _),) = await here.queued()
        bounce = b"From: postmaster@uni.example\r\n\r\nYour message did not arrive.\r\n"
        answer, trace = await here.receive(bounce, item.sender, sender="")
        assert (answer.code, trace.verdict, trace.action) == (250, "misfit", "queued")
        assert keys(trace, "route.", "filed") == ["route.return"]
        ((back, recipients, octets),) = await here.queued()
        assert (back.sender, recipients[0].address) == ("", "carol@uni.example")
        assert octets.endswith(bounce)
        routing = await here.route(item.sender, sender="someone@evil.example")
        assert routing.code == 550
        forged = item.sender.replace("carol", "victim")
        assert (await here.route(forged, sender="")).code == 550


async def test_junk_goes_back_and_no_further(tmp_path):
    async with server(tmp_path, zone("quarantine")) as here:
        await here.receive(signed(), "old@example.org", sender="carol@uni.example")
        ((item, _, _),) = await here.queued()
        both = (item.sender, "both@example.org")
        answer, trace = await here.receive(footer(), both, sender="")
        assert (answer.code, trace.action) == (250, "junked")
        assert keys(trace, "route.return", "route.forward") == [
            "route.return",
            "route.forward.junk",
        ]
        ((_, recipients, _),) = await here.queued()
        assert [r.address for r in recipients] == ["carol@uni.example"]


async def test_a_long_refusal_still_names_its_trace(tmp_path):
    long = ".".join(["x" * 60] * 4)
    records = f'{long}. IN TXT "v=spf1 -all exp=e.x.example"\ne.x.example. IN TXT "{"y" * 250}"\n'
    message = f"From: a@{long}\r\n\r\nText\r\n".encode()
    async with server(tmp_path, records, rules=Rules(spf_fail="refuse")) as here:
        answer, trace = await here.receive(message, sender=f"a@{long}")
        assert answer.code == 550
        assert answer.text.endswith(f"(trace {trace.id})")
        assert len(answer.text) <= 480


async def test_circles_of_aliases_end(tmp_path):
    async with server(tmp_path) as here:
        await here.db.write(aliases.set_, "a@example.org", ("b@example.org",))
        await here.db.write(aliases.set_, "b@example.org", ("a@example.org", "bob@far.example"))
        await here.receive(signed(), "a@example.org", sender="carol@uni.example")
        ((_, recipients, _),) = await here.queued()
        assert [r.address for r in recipients] == ["bob@far.example"]


async def test_a_message_that_goes_round_is_stopped(tmp_path):
    hops = b"".join(b"Received: from a by b; now\r\n" for _ in range(51))
    async with server(tmp_path) as here:
        answer, trace = await here.receive(hops + signed(), "old@example.org")
        assert (answer.code, answer.enhanced) == (554, "5.4.6")
        assert step(trace, "loop").params["count"] == 51
