"""The scenes in which somebody passes mail on: forwarders, mailing lists, and what returns."""

from typing import Final

from pillarbox.lab.scene import Mail, Scene, Stage, body, needs
from pillarbox.trace.step import Trace


def _forwarded(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail(
        "alice@alpha.test",
        "bob.brook@gamma.test",
        "To your old address",
        body("Does your old address still work?", "", "Alice"),
    )
    message_id = stage.submit(mail)
    there = stage.await_trace("beta.test", message_id)
    return [("gamma.test", stage.await_trace("gamma.test", message_id)), ("beta.test", there)]


def _forwarded_with_srs(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail(
        "carol@gamma.test",
        "team@alpha.test",
        "For the whole team",
        body("The plan for next week is ready.", "", "Carol"),
    )
    message_id = stage.submit(mail)
    there = stage.await_trace("beta.test", message_id)
    return [("alpha.test", stage.await_trace("alpha.test", message_id)), ("beta.test", there)]


def _posted(stage: Stage, author: str, reader: str) -> list[tuple[str, Trace]]:
    """Let somebody post to the list at gamma.test, which changes the message and passes it on."""
    mail = Mail(
        author,
        "dev@gamma.test",
        "Release plan",
        body("The release is on Friday."),
    )
    message = stage.relist(stage.intercept(mail), "gamma.test")
    domain = reader.rpartition("@")[2]
    message_id, said = stage.inject_raw(
        message, sender="dev-bounces@gamma.test", to=reader, host=3, helo="mx.gamma.test"
    )
    return [(domain, stage.await_trace(domain, message_id, refused=said.code >= 400))]


def _through_a_known_list(stage: Stage) -> list[tuple[str, Trace]]:
    return _posted(stage, "alice@alpha.test", "bob@beta.test")


def _through_an_unknown_list(stage: Stage) -> list[tuple[str, Trace]]:
    return _posted(stage, "bob@beta.test", "alice@alpha.test")


def _bounced(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail(
        "carol@gamma.test",
        "gone@alpha.test",
        "Are you still there?",
        body("I have not heard from you in a while.", "", "Carol"),
    )
    message_id = stage.submit(mail)
    first = stage.await_trace("alpha.test", message_id)
    second = stage.await_trace("beta.test", message_id)
    back = stage.await_bounce("gamma.test", "carol@gamma.test")
    return [("alpha.test", first), ("beta.test", second), ("gamma.test", back)]


def _junk_to_forward(stage: Stage) -> list[tuple[str, Trace]]:
    mail = Mail("info@hard.test", "team@alpha.test", "Our new prices", body("See our offers."))
    message_id, _ = stage.inject(mail, host=66, helo="dialup-66.cheap.test")
    return [("alpha.test", stage.await_trace("alpha.test", message_id, refused=True))]


PASSED_ON: Final = (
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
        "list-known",
        "Through a mailing list that is known",
        "Alice writes to a list at gamma.test. The list tags the subject and adds a footer, so her "
        "signature breaks, and alpha.test asks to refuse such mail. But the list has sealed what "
        "it found, and Bob's server knows this list: it makes an exception.",
        "unproven, delivered",
        _through_a_known_list,
        needs(dkim="fail.body_hash", dmarc="fail", arc="pass", override="sealer"),
    ),
    Scene(
        "list-unknown",
        "The same list, not known",
        "Bob writes to the same list. Alice's server does not know it: the seal is whole, but "
        "that says nothing of who sealed. The wish of beta.test is obeyed: Junk.",
        "misfit, junked",
        _through_an_unknown_list,
        needs(dkim="fail.body_hash", dmarc="fail", arc="pass", decision="junk"),
    ),
    Scene(
        "forward-bounced",
        "A bounce finds its way back",
        "Carol writes to an address that is forwarded twice, and the last one does not exist. "
        "The notice goes to the rewritten return address, from there to Carol: she learns of it.",
        "proven, delivered",
        _bounced,
        needs(dkim="pass", dmarc="pass"),
    ),
    Scene(
        "forward-junk",
        "Junk is not passed on",
        "A stranger writes to an address that alpha.test forwards. It looks forged, and passed "
        "on it would look as if alpha.test had sent it. So it is refused.",
        "misfit, refused",
        _junk_to_forward,
        needs(spf="fail", decision="junk"),
    ),
)
