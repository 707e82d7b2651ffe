"""Session and API over a socket: who gets in, what is refused, how errors look."""

import asyncio
import gzip
import json

import pytest

from pillarbox.base import errors
from pillarbox.jmap.limits import Limits
from pillarbox.jmap.request import RequestError
from pillarbox.serve.jmap.api import Api
from pillarbox.serve.jmap.errors import TABLE
from pillarbox.serve.jmap.method import Capability
from pillarbox.serve.visitor import Visitor

from .site import ANN, BOB, basic, open_site

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"
ERROR = "urn:ietf:params:jmap:error:"


@pytest.mark.parametrize("path", ["/.well-known/jmap", "/jmap/session", "/jmap/api"])
async def test_the_session(site, path):
    answer = await site.client().get(path)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert "no-store" in answer.headers["cache-control"]
    found = answer.json
    account_id = f"a{site.ann}"
    assert found["username"] == ANN
    assert found["accounts"][account_id]["name"] == ANN
    assert found["accounts"][account_id]["isPersonal"] is True
    assert found["primaryAccounts"][MAIL] == account_id
    assert CORE not in found["primaryAccounts"]
    assert found["capabilities"][CORE]["maxSizeRequest"] == 10_000_000
    assert found["apiUrl"] == f"http://127.0.0.1:{site.port}/jmap/api"
    for field in ("{accountId}", "{blobId}", "{name}", "{type}"):
        assert field in found["downloadUrl"]
    assert "{accountId}" in found["uploadUrl"]
    for field in ("{types}", "{closeafter}", "{ping}"):
        assert field in found["eventSourceUrl"]
    response = await site.client().calls(["Core/echo", {"a": 1}, "c"])
    assert response["sessionState"] == found["state"]


async def test_echo_and_errors_of_methods(site):
    response = await site.client().calls(
        ["Core/echo", {"hello": True, "high": [5, None]}, "b3ff"],
        ["Core/nothing", {}, "c1"],
        ["Mailbox/get", {"accountId": f"a{site.ann}"}, "not asked for"],
        ["Core/echo", {"#x": {"resultOf": "b3ff", "name": "Core/echo", "path": "/high/0"}}, "c2"],
        ["Core/echo", {"#x": {"resultOf": "c1", "name": "Core/echo", "path": ""}}, "c3"],
    )
    assert response["methodResponses"][0] == [
        "Core/echo",
        {"hello": True, "high": [5, None]},
        "b3ff",
    ]
    rest = [(n, a.get("type", a), i) for n, a, i in response["methodResponses"][1:]]
    assert rest == [
        ("error", "unknownMethod", "c1"),
        ("error", "unknownMethod", "not asked for"),
        ("Core/echo", {"x": 5}, "c2"),
        ("error", "invalidResultReference", "c3"),
    ]
    assert "createdIds" not in response


async def test_created_ids_come_back(site):
    response = await site.client().calls(createdIds={"k1": "m1"})
    assert response["createdIds"] == {"k1": "m1"}
    response = await site.client().calls(
        ["Mailbox/set", {"accountId": f"a{site.ann}", "create": {"k2": {"name": "New"}}}, "c"],
        using=[MAIL],
        createdIds={"k1": "m1"},
    )
    made = response["methodResponses"][0][1]["created"]["k2"]["id"]
    assert response["createdIds"] == {"k1": "m1", "k2": made}


@pytest.mark.parametrize(
    ("account", "type_"),
    [
        (None, "invalidArguments"),
        (7, "invalidArguments"),
        ("a99999", "accountNotFound"),
        ("nonsense", "accountNotFound"),
    ],
)
async def test_only_the_own_account(site, account, type_):
    name, found = await site.client().call("Mailbox/get", [MAIL], accountId=account)
    assert (name, found["type"]) == ("error", type_)
    name, found = await site.client().call("Mailbox/get", [MAIL], accountId=f"a{site.bob}")
    assert (name, found["type"]) == ("error", "accountNotFound")


GOOD = {"using": [CORE], "methodCalls": []}


@pytest.mark.parametrize(
    ("body", "content_type", "status", "type_"),
    [
        (b"{", "application/json", 400, "notJSON"),
        (b'{"using":[],"using":[],"methodCalls":[]}', "application/json", 400, "notJSON"),
        (json.dumps(GOOD).encode(), "text/plain", 400, "notJSON"),
        (b"[]", "application/json", 400, "notRequest"),
        (b"{}", "application/json; charset=utf-8", 400, "notRequest"),
        (json.dumps({**GOOD, "using": ["urn:x"]}).encode(), "application/json", 400,
         "unknownCapability"),
        (json.dumps({**GOOD, "methodCalls": [["Core/echo", {}, "c"]] * 65}).encode(),
         "application/json", 400, "limit"),
        (b" " * 10_000_001, "application/json", 413, "limit"),
    ],
)  # fmt: skip
async def test_requests_that_are_refused(site, body, content_type, status, type_):
    answer = await site.client().post("/jmap/api", body, content_type=content_type)
    assert answer.status == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["type"] == ERROR + type_
    assert answer.json["status"] == status


@pytest.mark.parametrize("path", ["/.well-known/jmap", "/jmap/session", "/jmap/api"])
async def test_who_must_sign_in(site, path):
    method = "POST" if path == "/jmap/api" else "GET"
    for given in (None, "Basic x", "Basic eA==", "Digest x", basic(password="no"), "Bearer x"):
        answer = await site.stranger().request(method, path, authorization=given)
        assert answer.status == 401, given
        assert "www-authenticate" in answer.headers
        assert answer.headers["content-type"] == "application/problem+json"
    page = await site.stranger().request(method, path, sec_fetch_site="same-origin")
    assert page.status == 401
    assert "www-authenticate" not in page.headers


async def test_pages_of_others_bring_their_own_password(site):
    origin = {"origin": "https://other.example", "sec_fetch_site": "cross-site"}
    before = await site.stranger().request("OPTIONS", "/jmap/api", **origin)
    assert before.status == 204
    assert before.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in before.headers
    answer = await site.client().post("/jmap/api", GOOD, **origin)
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    forged = await site.client().post("/jmap/api", GOOD, cookie="pillarbox=1.1.x", **origin)
    assert forged.status == 403
    assert "access-control-allow-origin" not in forged.headers


async def test_long_answers_are_compressed(site):
    value = {"using": [CORE], "methodCalls": [["Core/echo", {"a": "x" * 100_000}, "c"]]}
    answer = await site.client().post("/jmap/api", value, accept_encoding="br, gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) < 2000
    assert json.loads(gzip.decompress(answer.body))["methodResponses"][0][1]["a"][:1] == "x"
    plain = await site.client().post("/jmap/api", value, accept_encoding="gzip;q=0")
    assert "content-encoding" not in plain.headers


async def test_a_request_that_never_arrives_keeps_nobody(site):
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"POST /jmap/api HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n")
    writer.write(f"Authorization: {basic()}\r\nContent-Type: application/json\r\n\r\n".encode())
    head = await asyncio.wait_for(reader.readuntil(b"\r\n"), 20)
    assert b" 413 " in head
    writer.close()


async def test_policies_are_served_beside(site):
    answer = await site.stranger(host="mta-sts.example.test").get("/.well-known/mta-sts.txt")
    assert answer.status == 200
    assert answer.body.startswith(b"version: STSv1")


async def test_not_too_often(tmp_path):
    async with open_site(tmp_path, "[web]\nrequests_per_second = 0.1\n") as site:
        client = site.client()
        answers = [await client.get("/jmap/session") for _ in range(3)]
        assert [answer.status for answer in answers] == [200, 200, 429]
        assert answers[2].headers["retry-after"] == "1"
        assert (await site.client(BOB).get("/jmap/session")).status == 200
        site.clock.advance(10)
        assert (await client.get("/jmap/session")).status == 200


async def test_not_too_much_at_once(tmp_path):
    async with open_site(tmp_path, "[web]\nrequests = 1\n") as site:
        hold, seen = asyncio.Event(), asyncio.Event()

        async def wait(_, args):
            seen.set()
            await hold.wait()
            return args

        limits = Limits(max_concurrent_requests=1)
        anywhere = frozenset({"Test/wait"})
        waiting = Capability(CORE, {"Test/wait": wait}, anywhere=anywhere)
        api = Api(site.db, site.clock, [waiting], lambda _: None, limits)
        visitor = Visitor(site.ann, ANN, "password")
        call = json.dumps({"using": [CORE], "methodCalls": [["Test/wait", {}, "c"]]})
        first = asyncio.ensure_future(api.answer(visitor, call))
        await seen.wait()
        with pytest.raises(RequestError) as caught:
            await api.answer(visitor, call)
        assert caught.value.limit == "maxConcurrentRequests"
        hold.set()
        assert json.loads(await first)["methodResponses"] == [["Test/wait", {}, "c"]]
        assert await api.answer(visitor, call)


FAILURES = [
    (RuntimeError("a secret"), "serverFail"),
    (errors.Unavailable("a secret"), "serverUnavailable"),
    (errors.StorageFull("a secret"), "serverUnavailable"),
    (errors.Corrupt("a secret"), "serverFail"),
    (errors.NotFound("a secret"), "accountNotFound"),
    (errors.OverQuota("a secret"), "overQuota"),
]


@pytest.mark.parametrize(("failure", "type_"), FAILURES)
async def test_a_method_that_fails_tells_no_reason(site, failure, type_):
    async def fail(_, args):
        if "fail" in args:
            raise failure
        return args

    capability = Capability(CORE, {"Test/fail": fail}, anywhere=frozenset({"Test/fail"}))
    api = Api(site.db, site.clock, [capability], lambda _: None, Limits())
    calls = [["Test/fail", {"fail": 1}, "c1"], ["Test/fail", {}, "c2"]]
    octets = await api.answer(
        Visitor(site.ann, ANN, "password"), json.dumps({"using": [CORE], "methodCalls": calls})
    )
    assert b"secret" not in octets
    first, second = json.loads(octets)["methodResponses"]
    assert (first[0], first[1]["type"], first[2]) == ("error", type_, "c1")
    assert second == ["Test/fail", {}, "c2"]


def test_every_failure_has_a_type():
    kinds = {errors.MailError, *errors.MailError.__subclasses__()}
    own = {kind for kind in kinds if kind.__module__ == errors.__name__}
    assert own <= set(TABLE)
