"""Reading an ENVELOPE back that `structure.envelope` wrote: a list of mail without its octets.

Texts are decoded. Nothing else than what that function writes is understood.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from pillarbox.mime.addresses import Mailbox
from pillarbox.mime.words import decode_words

_TOKEN: Final = re.compile(rb'([()])|NIL|"((?:[^"\\]|\\.)*)"|\{(\d+)\}\r\n| ', re.DOTALL)
_PAIR: Final = re.compile(rb"\\(.)", re.DOTALL)


@dataclass(slots=True)
class Envelope:
    """What a message says of itself. Values are as in the fields, 7-bit; None for no field.

    sender and reply_to are From's where the message has no such field. Addresses of groups are
    among the others.
    """

    date: bytes | None
    subject: bytes | None
    from_: list[Mailbox] | None
    sender: list[Mailbox] | None
    reply_to: list[Mailbox] | None
    to: list[Mailbox] | None
    cc: list[Mailbox] | None
    bcc: list[Mailbox] | None
    in_reply_to: bytes | None
    message_id: bytes | None


def read(octets: bytes) -> Envelope:
    """Return what an envelope says. Raises ValueError for what is none."""
    values = _parse(octets)
    if len(values) != 10:
        raise ValueError("not an envelope")
    values[2:8] = map(_mailboxes, values[2:8])
    return Envelope(*values)


def _parse(octets: bytes) -> list[Any]:
    stack: list[list[Any]] = [[]]
    at = 0
    while at < len(octets):
        match = _TOKEN.match(octets, at)
        if match is None:
            raise ValueError("not an envelope")
        at = match.end()
        bracket, quoted, size = match.groups()
        if bracket == b"(":
            stack.append([])
        elif bracket:
            done = stack.pop()
            if not stack:
                raise ValueError("not an envelope")
            stack[-1].append(done)
        elif quoted is not None:
            stack[-1].append(_PAIR.sub(rb"\1", quoted) if b"\\" in quoted else quoted)
        elif size:
            stack[-1].append(octets[at : at + int(size)])
            at += int(size)
        elif match[0] != b" ":
            stack[-1].append(None)
    if len(stack) != 1 or len(stack[0]) != 1 or not isinstance(stack[0][0], list):
        raise ValueError("not an envelope")
    return stack[0][0]


def _mailboxes(value: Any) -> list[Mailbox] | None:
    if value is None:
        return None
    found = []
    for address in value:
        if not isinstance(address, list) or len(address) != 4:
            raise ValueError("not an envelope")
        name, _, local, host = address
        if host is not None:
            shown = decode_words(name) if name else ""
            found.append(Mailbox(shown, _text(local), _text(host)))
    return found


def _text(value: bytes | None) -> str:
    return decode_words(value) if value else ""
