"""All that one worker serves, in this process: real sessions, a real store, loopback sockets.

Built by the constructors of `app.py`, with a clock that stands still, so that dates and
UIDVALIDITY are the same each time. The loop may be a `HastyLoop`, whose time can be moved.
"""

import asyncio
import contextlib
import socket

from pillarbox import app, config
from pillarbox.serve import listener, worker
from pillarbox.serve.supervisor import Seat
from tests.fakes import FakeClock

ZONE = """
client.example.com. A 127.0.0.1
1.0.0.127.in-addr.arpa. PTR client.example.com.
example.com. TXT "v=spf1 ip4:127.0.0.1 -all"
_dmarc.example.com. TXT "v=DMARC1; p=none"
"""
# name: protocol, tls, whether passwords may travel in the clear
PORTS = {
    "smtp": ("smtp", "starttls", False),
    "submission": ("submission", "starttls", False),
    "submission-clear": ("submission", "none", True),
    "lmtp": ("lmtp", "none", False),
    "imap": ("imap", "none", True),
    "imap-starttls": ("imap", "starttls", False),
    "imaps": ("imap", "implicit", False),
    "pop3": ("pop3", "none", True),
    "pop3-starttls": ("pop3", "starttls", False),
    "pop3s": ("pop3", "implicit", False),
}
USERS = ("ann@example.test", "bob@example.test")
PASSWORD = "pw"
SETTINGS = """
hostname = "mx.example.test"
workers = 1
[dns]
zone = "zone"
[dkim]
algorithms = ["ed25519"]
[logging]
level = "error"
[provision]
domains = ["example.test"]
accounts = [
  {{ address = "ann@example.test", password = "pw" }},
  {{ address = "bob@example.test", password = "pw" }},
]
[limits]
message_octets = 100000
imap_login_seconds = 60
{limits}
{listeners}
"""


class House:
    """The running service. ports: by the names of PORTS. clock: FakeClock. db: its own one."""

    def __init__(self, folder, limits=""):
        (folder / "zone").write_text(ZONE)
        listeners = "".join(
            f'[[listener]]\nprotocol = "{protocol}"\naddress = "127.0.0.1"\nport = 0\n'
            f'tls = "{tls}"\nplaintext_auth = {str(clear).lower()}\n'
            for protocol, tls, clear in PORTS.values()
        )
        text = SETTINGS.format(limits=limits, listeners=listeners)
        self.settings = config.parse(text, folder / "pillarbox.toml")
        self.clock = FakeClock()
        self.ports = {}
        self.sessions = set()

    async def open(self):
        loop = asyncio.get_running_loop()
        app.prepare(self.settings, self.clock)
        await app.provision(self.settings)
        seat = Seat(0, 1, (), -1, lambda: None)
        self.service = await app.build(self.settings, seat, self.clock)
        self.servers = []
        for name, wanted in zip(PORTS, self.settings.listener, strict=True):
            endpoint = listener.Endpoint(
                wanted.protocol, wanted.address, 0, wanted.tls, wanted.plaintext_auth
            )
            bound, (sock,) = listener.bind(endpoint, 1)
            self.ports[name] = bound.port
            self.servers.append(await worker.listen(loop, sock, bound, self.service, self.sessions))
            sock.close()

    async def close(self):
        for server in self.servers:
            server.close()
        for task in self.sessions:
            task.cancel()
        await asyncio.gather(*self.sessions, return_exceptions=True)
        await self.service.stop()

    async def connect(self, name):
        return await asyncio.open_connection("127.0.0.1", self.ports[name], limit=2**22)

    def socket(self, name):
        return socket.create_connection(("127.0.0.1", self.ports[name]), 20)


@contextlib.asynccontextmanager
async def open_house(folder, limits=""):
    house = House(folder, limits)
    await house.open()
    try:
        yield house
    finally:
        await house.close()
