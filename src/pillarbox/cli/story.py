"""A trace as a person reads it in a terminal, at three levels of detail."""

import click

from pillarbox.cli import terminal
from pillarbox.trace import view, words
from pillarbox.trace.catalogue import DEFAULT
from pillarbox.trace.step import Trace
from pillarbox.trace.view import Earlier, Line


def show(
    trace: Trace, detail: int, language: str = DEFAULT, earlier: Earlier | None = None
) -> None:
    """Write the story. detail: 0 sentences, 1 with explanations, 2 with the evidence."""
    told = view.story(trace, language, earlier)
    started = f"{terminal.time(told.lines[0].at)}  " if told.lines else ""
    click.secho(terminal.clean(f"{started}{told.title}"), bold=True)
    if trace.subject:
        _prose(words.text("subject", {"subject": trace.subject}, language), 0)
    if told.verdict_sentence:
        _prose(f"{told.mark} {told.verdict_sentence}", 0, terminal.COLOURS.get(told.verdict, ""))
    if trace.action:
        _prose(f"{told.action}.", 0)
    if told.earlier:
        _prose(told.earlier, 0)
    if told.advice:
        _prose(told.advice, 0)
    for number, line in enumerate(told.lines, 1):
        _show_line(number, line, detail)


def _show_line(number: int, line: Line, detail: int) -> None:
    says = f"{line.says} " if line.says else ""
    _prose(f"{number:>3}. {says}{line.sentence}", 5, first=0)
    if detail >= 1:
        _prose(line.explanation, 7, "dim")
    if detail >= 2:
        for text in line.evidence.splitlines():
            click.echo(f"{'':9}{terminal.clean(text)}")


def _prose(text: str, indent: int, style: str = "", *, first: int | None = None) -> None:
    """Write a paragraph, folded to the terminal, its lines after the first indented."""
    from rich.padding import Padding  # noqa: PLC0415 - slow to load
    from rich.text import Text  # noqa: PLC0415

    out = terminal.console(prose=True)
    if first is None:
        out.print(Padding(Text(terminal.clean(text), style=style), (0, 0, 0, indent)))
        return
    lines = Text(terminal.clean(text), style=style).wrap(out, max(20, out.width - indent))
    for number, part in enumerate(lines):
        out.print(Padding(part, (0, 0, 0, indent if number else first)))
