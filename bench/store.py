"""Durable deliveries per second: several processes, many clients each, one database.

    python bench/store.py [--processes 2] [--clients 20 50] [--seconds 5] [--octets 8192]
                          [--database postgresql://...] [--folder bench/run/store]

Each client files a message with a body of that size and waits until it is durable, as an SMTP
session does before it says 250. Rows are like those of a delivery: account, mailbox, message,
placement. CPU is of all our processes, the server's own not counted with PostgreSQL.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

try:
    from pillarbox.base.clock import SystemClock
except ImportError:
    sys.path.insert(0, str(Path(__file__).parents[1] / "src"))
    from pillarbox.base.clock import SystemClock

from pillarbox.store.connect import connect
from pillarbox.store.migrate import Migration

ACCOUNTS = 200
SCHEMA = """
CREATE TABLE IF NOT EXISTS bench_accounts (account_id BIGINT PRIMARY KEY, modseq BIGINT NOT NULL,
    octets BIGINT NOT NULL);
CREATE TABLE IF NOT EXISTS bench_mailboxes (account_id BIGINT NOT NULL, mailbox_id BIGINT NOT NULL,
    uidnext BIGINT NOT NULL, total BIGINT NOT NULL, PRIMARY KEY (account_id, mailbox_id));
CREATE TABLE IF NOT EXISTS bench_messages (account_id BIGINT NOT NULL, message_id BIGINT NOT NULL,
    ref TEXT NOT NULL, octets BIGINT NOT NULL, subject TEXT NOT NULL, envelope {blob} NOT NULL,
    structure {blob} NOT NULL, PRIMARY KEY (account_id, message_id));
CREATE TABLE IF NOT EXISTS bench_placements (account_id BIGINT NOT NULL, mailbox_id BIGINT NOT NULL,
    uid BIGINT NOT NULL, message_id BIGINT NOT NULL, modseq BIGINT NOT NULL, keywords TEXT NOT NULL,
    PRIMARY KEY (account_id, mailbox_id, uid))
"""
ENVELOPE = b"(envelope)" * 30
STRUCTURE = b"(structure)" * 20


def make(tx):
    for statement in Migration(1, 1, "bench", SCHEMA).sql(tx.dialect).split(";"):
        tx.run(statement)
    tx.many("INSERT INTO bench_accounts VALUES (?1, 1, 0)", [(i,) for i in range(1, ACCOUNTS + 1)])
    tx.many(
        "INSERT INTO bench_mailboxes VALUES (?1, 1, 1, 0)", [(i,) for i in range(1, ACCOUNTS + 1)]
    )


def deliver(tx, account, octets):
    modseq = tx.value(
        "UPDATE bench_accounts SET modseq = modseq + 1, octets = octets + ?2"
        " WHERE account_id = ?1 RETURNING modseq",
        account,
        octets,
    )
    uid = tx.value(
        "UPDATE bench_mailboxes SET uidnext = uidnext + 1, total = total + 1"
        " WHERE account_id = ?1 AND mailbox_id = 1 RETURNING uidnext - 1",
        account,
    )
    tx.run(
        "INSERT INTO bench_messages VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        account,
        modseq,
        str(tx.blobs[0]),
        octets,
        "A subject of common length, as people write",
        ENVELOPE,
        STRUCTURE,
    )
    tx.run(
        "INSERT INTO bench_placements VALUES (?1, 1, ?2, ?3, ?3, '')",
        account,
        uid,
        modseq,
    )
    return uid


def body(octets, rng):
    words = ["".join(rng.choices("etaoinshrdlu", k=rng.randint(2, 9))) for _ in range(2000)]
    return " ".join(rng.choice(words) for _ in range(octets // 5)).encode()[:octets]


def burn(milliseconds):
    end = time.perf_counter() + milliseconds / 1000
    while time.perf_counter() < end:
        pass


async def client(db, rng, bodies, end, times, milliseconds):
    while time.perf_counter() < end:
        text = rng.choice(bodies)
        burn(milliseconds)
        begin = time.perf_counter()
        await db.write(deliver, rng.randint(1, ACCOUNTS), len(text), blobs=(text,))
        times.append(time.perf_counter() - begin)


async def work(options):
    rng = random.Random(os.getpid())
    db = connect(Path(options.folder), options.database, SystemClock())
    await db.open()
    bodies = [body(options.octets, rng) for _ in range(50)]
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    times = []
    before = time.process_time()
    begin = time.perf_counter()
    await asyncio.gather(
        *(
            client(db, rng, bodies, begin + options.seconds, times, options.burn)
            for _ in range(options.work)
        )
    )
    seconds = time.perf_counter() - begin
    cpu = time.process_time() - before
    await db.close()
    times.sort()
    print(json.dumps({"times": times, "seconds": seconds, "cpu": cpu}), flush=True)


async def prepare(options):
    db = connect(Path(options.folder), options.database, SystemClock())
    await db.open()
    await db.write(make)
    await db.close()


def run(options, clients):
    shutil.rmtree(options.folder, ignore_errors=True)
    asyncio.run(prepare(options))
    command = [sys.executable, __file__, "--work", str(clients), "--folder", options.folder]
    command += ["--seconds", str(options.seconds), "--octets", str(options.octets)]
    command += ["--database", options.database, "--burn", str(options.burn)]
    workers = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(options.processes)
    ]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    results = [json.loads(worker.communicate()[0]) for worker in workers]
    times = sorted(t for result in results for t in result["times"])
    rate = sum(len(result["times"]) / result["seconds"] for result in results)
    cpu = sum(result["cpu"] for result in results) / len(times)
    shares = "/".join(str(len(result["times"])) for result in results)
    print(
        f"{options.processes} x {clients} clients: {rate:.0f}/s,"
        f" p50 {times[len(times) // 2] * 1e3:.1f} ms,"
        f" p99 {times[len(times) * 99 // 100] * 1e3:.1f} ms,"
        f" max {times[-1] * 1e3:.0f} ms, {cpu * 1e3:.3f} ms CPU/message, shares {shares}"
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 20, 50])
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--octets", type=int, default=8192)
    parser.add_argument("--database", default="")
    parser.add_argument("--burn", type=float, default=0, help="ms of other work for each message")
    parser.add_argument("--folder", default="bench/run/store")
    parser.add_argument("--work", type=int)
    options = parser.parse_args()
    if options.work:
        asyncio.run(work(options))
        return
    for clients in options.clients:
        run(options, clients)


if __name__ == "__main__":
    main()
