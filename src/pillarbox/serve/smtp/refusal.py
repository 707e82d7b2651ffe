"""The trace of what was refused before there was a message to judge."""

from pillarbox.delivery.envelope import Client
from pillarbox.delivery.trace_id import new_id
from pillarbox.mime.header import parse_header
from pillarbox.smtp import reply as r
from pillarbox.store import traces
from pillarbox.store.database import Transaction
from pillarbox.trace.phrase import phrase
from pillarbox.trace.step import Step, Trace

MAX_SUBJECT = 200  # characters


def refusal_trace(
    client: Client,
    sender: str,
    recipients: list[str],
    reply: r.Reply,
    at: float,
    *,
    fault: str = "",
    message: bytes = b"",
) -> Trace:
    """Return the trace of a refused recipient, or of a message that the engine refused.

    fault: what was wrong with the message. message: its first octets, for the header.
    """
    trace = Trace(
        id=new_id(),
        direction="submitted" if client.account else "in",
        started_at=at,
        action="refused" if reply.code >= 500 else "deferred",
        client_ip=client.ip,
        helo=client.helo,
        account=client.account,
        sender=sender,
        recipients=recipients,
    )
    if message:
        header = parse_header(message)
        trace.header_from = header.author_text()
        trace.message_id = header.message_id()
        trace.subject = header.text("subject")[:MAX_SUBJECT]
    connect = {
        "ip": client.ip,
        "rdns": client.rdns or phrase("no-reverse-name"),
        "helo": client.helo,
        "listener": client.listener,
    }
    trace.steps.append(Step(key="connect", at=at, params=connect, rfc="RFC 5321 §4.1.4"))
    if reply.code == 550 and reply.enhanced == "5.1.1" and recipients:
        params = {"recipient": recipients[0]}
        trace.steps.append(Step(key="route.unknown", at=at, params=params))
    told = {"code": reply.code, "enhanced": reply.enhanced, "text": " ".join(reply.text)}
    evidence = {"fault": fault} if fault else {}
    trace.steps.append(Step(key="reply", at=at, params=told, evidence=evidence))
    return trace


def save_trace(tx: Transaction, trace: Trace) -> None:
    """Keep a trace."""
    traces.save(tx, traces.prepare(trace))
