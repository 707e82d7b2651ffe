"""`make bench`: Pillarbox and the servers it is compared with, in one run on the same work.

Needs root (network namespace, CPU accounting), the peers' Debian packages, and the load
harness: a folder with bench_smtp.py, peers.py, corpus.py and mkdns.py, named by
PILLARBOX_BENCH (default ../shared/bench). Every process it starts is ended.
"""

import argparse
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[1]
RUN = ROOT / "bench" / "run" / "peers"
HARNESS = Path(os.environ.get("PILLARBOX_BENCH") or ROOT / ".." / "shared" / "bench")
PEERS = {"full": "postfix-dovecot-milters", "plain": "postfix-dovecot-mdbox"}
PORT, IMAP = 2525, 2143


def sh(*words, **options):
    return subprocess.run(words, check=True, capture_output=True, text=True, **options)


def inside(*words):
    """Return a command line that runs in the network namespace, with its resolv.conf."""
    return ["ip", "netns", "exec", "bench", *words]


def prepare():
    """Copy the harness, make the corpus, the user and the network namespace."""
    if not (HARNESS / "bench_smtp.py").exists():
        sys.exit(f"bench: no load harness in {HARNESS}; set PILLARBOX_BENCH to its folder")
    if os.geteuid() != 0:
        sys.exit("bench: needs root for a network namespace and CPU accounting")
    RUN.mkdir(parents=True, exist_ok=True)
    for file in HARNESS.iterdir():
        shutil.copy(file, RUN / file.name)
    try:
        pwd.getpwnam("vmail")
    except KeyError:
        sh("useradd", "-u", "5000", "-m", "vmail")
    if "bench" not in sh("ip", "netns", "list").stdout.split():
        sh("ip", "netns", "add", "bench")
    sh("ip", "-n", "bench", "link", "set", "lo", "up")
    Path("/etc/netns/bench").mkdir(parents=True, exist_ok=True)
    Path("/etc/netns/bench/resolv.conf").write_text("nameserver 127.0.0.1\n")
    corpus = RUN / "corpus"
    corpus.mkdir(exist_ok=True)
    if not (corpus / "small-signed.bin").exists():
        python = sys.executable
        sh(python, "corpus.py", "small", "2000", "corpus/small.bin", cwd=RUN)
        sh(python, "mkdns.py", "sign", "corpus/small.bin", "corpus/small-signed.bin", cwd=RUN)


def peer(verb, name):
    subprocess.run(
        [sys.executable, "peers.py", verb, name], cwd=RUN, check=True, stdout=subprocess.DEVNULL
    )


class Ours:
    """Our server, with the settings of bench/server.toml."""

    def __init__(self, settings, state):
        shutil.rmtree(state, ignore_errors=True)
        with (RUN / "pillarbox.log").open("wb") as log:
            self.process = subprocess.Popen(
                inside(sys.executable, "-m", "pillarbox", "serve", "--config", str(settings)),
                stdout=log, stderr=log, cwd=ROOT,
            )  # fmt: skip
        end = time.monotonic() + 30
        probe = f"import socket; socket.create_connection(('127.0.0.1', {PORT}), 9).recv(3)[2]"
        while subprocess.run(
            inside(sys.executable, "-c", probe), capture_output=True, check=False
        ).returncode:
            if time.monotonic() > end:
                sys.exit((RUN / "pillarbox.log").read_text())
            time.sleep(0.1)
        # `ip netns exec` becomes the supervisor.
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        self.pids = [self.process.pid, *map(int, children.read_text().split())]
        if len(self.pids) < 3:
            sys.exit("bench: the workers did not start")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(40)


def pss_kib(pids):
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total


def ingest(port, imap, meter, corpus, count, per_conn):
    """Return messages/s until delivered, and server CPU in ms for each message."""
    # Not `ip netns exec`: it would hide the CPU accounting of the peers.
    done = sh(
        *("nsenter", "--net=/run/netns/bench"),
        *(
            sys.executable, "bench_smtp.py", "--port", str(port), "--corpus", f"corpus/{corpus}",
            "-n", str(count), "-c", "10", "--per-conn", str(per_conn),
            "--count", f"imap:127.0.0.1:{imap}", "--cgroup", meter,
        ),
        cwd=RUN,
    )  # fmt: skip
    result = json.loads(done.stdout.splitlines()[-1])
    if result["bad"] or result["ok"] != count:
        sys.exit(f"bench: not all was accepted: {result}")
    return result["delivered_per_s"], result["server_cpu_s"] * 1000 / count


IDLE = """
import imaplib, ssl, sys, time
context = ssl._create_unverified_context()
kept = []
for _ in range(int(sys.argv[1])):
    c = imaplib.IMAP4_SSL('127.0.0.1', int(sys.argv[2]), ssl_context=context)
    kept.append(c)
    if len(kept) <= 10:
        c.login(f'user{len(kept)}@example.test', 'pw'); c.select()
print('ready', flush=True)
sys.stdin.read()
"""


def idle_connection_kib(ours, port, count=500):
    """Return what one idle TLS IMAP connection costs the server, KiB of PSS."""
    # The first ones pay for what is loaded only once (passwords, TLS, IMAP): not counted.
    warm = idle_client(port, 100)
    before = pss_kib(ours.pids)
    client = idle_client(port, count)
    after = pss_kib(ours.pids)
    for process in (client, warm):
        process.stdin.close()
        process.wait()
    return (after - before) / count


def idle_client(port, count):
    """Open TLS IMAP connections that stay."""
    client = subprocess.Popen(
        inside(sys.executable, "-c", IDLE, str(count), str(port)),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    client.stdout.readline()
    time.sleep(1)
    return client


def measure(rounds, count):
    """Run everything, interleaved; return name -> list of (rate, CPU ms)."""
    found = {}

    def note(name, pair):
        found.setdefault(name, []).append(pair)
        print(f"  {name}: {pair[0]:.0f}/s, {pair[1]:.2f} ms CPU", file=sys.stderr, flush=True)

    signed, plain = "small-signed.bin", "small.bin"
    settings = ROOT / "bench" / "server.toml"
    state = ROOT / "bench" / "run" / "state"
    peer("start", "dns")
    try:
        for _ in range(rounds):
            ours = Ours(settings, state)
            try:
                meter = "pid:" + ",".join(map(str, ours.pids))
                for per_conn in (1, 100):
                    pair = ingest(PORT, IMAP, meter, signed, count, per_conn)
                    note(f"pillarbox/{per_conn}", pair)
            finally:
                ours.stop()
            for key, name in PEERS.items():
                info = json.loads(sh(sys.executable, "peers.py", "info", name, cwd=RUN).stdout)
                peer("start", name)
                try:
                    corpus = signed if key == "full" else plain
                    for per_conn in (1, 100):
                        part = max(count // 5, 200)
                        pair = ingest(info["smtp"], info["imap"], name, corpus, part, per_conn)
                        note(f"{name}/{per_conn}", pair)
                finally:
                    peer("stop", name)
                    peer("wipe", name)
    finally:
        peer("stop", "dns")
    return found


def memory():
    """Return (idle PSS of the whole server in MiB, KiB for each idle TLS IMAP connection)."""
    settings = RUN / "tls.toml"
    text = (ROOT / "bench" / "server.toml").read_text()
    text = text.replace("[limits]", '[[listener]]\nprotocol = "imap"\naddress = "127.0.0.1"\n'
                        'port = 2993\ntls = "implicit"\n\n[limits]', 1)  # fmt: skip
    settings.write_text(text.replace('state = "run/state"', 'state = "tls-state"'))
    ours = Ours(settings, RUN / "tls-state")
    try:
        time.sleep(2)
        idle = pss_kib(ours.pids) / 1024
        return idle, idle_connection_kib(ours, 2993)
    finally:
        ours.stop()


def table(found, idle, connection):
    """Return the rows of the table: (what, ours, peer, ratio, target, met)."""
    rows = []
    for per_conn, what in ((1, "one message a connection"), (100, "100 messages a connection")):
        ours = [median(column) for column in zip(*found[f"pillarbox/{per_conn}"], strict=True)]
        for key, target in (("full", 8), ("plain", 4)):
            name = PEERS[key]
            theirs = [median(c) for c in zip(*found[f"{name}/{per_conn}"], strict=True)]
            rate = ours[0] / theirs[0]
            rows.append((f"{name}, {what}: messages/s", f"{ours[0]:.0f}", f"{theirs[0]:.0f}",
                         f"{rate:.1f}", f">= {target}", rate >= target))  # fmt: skip
            if key == "full":
                cpu = theirs[1] / ours[1]
                rows.append((f"{name}, {what}: CPU ms a message", f"{ours[1]:.2f}",
                             f"{theirs[1]:.2f}", f"{cpu:.1f}", ">= 8", cpu >= 8))  # fmt: skip
    rows.append(("idle server, 2 workers: MiB PSS", f"{idle:.0f}", "", "", "<= 200", idle <= 200))
    rows.append(("idle TLS IMAP connection: KiB", f"{connection:.1f}", "", "", "<= 40",
                 connection <= 40))  # fmt: skip
    return rows


def main():
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="repetitions; medians are shown")
    parser.add_argument("-n", type=int, default=3000, help="messages for each of our runs")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    prepare()
    idle, connection = memory()
    rows = table(measure(options.rounds, options.n), idle, connection)
    if options.json:
        names = ("what", "ours", "peer", "ratio", "target", "met")
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
        return
    print(
        "| what | Pillarbox | peer | ratio | target | met |\n| --- | --- | --- | --- | --- | --- |"
    )
    for *cells, met in rows:
        print("| " + " | ".join(cells) + (" | yes |" if met else " | no |"))


if __name__ == "__main__":
    main()
