"""What every command has: `--config` before or behind its name, examples in its help.

Modules of commands are imported only when the command is called, so `pillarbox --help`
and shell completion answer at once.
"""

import importlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from pillarbox.base.errors import MailError
from pillarbox.cli.errors import Failure, describe
from pillarbox.trace.catalogue import DEFAULT, LANGUAGES, choose

if TYPE_CHECKING:
    from pillarbox.config import Settings

DEFAULTS: Final = (Path("pillarbox.toml"), Path("/etc/pillarbox/pillarbox.toml"))

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Place:
    """Which settings file a command uses. path: as named, None for the default ones."""

    path: Path | None = None

    def file(self) -> Path:
        """Return the settings file. Raises Failure if none is named and none is found."""
        if self.path is not None:
            return self.path
        for path in DEFAULTS:
            if path.exists():
                return path
        where = " nor ".join(str(path) for path in DEFAULTS)
        raise Failure(
            f"no settings file: neither {where} exists; name one with --config, "
            "or make one with `pillarbox quickstart DOMAIN`"
        )

    def settings(self) -> "Settings":
        """Read the settings. Raises Failure or WrongSettings."""
        from pillarbox.config import load  # noqa: PLC0415 - slow to load

        return load(self.file())

    def settings_or_none(self) -> "Settings | None":
        """Read the settings; None if no file is named and none is found."""
        if self.path is None and not any(path.exists() for path in DEFAULTS):
            return None
        return self.settings()


pass_place = click.make_pass_decorator(Place, ensure=True)


def _remember(ctx: click.Context, _param: click.Parameter, value: Path | None) -> None:
    place = ctx.ensure_object(Place)
    if value is not None:
        place.path = value


def _config_option(envvar: str | None = None) -> click.Option:
    return click.Option(
        ["--config"],
        type=click.Path(dir_okay=False, path_type=Path),
        metavar="FILE",
        envvar=envvar,
        show_envvar=envvar is not None,
        expose_value=False,
        is_eager=True,
        callback=_remember,
        help="The settings file (default: ./pillarbox.toml, then /etc/pillarbox/pillarbox.toml).",
    )


def _write_examples(formatter: click.HelpFormatter, examples: str) -> None:
    lines = [line.strip() for line in examples.strip().splitlines()]
    if examples:
        with formatter.section("Examples"):
            for line in lines:
                formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class Command(click.Command):
    """A command. examples: command lines, one a line, shown at the end of its help."""

    def __init__(self, *args: Any, examples: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.params.append(_config_option())

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(formatter, self.examples)
        super().format_epilog(ctx, formatter)


class Group(click.Group):
    """A command with commands of its own."""

    command_class = Command

    def __init__(self, *args: Any, examples: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.params.append(_config_option())

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _write_examples(formatter, self.examples)
        super().format_epilog(ctx, formatter)


class Program(click.Group):
    """The program itself. modules: command -> (module that has it as `command`, short help)."""

    def __init__(self, *args: Any, modules: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.modules = modules
        self.params.append(_config_option("PILLARBOX_CONFIG"))

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(self.modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in self.modules:
            return None
        command: click.Command = importlib.import_module(self.modules[cmd_name][0]).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in self.modules.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        # As written: a command line that is folded cannot be copied.
        if self.epilog:
            formatter.write(f"\n{self.epilog}\n")

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise
        except (MailError, OSError) as exc:
            raise Failure(describe(exc)) from exc


def lang_option(function: F) -> F:
    """Add `--lang`, passed as `lang`: see `language`."""
    return click.option(
        "--lang",
        type=click.Choice(LANGUAGES),
        help="Language of the texts (default: yours; en with --json).",
    )(function)


def language(lang: str | None, *, as_json: bool) -> str:
    """Return the language to write in: as asked, else that of the environment for people."""
    if lang is not None:
        return lang
    if as_json:
        return DEFAULT
    # POSIX: the first that is set decides, also when it is "C".
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    return choose(next((os.environ[name] for name in names if os.environ.get(name)), ""))


def json_option(function: F) -> F:
    """Add `--json`, passed as `as_json`."""
    return click.option("--json", "as_json", is_flag=True, help="Write JSON, for scripts.")(
        function
    )
