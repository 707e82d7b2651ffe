"""Incoming mail without sockets: sessions, checks, store, in one process, CPU of each message.

    python bench/ingest.py CORPUS [-n 1000] [--profile FILE]

CORPUS: signed messages as the load harness makes them, with `dns.local-data` beside it. Ten
sessions at once, each message durable before its 250. Prints CPU of the event loop's thread
and of the whole process (the rest is the writer's), in microseconds a message: the least of
several runs, since other work on the machine only ever adds.
"""

import argparse
import asyncio
import cProfile
import gc
import pstats
import re
import shutil
import struct
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from pillarbox import policies
from pillarbox.base.clock import SystemClock
from pillarbox.config import Settings
from pillarbox.delivery import inbound
from pillarbox.delivery.acquaintances import Acquaintances
from pillarbox.delivery.forwarding import Forwarder
from pillarbox.dns.cache import Cache
from pillarbox.dns.client import Client
from pillarbox.dns.resolver import RType
from pillarbox.dns.zone import Zones
from pillarbox.serve import worker
from pillarbox.serve.connection import Connection
from pillarbox.serve.listener import Endpoint
from pillarbox.serve.notify import Hub
from pillarbox.serve.smtp import recipients, session
from pillarbox.store import accounts, domains
from pillarbox.store.connect import connect

SESSIONS, ACCOUNTS = 10, 10
PEER = ("127.0.0.1", 40000)
RECORD = re.compile(r"local-data: '(.*)'")


def messages(path):
    data = path.read_bytes()
    at = data.index(b"\n") + 1
    while at < len(data):
        (size,) = struct.unpack_from(">I", data, at)
        body = data[at + 4 : at + 4 + size].replace(b"\r\n.", b"\r\n..")
        yield body + (b"" if body.endswith(b"\r\n") else b"\r\n") + b".\r\n"
        at += 4 + size


class Peer(asyncio.Transport):
    """The other end of one connection: sends the next message when the last was taken."""

    def __init__(self, waiting):
        super().__init__({"peername": PEER, "sockname": ("127.0.0.1", 25)})
        self.waiting, self.bad = waiting, 0
        self.loop = asyncio.get_running_loop()
        self.script = iter(self.talk())
        self.pending = 1  # replies until the next step

    def talk(self):
        yield b"EHLO client.example.com\r\n", 1
        for number, body in self.waiting:
            envelope = (
                b"MAIL FROM:<sender@example.com>\r\nRCPT TO:<user%d@example.test>\r\nDATA\r\n"
            )
            yield envelope % (number % ACCOUNTS + 1), 3
            yield body, 1
        yield b"QUIT\r\n", 1

    def write(self, data):
        lines = [line for line in data.split(b"\r\n")[:-1] if line[3:4] != b"-"]
        self.bad += sum(line[:1] in b"45" for line in lines)
        self.pending -= len(lines)
        if not self.pending:
            step = next(self.script, None)
            if step is not None:
                self.pending = step[1]
                self.loop.call_soon(self.conn.data_received, step[0])

    def set_write_buffer_limits(self, high=None, low=None): ...

    def close(self): ...

    def pause_reading(self): ...

    def resume_reading(self): ...


def provision(tx):
    domains.add(tx, "example.test")
    for number in range(1, ACCOUNTS + 1):
        accounts.create(tx, f"user{number}@example.test", "none")


async def warm(corpus, clock):
    """Return a DNS client that has every answer, as a server has after a few messages."""
    records = RECORD.findall((corpus.parent / "dns.local-data").read_text())
    zones = Zones("$ORIGIN .\n" + "\n".join(records), clock)
    cache = Cache()
    names = {record.split(". ", 1)[0] for record in records}
    # DMARC's walk asks for what is not there, too (RFC 9989 §4.10).
    parents = {".".join(name.split(".")[at:]) for name in names for at in range(1, 4)}
    for name in names | {f"_dmarc.{parent}" for parent in parents if parent}:
        for rtype in RType:
            answer = await zones.resolve(name, rtype)
            cache.put((name, rtype), answer, clock.monotonic())
    return Client([], clock, cache=cache)


async def run(options, found):
    clock = SystemClock()
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    db = connect(folder, "", clock)
    await db.open()
    await db.write(provision)
    settings = Settings(hostname="mx.example.test", state=str(folder), listener=[])
    resolver = await warm(options.corpus, clock)
    hub = Hub(folder, 0, 2)
    forwarder = Forwarder(db, None, resolver, clock, policies.forwarding_policy(settings, None))
    acquaintances = Acquaintances(db, clock, policies.known_forwarders(settings))
    policy = policies.inbound_policy(settings, timedelta(days=5))
    receiving = inbound.Inbound(db, resolver, clock, policy, forwarder, acquaintances)
    policy = session.Policy(
        "mx.example.test",
        50_000_000,
        100,
        20,
        300.0,
        recipients.Rules("+", None, "postmaster@example.test"),
    )
    services = session.Services(db, hub, clock, resolver, None, receiving, None, policy, None)
    endpoint = Endpoint("smtp", "127.0.0.1", 25, "none", False)
    bodies = list(messages(options.corpus))

    async def batch(count):
        waiting = iter([(i, bodies[i % len(bodies)]) for i in range(count)])
        peers, tasks = [], []
        for _ in range(SESSIONS):
            conn = Connection(lambda _: None)
            peer = Peer(waiting)
            peer.conn = conn
            conn.connection_made(peer)
            peers.append(peer)
            tasks.append(asyncio.ensure_future(session.Session(services, conn, endpoint).run()))
        await asyncio.gather(*tasks)
        if any(peer.bad for peer in peers):
            raise SystemExit("ingest: a message was refused")

    await batch(200)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*worker.COLLECT_AFTER)
    profile = cProfile.Profile() if options.profile else None
    for _ in range(options.runs):
        begun, loop_begun, wall = time.process_time(), time.thread_time(), time.perf_counter()
        if profile:
            profile.enable()
        await batch(options.n)
        if profile:
            profile.disable()
        found.append(
            [
                1e6 / options.n * spent
                for spent in (
                    time.thread_time() - loop_begun,
                    time.process_time() - begun,
                    time.perf_counter() - wall,
                )
            ]
        )
    await db.close()
    shutil.rmtree(folder)
    if profile:
        profile.dump_stats(options.profile)
        pstats.Stats(profile).sort_stats("tottime").print_stats(60)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus", type=Path)
    parser.add_argument("-n", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--folder", default="/var/tmp", help="where the store is made")
    parser.add_argument("--profile", default="")
    options = parser.parse_args()
    found = []
    with asyncio.Runner(loop_factory=worker.loop_factory()) as runner:
        runner.run(run(options, found))
    loop, whole, wall = (min(column) for column in zip(*found, strict=True))
    print(f"loop {loop:.0f} us, process {whole:.0f} us, wall {wall:.0f} us a message")


if __name__ == "__main__":
    main()
