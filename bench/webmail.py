"""The webmail on an account with 100,000 messages, in a real Chromium: what a person waits for.

    python -m bench.webmail [-n 100000] [--folder FOLDER] [--json] [STEP ...]

Starts a server of two workers on loopback, files the account, and prints one row for each budget:
median and 95th percentile, in milliseconds unless the row says otherwise. Times end with the
animation frame in which the result stands on the page. With --folder the account stays there for
the next run.
"""

import argparse
import asyncio
import contextlib
import json
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.webmail.browser import open_browser

from bench import big_account
from bench.webmail_steps import STEPS
from pillarbox import config
from pillarbox.base import log as base_log
from pillarbox.base.clock import SystemClock

READY_S = 30.0
RECENT = 300  # the newest come over SMTP, so that they have traces
COLUMNS = ("what", "p50", "p95", "budget", "met")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def server(settings: Path, port: int):
    """Run the server until the block ends."""
    command = [sys.executable, "-m", "pillarbox", "serve", "--config", str(settings)]
    process = subprocess.Popen(command)
    try:
        end = time.monotonic() + READY_S
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            if time.monotonic() > end or process.poll() is not None:
                raise SystemExit("bench: no server")
            time.sleep(0.1)
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)


def prepare(folder: Path, count: int) -> None:
    """Make the account and its index of words, unless they are there."""
    if (folder / "filled").exists():
        return
    settings = big_account.settings_file(folder, 1, 2)
    base_log.configure(form="text", level="error", clock=SystemClock())
    began = time.monotonic()
    filling = big_account.fill(
        config.load(settings), SystemClock(), count - RECENT, archived=count // 10
    )
    asyncio.run(filling)
    command = [sys.executable, "-m", "pillarbox", "store", "reindex", "--config", str(settings)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    print(f"filed and indexed in {time.monotonic() - began:.0f} s", file=sys.stderr)
    (folder / "filled").touch()


def post(port: int, first: int, count: int) -> None:
    """Hand in letters over SMTP."""
    with smtplib.SMTP("127.0.0.1", port, "client.example", 20) as client:
        for number in range(first, first + count):
            octets = big_account.letter(number)
            client.sendmail("sender@mail1.example", [big_account.ADDRESS], octets)


def percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def judged(what: str, values: list[float], budget: tuple[float, float]) -> tuple[str, ...]:
    """Return a row of the table."""
    middle, high = percentile(values, 0.5), percentile(values, 0.95)
    met = middle <= budget[0] and high <= budget[1]
    shown = [f"{number:.1f}" if number < 100 else f"{number:.0f}" for number in (middle, high)]
    return what, *shown, f"{budget[0]:g} / {budget[1]:g}", "yes" if met else "no"


async def measure(options, folder: Path) -> list[tuple[str, ...]]:
    smtp, web = free_port(), free_port()
    settings = big_account.settings_file(folder, smtp, web)
    rows = []
    with server(settings, web):
        if not (folder / "posted").exists():
            await asyncio.to_thread(post, smtp, options.n - RECENT, RECENT)
            (folder / "posted").touch()
        async with open_browser() as browser:
            for name, step in STEPS.items():
                if options.step and name not in options.step:
                    continue
                found = await step(browser, f"http://localhost:{web}", smtp)
                rows += [judged(*one) for one in found]
                for row in rows[-len(found) :]:
                    print("  " + "  ".join(row), file=sys.stderr, flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("step", nargs="*", choices=[[], *STEPS], default=[])
    parser.add_argument("-n", type=int, default=100_000, help="messages in the account")
    parser.add_argument("--folder", type=Path, help="where the account lies and stays")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp(dir="/var/tmp"))
    folder.mkdir(exist_ok=True)
    try:
        prepare(folder, options.n)
        rows = asyncio.run(measure(options, folder))
    finally:
        if not options.folder:
            shutil.rmtree(folder)
    if options.json:
        print(json.dumps([dict(zip(COLUMNS, row, strict=True)) for row in rows], indent=2))
        return
    print("| " + " | ".join(COLUMNS) + " |\n|" + " --- |" * len(COLUMNS))
    for row in rows:
        print("| " + " | ".join(row) + " |")


if __name__ == "__main__":
    main()
