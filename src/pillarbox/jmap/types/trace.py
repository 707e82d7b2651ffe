"""Traces as the people see them whose mail it is (urn:pillarbox:jmap:trace; docs/jmap_own.md).

Texts are in the language that was asked for. Times are UTCDate (RFC 8620 §1.4).
"""

from typing import Any, Literal

import msgspec

Tone = Literal["good", "unknown", "doubt", "bad", "internal"]


class TraceQuestion(msgspec.Struct, rename="camel", frozen=True):
    """What a check asked, in words, and what came out.

    answer: "yes", "no", "probably-not", "no-answer", "nothing", "no-signature", "partly",
    "not-known" or "yes-broken"; says: the same for people. term: what experts call it.
    """

    question: str
    answer: str
    says: str
    term: str


class TraceStep(msgspec.Struct, rename="camel", frozen=True):
    """One thing that was seen, checked, decided or done.

    key: never changes its meaning ("spf.fail"). part: the heading it stands under: "way",
    "checks", "decision", "delivery" or "other". claimed: others say so, we did not see it.
    question: None for what is no check. asked: what DNS was asked, and answered, in words.
    params, evidence: what it rests on; docs/trace.md.
    """

    key: str
    part: Literal["way", "checks", "decision", "delivery", "other"]
    at: str
    sentence: str
    explanation: str
    rfc: str
    claimed: bool
    question: TraceQuestion | None
    asked: list[str]
    params: dict[str, Any]
    evidence: dict[str, Any]


class TraceRecipient(msgspec.Struct, rename="camel", frozen=True):
    """What became of a message for one recipient, as far as we know.

    state: "delivered" is into a mailbox here, "accepted" by another server; "" is not known.
    tls: how the connection to that server was encrypted ("TLS 1.3"), None if it was not.
    """

    address: str
    state: Literal["delivered", "accepted", "queued", "held", "failed", ""]
    sentence: str
    at: str | None
    host: str
    tls: str | None
    next_at: str | None


class TraceClaim(msgspec.Struct, rename="camel", frozen=True):
    """A name in or around the message, and who vouches for it.

    kind: "name" is the one shown beside the address, "returnPath" the envelope's; value: "" where
    it is not known. proven: None where that is not the question.
    """

    kind: Literal["name", "address", "returnPath", "replyTo"]
    value: str
    says: str
    proven: bool | None


class Trace(msgspec.Struct, rename="camel", frozen=True):
    """How one message came or went, and why. Others' parts of the story are left out.

    email_id: the email it was asked for, None if it was asked for by its own id. direction:
    "in", "submitted" or "out" (written by this server). action: what became of it; outcome: the
    same in a word. verdict: "proven", "via", "unproven", "misfit", "forged", "internal", or ""
    where nothing was judged. mark: a character that stands for it. headline: the verdict in a
    sentence; sentence: with what to know of it. header_line: what stands under the sender's name,
    "" where all is normal. advice: what the reader can do. earlier: mail that came before from
    the same address. for_sender: a text that tells the sender of refused mail what to mend, "".
    """

    id: str
    email_id: str | None
    direction: Literal["in", "submitted", "out"]
    at: str
    action: str
    outcome: str
    verdict: str
    title: str
    mark: str
    tone: Tone
    headline: str
    sentence: str
    header_line: str
    advice: str
    earlier: str
    for_sender: str
    client_ip: str
    helo: str
    account: str
    sender: str
    header_from: str
    message_id: str
    subject: str
    size: int
    recipients: list[TraceRecipient]
    claims: list[TraceClaim]
    steps: list[TraceStep]


class TraceQuestionAgain(msgspec.Struct, rename="camel", frozen=True):
    """What DNS said when a message came, and says now. None: nobody answered."""

    name: str
    type: str
    then: list[str] | None
    now: list[str] | None
    same: bool
    sentence: str


class SenderVerdict(msgspec.Struct, rename="camel", frozen=True):
    """Who a message is from, for lists (urn:pillarbox:jmap:sender).

    verdict: as in Trace. line: what stands under the sender's name, "" where all is normal.
    proven: the address in From is the sender's own; what is asked before images are shown of
    somebody for good.
    """

    verdict: str
    tone: Tone
    line: str
    headline: str
    proven: bool


class RecipientSecurity(msgspec.Struct, rename="camel", frozen=True):
    """How well a message to an address would be protected on its way.

    level: "dane" and "mta-sts": the right server is proven, never in the clear. "tls": nothing
    demands it, but the last message went encrypted. "none": nothing demands it, and nothing shows
    that it is so. "local": it never leaves this server. "unknown": could not be found out.
    problem: why nothing can be delivered, "" if that is not so: "no-such-domain", "no-mail",
    "no-such-mailbox" (here), "not-an-address".
    """

    address: str
    domain: str
    level: Literal["dane", "mta-sts", "tls", "none", "local", "unknown"]
    problem: Literal["", "no-such-domain", "no-mail", "no-such-mailbox", "not-an-address"]
    sentence: str
