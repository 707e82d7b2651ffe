"""What waits for its time leaves exactly once, though everything is killed meanwhile."""

import base64
import json
import time
import urllib.request

import pytest

from tests.e2e.server import Server, free_port

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
USING = [
    "urn:ietf:params:jmap:core",
    "urn:ietf:params:jmap:mail",
    "urn:ietf:params:jmap:submission",
]


def call(server, calls):
    """Return the responses to JMAP calls of user1."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{server.ports['web']}/jmap/api",
        json.dumps({"using": USING, "methodCalls": calls}).encode(),
        {
            "content-type": "application/json",
            "authorization": "Basic " + base64.b64encode(b"user1@example.test:pw").decode(),
        },
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return [one[1] for one in json.load(answer)["methodResponses"]]


def hold(server, account, subject, seconds):
    """Make a draft and send it later; return the submission."""
    (boxes,) = call(
        server, [["Mailbox/query", {"accountId": account, "filter": {"role": "drafts"}}, "a"]]
    )
    (identities,) = call(server, [["Identity/get", {"accountId": account}, "b"]])
    draft = {
        "mailboxIds": {boxes["ids"][0]: True},
        "from": [{"name": None, "email": "user1@example.test"}],
        "to": [{"name": None, "email": "user2@example.test"}],
        "subject": subject,
        "bodyValues": {"1": {"value": "Hello"}},
        "textBody": [{"partId": "1", "type": "text/plain"}],
    }
    submission = {
        "identityId": identities["list"][0]["id"],
        "emailId": "#d",
        "envelope": {
            "mailFrom": {
                "email": "user1@example.test",
                "parameters": {"HOLDFOR": str(seconds)},
            },
            "rcptTo": [{"email": "user2@example.test"}],
        },
    }
    made = call(
        server,
        [
            ["Email/set", {"accountId": account, "create": {"d": draft}}, "c"],
            ["EmailSubmission/set", {"accountId": account, "create": {"k": submission}}, "d"],
        ],
    )
    return made[1]["created"]["k"]


def subjects(server):
    """Return the subjects in the inbox of user2."""
    client = server.imap(2)
    client.select("INBOX", readonly=True)
    _, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    client.logout()
    return sorted(part[1].decode().split()[1] for part in data if isinstance(part, tuple))


def test_held_mail_survives_kills_and_leaves_once(tmp_path):
    server = Server(tmp_path, ports={"web": free_port()})
    server.start()
    try:
        request = urllib.request.Request(
            f"http://127.0.0.1:{server.ports['web']}/jmap/session",
            headers={
                "authorization": "Basic " + base64.b64encode(b"user1@example.test:pw").decode()
            },
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            account = next(iter(json.load(answer)["accounts"]))
        begun = time.monotonic()
        names = []
        for number in range(12):
            names.append(f"n{number:02}")
            made = hold(server, account, names[-1], 1 + number % 4)
            assert made["undoStatus"] == "pending"
        taken_back = hold(server, account, "never", 30)
        update = {taken_back["id"]: {"undoStatus": "canceled"}}
        given = {"accountId": account, "update": update}
        (done,) = call(server, [["EmailSubmission/set", given, "e"]])
        assert done["updated"] == {taken_back["id"]: None}
        for _ in range(6):
            # While they are released.
            server.kill_all()
            server.start()
        while subjects(server) != names:
            # At most the lease of a releaser that was killed, and what it looks after.
            assert time.monotonic() < begun + 90, subjects(server)
            time.sleep(0.2)
        server.kill_all()
        server.start()
        while time.monotonic() < begun + 31:
            time.sleep(0.5)
        assert subjects(server) == names
    finally:
        server.stop()
