"""delivery/away.py, vacation.py: who is answered while somebody is away, how, and how often."""

import email
import email.policy
from datetime import timedelta

import pytest

from pillarbox.delivery.signing import Sealer, Signer
from pillarbox.delivery.vacation import Policy, Vacations
from pillarbox.store import accounts, aliases, identities, preferences, vacations
from pillarbox.store.vacations import Vacation

from .passing import LIST_IP, TEXT, server, signed, step, zone

CAROL = "carol@uni.example"
HOME = "192.0.2.1"  # where Carol's server is
RECORDS = zone().replace("-all ip4:192.0.2.1", "ip4:192.0.2.1 -all")
NAMED = b"To: Anna <anna@example.org>\r\n"
BARE = b"".join(
    line for line in TEXT.splitlines(keepends=True) if not line.lower().startswith(b"to:")
)
LETTER = NAMED + BARE


def read(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


class Away:
    """Anna of passing.Server, who is away."""

    def __init__(self, here):
        self.here = here
        self.changed: list[int] = []
        policy = Policy("mx.example.org", "+", timedelta(days=5))
        signer = Signer(here.db, Sealer(b"k" * 32), here.clock)
        self.vacations = Vacations(here.db, signer, here.clock, policy, self.changed.append)

    async def leave(self, body="", **more):
        def put(tx):
            anna = accounts.find(tx, "anna@example.org")
            assert anna is not None
            vacations.put(tx, anna.account_id, Vacation(True, body=body, **more))
            return anna.account_id

        return await self.here.db.write(put)

    async def get(self, message=None, to="anna@example.org", *, sender=CAROL, ip=HOME):
        """Let a message come; return its trace's step about the answer, None if it has none."""
        message = signed(LETTER) if message is None else message
        answer, trace = await self.here.receive(message, to, sender=sender, ip=ip)
        assert answer.code == 250
        return step(trace, "vacation") or step(trace, "vacation.none")

    async def answers(self):
        await self.vacations.sweep()
        return await self.here.queued()


async def test_a_person_is_answered_once(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        anna = Away(here)
        await anna.leave('{"subject":"Gone fishing","textBody":"Back on Monday."}')
        told = await anna.get()
        assert (told.key, told.params["sender"]) == ("vacation", CAROL)
        ((item, receivers, octets),) = await anna.answers()
        assert (item.sender, [one.address for one in receivers]) == ("", [CAROL])
        assert receivers[0].notify == "NEVER"
        answer = read(octets)
        assert (answer["From"], answer["To"]) == ("anna@example.org", CAROL)
        assert answer["Subject"] == "Gone fishing"
        assert answer["Auto-Submitted"] == "auto-replied"
        assert answer["In-Reply-To"] == "<1@uni.example>"
        assert answer["DKIM-Signature"]
        assert answer.get_content().strip() == "Back on Monday."
        assert anna.changed == [0]
        told = await anna.get()
        assert (told.key, told.params["why"]["code"]) == ("vacation.none", "unanswered-again")
        assert await anna.vacations.sweep() == 0
        here.clock.advance(vacations.AGAIN.total_seconds() + 1)
        assert (await anna.get()).key == "vacation"
        assert await anna.vacations.sweep() == 1


async def test_without_words_there_are_ours_in_the_owners_language(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        anna = Away(here)
        account_id = await anna.leave('{"htmlBody":null}')

        def speak(tx):
            preferences.put(tx, account_id, '{"language":"de"}')
            identities.keep_standard(tx, account_id, ["anna@example.org"])
            (one,) = identities.list_(tx, account_id)
            identities.put(
                tx, account_id, identities.Identity(one.identity_id, True, "", name="Anna Ö")
            )

        await here.db.write(speak)
        await anna.get()
        ((_, _, octets),) = await anna.answers()
        answer = read(octets)
        assert answer["From"].addresses[0].display_name == "Anna Ö"
        assert answer["Subject"] == "Abwesend: Release"
        assert "zurzeit nicht da" in answer.get_content()


async def test_html_alone_gets_a_plain_part(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        anna = Away(here)
        await anna.leave('{"htmlBody":"<p>Back <b>on</b> Monday &amp; well</p>"}')
        await anna.get()
        ((_, _, octets),) = await anna.answers()
        answer = read(octets)
        plain = answer.get_body(("plain",)).get_content().strip()
        assert plain == "Back on Monday & well"
        assert "<b>on</b>" in answer.get_body(("html",)).get_content()


OTHERS = [
    ("a list", signed(b"List-Id: <a.b.example>\r\n" + LETTER), CAROL, "list"),
    ("bulk", signed(b"Precedence: bulk\r\n" + LETTER), CAROL, "bulk"),
    ("a program", signed(b"Auto-Submitted: auto-replied\r\n" + LETTER), CAROL, "program"),
    ("asked", signed(b"X-Auto-Response-Suppress: DR, OOF\r\n" + LETTER), CAROL, "asked"),
    ("a robot", signed(LETTER), "no-reply@uni.example", "nobody"),
    ("a bounce", signed(LETTER), "", "no-return"),
    ("a blind copy", signed(b"To: others@uni.example\r\n" + BARE), CAROL, "not-named"),
]


@pytest.mark.parametrize(
    ("message", "sender", "why"), [one[1:] for one in OTHERS], ids=[one[0] for one in OTHERS]
)
async def test_who_is_not_answered_and_why(tmp_path, message, sender, why):
    async with server(tmp_path, RECORDS) as here:
        anna = Away(here)
        await anna.leave()
        told = await anna.get(message, sender=sender)
        assert told.params["why"] == {"code": f"unanswered-{why}"}
        assert await anna.answers() == []


async def test_the_time_away_counts(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        anna = Away(here)
        now = here.clock.now()
        day = timedelta(days=1)
        for since, until in ((now + day, None), (None, now), (now - day, now - day / 2)):
            await anna.leave(since=since, until=until)
            assert await anna.get() is None
        await anna.leave(since=now, until=now + day)
        assert (await anna.get()).key == "vacation"


async def test_subaddresses_and_own_aliases_are_the_account_groups_are_not(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        anna = Away(here)

        def add(tx):
            aliases.set_(tx, "me@example.org", ["anna@example.org"])
            aliases.set_(tx, "team@example.org", ["anna@example.org", "bob@far.example"])

        await here.db.write(add)
        for to, key in (
            ("me@example.org", "vacation"),
            ("team@example.org", "vacation.none"),
            ("anna+shop@example.org", "vacation"),
        ):
            await anna.leave()
            letter = signed(b"To: " + to.encode() + b"\r\n" + BARE)
            assert (await anna.get(letter, to)).key == key, to


async def test_what_is_said_anew_is_answered_anew(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        anna = Away(here)
        account_id = await anna.leave()
        await anna.get()
        assert len(await anna.answers()) == 1
        await anna.leave('{"textBody":"Until Friday"}')
        assert (await anna.get()).key == "vacation"
        await here.db.write(lambda tx: vacations.put(tx, account_id, Vacation(False)))
        assert await anna.vacations.sweep() == 0


async def test_an_answer_survives_whoever_dies_before_it_is_sent(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        anna = Away(here)
        await anna.leave()
        await anna.get()
        (due,) = await here.db.read(vacations.due, 10)
        # Two workers write it, one of them commits.
        other = Away(here)
        assert [await anna.vacations._answer(due), await other.vacations._answer(due)] == [
            True,
            False,
        ]
        assert len(await here.queued()) == 1


async def test_nobody_makes_us_write_to_many(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        anna = Away(here)
        account_id = await anna.leave()

        def fill(tx):
            for number in range(vacations.MOST):
                assert vacations.owe(tx, account_id, f"p{number}@uni.example", "{}")

        await here.db.write(fill)
        assert (await anna.get()).params["why"] == {"code": "unanswered-many"}


async def test_mail_of_doubtful_senders_is_not_answered(tmp_path):
    async with server(tmp_path, RECORDS.replace("p=reject", "p=none")) as here:
        anna = Away(here)
        await anna.leave()
        answer, trace = await here.receive(LETTER, sender="bob@far.example", ip=LIST_IP)
        assert (answer.code, trace.verdict) == (250, "misfit")
        assert step(trace, "vacation") is None
        assert await anna.answers() == []
