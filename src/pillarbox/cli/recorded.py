"""A resolver that answers from the evidence of a trace: DNS as it was then.

Only what was asked then can be answered; anything else fails, and is listed in `missing`,
so that a replay never mixes the DNS of today with a judgement of yesterday.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Any, Final

from pillarbox.base.errors import Invalid
from pillarbox.delivery.evidence import MAX_TEXT
from pillarbox.dns.resolver import Answer, Mx, Record, RType, Status, Txt, Value
from pillarbox.mailauth import dmarc_record
from pillarbox.mailauth.publish import quote_txt, txt_strings
from pillarbox.trace.step import Step

_STRING: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ESCAPE: Final = re.compile(r"\\(\d{3}|.)")
_TAG: Final = re.compile(r"\s*([a-z]+)\s*=\s*([^;]*?)\s*")


class Recorded:
    """Answers of one trace. missing: what was asked now and not then, "name TYPE"."""

    def __init__(self, answers: Iterable[Answer], now: datetime) -> None:
        self._answers = {(answer.name, answer.rtype): answer for answer in answers}
        self._now = now
        self.missing: list[str] = []

    async def resolve(self, name: str, rtype: RType) -> Answer:
        name = name.lower().removesuffix(".")
        found = self._answers.get((name, rtype))
        if found is not None:
            return found
        asked = f"{name} {rtype.name}"
        if asked not in self.missing:
            self.missing.append(asked)
        problem = "not among the answers that the trace keeps"
        return Answer(name, rtype, Status.FAILED, (), self._now, server="trace", problem=problem)

    def publish(self, name: str, text: str) -> None:
        """Pretend that `name` publishes this TXT record in place of those it had."""
        value = Txt(txt_strings(text))
        record = Record(name, RType.TXT, 0, value, quote_txt(text))
        self._answers[name, RType.TXT] = Answer(
            name, RType.TXT, Status.NOERROR, (record,), self._now, server="what if"
        )

    def text(self, name: str) -> str:
        """Return the DMARC record that was found at a name, "" if there was none."""
        answer = self._answers.get((name, RType.TXT))
        for value in answer.values if answer else ():
            if isinstance(value, Txt) and dmarc_record.is_dmarc(value.joined):
                return value.joined.decode("utf-8", "replace")
        return ""


def read_answers(steps: Iterable[Step]) -> list[Answer]:
    """Return the DNS answers that the steps rest on. What cannot be read again FAILED."""
    return [
        answer
        for step in steps
        for kept in _listed(step.evidence.get("answers"))
        if isinstance(kept, dict) and (answer := _answer(kept)) is not None
    ]


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _answer(kept: Mapping[str, Any]) -> Answer | None:
    try:
        rtype = RType[kept["type"]]
        answer = Answer(
            name=str(kept["name"]),
            rtype=rtype,
            status=Status(kept["status"]),
            records=(),
            asked_at=datetime.fromtimestamp(float(kept.get("asked_at", 0.0)), UTC),
            ttl=int(kept.get("ttl", 0)),
            authentic=bool(kept.get("dnssec", False)),
            aliases=tuple(map(str, kept.get("aliases", ()))),
            server=str(kept.get("server", "")),
            problem=str(kept.get("problem", "")),
        )
    except (KeyError, ValueError, TypeError, OverflowError, OSError):
        return None
    try:
        texts = list(map(str, kept.get("records", ())))
        records = [
            Record(answer.name, rtype, answer.ttl, _value(rtype, text), text) for text in texts
        ]
    except (ValueError, TypeError) as exc:
        return replace(answer, status=Status.FAILED, problem=f"evidence cannot be read: {exc}")
    return replace(answer, records=tuple(records))


def _value(rtype: RType, text: str) -> Value:
    """Read presentation text. Raises ValueError."""
    if len(text) >= MAX_TEXT:
        raise ValueError("the record was cut")
    match rtype:
        case RType.A | RType.AAAA:
            return ip_address(text)
        case RType.MX:
            preference, _, host = text.partition(" ")
            return Mx(int(preference), host.strip().lower().removesuffix("."))
        case RType.TXT:
            strings = _STRING.findall(text) if text.startswith('"') else None
            if strings is None:
                return Txt(txt_strings(text))
            return Txt(tuple(_unescape(string) for string in strings))
        case RType.NS | RType.CNAME | RType.PTR:
            return text.lower().removesuffix(".")
        case _:
            return text


def _unescape(string: str) -> bytes:
    def octet(match: re.Match[str]) -> str:
        if not match[1].isdigit() or len(match[1]) == 1:
            return match[1]
        return chr(int(match[1])) if int(match[1]) < 256 else match[1]

    # Octets as code points, so that an escape and the octet it stands for become the same.
    wide = string.encode("utf-8").decode("latin-1")
    return _ESCAPE.sub(octet, wide).encode("latin-1")


def change_policy(record: str, change: str) -> str:
    """Return a DMARC record with some of its tags changed; a new one if `record` is "".

    change: "p=reject", "p=reject; adkim=s", or a whole record that begins with v=DMARC1.
    Raises Invalid.
    """
    if dmarc_record.is_dmarc(change.encode("utf-8", "replace")):
        changed = change
    else:
        tags = dict(pair for part in record.split(";") if (pair := _pair(part)))
        for part in filter(str.strip, change.split(";")):
            pair = _pair(part)
            if pair is None or pair[0] == "v":
                raise Invalid(f"policy {part.strip()!r} is not like p=reject")
            tags[pair[0]] = pair[1]
        tags.pop("v", None)
        changed = "; ".join(["v=DMARC1", *(f"{name}={value}" for name, value in tags.items())])
    parsed = dmarc_record.parse(changed)
    if parsed.policy_broken:
        raise Invalid(f"policy {'; '.join(parsed.problems)}")
    return changed


def _pair(part: str) -> tuple[str, str] | None:
    match = _TAG.fullmatch(part)
    return (match[1], match[2]) if match else None
