"""A large account for benches: letters of nine years, filed straight into the store.

What lies in it is made from the number of the letter alone, so every run works on the same mail.
"""

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from pillarbox import app, foundation
from pillarbox.base.clock import Clock
from pillarbox.config import Settings
from pillarbox.mime.summary import summarise
from pillarbox.store import accounts, messages
from pillarbox.store.mailboxes import Role

ADDRESS, PASSWORD = "user1@example.test", "pw"
START = datetime(2017, 11, 1, 6, tzinfo=UTC)
EVERY = timedelta(minutes=46)  # 100,000 letters are a little less than nine years
BATCH = 250
SYLLABLES = [consonant + vowel for consonant in "bdfklmnrst" for vowel in "aeiou"][:38]
NAMES = ["Ada", "Bela", "Cleo", "Dora", "Emil", "Fritz", "Greta", "Hugo", "Ida", "Jon", "Karin"]


def word(dice: random.Random) -> str:
    """Return a word; short ones come often, as in a language."""
    return "".join(dice.choice(SYLLABLES) for _ in range(dice.choice((1, 2, 2, 3, 4))))


def letter(number: int) -> bytes:
    """Return letter `number`, 2 to 40 KB; every fourth answers the one before, every fifth is HTML.

    Every hundredth is a newsletter of 120 KB.
    """
    dice = random.Random(number)
    subject = " ".join(word(dice) for _ in range(5))
    name = dice.choice(NAMES)
    sent = format_datetime(START + number * EVERY)
    head = [
        f"From: {name} {word(dice).title()} <{name.lower()}@mail{number % 40}.example>",
        f"To: <{ADDRESS}>",
        f"Date: {sent}",
        f"Message-ID: <{number}@bench.example>",
    ]
    if number % 4 == 3:
        subject = f"Re: {letter_subject(number - 1)}"
        head.append(f"In-Reply-To: <{number - 1}@bench.example>")
        head.append(f"References: <{number - 1}@bench.example>")
    head.append(f"Subject: {subject}")
    lines = [" ".join(word(dice) for _ in range(11)) for _ in range(dice.randrange(12, 60))]
    text = "\r\n".join(lines)
    if number % 5:
        return "\r\n".join([*head, "", text, ""]).encode()
    count = 900 if number % 100 == 0 else 20
    cell = '<td style="padding:4px;color:#333;font-family:Arial">'
    rows = "".join(f"<tr>{cell}{lines[n % len(lines)]}</td></tr>\r\n" for n in range(count))
    html = f"<html><body><h1>{subject}</h1><table>{rows}</table></body></html>"
    head += ["MIME-Version: 1.0", "Content-Type: text/html; charset=utf-8"]
    return "\r\n".join([*head, "", html, ""]).encode()


def letter_subject(number: int) -> str:
    """Return the subject of a letter that answers none."""
    dice = random.Random(number)
    return " ".join(word(dice) for _ in range(5))


async def fill(settings: Settings, clock: Clock, count: int, *, archived: int) -> None:
    """Make the store and file letters 0 to count; the oldest `archived` in Archive, read."""
    app.prepare(settings, clock)
    await app.provision(settings)
    db = foundation.open_database(settings, clock)
    await db.open()
    try:
        found = await db.read(accounts.find, ADDRESS)
        assert found is not None
        for first in range(0, count, BATCH):
            numbers = range(first, min(first + BATCH, count))
            octets = [letter(number) for number in numbers]
            summaries = [summarise(one) for one in octets]

            def file(tx, numbers=numbers, summaries=summaries):
                for at, number in enumerate(numbers):
                    received = START + number * EVERY
                    incoming = messages.Incoming(summaries[at], tx.blobs[at], received)
                    role = Role.ARCHIVE if number < archived else Role.INBOX
                    seen = "$seen" if number < count - 500 else ""
                    messages.deliver(tx, found.account_id, role, incoming, seen)

            await db.write(file, blobs=octets)
    finally:
        await db.close()


def settings_file(folder: Path, smtp: int, web: int) -> Path:
    """Write the settings of a server with such an account; return where."""
    path = folder / "pillarbox.toml"
    path.write_text(SETTINGS.format(smtp=smtp, web=web, address=ADDRESS, password=PASSWORD))
    (folder / "zone").write_text("client.example. A 127.0.0.1\n")
    return path


SETTINGS = """
hostname = "mx.example.test"
state = "state"
workers = 2
[dns]
zone = "zone"
[dkim]
algorithms = ["ed25519"]
[logging]
level = "warning"
[[listener]]
protocol = "smtp"
address = "127.0.0.1"
port = {smtp}
tls = "none"
[[listener]]
protocol = "web"
address = "127.0.0.1"
port = {web}
tls = "none"
[provision]
domains = ["example.test"]
accounts = [{{ address = "{address}", password = "{password}" }}]
"""
