"""Our own capabilities over a socket, as a client meets them: one session, one batch."""

from datetime import timedelta

from pillarbox import foundation
from pillarbox.delivery import submission
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.route import resolve
from pillarbox.delivery.signing import Signer
from pillarbox.delivery.submission import Submission
from pillarbox.store import accounts

from .site import ANN, BOB

URNS = ["trace", "sender", "preferences"]
USING = ["urn:ietf:params:jmap:mail", *(f"urn:pillarbox:jmap:{name}" for name in URNS)]
MAIL = (
    "From: ann@example.test\r\nTo: bob@example.test\r\nSubject: {subject}\r\n"
    "Message-ID: <{id}@example.test>\r\nReferences: {references}\r\n\r\nHello.\r\n"
)


async def send(site, *recipients, subject="Plans", references="<first@example.test>"):
    """Let Ann send as if she had signed in to submission, after her account was made."""
    made = await site.db.read(accounts.get, site.ann)
    site.clock.advance((made.created_at - site.clock.now()).total_seconds() + 60)
    sending = Submission(
        site.db,
        Signer(site.db, foundation.sealer(site.settings), site.clock),
        site.clock,
        submission.Policy("mx.example.test", "+", timedelta(days=5)),
    )
    who = {"account": ANN, "account_id": site.ann, "mechanism": "PLAIN"}
    client = Client("127.0.0.1", "laptop", "submission", tls=("TLSv1.3", "AES"), **who)
    id_ = "later" if subject.startswith("Re:") else "plans"
    message = MAIL.format(subject=subject, id=id_, references=references).encode()
    envelope = Envelope(ANN, tuple(map(Recipient, recipients)))
    routings = [await site.db.read(resolve, one, "+") for one in recipients]
    answer = await sending.receive(client, envelope, routings, message, set())
    return answer.trace_id


async def test_the_session_names_them(site):
    session = (await site.client().get("/jmap/session")).json
    for name in URNS:
        urn = f"urn:pillarbox:jmap:{name}"
        assert urn in session["capabilities"]
        assert urn in session["accounts"][f"a{site.ann}"]["accountCapabilities"]
    limits = session["accounts"][f"a{site.ann}"]["accountCapabilities"]
    assert limits["urn:pillarbox:jmap:trace"]["languages"] == ["en", "de"]


async def test_a_list_with_verdicts_and_the_trace_of_its_first_message_in_one_request(site):
    trace_id = await send(site, BOB, "secret@far.example")
    account = f"a{site.bob}"
    response = await site.client(BOB).calls(
        ["Email/query", {"accountId": account}, "q"],
        [
            "Email/get",
            {
                "accountId": account,
                "#ids": {"resultOf": "q", "name": "Email/query", "path": "/ids"},
                "properties": ["subject", "senderVerdict"],
                "language": "de",
            },
            "g",
        ],
        [
            "Trace/get",
            {
                "accountId": account,
                "#emailIds": {"resultOf": "q", "name": "Email/query", "path": "/ids"},
            },
            "t",
        ],
        using=USING,
    )
    _, (_, emails, _), (_, found, _) = response["methodResponses"]
    (email,) = emails["list"]
    assert email["senderVerdict"]["tone"] == "internal"
    assert f"von {ANN}, hier angemeldet." in email["senderVerdict"]["headline"]
    (trace,) = found["list"]
    assert (trace["id"], trace["emailId"]) == (trace_id, email["id"])
    assert [one["address"] for one in trace["recipients"]] == [BOB]
    assert "secret" not in str(trace)
    _, own = await site.client().call("Trace/get", USING, accountId=f"a{site.ann}", ids=[trace_id])
    assert [(one["address"], one["state"]) for one in own["list"][0]["recipients"]] == [
        (BOB, "delivered"),
        ("secret@far.example", "queued"),
    ]
    _, asked = await site.client(BOB).call("Trace/ask", USING, accountId=account, id=trace_id)
    assert asked["list"] == []


async def test_nobody_asks_for_others(site):
    trace_id = await send(site, ANN)
    _, found = await site.client(BOB).call(
        "Trace/get", USING, accountId=f"a{site.bob}", ids=[trace_id]
    )
    assert (found["list"], found["notFound"]) == ([], [trace_id])
    name, found = await site.client(BOB).call(
        "Trace/get", USING, accountId=f"a{site.ann}", ids=[trace_id]
    )
    assert (name, found["type"]) == ("error", "accountNotFound")


async def test_security_and_preferences(site):
    account = f"a{site.ann}"
    _, found = await site.client().call(
        "RecipientSecurity/get", USING, accountId=account,
        addresses=[BOB, "x@client.example.com", "x@gone.example"],
    )  # fmt: skip
    assert [(one["level"], one["problem"]) for one in found["list"]] == [
        ("local", ""), ("unknown", "no-mail"), ("unknown", "no-such-domain"),
    ]  # fmt: skip
    update = {"singleton": {"theme": "dark"}}
    name, found = await site.client().call(
        "Preferences/set", USING, accountId=account, update=update
    )
    assert (name, found["newState"]) == ("Preferences/set", "1")
    _, found = await site.client().call("Preferences/get", USING, accountId=account, ids=None)
    assert found["list"][0]["theme"] == "dark"
    name, found = await site.client().call(
        "Trace/query", USING, accountId=account, filter={"action": "refused"}
    )
    assert (name, found["ids"]) == ("Trace/query", [])


async def test_a_conversation_muted_by_a_client_goes_past_the_inbox(site):
    account = f"a{site.bob}"
    bob = site.client(BOB)
    await send(site, BOB)
    _, query = await bob.call("Email/query", USING, accountId=account)
    (email_id,) = query["ids"]
    update = {email_id: {"keywords/$muted": True}}
    _, done = await bob.call("Email/set", USING, accountId=account, update=update)
    assert done["notUpdated"] is None
    await send(site, BOB, subject="Re: Plans", references="<plans@example.test>")
    _, boxes = await bob.call("Mailbox/get", USING, accountId=account, properties=["role"])
    archive = next(one["id"] for one in boxes["list"] if one["role"] == "archive")
    wanted = {"inMailbox": archive, "notKeyword": "$seen", "hasKeyword": "$muted"}
    _, query = await bob.call("Email/query", USING, accountId=account, filter=wanted)
    (later,) = query["ids"]
    _, found = await bob.call("Trace/get", USING, accountId=account, emailIds=[later])
    told = [step["sentence"] for step in found["list"][0]["steps"]]
    assert "You muted this conversation, so it went past the inbox." in told


async def test_mail_of_a_blocked_sender_is_junk(site):
    account = f"a{site.bob}"
    bob = site.client(BOB)
    update = {"singleton": {"blockedSenders": [ANN]}}
    await bob.call("Preferences/set", USING, accountId=account, update=update)
    trace_id = await send(site, BOB)
    _, found = await bob.call("Trace/get", USING, accountId=account, ids=[trace_id])
    assert found["list"][0]["action"] == "junked"
    _, found = await site.client().call(
        "Trace/get", USING, accountId=f"a{site.ann}", ids=[trace_id]
    )
    assert "Junk" not in str(found["list"])
