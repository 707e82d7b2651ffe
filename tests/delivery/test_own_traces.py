"""delivery/own_traces.py: who may read a trace. Real deliveries, one table of readers."""

import contextlib
from datetime import timedelta

import pytest

from pillarbox.delivery import own_traces, submission
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.route import resolve
from pillarbox.delivery.signing import Sealer, Signer
from pillarbox.delivery.submission import Submission
from pillarbox.store import accounts, aliases, domains, traces
from pillarbox.store.ids import MessageId
from pillarbox.trace.page import Shown
from pillarbox.trace.step import Step, encode

from .passing import footer, server

MAIL = (
    b"From: Anna <anna@example.org>\r\nTo: team@example.org\r\nSubject: Plans\r\n"
    b"Date: Fri, 02 Jan 2026 03:04:00 +0000\r\nMessage-ID: <p1@example.org>\r\n\r\nHello.\r\n"
)
SECRET = "secret@hidden.example"
EVERYBODY = ("anna", "ben", "carl", "dora", "eve")


@contextlib.asynccontextmanager
async def house(tmp_path, **options):
    """anna, ben, carl, dora, eve; team@ is ben and dora's phone; rest@ catches all at shop."""

    def fill(tx):
        for name in EVERYBODY[1:]:
            accounts.create(tx, f"{name}@example.org", "x")
        aliases.set_(tx, "team@example.org", ("ben@example.org", "dora@phone.example"))
        domains.add(tx, "shop.example")
        domains.set_catch_all(tx, "shop.example", "carl@example.org")

    async with server(tmp_path, **options) as here:
        await here.db.write(fill)
        yield here


async def submit(here, *recipients):
    """Let anna send; return the id of the trace."""
    signer = Signer(here.db, Sealer(b"k" * 32), here.clock)
    policy = submission.Policy("mx.example.org", "+", timedelta(days=5))
    anna = await here.db.read(accounts.find, "anna@example.org")
    who = {"account": anna.address, "account_id": anna.account_id, "mechanism": "PLAIN"}
    client = Client("198.51.100.7", "laptop", "submission", tls=("TLSv1.3", "AES"), **who)
    envelope = Envelope("anna@example.org", tuple(map(Recipient, recipients)))
    routings = [await here.db.read(resolve, one, "+") for one in recipients]
    sending = Submission(here.db, signer, here.clock, policy)
    answer = await sending.receive(client, envelope, routings, MAIL, set())
    assert answer.accepted
    return answer.trace_id


def find(tx, name):
    account = accounts.find(tx, f"{name}@example.org")
    assert account is not None
    return account


async def seen(here, name, trace_id):
    """Return what an account may read of a trace, None for nothing."""

    def look(tx):
        return own_traces.find(tx, find(tx, name), trace_id, "+")

    return await here.db.read(look)


async def readers(here, trace_id, *hidden):
    """Return what each reads: who they see as recipients; all that is hidden is absent."""
    found = {}
    for name in EVERYBODY:
        one = await seen(here, name, trace_id)
        if one is not None:
            found[name] = one.part.recipients
            text = encode(one.part).decode()
            if name != "anna":
                assert [word for word in hidden if word in text] == []
    return found


async def test_mail_among_ourselves(tmp_path):
    async with house(tmp_path) as here:
        recipients = ("team@example.org", "carl+x@example.org", SECRET)
        trace_id = await submit(here, *recipients)
        found = await readers(here, trace_id, SECRET, "phone", "198.51.100.7")
        assert found == {
            "anna": list(recipients),
            "ben": ["team@example.org"],
            "carl": ["carl+x@example.org"],
        }
        anna = await seen(here, "anna", trace_id)
        text = encode(anna.part).decode()
        assert [word for word in ("phone", "ben@", "carl@") if word in text] == []
        assert SECRET in text
        assert anna.earlier is None


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("ben@example.org", {"ben": ["ben@example.org"]}),
        ("ben+shop@example.org", {"ben": ["ben+shop@example.org"]}),
        ("team@example.org", {"ben": ["team@example.org"]}),
        ("anything@shop.example", {"carl": ["anything@shop.example"]}),
        (
            ("ben@example.org", "carl@example.org"),
            {"ben": ["ben@example.org"], "carl": ["carl@example.org"]},
        ),
        (("both@example.org", "ben@example.org"), {"anna": ["both@example.org"],
                                                    "ben": ["ben@example.org"]}),
    ],
)  # fmt: skip
async def test_refused_mail_is_known_to_those_it_was_for(tmp_path, to, expected):
    async with house(tmp_path) as here:
        answer, trace = await here.receive(footer(), to)
        assert (answer.code, trace.action) == (550, "refused")
        assert await readers(here, trace.id, "phone", "far.example") == expected
        for name in expected:
            one = await seen(here, name, trace.id)
            assert one.part.action == "refused"
            others = {f"{other}@example.org" for other in EVERYBODY} - {f"{name}@example.org"}
            text = encode(one.part).decode()
            assert [address for address in others if f'"{address}' in text] == []


async def test_what_was_accepted_belongs_to_who_has_it(tmp_path):
    async with house(tmp_path) as here:
        message = footer().replace(b"carl@uni.example", b"x@nobody.example")
        message = message.replace(b"carol@uni.example", b"x@nobody.example")
        answer, trace = await here.receive(message, ("ben@example.org", "team@example.org"))
        assert answer.accepted
        assert await readers(here, trace.id, "phone") == {
            "ben": ["ben@example.org", "team@example.org"]
        }


async def test_an_old_address_tells_nothing_of_who_had_it_before(tmp_path):
    async with house(tmp_path) as here:
        sent = await submit(here, SECRET)
        got = await submit(here, "ben@example.org")

        def anew(tx):
            for name in ("anna", "ben"):
                accounts.delete(tx, find(tx, name).account_id)

        def again(tx):
            for name in ("anna", "ben"):
                accounts.create(tx, f"{name}@example.org", "x")

        await here.db.write(anew)
        while await here.db.write(accounts.purge):
            pass
        here.clock.advance(60)
        await here.db.write(again)
        assert await readers(here, sent) == {}
        assert await readers(here, got) == {}
        assert await seen(here, "anna", "") is None
        assert await seen(here, "anna", "nothing") is None


async def test_messages_lead_to_their_traces(tmp_path):
    async with house(tmp_path) as here:
        trace_id = await submit(here, "ben@example.org", SECRET)
        steps = [Step("attempt.accepted", 1.0, {"host": "mx", "recipient": SECRET})]
        await here.db.write(traces.append, trace_id, steps, "relayed")

        def look(tx, name):
            account = find(tx, name)
            sql = "SELECT message_id FROM messages WHERE account_id = ?1"
            ids = [row[0] for row in tx.all(sql, account.account_id)]
            return ids, own_traces.of_messages(tx, account, [*ids, MessageId(4711)], "+")

        ids, found = await here.db.read(look, "ben")
        assert list(found) == ids
        ben = found[ids[0]].part
        assert (ben.id, ben.action, ben.recipients) == (trace_id, "delivered", ["ben@example.org"])
        _, found = await here.db.read(look, "eve")
        assert found == {}


FROM = b'(("Example Shop" NIL "news" "shop.example"))'
SHOWN = [
    # Reply-To -> where answers go, how that is related
    (FROM, "news@shop.example", "same"),
    (b'((NIL NIL "NEWS" "SHOP.example"))', "NEWS@SHOP.example", "same"),
    (b'((NIL NIL "help" "mail.shop.example"))', "help@mail.shop.example", "organisation"),
    (b'((NIL NIL "help" "other.example"))', "help@other.example", "other"),
    (b'((NIL NIL "help" "[192.0.2.1]"))', "help@[192.0.2.1]", "other"),
    (b"NIL", "", "same"),
]


@pytest.mark.parametrize(("reply_to", "address", "relation"), SHOWN)
def test_what_a_reader_sees(reply_to, address, relation):
    octets = b"(NIL NIL %s %s %s NIL NIL NIL NIL NIL)" % (FROM, FROM, reply_to)
    assert own_traces.shown_of(octets) == Shown("Example Shop", address, relation)


@pytest.mark.parametrize("octets", [b"", b"(envelope)", b"(NIL)", b"(" + b"NIL " * 9 + b"NIL)"])
def test_what_is_no_envelope_shows_nothing(octets):
    assert own_traces.shown_of(octets) == Shown()
