"""`pillarbox verify FILE.eml`: judge a message on disk, and explain."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import click

from pillarbox import foundation
from pillarbox.base.clock import Clock, SystemClock
from pillarbox.cli import judged, story, terminal, values
from pillarbox.cli.errors import Failure
from pillarbox.cli.frame import (
    Command,
    Place,
    json_option,
    lang_option,
    language,
    pass_place,
)
from pillarbox.cli.judged import Envelope, Verified
from pillarbox.config import Settings
from pillarbox.dns.resolver import Resolver
from pillarbox.dns.zone import Zones
from pillarbox.mime.header import parse_header
from pillarbox.trace import causes

MAX_OCTETS = 100 * 1024 * 1024


@click.command(
    "verify",
    cls=Command,
    examples="""
    pillarbox verify message.eml
    pillarbox verify message.eml --ip 192.0.2.7 --helo mx.example.org --from anna@example.org
    pillarbox verify message.eml --ip 192.0.2.7 --zone example.zone --at 1767225600 --json
    pillarbox verify - -vv < message.eml
    """,
)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option(
    "--ip",
    type=values.ip,
    metavar="IP",
    help="The client's address; without it SPF is not checked.",
)
@click.option("--helo", metavar="NAME", help="How the client greeted (default: its address).")
@click.option(
    "--from", "sender", metavar="ADDRESS",
    help="The envelope's sender, <> for the null one (default: Return-Path, else From).",
)  # fmt: skip
@click.option(
    "--at", type=click.FloatRange(0, 253402300799), metavar="UNIXTIME",
    help="Judge as at this time (default: now).",
)  # fmt: skip
@click.option(
    "--zone",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Take DNS answers from a zone file instead of asking.",
)
@click.option("--hostname", metavar="NAME", help="Our name, for explanations.")
@click.option("-v", "--verbose", "detail", count=True, help="Explain; -vv: show the evidence.")
@lang_option
@json_option
@pass_place
def command(  # noqa: PLR0913 - one for each option
    place: Place,
    file: str,
    *,
    ip: str | None,
    helo: str | None,
    sender: str | None,
    at: float | None,
    zone: Path | None,
    hostname: str | None,
    detail: int,
    lang: str | None,
    as_json: bool,
) -> None:
    """Judge the message in FILE (- is standard input): SPF, DKIM, DMARC, ARC.

    No settings file is needed. Exits 0 whatever the verdict is, 1 if it cannot be judged.
    """
    message, changed = judged.with_crlf(read_message(file))
    if changed:
        terminal.note("The file has bare LF line ends; it is judged with CRLF, as it was sent.")
    settings = place.settings_or_none() or Settings(hostname="localhost", listener=())
    clock: Clock = SystemClock() if at is None else _At(at)
    if sender is None:
        sender = judged.sender_of(parse_header(message))
        if ip:
            terminal.note(f"No --from: the envelope's sender is taken to be <{sender}>.")
    envelope = Envelope(ip or "", helo or (f"[{ip}]" if ip else ""), sender.strip().strip("<>"))

    async def judge() -> Verified:
        resolver = _resolver(settings, zone, clock)
        name = hostname or settings.hostname
        return await judged.verify(
            message, envelope, resolver=resolver, hostname=name, now=clock.now()
        )

    found = asyncio.run(judge())
    spoken = language(lang, as_json=as_json)
    if as_json:
        terminal.show_json(judged.as_json(found, spoken))
        return
    story.show(found.trace, detail, spoken)
    for outcome, finding in zip(found.results.dkim, found.findings, strict=True):
        if finding is not None:
            why = causes.explain(finding.cause.value, finding.params, finding.where, spoken)
            sure = f"{round(finding.confidence * 100)} % sure"
            terminal.say(f"The signature of {outcome.domain or '?'} fails: {why} {sure}.")
            for each in finding.also:
                why = causes.explain(each.cause.value, each.params, each.where, spoken)
                terminal.say(f"And: {why}")
    if found.arc.sets or found.arc.reason:
        sealers = ", ".join(f"{one.instance} {one.domain}" for one in found.arc.sets)
        terminal.say(f"ARC chain: {found.arc.cv.value} ({sealers or found.arc.reason}).")
    if not ip:
        terminal.note("No --ip: SPF was not checked.")


class _At:
    """A clock that stands still at the time that was asked for."""

    def __init__(self, seconds: float) -> None:
        self._now = datetime.fromtimestamp(seconds, UTC)
        self.monotonic = SystemClock().monotonic

    def now(self) -> datetime:
        return self._now


def _resolver(settings: Settings, zone: Path | None, clock: Clock) -> Resolver:
    if zone is not None:
        return Zones.load(zone, clock)

    return foundation.resolver(settings, clock)


def read_message(file: str) -> bytes:
    """Return the octets of a file, "-" for standard input. Raises Failure, OSError."""
    if file == "-":
        message = terminal.read_stdin(MAX_OCTETS)
    else:
        with Path(file).open("rb") as stream:
            message = stream.read(MAX_OCTETS + 1)
    if not message:
        raise Failure(f"{file}: there is no message")
    if len(message) > MAX_OCTETS:
        raise Failure(f"{file}: over {MAX_OCTETS} octets")
    return message
