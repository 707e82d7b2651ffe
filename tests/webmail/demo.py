"""A mailbox as people have it, to look at: letters that come in over SMTP and are checked."""

from typing import Any

HTML = """<html><body style="font-family:sans-serif"><h2>Spring catalogue</h2>
<p>Dear <b>Ann</b>, the seeds you asked for are <a href="https://shop.proven.example/seeds">here</a>.
</p><table><tr><td>Peas</td><td>2.40</td></tr><tr><td>Beans</td><td>3.10</td></tr></table>
<img src="https://shop.proven.example/pixel.png" width="1" height="1" alt=""></body></html>"""
PLAIN = """Hello Ann,

shall we meet on Thursday at the greenhouse? I bring the plans; they are attached, too.

> I could come at ten.
> Would that suit you?

Ten is fine.

Bob
"""


def letter(name, address, subject, text, number, *, html="", files=(), fields=()):
    """Return a letter to Ann. files: (name, type, octets). number: makes its Message-ID."""
    lines = [
        f"From: {name} <{address}>",
        "To: Ann Meadow <ann@example.test>",
        f"Subject: {subject}",
        f"Date: Sun, 1 Mar 2026 0{number % 10}:1{number % 6}:00 +0000",
        f"Message-ID: <{number}@{address.partition('@')[2]}>",
        *fields,
        'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="cut"',
        "",
        "--cut",
        'Content-Type: multipart/alternative; boundary="two"\r\n',
        "--two\r\nContent-Type: text/plain; charset=utf-8\r\n",
        text,
    ]
    if html:
        lines += ["--two\r\nContent-Type: text/html; charset=utf-8\r\n", html]
    lines += ["--two--"]
    whole = "\r\n".join(lines).replace("\r\n", "\n").replace("\n", "\r\n").encode()
    for named, kind, octets in files:
        head = f'\r\n--cut\r\nContent-Type: {kind}; name="{named}"\r\n'
        head += f'Content-Disposition: attachment; filename="{named}"\r\n\r\n'
        whole += head.encode() + octets
    return whole + b"\r\n--cut--\r\n"


# (name, local part and domain, subject, text, more of `letter`), oldest first.
WRITTEN: list[tuple[str, str, str, str, dict[str, Any]]] = [
    ("Library", "desk@proven.example", "Two books are due on Friday",
     "You can keep them for another week: answer this letter.", {}),
    ("Choir", "choir@proven.example", "Rehearsal moves to Tuesday",
     "The hall is taken on Monday. Same time, same place, a day later.", {}),
    ("Your Bank", "eve@odd.example", "Your account is blocked", "Sign in at once.", {}),
    ("Garden Shop", "news@proven.example", "Spring catalogue", "Dear Ann, the seeds are here.",
     {"html": HTML}),
    ("Paul Ferry", "paul@quarantined.example", "An offer", "Only today.", {}),
    ("Olga Brook", "olga@proven.example", "The key is under the pot",
     "Water the tomatoes, please. Back on Sunday.", {}),
    ("Tim Fielding", "tim@proven.example", "Pictures of Sunday", "Look at these!",
     {"files": [("sunday.txt", "text/plain", b"A fine day.\r\n")]}),
    ("Ledger", "bills@proven.example", "Invoice 2041", "Payable within thirty days.",
     {"files": [("2041.txt", "text/plain", b"Seeds 14.20\r\n")]}),
    ("Mira Sandström", "mira@proven.example", "Minutes of the meeting",
     "As we said: the gate is painted in May, and Jon brings the ladder.", {}),
    ("Bob Orchard", "bob@proven.example", "Thursday", PLAIN,
     {"files": [("plan.txt", "text/plain", b"North bed: peas\r\n")]}),
]  # fmt: skip
LETTERS = [
    (address, letter(name, address, subject, text, number, **more))
    for number, (name, address, subject, text, more) in enumerate(WRITTEN)
]
JUNK = 2
FORGED = (
    "ceo@forged.example",
    letter("The Boss", "ceo@forged.example", "Pay this", "Now.", len(WRITTEN)),
)


async def fill(office):
    """Let the letters come; one is refused."""
    for sender, octets in LETTERS:
        assert await office.post(sender, octets) is None
        office.clock.advance(600)
    sender, octets = FORGED
    assert await office.post(sender, octets) == 550
