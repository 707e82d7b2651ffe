"""One golden case: read it, judge it, tell it. Used by the test and by `make golden`."""

import asyncio
import tomllib
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from pillarbox.delivery import inbound, known, submission
from pillarbox.delivery.envelope import Client, Envelope, Recipient
from pillarbox.delivery.hops import way
from pillarbox.delivery.judge import PassedOn, judge
from pillarbox.delivery.known import Known
from pillarbox.delivery.route import Local, Routing
from pillarbox.delivery.verdict import Action, Rules
from pillarbox.dns.zone import Zones
from pillarbox.mime.header import parse_header
from pillarbox.store.ids import AccountId
from pillarbox.trace import reader, view
from pillarbox.trace.catalogue import LANGUAGES
from pillarbox.trace.step import Step, Trace

FOLDER = Path(__file__).parent / "golden"
CASES = sorted(path.name for path in FOLDER.iterdir() if (path / "case.toml").exists())
ACTIONS = {
    Action.ACCEPT: "delivered",
    Action.JUNK: "junked",
    Action.REFUSE: "refused",
    Action.DEFER: "deferred",
}


class _At:
    """A clock that stands still."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment

    def monotonic(self) -> float:
        return 0.0


def trace_of(name: str) -> Trace:
    """Judge a case as a session would, and return its trace."""
    folder = FOLDER / name
    case: dict[str, Any] = tomllib.loads((folder / "case.toml").read_text())
    message = (folder / "message.eml").read_bytes()
    now = datetime.fromtimestamp(case["at"], UTC)
    zones = Zones((folder / "zone").read_text(), _At(now))
    header = parse_header(message)
    tls = ("TLSv1.3", "TLS_AES_256_GCM_SHA384") if case["tls"] else None
    if case.get("account"):
        return _internal(name, case, message, now)
    client = Client(case["ip"], case["helo"], "smtp", rdns=case["rdns"], tls=tls)
    envelope = Envelope(case["sender"], tuple(map(Recipient, case["recipients"])))

    async def acquaintances() -> Sequence[Known]:
        return [known.make(*entry) for entry in case["known"]]

    async def friends(name: str) -> list[str]:
        return [address for known_as, address in case.get("contacts", ()) if known_as == name]

    trace = inbound.new_trace("in", client, envelope, header, len(message), now)
    trace.id = name
    judged = asyncio.run(
        judge(
            message, header, client, envelope.sender,
            resolver=zones, hostname="mx.example.org", rules=Rules(**case["rules"]), now=now,
            passed_on=PassedOn(known=acquaintances), own=["example.org"], friends=friends,
        )
    )  # fmt: skip
    found = judged.judgement
    trace.verdict, trace.action = found.verdict, ACTIONS[found.action]
    trace.steps = [
        *way(header, now), *inbound.arrival(client, envelope, now, len(message)), *judged.steps
    ]  # fmt: skip
    if found.action in {Action.REFUSE, Action.DEFER}:
        said = {"code": found.code, "enhanced": found.enhanced, "text": found.text}
        trace.steps.append(Step(key="reply", at=now.timestamp(), params=said))
    return trace


def _internal(name: str, case: dict[str, Any], message: bytes, now: datetime) -> Trace:
    """Return the trace of mail among ourselves, as the one who got it may read it."""
    account, (recipient,) = case["account"], case["recipients"]
    tls = ("TLSv1.3", "TLS_AES_256_GCM_SHA384")
    who = {"account": account, "account_id": 1, "mechanism": "SCRAM-SHA-256"}
    client = Client(case["ip"], case["helo"], "submission", tls=tls, **who)
    envelope = Envelope(case["sender"], (Recipient(recipient),))
    header = parse_header(message)
    trace = inbound.new_trace("submitted", client, envelope, header, len(message), now)
    routing = Routing(recipient, targets=[Local(AccountId(2), recipient)])
    at = now.timestamp()
    trace.id, trace.action = name, "delivered"
    trace.steps = [
        *submission.arrival(client, envelope, at, len(message)),
        *inbound.route_steps(routing, at),
        Step(key="filed", at=at, params={"account": recipient, "mailbox": "INBOX", "uid": 1}),
    ]
    return reader.as_recipient(trace, recipient, [recipient])


def is_judged(name: str) -> bool:
    """Tell whether a case came from outside, so that there was something to check."""
    return "account" not in tomllib.loads((FOLDER / name / "case.toml").read_text())


def title(name: str) -> str:
    """Return what a case is about."""
    return str(tomllib.loads((FOLDER / name / "case.toml").read_text())["title"])


def told(name: str, trace: Trace) -> dict[str, str]:
    """Return what a case's files must hold: file name -> text."""
    kept = msgspec.json.decode(msgspec.json.encode(trace))
    files = {"trace.json": msgspec.json.format(msgspec.json.encode(kept), indent=1).decode() + "\n"}
    for language in LANGUAGES:
        files[f"{language}.txt"] = _story(name, trace, language)
    return files


def _story(name: str, trace: Trace, language: str) -> str:
    story = view.story(trace, language)
    lines = [title(name), "", f"{story.mark} {story.verdict_sentence}", f"[{story.action}]"]
    if story.header_line:
        lines.append(f"Under the sender: {story.header_line}")
    if story.advice:
        lines.append(f"To do: {story.advice}")
    for level, part in (("1", "sentence"), ("2", "explanation"), ("3", "evidence")):
        lines += ["", f"LEVEL {level}", ""]
        for line in story.lines:
            text = getattr(line, part)
            if part == "evidence":
                text = text.partition("\n")[0] if line.rfc else "-"
            mark = "(claimed) " if line.claimed else ""
            lines.append(f"{mark}{text}")
    return "\n".join([*lines, ""])
