"""The whole website of one worker on a loopback socket, and a small HTTP client.

Built by `app.build`, with a real store.
"""

import asyncio
import base64
import contextlib
import json

import h11

from pillarbox import app, config, foundation
from pillarbox.foundation import LEASE_FOLDER
from pillarbox.serve import listener, notify
from pillarbox.serve.supervisor import Seat
from pillarbox.store import accounts, verify
from tests.fakes import FakeClock

ZONE = "client.example.com. A 127.0.0.1\n"
ANN, BOB, PASSWORD = "ann@example.test", "bob@example.test", "pw"
SETTINGS = """
hostname = "mx.example.test"
workers = 1
[dns]
zone = "zone"
[dkim]
algorithms = ["ed25519"]
[logging]
level = "error"
[[listener]]
protocol = "web"
address = "127.0.0.1"
port = 0
tls = "none"
[provision]
domains = ["example.test"]
accounts = [
  {{ address = "ann@example.test", password = "pw" }},
  {{ address = "bob@example.test", password = "pw" }},
]
{more}
"""


class Answer:
    """What the server said. headers: lower case; of several fields of one name the last."""

    def __init__(self, response, body):
        self.status = response.status_code
        self.headers = {name.decode(): value.decode() for name, value in response.headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


def basic(username=ANN, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


class Site:
    """The running website. db, clock: its own. port: where it listens."""

    def __init__(self, folder, more=""):
        with (folder / "zone").open("a") as zone:
            zone.write(ZONE)
        self.settings = config.parse(SETTINGS.format(more=more), folder / "pillarbox.toml")
        self.clock = FakeClock()

    async def open(self):
        app.prepare(self.settings, self.clock)
        await app.provision(self.settings)
        seat = Seat(0, 1, (), -1, lambda: None)
        self.service = await app.build(self.settings, seat, self.clock)
        bound, (sock,) = listener.bind(
            listener.Endpoint("web", "127.0.0.1", 0, "none", plaintext_auth=False), 1
        )
        self.port = bound.port
        assert self.service.http is not None
        self.server = self.service.http("web", tls=False)
        self.serving = asyncio.ensure_future(self.server.serve(sockets=[sock]))
        self.db = foundation.open_database(self.settings, self.clock)
        await self.db.open()
        self.ann, self.bob = [await self.number(address) for address in (ANN, BOB)]

    async def number(self, address):
        found = await self.db.read(accounts.find, address)
        assert found is not None
        return found.account_id

    async def close(self):
        self.service.stopping.set()
        self.server.should_exit = True
        await self.serving
        found = [str(finding) for finding in await self.db.scan(verify.check)]
        await self.db.close()
        await self.service.stop()
        assert found == []

    def hint(self):
        """Tell the worker that Ann's account changed."""
        notify.hint(self.settings.path(LEASE_FOLDER), [self.ann])

    def client(self, username=ANN, **headers):
        return Client(self.port, {"authorization": basic(username), **headers})

    def stranger(self, **headers):
        return Client(self.port, headers)


@contextlib.asynccontextmanager
async def open_site(folder, more=""):
    site = Site(folder, more)
    await site.open()
    try:
        yield site
    finally:
        await site.close()


class Client:
    """Sends requests, each on a connection of its own. headers: of each request."""

    def __init__(self, port, headers):
        self.port = port
        self.headers = {"host": f"127.0.0.1:{port}", **headers}

    async def request(self, method, path, body=b"", **headers):
        async with self.open(method, path, body, **headers) as stream:
            return Answer(stream.response, b"".join([chunk async for chunk in stream.chunks()]))

    @contextlib.asynccontextmanager
    async def open(self, method, path, body=b"", **headers):
        """Send a request and yield the stream of its answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        given = {**self.headers, **{k.replace("_", "-"): v for k, v in headers.items()}}
        given = {name: value for name, value in given.items() if value is not None}
        if body or method == "POST":
            given.setdefault("content-length", str(len(body)))
        stream = Stream(reader)
        try:
            request = h11.Request(method=method, target=path, headers=list(given.items()))
            writer.write(stream.conn.send(request))
            if body:
                writer.write(stream.conn.send(h11.Data(body)))
            writer.write(stream.conn.send(h11.EndOfMessage()))
            stream.response = await stream.event()
            yield stream
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def get(self, path, **headers):
        return await self.request("GET", path, **headers)

    async def post(self, path, value, **headers):
        given = {"content_type": "application/json", **headers}
        body = value if isinstance(value, bytes) else json.dumps(value).encode()
        return await self.request("POST", path, body, **given)

    async def calls(self, *calls, using=(), **more):
        """Return the response to method calls."""
        using = ["urn:ietf:params:jmap:core", *using]
        answer = await self.post("/jmap/api", {"using": using, "methodCalls": calls, **more})
        assert answer.status == 200, answer.body
        return answer.json

    async def call(self, name, using=(), /, **arguments):
        """Return name and arguments of the response to one call."""
        response = await self.calls([name, arguments, "c"], using=using)
        ((named, found, _),) = response["methodResponses"]
        return named, found


class Stream:
    """The answer to a request while it comes."""

    def __init__(self, reader):
        self.reader = reader
        self.conn = h11.Connection(h11.CLIENT)
        self.response = None

    async def event(self):
        while True:
            event = self.conn.next_event()
            if event is not h11.NEED_DATA:
                return event
            self.conn.receive_data(await asyncio.wait_for(self.reader.read(65536), 20))

    async def chunks(self):
        while isinstance(event := await self.event(), h11.Data):
            yield bytes(event.data)
