"""`pillarbox sign FILE.eml`: sign or seal a message on disk, with a key in a file."""

import asyncio
import base64
import binascii
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import click

from pillarbox.base.clock import SystemClock
from pillarbox.base.errors import Invalid
from pillarbox.cli import judged
from pillarbox.cli.errors import Failure
from pillarbox.cli.frame import Command, Place, pass_place
from pillarbox.cli.terminal import note
from pillarbox.cli.verify import read_message
from pillarbox.config import Settings
from pillarbox.dns.resolver import Resolver
from pillarbox.dns.zone import Zones
from pillarbox.mailauth import arc, arc_sign, dkim_sign
from pillarbox.mailauth.arc import ChainStatus
from pillarbox.mailauth.dkim_sign import SigningKey

MAX_KEY_OCTETS: Final = 64 * 1024


@click.command(
    "sign",
    cls=Command,
    examples="""
    pillarbox sign message.eml --domain example.org --selector 2026a --key dkim.pem > signed.eml
    pillarbox sign - --domain example.org --selector s --key k.pem --headers From:To < mail.eml
    pillarbox sign list.eml --arc --domain lists.example --selector s --key dkim.pem
    """,
)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True))
@click.option("--domain", required=True, metavar="DOMAIN", help="Who signs (d=).")
@click.option("--selector", required=True, metavar="NAME", help="Which key (s=).")
@click.option(
    "--key", "key_file", required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="The private key: PEM (RSA or Ed25519), or the 32 octets of an Ed25519 key in base64.",
)  # fmt: skip
@click.option(
    "--headers",
    metavar="A:B",
    help="Which fields are signed (default: all that matter); with --arc, h= just as given.",
)
@click.option(
    "--canonicalisation", "--canonicalization", default="relaxed/relaxed", show_default=True,
    metavar="HEADER/BODY", help="simple or relaxed, for each; a seal is always relaxed.",
)  # fmt: skip
@click.option("--identity", metavar="ADDRESS", help="Whose mail it is (i=), such as @a.example.")
@click.option(
    "--expires", type=click.IntRange(1, 10**9), metavar="SECONDS",
    help="How long the signature is good (default: without end).",
)  # fmt: skip
@click.option("--arc", "sealing", is_flag=True, help="Add an ARC set in place of a signature.")
@click.option(
    "--authserv-id", default="", metavar="NAME",
    help="With --arc: whose Authentication-Results are sealed (default: the topmost).",
)  # fmt: skip
@click.option(
    "--cv", type=click.Choice([status.value for status in ChainStatus]),
    help="With --arc: the chain as it came (default: from arc= in the results, else checked).",
)  # fmt: skip
@click.option(
    "--zone", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="With --arc: take DNS answers from a zone file instead of asking.",
)  # fmt: skip
@click.option(
    "--at", type=click.FloatRange(0, 253402300799), metavar="UNIXTIME",
    help="Sign as at this time (default: now).",
)  # fmt: skip
@pass_place
def command(  # noqa: PLR0913 - one for each option
    place: Place,
    file: str,
    *,
    domain: str,
    selector: str,
    key_file: Path,
    headers: str | None,
    canonicalisation: str,
    identity: str | None,
    expires: int | None,
    sealing: bool,
    authserv_id: str,
    cv: str | None,
    zone: Path | None,
    at: float | None,
) -> None:
    """Print the message in FILE (- is standard input) with a signature, or a seal, on top.

    Line ends become CRLF, as they are sent. No settings file is needed.
    """
    message, _ = judged.with_crlf(read_message(file))
    now = SystemClock().now() if at is None else datetime.fromtimestamp(at, UTC)
    key = read_key(key_file)
    names = [name.strip() for name in headers.split(":") if name.strip()] if headers else None
    if sealing:
        if left_out := arc_sign.forbidden(names or ()):
            note(f"left out of h=: {', '.join(left_out)} (RFC 8617 §4.1.2 forbids it there)")
        results, found = arc_sign.collect_results(message, authserv_id)
        status = ChainStatus(cv) if cv else found
        if status is None:
            status = asyncio.run(_validate(place, message, zone, now))
        fields = arc_sign.seal(
            message, key, domain=domain, selector=selector, cv=status, now=now,
            authres=results or f"{authserv_id or domain}; none".encode(),
            headers=names,
        )  # fmt: skip
    else:
        fields = dkim_sign.sign(
            message, key, domain=domain, selector=selector, now=now,
            headers=names or dkim_sign.DEFAULT_HEADERS,
            oversign=() if names else dkim_sign.OVERSIGNED,
            canonicalisation=canonicalisation, identity=identity,
            expires=now + timedelta(seconds=expires) if expires else None,
        )  # fmt: skip
    sys.stdout.buffer.write(fields + message)


async def _validate(place: Place, message: bytes, zone: Path | None, now: datetime) -> ChainStatus:
    resolver: Resolver
    if zone is not None:
        resolver = Zones.load(zone, SystemClock())
    else:
        from pillarbox import foundation  # noqa: PLC0415 - slow to load

        settings = place.settings_or_none() or Settings(hostname="localhost", listener=())
        resolver = foundation.resolver(settings, SystemClock())
    outcome = await arc.validate(message, resolver, now)
    if outcome.temporary:
        raise Failure("a key of the chain cannot be fetched now; --cv says what to seal")
    return outcome.cv


def read_key(path: Path) -> SigningKey:
    """Read a private key: PEM, or an Ed25519 key in base64 (RFC 8463 §A.2).

    Raises Failure, naming the file.
    """
    with path.open("rb") as stream:
        octets = stream.read(MAX_KEY_OCTETS)
    try:
        if b"-----BEGIN" in octets:
            return SigningKey.load(octets)
        return SigningKey.from_seed(base64.b64decode(octets.strip(), validate=True))
    except binascii.Error:
        detail = "not a private key"
    except Invalid as exc:
        detail = str(exc)
    raise Failure(f"{path}: {detail}; give PEM, or an Ed25519 key in base64")
