"""`pillarbox lab`: three mail domains on one machine, and scenes to play."""

from pathlib import Path

import click

from pillarbox.cli.frame import Group, json_option

STATE = Path("lab-state")


@click.group(
    "lab",
    cls=Group,
    invoke_without_command=True,
    examples="""
    pillarbox lab
    pillarbox lab --reset
    pillarbox lab play forwarded
    pillarbox lab --once --json
    """,
)
@click.option("--reset", is_flag=True, help="Forget everything and begin anew.")
@click.option("--once", is_flag=True, help="Play every scene, print the verdicts, end.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8025, show_default=True, metavar="N",
    help="Where the page is: http://127.0.0.1:N/.",
)  # fmt: skip
@click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    default=STATE,
    show_default=True,
    metavar="DIR",
    help="Where the lab keeps its mail and keys.",
)
@click.option(
    "--network", type=click.IntRange(1, 254), default=10, show_default=True, metavar="N",
    help="Hosts get addresses in 127.N.0.0/16.",
)  # fmt: skip
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    *,
    reset: bool,
    once: bool,
    port: int,
    state: Path,
    network: int,
    as_json: bool,
) -> None:
    """Run a mail world on this machine: three domains with their servers, DNS and CA.

    No root is needed, and nothing leaves the machine. A page shows the domains, plays
    scenes ("Alice writes to Bob", a forgery, a forwarded message) and tells what happened.

    With --once it exits 0 only if each scene came out as it must.
    """
    options = {
        "reset": reset,
        "once": once,
        "as_json": as_json,
        "port": port,
        "network": network,
    }
    ctx.meta["lab"] = (state, options)
    if ctx.invoked_subcommand is None:
        _run(ctx, None)


@command.command(
    "play",
    examples="""
    pillarbox lab play forwarded
    pillarbox lab play --json spoofed
    """,
)
@click.argument("name")
@json_option
@click.pass_context
def play(ctx: click.Context, name: str, *, as_json: bool) -> None:
    """Play the scene NAME, show what happened on both sides, and end."""
    ctx.meta["lab"][1]["as_json"] |= as_json
    _run(ctx, name)


def _run(ctx: click.Context, name: str | None) -> None:
    from pillarbox.lab import run  # noqa: PLC0415 - slow to load

    state, options = ctx.meta["lab"]
    ctx.exit(run.main(state, play=name, **options))
