"""The values of a trace: one story, made of steps.

A trace is a decision object, not a log: each check hands over its verdict together
with its evidence, and `trace/words.py` turns the same values into one sentence, an
explanation, or the raw evidence. Values are JSON: they are stored, sent and replayed.
Nothing here knows which checks exist; `delivery/` fills in the steps.

Secrets and message bodies never enter a trace.
"""

from typing import Any

import msgspec

VERSION = 1


class Step(msgspec.Struct, frozen=True, omit_defaults=True):
    """One thing that was seen, checked, decided or said.

    key: which sentence of the catalogue tells it ("spf.fail", "tls", "reply.550").
    at: Unix seconds. params: what the sentences need, by name (short strings and
    numbers). evidence: everything behind it, for the expert (DNS answers, hashes, exact
    replies); JSON values only. rfc: the rule applied, "RFC 7208 §4.6.2", or "".
    claimed: True when others say so and we did not see it (earlier Received lines).
    """

    key: str
    at: float
    params: dict[str, Any] = {}
    evidence: dict[str, Any] = {}
    rfc: str = ""
    claimed: bool = False

    @property
    def outcome(self) -> str:
        """The second part of the key: "fail" of "spf.fail.forwarded", "" if there is none."""
        return self.key.partition(".")[2].partition(".")[0]


class Trace(msgspec.Struct, omit_defaults=True, kw_only=True):
    """The story of one message, or of a connection that was turned away.

    id: short, random, printable. direction: "in" (from another server), "submitted"
    (from a signed-in account), "out" (to another server). action: what we did in the
    end: "delivered", "junked", "refused", "deferred", "relayed", "queued", "bounced".
    verdict: who it is from, one of the five of trace/view.py ("proven", "via",
    "unproven", "misfit", "forged") or "" where nothing was judged.
    sender: the envelope's reverse-path, "" for the null one. recipients: forward-paths.
    header_from: the address the reader sees. subject: decoded, at most 200 characters.
    """

    id: str
    direction: str
    started_at: float
    action: str = ""
    verdict: str = ""
    client_ip: str = ""
    helo: str = ""
    account: str = ""
    sender: str = ""
    recipients: list[str] = []
    header_from: str = ""
    message_id: str = ""
    subject: str = ""
    size_octets: int = 0
    steps: list[Step] = []
    version: int = VERSION


_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Trace)


def encode(trace: Trace) -> bytes:
    """Return the JSON form that is stored and shown by `--json`."""
    return _ENCODER.encode(trace)


def decode(data: bytes) -> Trace:
    """Read what `encode` wrote. Raises msgspec.DecodeError for anything else."""
    return _DECODER.decode(data)
