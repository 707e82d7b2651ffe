"""The lines that we put on top of a message: Return-Path, Received. Pure.

RFC 5321 §4.4. Fields are folded before 78 columns where a space allows it.
"""

from datetime import datetime
from typing import Final

from pillarbox.delivery.envelope import Client, Envelope
from pillarbox.mime.date import format_date

_PROTOCOL: Final = {"smtp": "ESMTP", "submission": "ESMTP", "lmtp": "LMTP"}


def received(client: Client, envelope: Envelope, *, by: str, trace_id: str, now: datetime) -> bytes:
    """Return the Received field of this hop (RFC 5321 §4.4, RFC 3848, RFC 8314 §4.3).

    The recipient is named only when there is one: the others must not learn of each other.
    """
    protocol = _PROTOCOL.get(client.listener, "ESMTP")
    if envelope.smtputf8:
        protocol = "UTF8" + protocol.removeprefix("E")
    if client.tls:
        protocol += "S"
    if client.account:
        protocol += "A"
    helo = _atom(client.helo)
    address = f"IPv6:{client.ip}" if ":" in client.ip else client.ip
    source = f"{_atom(client.rdns)} [{address}]" if client.rdns else f"[{address}]"
    if client.listener == "jmap":
        # RFC 5321 §4.4 is about SMTP. Where its author sits is nobody's business.
        lines = [f"Received: by {by} with HTTP id {trace_id}"]
    else:
        lines = [f"Received: from {helo} ({source})", f"by {by} with {protocol} id {trace_id}"]
    if client.tls:
        version, cipher = client.tls
        lines[-1] += f" (using {version} with cipher {cipher})"
    if len(envelope.recipients) == 1:
        lines.append(f"for <{envelope.recipients[0].address}>;")
    else:
        lines[-1] += ";"
    lines.append(format_date(now))
    return "\r\n\t".join(lines).encode("utf-8", "replace") + b"\r\n"


def return_path(sender: str) -> bytes:
    """Return the Return-Path field: the envelope's sender at final delivery."""
    return f"Return-Path: <{sender}>\r\n".encode("utf-8", "replace")


def _atom(text: str) -> str:
    """Return a peer's word without anything that could end the line or a comment."""
    kept = "".join(c for c in text[:255] if c.isalnum() or c in ".-:[]_")
    return kept or "unknown"
