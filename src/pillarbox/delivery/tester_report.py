"""What the mail-tester writes: the verdict, each check in words, and the records to mend. Pure.

Three levels in one message: a sentence, an explanation of each check, and all evidence as a
file for programs. The text repeats what was found in DNS and in the message's header, never its
body.
"""

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from pillarbox.delivery.verdict import Action, Judgement
from pillarbox.doctor.finding import Finding, Severity
from pillarbox.mime.addresses import Mailbox, parse_addresses
from pillarbox.mime.build import Attachment, Draft, build
from pillarbox.trace import view, words
from pillarbox.trace.step import Trace

MAX_SUBJECT: Final = 100  # characters of the tested message's subject that are repeated
MAX_EVIDENCE: Final = 500_000  # octets of the file; a longer one is left out
_WIDTH: Final = 74
_CHECKS: Final = ("spf.", "dkim.", "dmarc.", "arc.", "override.", "tls", "decision.")
_MARKS: Final = {
    Severity.ERROR: "[mend]",
    Severity.WARNING: "[look at]",
    Severity.UNKNOWN: "[could not be asked]",
}
_DONE: Final = {
    Action.ACCEPT: "It would go to the inbox.",
    Action.JUNK: "It would go to Junk, because {because}.",
    Action.REFUSE: "It would be refused: {code} {enhanced} {text}",
    Action.DEFER: "The other server would be asked to come back later: {text}",
}


@dataclass(frozen=True, slots=True)
class Advice:
    """What a domain's records look like. problem: why they could not be judged, or ""."""

    domain: str
    findings: Sequence[Finding] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Author:
    """Who reports. address: of the tester. message_id: of the report, without brackets."""

    hostname: str
    address: str
    message_id: str
    now: datetime


def compose(
    trace: Trace, judgement: Judgement, authres: bytes, advice: Iterable[Advice], by: Author
) -> bytes:
    """Return the report, with CRLF line ends. authres: our Authentication-Results field."""
    told = view.story(trace)
    lines = [
        *_wrap(f"{told.mark} {told.verdict_sentence}"),
        *_wrap(
            _DONE[judgement.action].format(
                because=words.phrase(judgement.because),
                code=judgement.code,
                enhanced=judgement.enhanced,
                text=judgement.text,
            )
        ),
        "",
        *_wrap(
            f"Your message {trace.subject[:MAX_SUBJECT]!r} came from {trace.client_ip}, which "
            f"greeted as {trace.helo}, in the name of {trace.sender}."
        ),
        "",
        "WHAT WAS CHECKED",
        "",
    ]
    for line in told.lines:
        if line.key.startswith(_CHECKS):
            lines += _wrap(line.sentence, "* ")
            rule = f" [{line.rfc}]" if line.rfc else ""
            lines += [*_wrap(line.explanation + rule, "  "), ""]
    lines += ["WHAT TO MEND", ""]
    for each in advice:
        lines += _advice(each)
    lines += [
        "FOR PROGRAMS",
        "",
        *authres.decode("utf-8", "replace").splitlines(),
        "",
        *_wrap(
            "The file verdict.json, if it is not too long, holds every step with its evidence: "
            "what DNS answered, what was compared, and the rule."
        ),
        "",
        *_wrap(
            f"{by.hostname} sends this once for each message that comes here. Trace {trace.id}."
        ),
    ]
    return build(_draft(trace, "\n".join(lines), judgement, by))


def _draft(trace: Trace, text: str, judgement: Judgement, by: Author) -> Draft:
    local, _, domain = by.address.rpartition("@")
    to = f"<{trace.sender}>".encode("utf-8", "replace")
    evidence = msgspec.json.format(msgspec.json.encode(view.as_json(trace)), indent=2)
    mark = judgement.verdict.capitalize()
    attachments = []
    if len(evidence) <= MAX_EVIDENCE:
        attachments.append(Attachment("verdict.json", "application/json", evidence))
    original = [trace.message_id] if trace.message_id.isascii() and trace.message_id else []
    return Draft(
        sender=Mailbox(f"Mail tester at {domain}", local, domain),
        to=[each for each in parse_addresses(to) if isinstance(each, Mailbox)],
        subject=f"{mark}: {trace.subject[:MAX_SUBJECT]}",
        text=text,
        date=by.now,
        message_id=by.message_id,
        in_reply_to="".join(original),
        references=original,
        attachments=attachments,
        headers=[("Auto-Submitted", "auto-replied")],  # RFC 3834 §5
    )


def _advice(advice: Advice) -> list[str]:
    if advice.problem:
        return [*_wrap(f"{advice.domain}: {advice.problem}"), ""]
    found = [one for one in advice.findings if one.severity in _MARKS]
    if not found:
        return [*_wrap(f"{advice.domain}: nothing. What it publishes is in order."), ""]
    lines = []
    for one in sorted(found, key=lambda each: -each.severity.rank):
        lines += _wrap(f"{_MARKS[one.severity]} {one.record}: {one.text}")
        lines += _wrap(one.why, "  ")
        if one.publish:
            # Not wrapped: it is there to be copied.
            lines += ["  Publish:", f"    {one.publish}"]
        lines.append("")
    return lines


def _wrap(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=indent,
        subsequent_indent=" " * len(indent),
        break_long_words=False,
        break_on_hyphens=False,
    )
