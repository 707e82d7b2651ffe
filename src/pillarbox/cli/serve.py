"""`pillarbox serve`: the server, until SIGTERM."""

import click

from pillarbox.cli.frame import Command, Place, pass_place


@click.command(
    "serve",
    cls=Command,
    examples="""
    pillarbox serve
    pillarbox serve --config /etc/pillarbox/pillarbox.toml
    """,
)
@pass_place
@click.pass_context
def command(ctx: click.Context, place: Place) -> None:
    """Run the server until SIGTERM or SIGINT. SIGHUP replaces the workers one by one.

    Wrong settings end it at once, with file, key and reason.
    """
    path = place.file()
    place.settings()
    from pillarbox import app  # noqa: PLC0415 - slow to load

    ctx.exit(app.serve(path))
