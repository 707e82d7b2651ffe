"""What is written for people, and for scripts.

Everything that came from outside (subjects, addresses, replies) goes through `clean`:
terminals obey control characters. Colour and wrapping are for terminals only; a pipe gets
whole lines. rich is imported when the first table is drawn, because it is slow to load.
"""

import datetime as dt
import json
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from rich.console import Console

PIPE_COLUMNS: Final = 10_000  # nothing is folded or cut for a script
PROSE_COLUMNS: Final = 100

COLOURS: Final = {
    "proven": "green",
    "via": "green",
    "unproven": "yellow",
    "misfit": "dark_orange",
    "forged": "red",
    "ok": "green",
    "missing": "red",
    "wrong": "red",
    "unknown": "yellow",
}


def clean(text: str) -> str:
    """Return `text` without anything that a terminal would obey or that ends the line."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def time(moment: dt.datetime | None) -> str:
    """Return a time to the second in UTC, "" for None."""
    return "" if moment is None else moment.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def octets(count: int) -> str:
    """Return a size in words: "3.2 MiB"."""
    if count < 1024:
        return f"{count} B"
    power = min(count.bit_length() - 1, 59) // 10
    return f"{count / 1024**power:.1f} {'KMGTP'[power - 1]}iB"


def read_stdin(max_octets: int) -> bytes:
    """Return standard input, up to `max_octets` and one more."""
    return sys.stdin.buffer.read(max_octets + 1)


def iso(moment: dt.datetime | None) -> str | None:
    """Return a time for `--json`: ISO 8601, UTC; null for None."""
    return None if moment is None else moment.astimezone(dt.UTC).isoformat()


def show_json(value: Any) -> None:
    """Write JSON in ASCII: it passes every pipe, and no terminal obeys it."""
    click.echo(json.dumps(value, indent=2))


def say(text: str) -> None:
    """Write one line of result."""
    click.echo(clean(text))


def note(text: str) -> None:
    """Write one line beside the result, to standard error."""
    click.echo(clean(text), err=True)


def console(*, prose: bool = False, error: bool = False) -> "Console":
    """Return where rich text goes. prose: fold long lines also where no terminal is."""
    from rich.console import Console  # noqa: PLC0415 - slow to load

    file = sys.stderr if error else sys.stdout
    if file.isatty():
        return Console(file=file, highlight=False)
    width = PROSE_COLUMNS if prose else PIPE_COLUMNS
    return Console(file=file, highlight=False, width=width, color_system=None)


def table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()
) -> None:
    """Write a table. right: the columns of numbers. Cells may be named as in COLOURS."""
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for number, header in enumerate(headers):
        shown.add_column(header, justify="right" if number in right else "left", overflow="fold")
    for row in rows:
        cells = [clean(cell) for cell in row]
        shown.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in cells))
    out = console()
    if out.is_terminal:
        out.print(shown)
        return
    with out.capture() as captured:
        out.print(shown)
    click.echo("\n".join(line.rstrip() for line in captured.get().splitlines()))
