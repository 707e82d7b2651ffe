"""serve/supervisor.py and serve/worker.py as processes: restart, reload, stop."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pillarbox.serve import listener

pytestmark = pytest.mark.slow


def eventually(check, seconds=10.0):
    """Return the first true result of `check`, asking again until then."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if result := check():
                return result
        time.sleep(0.02)
    raise AssertionError(f"{check} stayed false")


class Server:
    def __init__(self, folder):
        self.folder = folder
        with (folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.serve.line_server", str(folder)],
                cwd=Path(__file__).parents[2],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        eventually((folder / "port").exists)
        self.port = int((folder / "port").read_text())

    def hello(self):
        """Return (pid, slot, generation) of whoever answers."""
        with self.connect() as sock:
            return self.greeting(sock)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), 5)

    @staticmethod
    def greeting(sock):
        line = b""
        while not line.endswith(b"\n"):
            octets = sock.recv(100)
            if not octets:
                raise ConnectionResetError
            line += octets
        return tuple(int(n) for n in line.split())

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(30) == 0


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    yield server
    if server.process.poll() is None:
        server.stop()


def test_both_workers_serve(server):
    assert {server.hello()[1] for _ in range(60)} == {0, 1}


def test_a_dead_worker_is_replaced_and_the_other_goes_on(server):
    with server.connect() as kept:
        kept_pid = server.greeting(kept)[0]

        def victim():
            pid = server.hello()[0]
            return pid if pid != kept_pid else None

        dead = eventually(victim)
        os.kill(dead, signal.SIGKILL)
        kept.sendall(b"still there\n")
        assert kept.recv(100) == b"still there\n"
        assert eventually(lambda: len({server.hello()[0] for _ in range(40)} - {dead}) == 2)


def test_reload_keeps_open_sessions_until_they_end(server):
    with server.connect() as kept:
        assert server.greeting(kept)[2] == 1
        server.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: all(server.hello()[2] == 2 for _ in range(30)))
        kept.sendall(b"old\n")
        assert kept.recv(100) == b"old\n"


def test_wrong_settings_at_reload_change_nothing(server):
    (server.folder / "broken").touch()
    server.process.send_signal(signal.SIGHUP)
    eventually(lambda: "conf: broken" in (server.folder / "log").read_text())
    assert server.hello()[2] == 1
    server.stop()


def test_stop_is_graceful(server):
    pids = {server.hello()[0] for _ in range(40)}
    server.stop()
    assert {f"stopped-{pid}" for pid in pids} <= {p.name for p in server.folder.iterdir()}


def test_workers_end_when_the_supervisor_is_killed(server):
    pids = {server.hello()[0] for _ in range(40)}
    server.process.kill()
    server.process.wait()
    for pid in pids:
        eventually(lambda p=pid: not Path(f"/proc/{p}").exists())


def test_a_taken_port_is_named():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        endpoint = listener.Endpoint("smtp", "127.0.0.1", port, "none", plaintext_auth=False)
        with pytest.raises(listener.CannotBind, match=f"smtp 127.0.0.1:{port}.*in use"):
            listener.bind(endpoint, 2)


def test_the_gate_counts_networks():
    gate = listener.Gate(total=3, per_address=2)
    with contextlib.ExitStack() as stack:
        enter = [
            stack.enter_context(gate.enter(a))
            for a in ("2001:db8::1", "2001:db8::2", "2001:db8::3", "192.0.2.1")
        ]
        assert enter == [True, True, False, False]
    with gate.enter("2001:db8::3") as welcome:
        assert welcome
