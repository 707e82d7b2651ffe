"""A PostgreSQL server of our own, for tests: made, started and stopped here.

Debian's binaries, found where Debian puts them, on a unix socket in a temporary folder, as user
`postgres` when we are root. Each process of a test run (pytest-xdist has several) has its own
server, which ends with it.
"""

import contextlib
import itertools
import os
import queue
import shutil
import signal
import subprocess
import threading
from pathlib import Path

from pillarbox.store.postgres_session import Session

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",
    "deadlock_timeout": "200ms",
}


def binaries() -> Path:
    """Return the folder of the newest PostgreSQL on this machine."""
    folders = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if not folders:
        found = shutil.which("initdb")
        assert found, "no PostgreSQL: apt-get install postgresql"
        return Path(found).parent
    return max(folders, key=lambda folder: float(folder.parent.name))


class Cluster:
    """A server in a folder. durable: with fsync, as in real life."""

    def __init__(self, folder: Path, *, durable: bool = False) -> None:
        self.folder = folder
        self._settings = _SETTINGS | ({"fsync": "on"} if durable else {})
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Make the server's files if they are not there, and start it."""
        self.folder.mkdir(exist_ok=True)
        data = self.folder / "data"
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        if not data.exists():
            initdb = [str(binaries() / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust"]
            self._run([*initdb, "-E", "UTF8", "--locale=C.UTF-8", "-N"])
        command = [str(binaries() / "postgres"), "-D", str(data), "-k", str(self.folder)]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                _as_postgres(command),
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        ready = [str(binaries() / "pg_isready"), "-q", "-h", str(self.folder), "-t", "1"]
        for _ in range(300):
            if subprocess.run(ready, check=False).returncode == 0:
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(0.05)
                break
        raise AssertionError((self.folder / "log").read_text())

    def stop(self, how: int = signal.SIGQUIT) -> None:
        """Stop it: SIGQUIT at once (a crash), SIGINT in order."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait()
            self._process = None

    def remove(self) -> None:
        """Remove its files, and the folder they were in."""
        shutil.rmtree(self.folder.parent, ignore_errors=True)

    def url(self, name: str) -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def create(self, name: str) -> str:
        """Make an empty database and return its URL."""
        self.sql(f'CREATE DATABASE "{name}"')
        return self.url(name)

    def sql(self, statement: str, database: str = "postgres") -> str:
        """Run a statement as administrator; return what psql prints."""
        psql = [str(binaries() / "psql"), "-h", str(self.folder), "-U", "postgres", "-d", database]
        done = subprocess.run(
            [*psql, "-Atqc", statement], check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def _run(self, command: list[str]) -> None:
        command = _as_postgres(command)
        done = subprocess.run(command, check=False, capture_output=True, cwd=self.folder)
        assert done.returncode == 0, done.stderr.decode()


class Databases:
    """Fresh databases, made ahead of need and thrown away, by a thread of their own."""

    def __init__(self, cluster: Cluster, template: str, ahead: int = 2) -> None:
        self._cluster = cluster
        self._template = template
        self._made: queue.Queue[str] = queue.Queue(ahead)
        self._used: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._going = True
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def take(self) -> str:
        """Return the URL of a database that nobody has used."""
        return self._made.get(timeout=30)

    def give_back(self, url: str) -> None:
        """Have a database removed, some time."""
        self._used.put(url)

    def close(self) -> None:
        self._going = False
        with contextlib.suppress(queue.Empty):
            while True:
                self._made.get_nowait()
        self._thread.join()

    def _work(self) -> None:
        session = Session(self._cluster.url("postgres"))
        session.connect()
        # Since version 15 copying pages through the log is the default, and six times as slow.
        how = " STRATEGY FILE_COPY" if session.connection.get_server_version().major >= 15 else ""
        for number in itertools.count(1):
            with contextlib.suppress(queue.Empty):
                while True:
                    name = database_name(self._used.get_nowait())
                    session.command(f'DROP DATABASE "{name}" WITH (FORCE)')
            if not self._going:
                break
            name = f"fresh_{number}"
            session.command(f'CREATE DATABASE "{name}" TEMPLATE "{self._template}"{how}')
            self._made.put(self._cluster.url(name))
        session.close()


def database_name(url: str) -> str:
    """Return the name of the database that a URL of a cluster says."""
    return url.partition("@/")[2].partition("?")[0]


def _as_postgres(command: list[str]) -> list[str]:
    """Return the command so that it runs as a user that PostgreSQL accepts, and dies with us."""
    setpriv = ["setpriv", "--pdeathsig=QUIT"]
    if os.geteuid() == 0:
        setpriv += ["--reuid=postgres", "--regid=postgres", "--clear-groups"]
    return [*setpriv, "--", *command]
