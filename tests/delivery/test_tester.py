"""delivery/tester.py: who gets a report, who gets none, and what is in it."""

import email
import email.policy

import pytest

from pillarbox.delivery.automatic import unanswerable
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.route import Routing
from pillarbox.delivery.tester import BURST
from pillarbox.delivery.tester import tested_address as first_tester
from pillarbox.mime.header import parse_header
from pillarbox.serve.smtp import recipients
from pillarbox.store import aliases

from .passing import LIST_IP, TEXT, server, signed, step, zone

CAROL = "carol@uni.example"
HOME = "192.0.2.1"  # where Carol's server is
RECORDS = (
    zone().replace("-all ip4:192.0.2.1", "ip4:192.0.2.1 -all")
    + "uni.example. IN MX 10 mx.uni.example.\nmx.uni.example. IN A 192.0.2.1\n"
)


async def ask(here, message=None, *, to="test-me@example.org", sender=CAROL, ip=HOME):
    return await here.receive(signed() if message is None else message, to, sender=sender, ip=ip)


def read(octets):
    return email.message_from_bytes(octets, policy=email.policy.default)


async def test_a_proven_sender_gets_the_verdict(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        answer, trace = await ask(here)
        assert (answer.code, trace.action, trace.verdict) == (250, "answered", "proven")
        assert step(trace, "tested").params["sender"] == CAROL
        ((item, receivers, octets),) = await here.queued()
        assert (item.sender, [one.address for one in receivers]) == ("", [CAROL])
        report = read(octets)
        assert report["To"] == CAROL
        assert report["Auto-Submitted"] == "auto-replied"
        assert report["In-Reply-To"] == "<1@uni.example>"
        assert report["Subject"] == "Proven: Release"
        assert report["DKIM-Signature"]
        text = report.get_body().get_content()
        for part in ("really comes from uni.example", "SPF for uni.example: pass", "dmarc=pass"):
            assert part in text
        (attached,) = report.iter_attachments()
        assert attached.get_filename() == "verdict.json"
        assert "It is ready" not in text, "the body is the sender's alone"


async def test_records_to_mend_are_told(tmp_path):
    weak = RECORDS.replace("v=spf1 ip4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.1 +all")
    async with server(tmp_path, weak) as here:
        await ask(here)
        ((_, _, octets),) = await here.queued()
        assert "v=spf1 ip4:192.0.2.1 -all" in read(octets).get_body().get_content()


async def test_a_signature_proves_alone(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        answer, trace = await ask(here, ip=LIST_IP)
        assert (answer.code, trace.verdict) == (250, "via")


async def test_the_server_proves_alone(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        answer, trace = await ask(here, TEXT)
        assert (answer.code, trace.verdict) == (250, "proven")


async def test_a_sender_of_ours_gets_it_at_once(tmp_path):
    records = RECORDS + f'example.org. IN TXT "v=spf1 ip4:{HOME} -all"\n'
    async with server(tmp_path, records) as here:
        message = TEXT.replace(CAROL.encode(), b"anna@example.org")
        changed: set[int] = set()
        routings = [await here.route("test-a@example.org", "anna@example.org")]
        client = Client(HOME, "laptop.example", "smtp")
        envelope = Envelope("anna@example.org", (Recipient("test-a@example.org"),))
        answer = await here.inbound.receive(client, envelope, routings, message, changed)
        assert answer.code == 250
        assert len(changed) == 1
        assert await here.queued() == []


REFUSED = [
    ("forged", signed(TEXT + b"x").replace(b"ready", b"gone"), CAROL, LIST_IP, "nothing proves"),
    ("unsigned, elsewhere", TEXT, CAROL, LIST_IP, "SPF uni.example fail; DKIM none; DMARC fail"),
    ("another's return address", signed(), "bob@far.example", HOME, "nothing proves"),
    ("a list", signed(b"List-Id: <a.b.example>\r\n" + TEXT), CAROL, HOME, "mailing list"),
    ("bulk", signed(b"Precedence: bulk\r\n" + TEXT), CAROL, HOME, "sent to many"),
    ("a program", signed(b"Auto-Submitted: auto-replied\r\n" + TEXT), CAROL, HOME, "a program"),
    ("a robot's address", signed(), "no-reply@uni.example", HOME, "nobody reads"),
]


@pytest.mark.parametrize(
    ("message", "sender", "ip", "why"), [one[1:] for one in REFUSED], ids=[o[0] for o in REFUSED]
)
async def test_who_gets_no_report_learns_why(tmp_path, message, sender, ip, why):
    async with server(tmp_path, RECORDS) as here:
        answer, trace = await ask(here, message, sender=sender, ip=ip)
        assert (answer.code, trace.action) == (550, "refused")
        assert why in answer.text
        assert trace.id in answer.text
        assert step(trace, "tested.refused") is not None
        assert await here.queued() == []


async def test_nobody_gets_many(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        for _ in range(BURST):
            assert (await ask(here))[0].code == 250
        answer, trace = await ask(here)
        assert (answer.code, trace.action) == (450, "deferred")
        assert "try again in" in answer.text
        here.clock.advance(3600)
        assert (await ask(here))[0].code == 250


async def test_a_sender_that_does_not_exist_here_gets_none(tmp_path):
    records = RECORDS + f'example.org. IN TXT "v=spf1 ip4:{HOME} -all"\n'
    async with server(tmp_path, records) as here:
        message = TEXT.replace(CAROL.encode(), b"gone@example.org")
        answer, _ = await ask(here, message, sender="gone@example.org")
        assert (answer.code, "does not exist" in answer.text) == (550, True)


async def test_a_copy_for_a_person_is_delivered_all_the_same(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        to = ("anna@example.org", "test-b@example.org")
        answer, trace = await here.receive(signed(), to, sender=CAROL, ip=HOME)
        assert (answer.code, trace.action) == (250, "delivered")
        assert step(trace, "tested") is not None
        assert len(await here.queued()) == 1


async def test_an_account_of_that_name_is_no_tester(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        await here.db.write(aliases.set_, "test-x@example.org", ("anna@example.org",))
        _, trace = await ask(here, to="test-x@example.org")
        assert trace.action == "delivered"


async def test_bounces_and_our_own_are_not_tested(tmp_path):
    async with server(tmp_path, RECORDS) as here:
        assert await here.route("test-a@example.org", "") == recipients.NO_ANSWER
        assert await here.route("TEST-a@example.org", CAROL) != recipients.NO_MAILBOX
        assert await here.route("tset-a@example.org", CAROL) == recipients.NO_MAILBOX


@pytest.mark.parametrize(
    ("field", "sender", "why"),
    [
        (b"", "ann@a.example", ""),
        (b"Auto-Submitted: no\r\n", "ann@a.example", ""),
        (b"Auto-Submitted: NO; x=y\r\n", "ann@a.example", ""),
        (b"Auto-Submitted: auto-generated\r\n", "ann@a.example", "program"),
        (b"Precedence: List\r\n", "ann@a.example", "bulk"),
        (b"List-Unsubscribe: <mailto:a@b.example>\r\n", "ann@a.example", "list"),
        (b"", "", "no-return"),
        (b"", "MAILER-DAEMON@a.example", "nobody"),
        (b"", "owner-dev@a.example", "nobody"),
        (b"", "dev-request@a.example", "nobody"),
        (b"", "SRS0=abc=de=b.example=ann@a.example", "nobody"),
        (b"", "bounces+17@a.example", "nobody"),
        (b"", "ownership@a.example", ""),
    ],
)
def test_unanswerable(field, sender, why):
    found = unanswerable(parse_header(field + b"From: ann@a.example\r\n\r\n"), sender)
    assert found == why


def test_the_first_address_of_the_tester_answers():
    routings = [Routing("a@x", ours=True), Routing("test-b@x", ours=True, answering=True)]
    assert first_tester(routings) == "test-b@x"
    assert first_tester(routings[:1]) == ""
