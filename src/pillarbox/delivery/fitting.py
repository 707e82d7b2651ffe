"""A message as one server can take it: what it does not offer, and what is done about that."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from pillarbox.delivery.content import Content
from pillarbox.delivery.remote import Session
from pillarbox.delivery.result import Result, found
from pillarbox.smtp.outgoing import Mail, Obstacle
from pillarbox.store.queue import Recipient

_MEGA: Final = 1_000_000

_OBSTACLES: Final = {
    Obstacle.EIGHT_BIT: ("5.6.3", "{host} takes no 8-bit text, and the message has some"),
    Obstacle.BINARY: ("5.6.3", "{host} takes no binary messages"),
    Obstacle.UTF8: ("5.6.7", "{host} takes no addresses or header lines beyond ASCII"),
    Obstacle.REQUIRE_TLS: ("5.7.30", "{host} does not promise encryption all the way"),
}


async def fit(
    session: Session,
    mail: Mail,
    recipients: Sequence[Recipient],
    content: Content,
    refused: list[Result],
) -> tuple[Mail, Sequence[Recipient], Content] | None:
    """Return transaction and content as this server can take them, or None if it cannot.

    What is declared is not always needed: only a real obstacle counts. Recipients that alone
    are in the way are refused alone.
    """
    host, ip = session.seen.host, session.seen.ip
    while (obstacle := session.obstacle(mail)) is not None:
        if obstacle is Obstacle.UTF8:
            if mail.smtputf8 and (await content.header()).isascii():
                mail = replace(mail, smtputf8=False)
                continue
            plain = [r.address.localpart.isascii() for r in mail.recipients]
            sender_plain = mail.sender is None or mail.sender.localpart.isascii()
            if sender_plain and not mail.smtputf8 and any(plain) and not all(plain):
                enhanced, text = _OBSTACLES[obstacle]
                odd = (r for r, ok in zip(recipients, plain, strict=True) if not ok)
                refused += (found(r, enhanced, text.format(host=host), host, ip) for r in odd)
                recipients = [r for r, ok in zip(recipients, plain, strict=True) if ok]
                kept = (r for r, ok in zip(mail.recipients, plain, strict=True) if ok)
                mail = replace(mail, recipients=tuple(kept))
                continue
        if obstacle in {Obstacle.EIGHT_BIT, Obstacle.BINARY}:
            needed = await _needed_body(content, obstacle)
            if needed != mail.body:
                mail = replace(mail, body=needed)
                continue
            rewritten = await content.seven_bit() if obstacle is Obstacle.EIGHT_BIT else None
            if rewritten is not None:
                content, octets = rewritten
                mail = replace(mail, body="7BIT", size=octets)
                continue
        if obstacle is Obstacle.TOO_LARGE:
            enhanced = "5.3.4"
            text = (
                f"The message has {mail.size / _MEGA:.1f} MB, "
                f"{host} takes {session.max_octets / _MEGA:.1f} MB"
            )
        else:
            enhanced, text = _OBSTACLES[obstacle]
        refused += (found(r, enhanced, text.format(host=host), host, ip) for r in recipients)
        return None
    return mail, recipients, content


async def _needed_body(content: Content, obstacle: Obstacle) -> str:
    """Return the least that a server must offer for the message."""
    scan = await content.scan()
    if obstacle is Obstacle.BINARY and (scan.nul or scan.bare_newline):
        return "BINARYMIME"
    return "8BITMIME" if scan.eight_bit else "7BIT"
