"""How long DNS takes: answers that are kept, and answers that are asked for.

    .venv/bin/python bench/dns_client.py

Kept: CPU of one `resolve`. Asked: an authority of our own in another thread, on loopback; CPU of
the asking thread, and the wall time of one question after the other, and of fifty at once. In
microseconds, the best of five runs.
"""

import asyncio
import threading
import time

from pillarbox.base.clock import SystemClock
from pillarbox.dns.authority import Authority
from pillarbox.dns.cache import Cache
from pillarbox.dns.client import Client, Server
from pillarbox.dns.resolver import RType
from pillarbox.serve.worker import loop_factory

NAMES = 2000
RUNS = 5
AT_ONCE = 50
ZONE = (
    "$ORIGIN example.\n@ SOA ns.example. h.example. 1 3600 600 86400 60\n@ NS ns.example.\n"
    + "".join(
        f'n{n} TXT "v=spf1 ip4:192.0.2.{n % 250} include:other.example.com -all"\n'
        for n in range(NAMES)
    )
)


class Elsewhere:
    """An authority on a loop and thread of its own; a context manager. port: where it listens."""

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        self.authority = Authority({"example": ZONE}, SystemClock())
        self.port = self.call(self.authority.start("127.0.0.1", 0))
        return self

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(20)

    def __exit__(self, *_):
        self.call(self.authority.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


async def ask(client, names, at_once):
    """Resolve all names; return (CPU of this thread, wall) in microseconds for one."""
    cpu, wall = time.thread_time(), time.perf_counter()
    for start in range(0, len(names), at_once):
        some = names[start : start + at_once]
        if at_once == 1:
            answers = [await client.resolve(some[0], RType.TXT)]
        else:
            answers = await asyncio.gather(*[client.resolve(n, RType.TXT) for n in some])
        if not all(answer.records for answer in answers):
            raise SystemExit(f"bench: {answers[0]}")
    spent = (time.thread_time() - cpu, time.perf_counter() - wall)
    return tuple(1e6 * seconds / len(names) for seconds in spent)


async def run(port):
    names = [f"n{n}.example" for n in range(NAMES)]
    found = {}
    for _ in range(RUNS):
        for what, at_once in (("asked, one by one", 1), (f"asked, {AT_ONCE} at once", AT_ONCE)):
            client = Client([Server("127.0.0.1", port)], SystemClock(), cache=Cache())
            found.setdefault(what, []).append(await ask(client, names, at_once))
        found.setdefault("kept", []).append(await ask(client, names, 1))
    for what, samples in found.items():
        cpu, wall = (min(column) for column in zip(*samples, strict=True))
        print(f"{what:24} CPU {cpu:7.1f} us, wall {wall:7.1f} us")


def main():
    with Elsewhere() as there, asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(run(there.port))


if __name__ == "__main__":
    main()
