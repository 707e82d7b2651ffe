"""Pillarbox under measurement: started as the peers are, in its own control group."""

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from bench.harness import ROOT, RUN, SECONDS, inside

SETTINGS = ROOT / "bench" / "server.toml"
STATE = ROOT / "bench" / "run" / "state"
GROUP = "pillarbox"
SMTP, LMTP, IMAP, POP3, IMAPS = 2525, 2424, 2143, 2110, 2993


class Ours:
    """Our server, with the settings of a file; a context manager."""

    def __init__(self, settings=SETTINGS, state=STATE):
        self.settings, self.state = settings, state
        self.log = RUN / "pillarbox.log"

    def __enter__(self):
        shutil.rmtree(self.state, ignore_errors=True)
        with self.log.open("wb") as log:
            # incg.sh becomes `ip netns exec`, which becomes the supervisor.
            self.process = subprocess.Popen(
                [
                    *(str(RUN / "incg.sh"), GROUP),
                    *(sys.executable, "-m", "pillarbox", "serve", "--config", str(self.settings)),
                ],
                stdout=log, stderr=log, cwd=ROOT,
            )  # fmt: skip
        try:
            self._await_ready()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _await_ready(self):
        end = time.monotonic() + 30
        probe = f"import socket; socket.create_connection(('127.0.0.1', {SMTP}), 9).recv(3)[2]"
        command = inside(sys.executable, "-c", probe)
        while subprocess.run(command, capture_output=True, check=False, timeout=30).returncode:
            if time.monotonic() > end or self.process.poll() is not None:
                raise SystemExit(f"bench: no server: {self.log.read_text()[-2000:]}")
            time.sleep(0.1)
        if len(self.pids()) != 3:
            raise SystemExit("bench: there must be a supervisor and two workers")

    def pids(self):
        """Return the supervisor and its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *map(int, children.read_text().split())]

    def pss_kib(self):
        """Return what all processes occupy, shared pages divided among their users."""
        total = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        return total

    def __exit__(self, *_):
        if self.process.poll() is None:
            pids = self.pids()
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(40)
            except subprocess.TimeoutExpired:
                for pid in pids:
                    subprocess.run(["kill", "-9", str(pid)], check=False, timeout=SECONDS)
                self.process.wait()
        shutil.rmtree(self.state, ignore_errors=True)
