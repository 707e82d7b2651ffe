"""The scenes of the lab: one actor writes to another, and strangers try their luck.

Those in which somebody passes mail on are in `scenes_passed_on.py`, those of encryption between
servers in `scenes_encrypted.py`.
"""

from collections.abc import Callable
from typing import Final

from pillarbox.lab.scene import Mail, Scene, Stage, body, needs
from pillarbox.lab.scenes_encrypted import ENCRYPTED
from pillarbox.lab.scenes_passed_on import PASSED_ON
from pillarbox.lab.scenes_tester import TESTED
from pillarbox.trace.step import Trace


def _alice_writes_to_bob(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail(
        "alice@alpha.test",
        "bob@beta.test",
        "Lunch on Friday?",
        body("Hi Bob,", "", "shall we try the new place at the harbour?", "", "Alice"),
    )
    message_id = stage.submit(mail)
    there = stage.await_trace("beta.test", message_id)
    return [("alpha.test", stage.await_trace("alpha.test", message_id)), ("beta.test", there)]


def _injected(
    author: str, subject: str, *lines: str, sender: str = "", refused: bool = False
) -> Callable[[Stage], list[tuple[str, Trace]]]:
    """Return the play in which the stranger delivers to Bob in somebody's name."""

    def play(stage: Stage) -> list[tuple[str, Trace]]:
        mail = Mail(author, "bob@beta.test", subject, body(*lines), sender)
        message_id, _ = stage.inject(mail, host=66, helo="dialup-66.cheap.test")
        return [("beta.test", stage.await_trace("beta.test", message_id, refused=refused))]

    return play


def _altered(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail(
        "carol@gamma.test",
        "bob@beta.test",
        "Invoice 4711",
        body("Please pay to account 12345.", "", "Carol"),
    )
    signed = stage.intercept(mail)
    changed = signed.replace(b"account 12345", b"account 99999")
    message_id, _ = stage.inject_raw(
        changed, sender="carol@gamma.test", to="bob@beta.test", host=67, helo="gateway.cheap.test"
    )
    return [("beta.test", stage.await_trace("beta.test", message_id))]


def _two_authors(stage: Stage) -> list[tuple[str, Trace]]:
    message = (
        b"From: Alice <alice@alpha.test>, Tim <tim@cheap.test>\r\nTo: bob@beta.test\r\n"
        b"Subject: From both of us\r\nMessage-ID: <{id}>\r\n\r\nHello!\r\n"
    )
    message_id, _ = stage.inject_raw(
        message, sender="tim@cheap.test", to="bob@beta.test", host=66, helo="dialup-66.cheap.test"
    )
    return [("beta.test", stage.await_trace("beta.test", message_id, refused=True))]


def _unknown(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail("info@soft.test", "nobody@beta.test", "Hello?", body("Is anybody there?"))
    stage.inject(mail, host=66, helo="mail.soft.test")
    return [("beta.test", stage.await_refused("beta.test", recipient="nobody@beta.test"))]


def _smuggled(stage: Stage) -> list[tuple[str, Trace]]:
    sender = "two-in-one@soft.test"
    message = (
        b"From: two-in-one@soft.test\r\nTo: bob@beta.test\r\nSubject: Two in one\r\n"
        b"Message-ID: <{id}>\r\n\r\nfirst\n.\nMAIL FROM:<alice@alpha.test>\r\n"
    )
    stage.inject_raw(message, sender=sender, to="bob@beta.test", host=66, helo="mail.soft.test")
    return [("beta.test", stage.await_refused("beta.test", sender=sender))]


SCENES: Final = (
    Scene(
        "all-pass",
        "Alice writes to Bob",
        "Alice signs in at her own server and sends a message. It is signed, goes encrypted "
        "to Bob's server, and every check passes.",
        "proven, delivered",
        _alice_writes_to_bob,
        needs(spf="pass", dkim="pass", dmarc="pass"),
    ),
    Scene(
        "spoofed",
        "A stranger pretends to be Alice",
        "A server on the other side of town writes in Alice's name. Nothing proves it, and "
        "alpha.test asks to refuse such mail: it is refused in the session.",
        "forged, refused",
        _injected(
            "alice@alpha.test",
            "Urgent: please pay",
            "Bob, pay this at once.",
            sender="billing@cheap.test",
            refused=True,
        ),
        needs(spf="pass", dkim="none", dmarc="fail", decision="refuse"),
    ),
    Scene(
        "hard-fail",
        "-all: nobody else may send",
        "hard.test lists its servers and ends with -all. Another server sends in its name; "
        "there is no signature that could explain it.",
        "misfit, junked",
        _injected("info@hard.test", "Our new prices", "See our offers."),
        needs(spf="fail", dkim="none", dmarc="none"),
    ),
    Scene(
        "soft-fail",
        "~all: probably not",
        "soft.test ends its list with ~all: others are probably not allowed, but do not "
        "refuse for that. So nobody can tell.",
        "unproven, delivered",
        _injected("info@soft.test", "Club meeting", "We meet on Monday."),
        needs(spf="softfail", dkim="none", dmarc="none"),
    ),
    Scene(
        "neutral",
        "?all: no statement",
        "open.test ends its list with ?all, which says nothing about other servers.",
        "unproven, delivered",
        _injected("info@open.test", "Newsletter", "All the news."),
        needs(spf="neutral", dkim="none", dmarc="none"),
    ),
    Scene(
        "no-records",
        "Nothing published",
        "bare.test publishes nothing that could be checked. Anybody could use its name.",
        "unproven, delivered",
        _injected("tim@bare.test", "Photos", "Here are the photos."),
        needs(spf="none", dkim="none", dmarc="none"),
    ),
    Scene(
        "altered",
        "Changed in transit",
        "Carol's signed invoice passes a gateway that changes the account number. The "
        "signature no longer fits the text.",
        "misfit, junked",
        _altered,
        needs(spf="neutral", dkim="fail.body_hash", dmarc="fail"),
    ),
    Scene(
        "never-sends",
        "A domain that never sends",
        "parked.test publishes v=spf1 -all and nothing else: it never sends mail.",
        "forged, refused",
        _injected("shop@parked.test", "You won", "Click here.", refused=True),
        needs(spf="fail", dkim="none", decision="refuse"),
    ),
    Scene(
        "unknown-recipient",
        "No such mailbox",
        "Somebody writes to a name that does not exist at beta.test. The server says so at "
        "once, and keeps a note.",
        "refused",
        _unknown,
    ),
    Scene(
        "smuggled",
        "Two messages in one",
        "A sender hides a second message behind a lone line feed. Some servers would deliver "
        "both; this one refuses and hangs up.",
        "refused",
        _smuggled,
    ),
    Scene(
        "two-authors",
        "Two people in one From",
        "A stranger writes two addresses into From, of different domains. Mail programs show "
        "one of them, and checks could be about the other: it is refused.",
        "misfit, refused",
        _two_authors,
        needs(decision="refuse"),
    ),
    *PASSED_ON,
    *ENCRYPTED,
    *TESTED,
)


def find(name: str) -> Scene | None:
    """Return a scene by its name."""
    return next((scene for scene in SCENES if scene.name == name), None)
