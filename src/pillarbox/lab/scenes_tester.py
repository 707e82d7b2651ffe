"""The scenes of the mail-tester: who writes to it is told what was found, if proven."""

from typing import Final

from pillarbox.lab.scene import Mail, Play, Scene, Stage, body, needs

_ASKED: Final = Mail(
    "alice@alpha.test",
    "test-me@beta.test",
    "How does my mail look to you?",
    body("Please tell me what you find.", "", "Alice"),
)


def _tested(stage: Stage) -> Play:
    message_id = stage.submit(_ASKED)
    there = stage.await_trace("beta.test", message_id)
    back = stage.await_bounce("alpha.test", "alice@alpha.test")
    return [("beta.test", there), ("alpha.test", back)]


def _forged(stage: Stage) -> Play:
    message_id, _ = stage.inject(_ASKED, host=66, helo="dialup-66.cheap.test")
    return [("beta.test", stage.await_trace("beta.test", message_id, refused=True))]


TESTED: Final = (
    Scene(
        "mail-tester",
        "Ask the mail-tester",
        "Alice writes to test-me@beta.test, where nobody lives. Beta's server answers with what it "
        "found, what that means, and what her domain should publish. She finds it in her inbox.",
        "proven, delivered",
        _tested,
        needs(dkim="pass", dmarc="pass"),
    ),
    Scene(
        "mail-tester-forged",
        "Nobody is told what they did not ask",
        "A stranger writes to the mail-tester in Alice's name. Nothing proves that it is hers, so "
        "no report goes to her: it is refused, and the reply says why.",
        "forged, refused",
        _forged,
        needs(tested="refused"),
    ),
)
