"""A small installation on SQLite, and somebody who types commands."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from pillarbox import config, foundation
from pillarbox.base import password as passwords
from pillarbox.cli.installation import Installation
from pillarbox.cli.main import program
from pillarbox.store import aliases

SETTINGS = """\
hostname = "mx.example.org"

[[listener]]
protocol = "smtp"
address = "127.0.0.1"
port = 0

[dns]
zone = "zone.txt"
"""


class Shell:
    """Types commands for the installation in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "pillarbox.toml"

    def run(self, *args, stdin="", code=0):
        """Run a command that must end with `code`; return what it wrote to stdout."""
        return self.result(*args, stdin=stdin, code=code).stdout

    def result(self, *args, stdin="", code=0):
        words = ["--config", str(self.file), *map(str, args)]
        result = CliRunner().invoke(program, words, input=stdin, prog_name="pillarbox")
        crash = result.exception
        if crash is not None and not isinstance(crash, SystemExit):
            raise crash
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return result

    def fails(self, *args, stdin="", code=1):
        """Run a command that must fail; return its error line."""
        result = self.result(*args, stdin=stdin, code=code)
        return result.stderr.strip().splitlines()[-1]

    def json(self, *args, stdin="", code=0):
        return json.loads(self.run(*args, "--json", stdin=stdin, code=code))

    @property
    def installation(self):
        return Installation(config.load(self.file))

    def write(self, fn, *args, **kwargs):
        return self.installation.write(fn, *args, **kwargs)

    def read(self, fn, *args, **kwargs):
        return self.installation.read(fn, *args, **kwargs)


@pytest.fixture(scope="session")
def seed(tmp_path_factory):
    """example.org with anna and bert, made once: keys and passwords cost time."""
    folder = tmp_path_factory.mktemp("seed")
    (folder / "pillarbox.toml").write_text(SETTINGS)
    (folder / "zone.txt").write_text("")
    shell = Shell(folder)
    here = shell.installation
    credentials = passwords.make("secret").encode()

    def fill(tx):
        foundation.add_domain(tx, "example.org", here.sealer, here.now)
        foundation.add_account(tx, "anna@example.org", credentials)
        foundation.add_account(tx, "bert@example.org", credentials)
        aliases.set_(tx, "info@example.org", ["anna@example.org"])

    here.write(fill)
    return folder


@pytest.fixture
def shell(seed, tmp_path, monkeypatch):
    """A copy of the seed, in the current folder, with a settings file of its own."""
    folder = tmp_path / "site"
    shutil.copytree(seed, folder)
    monkeypatch.chdir(folder)
    monkeypatch.delenv("PILLARBOX_CONFIG", raising=False)
    return Shell(folder)


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """An empty folder, and no settings anywhere."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PILLARBOX_CONFIG", raising=False)
    monkeypatch.setattr("pillarbox.cli.frame.DEFAULTS", (Path("pillarbox.toml"),))

    def run(*args, stdin=None, code=0):
        result = CliRunner().invoke(program, [str(a) for a in args], input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    return run
