"""EventSource and WebSocket over a socket: news come, requests are answered."""

import asyncio
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from pillarbox.serve.jmap.news import changed, format_push_state, parse_push_state
from pillarbox.store import accounts

from .site import basic, open_site

CORE = "urn:ietf:params:jmap:core"
MAIL = "urn:ietf:params:jmap:mail"


async def make_mailbox(site, name):
    made = {"k": {"name": name}}
    _, found = await site.client().call(
        "Mailbox/set", [MAIL], accountId=f"a{site.ann}", create=made
    )
    assert found["created"], found
    return found["newState"]


class Events:
    """The events of a stream. last_id: of the last one."""

    def __init__(self, stream):
        self.chunks = stream.chunks()
        self.rest = b""
        self.last_id = None

    async def next(self):
        """Return (event, data) of the next event, None at the end."""
        while True:
            while b"\n\n" not in self.rest:
                try:
                    self.rest += await anext(self.chunks)
                except StopAsyncIteration:
                    return None
            text, _, self.rest = self.rest.partition(b"\n\n")
            fields = dict(line.split(": ", 1) for line in text.decode().splitlines())
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields:
                return fields["event"], json.loads(fields["data"])

    async def begin(self):
        """Wait for the first lines, which are no event."""
        while b"\n\n" not in self.rest:
            self.rest += await anext(self.chunks)


@contextlib.asynccontextmanager
async def events(site, query="types=*&closeafter=no&ping=0", **headers):
    async with site.client().open("GET", f"/jmap/eventsource?{query}", **headers) as stream:
        assert stream.response.status_code == 200
        found = Events(stream)
        await found.begin()
        yield found


async def test_what_changes_is_told(site):
    async with events(site) as found:
        state = await make_mailbox(site, "One")
        name, data = await found.next()
    assert name == "state"
    assert data["@type"] == "StateChange"
    assert data["changed"][f"a{site.ann}"]["Mailbox"] == state


async def test_only_the_types_that_are_wanted_and_only_once(site):
    async with events(site, "types=Mailbox,Nothing&closeafter=state&ping=0") as found:
        await make_mailbox(site, "One")
        _, data = await found.next()
        assert list(data["changed"][f"a{site.ann}"]) == ["Mailbox"]
        assert await found.next() is None


async def test_who_comes_back_is_told_what_was_missed(site):
    async with events(site) as found:
        state = await make_mailbox(site, "One")
        await found.next()
        last = found.last_id
    async with events(site, last_event_id=last) as found:
        newer = await make_mailbox(site, "Two")
        _, data = await found.next()
        assert data["changed"][f"a{site.ann}"]["Mailbox"] == newer != state
    async with events(site, "types=*&closeafter=state&ping=0", last_event_id=last) as found:
        _, data = await found.next()
        assert data["changed"][f"a{site.ann}"]["Mailbox"] == newer
    async with events(site, "types=*&closeafter=state&ping=0", last_event_id="nonsense") as found:
        _, data = await found.next()
        assert "Email" in data["changed"][f"a{site.ann}"]


@pytest.mark.slow
async def test_pings(site):
    async with events(site, "types=*&closeafter=no&ping=1") as found:
        assert await found.next() == ("ping", {"interval": 5})


@pytest.mark.parametrize("query", ["closeafter=x", "ping=x", "ping=-1", "types=" + "x" * 3000])
async def test_wrong_wishes(site, query):
    answer = await site.client().get(f"/jmap/eventsource?{query}")
    assert answer.status == 400


async def test_streams_end_with_the_server_and_with_the_account(tmp_path):
    async with (
        open_site(tmp_path, "[web]\nconnections = 2\n") as site,
        events(site) as one,
        events(site) as two,
    ):
        third = await site.client().get("/jmap/eventsource?types=*")
        assert third.status == 429
        await site.db.write(lambda tx: accounts.set_disabled(tx, site.ann, disabled=True))
        site.hint()
        assert await one.next() is None
        site.service.stopping.set()
        assert await two.next() is None


# WebSocket.


def socket(site, *, protocols=("jmap",), **headers):
    given = {"Authorization": basic(), **headers}
    return connect(
        f"ws://127.0.0.1:{site.port}/jmap/ws", subprotocols=protocols, additional_headers=given
    )


async def ask(ws, value):
    await ws.send(value if isinstance(value, str | bytes) else json.dumps(value))
    return json.loads(await asyncio.wait_for(ws.recv(), 20))


async def test_requests_over_a_socket(site):
    session = (await site.client().get("/jmap/session")).json
    own = session["capabilities"]["urn:ietf:params:jmap:websocket"]
    assert own == {"url": f"ws://127.0.0.1:{site.port}/jmap/ws", "supportsPush": True}
    async with socket(site) as ws:
        assert ws.subprotocol == "jmap"
        request = {
            "@type": "Request", "id": "R1", "using": [CORE],
            "methodCalls": [["Core/echo", {"a": 1}, "c"]],
        }  # fmt: skip
        answer = await ask(ws, request)
        assert answer == {
            "@type": "Response",
            "requestId": "R1",
            "methodResponses": [["Core/echo", {"a": 1}, "c"]],
            "sessionState": session["state"],
        }
        del request["id"]
        answer = await ask(ws, {**request, "createdIds": {}})
        assert "requestId" not in answer
        assert answer["createdIds"] == {}


@pytest.mark.parametrize(
    ("message", "type_", "request_id"),
    [
        ("{", "notJSON", None),
        ("[]", "notRequest", None),
        ('{"@type":"Request","id":"R"}', "notRequest", "R"),
        ('{"@type":"Request","id":7}', "notRequest", None),
        ('{"@type":"Nonsense","id":"R"}', "notRequest", "R"),
        ('{"using":[],"methodCalls":[]}', "notRequest", None),
        ('{"@type":"WebSocketPushEnable","dataTypes":7}', "notRequest", None),
        (
            '{"@type":"Request","id":"R","using":["urn:x"],"methodCalls":[]}',
            "unknownCapability",
            "R",
        ),
    ],
)
async def test_wrong_messages(site, message, type_, request_id):
    async with socket(site) as ws:
        answer = await ask(ws, message)
        assert answer["@type"] == "RequestError"
        assert answer["requestId"] == request_id
        assert answer["type"] == f"urn:ietf:params:jmap:error:{type_}"
        assert answer["status"] == 400


async def test_binary_messages_end_it(site):
    async with socket(site) as ws:
        with pytest.raises(ConnectionClosed):
            await ask(ws, b"x")
        assert ws.close_code == 1003


async def test_news_over_a_socket(site):
    enable = {"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"], "pushState": None}
    echo = {"@type": "Request", "using": [CORE], "methodCalls": [], "id": "x"}
    async with socket(site) as ws:
        await ws.send(json.dumps(enable))
        assert (await ask(ws, echo))["requestId"] == "x"
        state = await make_mailbox(site, "One")
        told = json.loads(await asyncio.wait_for(ws.recv(), 20))
        assert told["@type"] == "StateChange"
        assert told["changed"] == {f"a{site.ann}": {"Mailbox": state}}
        await ws.send('{"@type":"WebSocketPushDisable"}')
        await make_mailbox(site, "Two")
        assert (await ask(ws, echo))["requestId"] == "x"
    async with socket(site) as ws:
        enable["pushState"] = told["pushState"]
        found = await ask(ws, enable)
        assert list(found["changed"][f"a{site.ann}"]) == ["Mailbox"]


async def test_who_may_not_connect(site):
    for more, status in (
        ({"Authorization": "Basic x"}, 401),
        ({"Origin": "https://other.example"}, 403),
    ):
        with pytest.raises(InvalidStatus) as caught:
            async with socket(site, **more):
                pass
        assert caught.value.response.status_code == status
    with pytest.raises(InvalidStatus) as caught:
        async with socket(site, protocols=None):
            pass
    assert caught.value.response.status_code == 400


async def test_a_socket_ends_with_the_account(site):
    async with socket(site) as ws:
        await site.db.write(lambda tx: accounts.set_disabled(tx, site.ann, disabled=True))
        site.hint()
        with pytest.raises(ConnectionClosed):
            await asyncio.wait_for(ws.recv(), 20)
        assert ws.close_code == 1008


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5))
def test_push_states_come_back(states):
    assert parse_push_state(format_push_state(states)) == states


@given(st.text())
def test_any_text_is_a_push_state_or_none(text):
    parse_push_state(text)


def test_what_is_new():
    assert changed({"A": "1", "B": "1"}, {"A": "2", "B": "1", "C": "1"}, None) == {
        "A": "2",
        "C": "1",
    }
    assert changed({}, {"A": "2", "B": "1"}, {"B"}) == {"B": "1"}
