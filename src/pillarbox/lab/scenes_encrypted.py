"""The scenes of encryption between servers: what a domain requires, and somebody in between."""

from collections.abc import Callable
from typing import Final

from pillarbox.lab.scene import Mail, Scene, Stage, body
from pillarbox.trace.step import Trace
from pillarbox.trace.words import explanation

Play = Callable[[Stage], list[tuple[str, Trace]]]


def _sent(author: str, to: str, subject: str, *, arrives: bool) -> Play:
    """Return the play in which somebody writes, told by the trace of the sending server."""

    def play(stage: Stage) -> list[tuple[str, Trace]]:
        home, there = author.rpartition("@")[2], to.rpartition("@")[2]
        message_id = stage.submit(Mail(author, to, subject, body("This is confidential.")))
        seen = [(there, stage.await_trace(there, message_id))] if arrives else []
        return [*seen, (home, stage.await_trace(home, message_id))]

    return play


def _tells(key: str, *words: str) -> Callable[[Trace], str]:
    """Return a check that the trace has a step, with these words in its explanation."""

    def check(trace: Trace) -> str:
        told = [explanation(step) for step in trace.steps if step.key == key]
        if not told:
            return f"the trace has no {key}"
        missing = [word for word in words if not any(word in text for text in told)]
        return f"{key} does not say {', '.join(missing)}" if missing else ""

    return check


ENCRYPTED: Final = (
    Scene(
        "sts-enforced",
        "Encryption that is required",
        "beta.test announces that mail to it must be encrypted, and which server takes it. "
        "Carol's server fetches that policy, checks the certificate, and delivers.",
        "relayed",
        _sent("carol@gamma.test", "bob@beta.test", "The contract", arrives=True),
        _tells("attempt.policy.kept", "MTA-STS", "valid for mx.beta.test"),
    ),
    Scene(
        "sts-downgrade",
        "Somebody takes encryption out",
        "stripped.test requires encryption. Somebody between the servers has removed the offer "
        "of it, and would read all that is sent. Bob's server does not send, and waits.",
        "deferred",
        _sent("bob@beta.test", "erin@stripped.test", "The contract", arrives=False),
        _tells("attempt.policy.failed", "MTA-STS", "offers no STARTTLS"),
    ),
    Scene(
        "sts-wrong-certificate",
        "Somebody answers in its place",
        "swapped.test requires encryption. Another server answers under its address, encrypted, "
        "but with a certificate that nobody vouches for. Bob's server does not send.",
        "deferred",
        _sent("bob@beta.test", "erin@swapped.test", "The contract", arrives=False),
        _tells("attempt.policy.failed", "MTA-STS", "self-signed"),
    ),
    Scene(
        "dane-match",
        "The right key",
        "alpha.test says in signed DNS which key its server has. Bob's server compares, and "
        "delivers: no certificate authority is needed for that.",
        "relayed",
        _sent("bob@beta.test", "alice@alpha.test", "The contract", arrives=True),
        _tells("attempt.policy.kept", "DANE", "TLSA record"),
    ),
    Scene(
        "dane-mismatch",
        "A valid certificate, and the wrong key",
        "pinned.test says in signed DNS which key its server has. Somebody got a certificate for "
        "its name from an authority, and answers in its place. Bob's server does not send.",
        "deferred",
        _sent("bob@beta.test", "erin@pinned.test", "The contract", arrives=False),
        _tells("attempt.policy.failed", "DANE", "fits none of the TLSA records"),
    ),
)
