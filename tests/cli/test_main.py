"""The program as a whole: help, settings file, errors, speed of start."""

import subprocess
import sys

import click
import pytest

from pillarbox import __version__
from pillarbox.cli.main import MODULES, program

LIGHT = ("asyncio", "cryptography", "apsw", "rich", "msgspec", "dns", "starlette")


def test_help_lists_every_command_and_completion(bare):
    shown = bare("--help").stdout
    for name, (_, words) in MODULES.items():
        assert f"  {name} " in shown
        assert words in shown
    for line in ("bash_source", "zsh_source", "fish_source", "Exit codes"):
        assert line in shown


def test_version(bare):
    assert __version__ in bare("--version").stdout


def _commands():
    def walk(command, path):
        yield path, command
        for name in getattr(command, "commands", {}):
            yield from walk(command.commands[name], (*path, name))

    for name in MODULES:
        yield from walk(program.get_command(click.Context(program), name), (name,))


def test_every_command_has_help_with_examples_and_config(bare):
    paths = [path for path, _ in _commands()]
    assert len(paths) > 35
    for path in paths:
        shown = bare(*path, "--help").stdout
        assert "Examples:" in shown, path
        assert f"pillarbox {path[0]}" in shown, path
        assert "--config" in shown, path


def test_short_help_of_groups_is_the_table(bare):
    assert "Add the domain" in bare("domain", "--help").stdout


def test_help_imports_nothing_slow():
    code = (
        "import sys; from pillarbox.cli.main import program\n"
        "try: program(['--help'])\n"
        "except SystemExit: pass\n"
        f"slow = [name for name in {LIGHT!r} if name in sys.modules]\n"
        "assert not slow, slow\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    "args",
    [("nonsense",), ("domain", "nonsense"), ("domain", "add"), ("serve", "--nonsense")],
)
def test_usage_errors_exit_2(bare, args):
    assert bare(*args, code=2).stderr.startswith("Usage:")


def test_no_settings_file_says_what_to_do(bare):
    line = bare("domain", "list", code=1).stderr
    assert line.startswith("pillarbox: no settings file")
    assert "quickstart" in line
    assert line.count("\n") == 1


def test_wrong_settings_name_file_line_key_and_reason(bare, tmp_path):
    file = tmp_path / "pillarbox.toml"
    file.write_text('hostname = "mx.example.org"\nlistener = []\nworkers = 100\n')
    line = bare("serve", code=1).stderr
    assert "pillarbox.toml:2: listener: at least one is needed" in line
    file.write_text("hostnam = 1\n")
    assert "hostnam: there is no such key" in bare("account", "list", code=1).stderr


def test_config_before_and_behind_the_command_and_in_the_environment(bare, shell, monkeypatch):
    monkeypatch.chdir("/")
    file = str(shell.file)
    assert "example.org" in bare("--config", file, "domain", "list").stdout
    assert "example.org" in bare("domain", "--config", file, "list").stdout
    assert "example.org" in bare("domain", "list", "--config", file).stdout
    monkeypatch.setenv("PILLARBOX_CONFIG", file)
    assert "example.org" in bare("domain", "list").stdout
    assert "missing.toml" in bare("domain", "list", "--config", "missing.toml", code=1).stderr


def test_python_dash_m_is_the_same_program():
    done = subprocess.run(
        [sys.executable, "-m", "pillarbox", "--version"], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == f"pillarbox, version {__version__}"
