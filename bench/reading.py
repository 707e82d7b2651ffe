"""Reading mail over IMAP: one worker in this process, the load harness as the client.

    python -m bench.reading [STEP ...] [-n 2000] [--reps 3] [--profile FILE]

STEP: as bench_imap.py of the harness names them, all reading and flagging by default. Prints the
median of the milliseconds that each step took. With --profile everything runs on the event
loop's thread, and what it spent is written to FILE, without the loading, unless STEP is only load.
"""

import argparse
import asyncio
import cProfile
import json
import pstats
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median

from bench.harness import HARNESS, RUN, corpus
from pillarbox import app, config
from pillarbox.base import log as base_log
from pillarbox.base.clock import SystemClock
from pillarbox.serve import listener, worker
from pillarbox.serve.supervisor import Seat
from pillarbox.store.database import Database

STEPS = ("select", "flags", "env", "env2", "hdr", "hdrf", "full", "search", "store", "copy")
SETTINGS = """
hostname = "mx.example.test"
state = "{state}"
[logging]
level = "error"
[dkim]
algorithms = ["ed25519"]
[[listener]]
protocol = "imap"
address = "127.0.0.1"
port = 0
tls = "none"
plaintext_auth = true
[provision]
domains = ["example.test"]
accounts = [{{ address = "user1@example.test", password = "pw" }}]
"""


async def harness(port, name, options, *steps):
    """Run the client; return its lines."""
    words = ("--port", str(port), "--corpus", name, "-n", str(options.n), "--no-mem")
    client = await asyncio.create_subprocess_exec(
        sys.executable, "bench_imap.py", *steps, *words, "--reps", str(options.reps),
        cwd=RUN, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _ = await client.communicate()
    return [json.loads(line) for line in said.splitlines() if line.startswith(b"{")]


async def run(options, folder):
    settings = config.parse(SETTINGS.format(state=folder), folder / "pillarbox.toml")
    base_log.configure(form="text", level="error", clock=SystemClock())
    app.prepare(settings, SystemClock())
    await app.provision(settings)
    service = await app.build(settings, Seat(0, 1, (), -1, lambda: None))
    wanted = settings.listener[0]
    endpoint = listener.Endpoint("imap", wanted.address, 0, "none", plaintext_auth=True)
    bound, (sock,) = listener.bind(endpoint, 1)
    loop = asyncio.get_running_loop()
    server = await worker.listen(loop, sock, bound, service, set())
    name = corpus("imap", options.n)
    profile = cProfile.Profile() if options.profile else None
    found = []
    if options.step != ["load"]:
        found = await harness(bound.port, name, options, "load")
    if profile or options.inline:
        Database.scan = Database.read
    if profile:
        profile.enable()
    found += await harness(bound.port, name, options, *(options.step or STEPS))
    if profile:
        profile.disable()
        profile.dump_stats(options.profile)
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    server.close()
    await service.stop()
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("step", nargs="*")
    parser.add_argument("-n", type=int, default=2000)
    parser.add_argument("--reps", type=int, default=3)
    parser.add_argument("--folder", default="/var/tmp", help="where the store is made")
    parser.add_argument("--inline", action="store_true", help="no threads for long reads")
    parser.add_argument("--profile", default="")
    options = parser.parse_args()
    RUN.joinpath("corpus").mkdir(parents=True, exist_ok=True)
    for file in HARNESS.glob("*.py"):
        shutil.copy(file, RUN / file.name)
    folder = Path(tempfile.mkdtemp(dir=options.folder))
    try:
        with asyncio.Runner(loop_factory=worker.loop_factory()) as runner:
            found = runner.run(run(options, folder))
    finally:
        shutil.rmtree(folder)
    steps = {}
    for line in found:
        if "error" in line or "err" in line:
            raise SystemExit(f"bench: {line}")
        steps.setdefault(line["step"], []).append(line["wall_s"] * 1000)
    for step, values in steps.items():
        print(f"{step:24} {median(values):9.1f} ms")


if __name__ == "__main__":
    main()
