"""MTA-STS: the record, the policy file, and which servers it allows (RFC 8461).

Pure: fetching and keeping are elsewhere. What is malformed raises `BadPolicy` or counts as
no record; the first of two equal keys counts, unknown keys are passed over (RFC 8461 §3.2).
"""

import enum
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pillarbox.base.errors import Invalid

MAX_POLICY_OCTETS: Final = 64 * 1024  # RFC 8461 §3.3
MAX_AGE: Final = 31_557_600  # seconds (RFC 8461 §3.2)
MAX_MX: Final = 1000
MAX_LINES: Final = 5000
REFRESH: Final = timedelta(days=1)  # a policy in use is fetched anew at least this often

# RFC 8461 §3.1. What does not begin like this is another record.
_RECORD: Final = re.compile(r"v=STSv1[ \t]*;")
_FIELD: Final = re.compile(r"[ \t]*([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([!-:<>-~]+)[ \t]*\Z")
_ID: Final = re.compile(r"[A-Za-z0-9]{1,32}\Z")
_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}\Z")
_LABEL: Final = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")


class BadPolicy(Invalid):
    """The octets are no policy. `str(exc)` says why, with the line."""


class Mode(enum.Enum):
    """What a sender does about servers that do not keep to the policy (RFC 8461 §5)."""

    ENFORCE = "enforce"
    TESTING = "testing"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class StsPolicy:
    """A policy. mx: patterns in lower case, "mx.example" or "*.example". max_age: seconds."""

    mode: Mode
    mx: tuple[str, ...]
    max_age: int

    def allows(self, host: str) -> bool:
        """Tell whether a server's name is among those of the policy (RFC 8461 §4.1)."""
        name = host.lower().removesuffix(".")
        above = name.partition(".")[2]
        return any(
            above == pattern[2:] if pattern.startswith("*.") else name == pattern
            for pattern in self.mx
        )


@dataclass(frozen=True, slots=True)
class Kept:
    """A policy as it is kept. policy_id: of the record that announced it. text: the file."""

    policy_id: str
    fetched_at: datetime
    policy: StsPolicy
    text: str

    def is_current(self, now: datetime) -> bool:
        """Tell whether it still counts: max_age runs from when it was fetched."""
        return now < self.fetched_at + timedelta(seconds=self.policy.max_age)

    def is_fresh(self, policy_id: str, now: datetime) -> bool:
        """Tell whether it need not be fetched again for a record with this id.

        It is also fetched when half of its time is over: so it does not run out while the
        server of policies is down for a moment (RFC 8461 §5.1).
        """
        half = min(timedelta(seconds=self.policy.max_age / 2), REFRESH)
        return self.policy_id == policy_id and now < self.fetched_at + half


def find_id(texts: Iterable[str]) -> str | None:
    """Return the id that the TXT records of _mta-sts.DOMAIN announce (RFC 8461 §3.1).

    None: there is no such record, or more than one, or it is malformed: all mean "no policy".
    """
    records = [text for text in texts if _RECORD.match(text)]
    if len(records) != 1:
        return None
    fields: dict[str, str] = {}
    for part in records[0].partition(";")[2].split(";"):
        if not part.strip(" \t"):
            continue
        match = _FIELD.match(part)
        if match is None:
            return None
        fields.setdefault(match[1], match[2])
    found = fields.get("id", "")
    return found if _ID.match(found) else None


def parse_policy(octets: bytes) -> StsPolicy:
    """Read a policy file (RFC 8461 §3.2). Raises BadPolicy, and nothing else."""
    if len(octets) > MAX_POLICY_OCTETS:
        raise BadPolicy(f"the policy has more than {MAX_POLICY_OCTETS} octets")
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        raise BadPolicy("the policy is not UTF-8 text") from None
    first, patterns = _fields(text)
    if first.get("version") != "STSv1":
        raise BadPolicy("the policy does not say version: STSv1")
    try:
        mode = Mode(first.get("mode", ""))
    except ValueError:
        raise BadPolicy(f"mode: {first.get('mode', '')[:40]!r} is no mode") from None
    age = first.get("max_age", "")
    if not age.isascii() or not age.isdecimal() or len(age) > 10:
        raise BadPolicy(f"max_age: {age[:40]!r} is not a number of seconds")
    if not patterns and mode is not Mode.NONE:
        raise BadPolicy("the policy names no mx")
    return StsPolicy(mode, tuple(dict.fromkeys(patterns)), min(int(age), MAX_AGE))


def _fields(text: str) -> tuple[dict[str, str], list[str]]:
    """Return the first value of each key, and the patterns of all mx lines."""
    first: dict[str, str] = {}
    patterns: list[str] = []
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES:
        raise BadPolicy(f"the policy has more than {MAX_LINES} lines")
    for number, line in enumerate(lines, 1):
        if not line.strip(" \t"):
            continue
        key, colon, value = line.partition(":")
        value = value.strip(" \t")
        if not colon or not _KEY.match(key):
            raise BadPolicy(f"line {number}: {line[:60]!r} is not KEY: VALUE")
        if key != "mx":
            first.setdefault(key, value)
            continue
        pattern = value.lower().removesuffix(".")
        if not _is_pattern(pattern):
            raise BadPolicy(f"line {number}: mx: {value[:60]!r} is no host name or pattern")
        patterns.append(pattern)
        if len(patterns) > MAX_MX:
            raise BadPolicy(f"the policy names more than {MAX_MX} servers")
    return first, patterns


def _is_pattern(pattern: str) -> bool:
    """Tell whether it is `["*."] Domain` (RFC 8461 §3.2)."""
    labels = pattern.removeprefix("*.").split(".")
    return len(pattern) <= 255 and all(map(_LABEL.match, labels))
