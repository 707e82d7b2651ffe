"""`pillarbox send`: write a plain message, by the local store or another server."""

import contextlib
import email.errors
import email.message
import email.policy
import secrets
import smtplib
import ssl
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import click

from pillarbox.base.clock import SystemClock
from pillarbox.cli import terminal, values
from pillarbox.cli.account import read_password
from pillarbox.cli.errors import Failure
from pillarbox.cli.frame import Command, Place, json_option, pass_place

MAX_OCTETS = 25 * 1024 * 1024
PATIENCE_SECONDS = 60.0


@click.command(
    "send",
    cls=Command,
    examples="""
    echo "At one?" | pillarbox send --from anna@a.example --to bert@b.example --subject Lunch
    pillarbox send --from anna@a.example --to bert@b.example --file letter.txt
    pillarbox send --via mail.a.example:587 --user anna@a.example --password-stdin \
    --from anna@a.example --to bert@b.example --file letter.txt < secret
    """,
)
@click.option(
    "--from",
    "author",
    type=values.address,
    required=True,
    help="An account here, or an alias of one.",
)
@click.option(
    "--to", "recipients", type=values.address, required=True, multiple=True, help="May be repeated."
)
@click.option("--subject", default="", metavar="TEXT")
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The text (default: standard input).",
)  # fmt: skip
@click.option("--via", metavar="HOST:PORT", help="Send by this server instead of the local store.")
@click.option("--user", metavar="NAME", help="Sign in as, with --via.")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin, with --via.")
@click.option(
    "--ca", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="FILE",
    help="Certificates of authorities to trust beside the system's, with --via.",
)  # fmt: skip
@json_option
@pass_place
def command(  # noqa: PLR0913 - one for each option
    place: Place,
    *,
    author: str,
    recipients: tuple[str, ...],
    subject: str,
    file: Path | None,
    via: str | None,
    user: str | None,
    password_stdin: bool,
    ca: Path | None,
    as_json: bool,
) -> None:
    """Send a plain text message as an account of this installation.

    It takes the way of every submitted message: it is signed, kept in a trace, delivered
    here or queued. With --via another server is asked by SMTP, with TLS.
    """
    if not via and (user or password_stdin or ca):
        raise click.UsageError("--user, --password-stdin and --ca go with --via")
    if bool(user) is not password_stdin:
        raise click.UsageError("--user and --password-stdin go together")
    if password_stdin and file is None:
        raise click.UsageError("standard input has the password: give the text with --file")
    password = read_password() if password_stdin else ""
    message = compose(author, recipients, subject, _text(file))
    if via:
        answer: dict[str, Any] = _by_smtp(
            via, author, recipients, message, (user or "", password), ca
        )
    else:
        from pillarbox.cli import submit  # noqa: PLC0415 - slow to load

        answer = submit.submit(place.settings(), author, recipients, message)
    if as_json:
        terminal.show_json(answer)
    else:
        terminal.say(f"{answer['code']} {answer['text']}")
    if answer["code"] >= 400:
        raise Failure("the message was not accepted")


def _text(file: Path | None) -> str:
    if file is None:
        octets = terminal.read_stdin(MAX_OCTETS)
    else:
        with file.open("rb") as stream:
            octets = stream.read(MAX_OCTETS + 1)
    where = str(file) if file else "standard input"
    if len(octets) > MAX_OCTETS:
        raise Failure(f"{where}: over {MAX_OCTETS} octets")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as exc:
        raise Failure(f"{where}: the text is not UTF-8 (octet {exc.start})") from exc


def compose(author: str, recipients: tuple[str, ...], subject: str, text: str) -> bytes:
    """Return a plain message with CRLF line ends. Raises Failure for what cannot be sent."""
    plain = all(address.isascii() for address in (author, *recipients))
    # Seven bits go through every server; only addresses can ask for more.
    policy = email.policy.SMTP.clone(cte_type="7bit") if plain else email.policy.SMTPUTF8
    message = email.message.EmailMessage(policy)
    try:
        message["From"] = author
        message["To"] = ", ".join(recipients)
        message["Subject"] = subject
    except (ValueError, email.errors.MessageError) as exc:
        raise Failure(f"--subject: cannot be sent: {exc}") from exc
    message["Date"] = format_datetime(SystemClock().now())
    message["Message-ID"] = f"<{secrets.token_hex(12)}@{author.rpartition('@')[2]}>"
    message.set_content(text.rstrip("\n") + "\n")
    return message.as_bytes()


def _by_smtp(
    via: str,
    author: str,
    recipients: tuple[str, ...],
    message: bytes,
    account: tuple[str, str],
    ca: Path | None,
) -> dict[str, Any]:
    """Send by another server. TLS must hold wherever a password is sent over a network."""
    host, port = _server(via)
    tls = ssl.create_default_context()
    if ca is not None:
        tls.load_verify_locations(ca)
    try:
        client = _connect(host, port, tls)
        try:
            refused = _converse(client, tls, via, (author, recipients, message), account)
        finally:
            # What was answered before counts, whatever the peer says to QUIT.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                client.quit()
            client.close()
    except smtplib.SMTPAuthenticationError as exc:
        raise Failure(f"{via}: the user name or password is wrong ({exc.smtp_code})") from exc
    except smtplib.SMTPResponseException as exc:
        return _answer(exc.smtp_code, exc.smtp_error)
    except smtplib.SMTPRecipientsRefused as exc:
        return _answer(*next(iter(exc.recipients.values())))
    except smtplib.SMTPException as exc:
        raise Failure(f"{via}: {exc}") from exc
    except OSError as exc:
        raise Failure(f"{via}: {exc.strerror or exc}") from exc
    for code, words in refused.values():
        return _answer(code, words)
    return _answer(250, "accepted")


def _converse(
    client: smtplib.SMTP,
    tls: ssl.SSLContext,
    via: str,
    mail: tuple[str, tuple[str, ...], bytes],
    account: tuple[str, str],
) -> dict[str, tuple[int, bytes]]:
    """Secure the connection, sign in, send; return the recipients that were refused."""
    author, recipients, message = mail
    secure = isinstance(client, smtplib.SMTP_SSL)
    if not secure and client.has_extn("starttls"):
        client.starttls(context=tls)
        client.ehlo()
        secure = True
    user, password = account
    if user:
        if not secure and not _is_loopback(via.rpartition(":")[0].strip("[]")):
            raise Failure(f"{via}: offers no TLS, so it gets no password")
        client.login(user, password)
    options = []
    if not message.isascii():
        if not client.has_extn("smtputf8"):
            raise Failure(f"{via}: takes no addresses outside of ASCII (SMTPUTF8)")
        options = ["BODY=8BITMIME", "SMTPUTF8"]
    return client.sendmail(author, recipients, message, mail_options=options)


def _connect(host: str, port: int, tls: ssl.SSLContext) -> smtplib.SMTP:
    if port == 465:
        client: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=PATIENCE_SECONDS, context=tls)
    else:
        client = smtplib.SMTP(host, port, timeout=PATIENCE_SECONDS)
    client.ehlo()
    return client


def _answer(code: int, words: bytes | str) -> dict[str, Any]:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return {"code": code, "text": terminal.clean(text), "trace": ""}


def _server(via: str) -> tuple[str, int]:
    host, colon, port = via.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise click.BadParameter(f"{via!r} is not HOST:PORT", param_hint="--via")
    return host, int(port)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
