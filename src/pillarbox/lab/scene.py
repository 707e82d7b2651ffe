"""What a scene is: a small play in which mail goes right or wrong, and what must come out.

Each scene acts over real SMTP, as others would, then finds the trace that the receiving
server kept, and compares verdict and action with what it expects. The same scenes are the
demo, the tutorial and the integration test.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from pillarbox.trace.step import Trace

Play = list[tuple[str, Trace]]


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

    def begin(self) -> None:
        """Note the time: what came before is of another scene."""
        ...

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

    def relist(self, message: bytes, domain: str) -> bytes:
        """Return what a mailing list at a lab domain makes of a message: changed, and sealed."""
        ...

    def await_bounce(self, domain: str, recipient: str) -> Trace:
        """Return the trace of a notice that came for somebody since the scene began."""
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
        stage.begin()
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


def body(*lines: str) -> str:
    """Return the text of a message."""
    return "\n".join(lines) + "\n"


def message_id_of(message: bytes) -> str:
    """Return the identifier in a message's Message-ID field, without brackets."""
    match = re.search(rb"^Message-ID:\s*<([^>]+)>", message, re.MULTILINE | re.IGNORECASE)
    return match[1].decode("ascii", "replace") if match else ""
