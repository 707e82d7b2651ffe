"""The scenes: small plays in which mail goes right or wrong, and what must come out.

Each scene acts over real SMTP, as others would, then finds the trace that the receiving
server kept, and compares verdict and action with what it expects. The same scenes are the
demo, the tutorial and the integration test.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Protocol

from pillarbox.trace.step import Trace


@dataclass(frozen=True, slots=True)
class Mail:
    """A message to play with. sender: the reverse-path, "" = the author's address."""

    author: str
    to: str
    subject: str
    text: str
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """How the server answered the last step: "250", "550", ... and its words."""

    code: int
    text: str


class Stage(Protocol):
    """What a scene can do. Message-IDs are made by the stage and returned."""

    def submit(self, mail: Mail) -> str:
        """Send as the author, signed in at the author's own server; return the Message-ID."""
        ...

    def inject(self, mail: Mail, *, host: int, helo: str) -> tuple[str, Said]:
        """Deliver straight to the recipient's server from another host of the lab."""
        ...

    def intercept(self, mail: Mail) -> bytes:
        """Return a message of a lab domain as it leaves its server: signed."""
        ...

    def inject_raw(
        self, message: bytes, *, sender: str, to: str, host: int, helo: str
    ) -> tuple[str, Said]:
        """Deliver ready octets straight to the recipient's server."""
        ...

    def await_trace(self, domain: str, message_id: str, *, refused: bool = False) -> Trace:
        """Return the trace that a domain's server keeps of a message. Raises TimeoutError."""
        ...

    def await_refused(self, domain: str, *, sender: str = "", recipient: str = "") -> Trace:
        """Return the latest trace of what was refused before a message was read."""
        ...


@dataclass(slots=True)
class Result:
    """How a scene came out. verdict and expected: "proven, delivered" and the like."""

    name: str
    expected: str
    verdict: str
    traces: list[tuple[str, Trace]] = field(default_factory=list)
    problem: str = ""

    @property
    def ok(self) -> bool:
        """True when it came out as it must."""
        return self.verdict == self.expected and not self.problem


@dataclass(frozen=True, slots=True)
class Scene:
    """One play. name: for the command line. title, story: for people.

    expected: "VERDICT, ACTION" at the receiving server. also: checks beyond that; returns
    what is wrong, or "".
    """

    name: str
    title: str
    story: str
    expected: str
    play: Callable[[Stage], list[tuple[str, Trace]]]
    also: Callable[[Trace], str] = lambda _: ""


def perform(scene: Scene, stage: Stage) -> Result:
    """Play a scene and compare. Never raises: what goes wrong is in `problem`."""
    try:
        traces = scene.play(stage)
    except (OSError, TimeoutError) as exc:
        return Result(scene.name, scene.expected, "", problem=f"{type(exc).__name__}: {exc}")
    last = traces[-1][1]
    verdict = ", ".join(word for word in (last.verdict, last.action) if word)
    return Result(scene.name, scene.expected, verdict, traces, scene.also(last))


def result_of(trace: Trace, check: str) -> str:
    """Return the result of a check in a trace: "pass", "fail.body_hash", ... or ""."""
    for step in trace.steps:
        if step.key.startswith(check + "."):
            return step.key.removeprefix(check + ".")
    return ""


def needs(**wanted: str) -> Callable[[Trace], str]:
    """Return a check that results are as wanted, by name: spf="fail", dkim="pass"."""

    def check(trace: Trace) -> str:
        got = {name: result_of(trace, name) for name in wanted}
        wrong = [f"{n} is {got[n] or 'missing'}, not {w}" for n, w in wanted.items() if got[n] != w]
        return "; ".join(wrong)

    return check


def _text(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def _alice_writes_to_bob(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail(
        "alice@alpha.test",
        "bob@beta.test",
        "Lunch on Friday?",
        _text("Hi Bob,", "", "shall we try the new place at the harbour?", "", "Alice"),
    )
    message_id = stage.submit(mail)
    there = stage.await_trace("beta.test", message_id)
    return [("alpha.test", stage.await_trace("alpha.test", message_id)), ("beta.test", there)]


def _forwarded(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail(
        "alice@alpha.test",
        "bob.brook@gamma.test",
        "To your old address",
        _text("Does your old address still work?", "", "Alice"),
    )
    message_id = stage.submit(mail)
    there = stage.await_trace("beta.test", message_id)
    return [("gamma.test", stage.await_trace("gamma.test", message_id)), ("beta.test", there)]


def _forwarded_with_srs(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail(
        "carol@gamma.test",
        "team@alpha.test",
        "For the whole team",
        _text("The plan for next week is ready.", "", "Carol"),
    )
    message_id = stage.submit(mail)
    there = stage.await_trace("beta.test", message_id)
    return [("alpha.test", stage.await_trace("alpha.test", message_id)), ("beta.test", there)]


def _injected(
    author: str, subject: str, *lines: str, sender: str = "", refused: bool = False
) -> Callable[[Stage], list[tuple[str, Trace]]]:
    """Return the play in which the stranger delivers to Bob in somebody's name."""

    def play(stage: Stage) -> list[tuple[str, Trace]]:
        mail = Mail(author, "bob@beta.test", subject, _text(*lines), sender)
        message_id, _ = stage.inject(mail, host=66, helo="dialup-66.cheap.test")
        return [("beta.test", stage.await_trace("beta.test", message_id, refused=refused))]

    return play


def _altered(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail(
        "carol@gamma.test",
        "bob@beta.test",
        "Invoice 4711",
        _text("Please pay to account 12345.", "", "Carol"),
    )
    signed = stage.intercept(mail)
    changed = signed.replace(b"account 12345", b"account 99999")
    message_id, _ = stage.inject_raw(
        changed, sender="carol@gamma.test", to="bob@beta.test", host=67, helo="gateway.cheap.test"
    )
    return [("beta.test", stage.await_trace("beta.test", message_id))]


def _unknown(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail("info@soft.test", "nobody@beta.test", "Hello?", _text("Is anybody there?"))
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
        "forwarded",
        "Forwarded the old way",
        "Alice writes to Bob's old address, which passes mail on unchanged. The last server "
        "is not Alice's, so SPF fails. Her signature holds, and proves her all the same.",
        "via, delivered",
        _forwarded,
        needs(spf="fail.forwarded", dkim="pass", dmarc="pass"),
    ),
    Scene(
        "forwarded-srs",
        "Forwarded with a new return address",
        "Carol writes to a team address at alpha.test, which forwards to Bob with a return "
        "address of its own (SRS). SPF passes for the forwarder, the signature for Carol.",
        "via, delivered",
        _forwarded_with_srs,
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
)


def find(name: str) -> Scene | None:
    """Return a scene by its name."""
    return next((scene for scene in SCENES if scene.name == name), None)


def message_id_of(message: bytes) -> str:
    """Return the identifier in a message's Message-ID field, without brackets."""
    match = re.search(rb"^Message-ID:\s*<([^>]+)>", message, re.MULTILINE | re.IGNORECASE)
    return match[1].decode("ascii", "replace") if match else ""
