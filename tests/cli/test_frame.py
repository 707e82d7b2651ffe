import click
from click.testing import CliRunner

from pillarbox.base.errors import NotFound
from pillarbox.cli.frame import Group, Place, Program, json_option, pass_place


@click.group("thing", cls=Group, examples="thing one\nthing two")
def command():
    """Things."""


@command.command("lose", examples="thing lose")
@json_option
@pass_place
def lose(place: Place, *, as_json: bool):
    """Lose it."""
    raise NotFound(f"thing in {place.path}")


@command.command("pipe")
def pipe():
    """Break a pipe."""
    raise BrokenPipeError(32, "Broken pipe")


def _program():
    return Program("p", modules={"thing": (__name__, "Things.")})


def test_failures_are_one_line_with_exit_code_1():
    for args in (["--config", "x", "thing", "lose"], ["thing", "lose", "--config", "x"]):
        result = CliRunner().invoke(_program(), args)
        assert (result.exit_code, result.stderr) == (1, "pillarbox: there is no thing in x\n")


def test_examples_are_not_folded():
    shown = CliRunner().invoke(_program(), ["thing", "--help"]).stdout
    assert shown.endswith("Examples:\n  thing one\n  thing two\n")


def test_unknown_command_is_a_usage_error():
    assert CliRunner().invoke(_program(), ["other"]).exit_code == 2


def test_the_last_config_counts(tmp_path):
    result = CliRunner().invoke(_program(), ["--config", "a", "thing", "--config", "b", "lose"])
    assert "there is no thing in b" in result.stderr


def test_a_broken_pipe_is_no_failure_of_ours():
    result = CliRunner().invoke(_program(), ["thing", "pipe"])
    assert "Broken pipe" not in result.output


def test_settings_or_none(tmp_path, monkeypatch):
    monkeypatch.setattr("pillarbox.cli.frame.DEFAULTS", (tmp_path / "none.toml",))
    assert Place().settings_or_none() is None
