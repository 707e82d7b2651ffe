"""A whole server as a user runs it: `pillarbox serve` in a folder of its own."""

import contextlib
import imaplib
import itertools
import os
import select
import signal
import smtplib
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
USERS = 10


# Below what the kernel gives to clients, which come and go all the time: a port from there could be
# taken by one of them before the server that it is meant for has it.
_PORTS = itertools.count(10_000 + os.getpid() * 37 % 10_000)


def free_port():
    for port in _PORTS:
        with contextlib.suppress(OSError), socket.socket() as sock:
            sock.bind(("127.0.0.1", port))
            return port
    raise AssertionError("there is no end to numbers")


class Server:
    """Start, kill, start again. Ports stay the same."""

    def __init__(self, folder, *, workers=2, extra="", top="", ports=()):
        self.folder = folder
        self.ports = {name: free_port() for name in ("smtp", "lmtp", "imap", "pop3", "http")}
        self.ports |= dict(ports)
        self.config = folder / "pillarbox.toml"
        listeners = "".join(
            f'[[listener]]\nprotocol = "{name}"\naddress = "127.0.0.1"\nport = {port}\n'
            f'tls = "none"\n' + ("plaintext_auth = true\n" if name in {"imap", "pop3"} else "")
            for name, port in self.ports.items()
        )
        accounts = ", ".join(
            f'{{ address = "user{n}@example.test", password = "pw" }}' for n in range(1, USERS + 1)
        )
        self.config.write_text(
            f'hostname = "mx.example.test"\nstate = "state"\nworkers = {workers}\n{top}{listeners}'
            "[limits]\nconnections_per_address = 1000\n"
            f'[checks]\nenabled = false\n[logging]\nlevel = "warning"\n{extra}\n'
            f'[provision]\ndomains = ["example.test"]\naccounts = [{accounts}]\n'
        )
        self.log = folder / "log"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process(self):
        """The supervisor."""
        assert self._process is not None, "it was never started"
        return self._process

    def start(self):
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pillarbox", "serve", "--config", str(self.config)],
                cwd=ROOT, stdout=log, stderr=log,
            )  # fmt: skip
        self.await_ready()

    def await_ready(self, seconds=30):
        end = time.monotonic() + seconds
        while True:
            with contextlib.suppress(OSError), self.connect("smtp", 2) as sock:
                if sock.recv(3) == b"220":
                    return
            assert time.monotonic() < end, self.log.read_text()
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)

    def connect(self, name, seconds=10):
        return socket.create_connection(("127.0.0.1", self.ports[name]), seconds)

    def workers(self):
        """Return the pids of the workers."""
        path = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        with contextlib.suppress(OSError):
            return [int(pid) for pid in path.read_text().split()]
        return []

    def kill_all(self):
        """SIGKILL for the supervisor and every worker; none of them holds a port afterwards."""
        # Stopped first, so that it makes no worker that nobody knows of.
        self.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        workers = []
        for pid in self.workers():
            with contextlib.suppress(ProcessLookupError):
                workers.append(os.pidfd_open(pid))
        self.process.kill()
        for worker in workers:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(worker, signal.SIGKILL)
        self.process.wait()
        for worker in workers:
            # Readable when it has ended, and with it its sockets.
            ended, _, _ = select.select([worker], [], [], 30)
            assert ended
            os.close(worker)

    def stop(self):
        if self._process is not None and self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(40) == 0, self.log.read_text()

    def send(self, recipients, message, sender="sender@example.com"):
        """Deliver one message; raises what smtplib raises."""
        with smtplib.SMTP("127.0.0.1", self.ports["smtp"], "client.example.com", 10) as client:
            return client.sendmail(sender, recipients, message)

    def imap(self, user=1):
        client = imaplib.IMAP4("127.0.0.1", self.ports["imap"], 20)
        try:
            client.login(f"user{user}@example.test", "pw")
        except BaseException:
            client.shutdown()
            raise
        return client

    def command(self, *args):
        return subprocess.run(
            [sys.executable, "-m", "pillarbox", *args, "--config", str(self.config)],
            cwd=ROOT, capture_output=True, timeout=120, check=False, text=True,
        )  # fmt: skip
