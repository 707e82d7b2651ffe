"""DMARC policy records: text in, tags out (RFC 9989 §4.7 and §4.8).

Only the version can make a text something else than a DMARC record. Errors behind it
cost the tag in which they are, never the record: each leaves a sentence in `problems`,
for the checker. The tags that RFC 9989 dropped (pct, rf, ri, report sizes) are read as
RFC 7489 §6.3 has them.
"""

import enum
import functools
import re
from dataclasses import dataclass
from typing import Final

from pillarbox.base.errors import Invalid
from pillarbox.mailauth.alignment import Mode

MAX_OCTETS: Final = 64 * 1024
MAX_TAGS: Final = 100
MAX_URIS: Final = 100
_CACHED_RECORDS: Final = 4096
_CACHED_OCTETS: Final = 2048

_VERSION: Final = re.compile(rb"[vV][ \t]*=[ \t]*DMARC1[ \t]*(?:;|\Z)")
_STRAY: Final = re.compile(r"[^ -~]")
_URI: Final = re.compile(
    r"([A-Za-z][A-Za-z0-9+.-]*:[!-~]+?)(?:[ \t]*!([0-9]{1,19})([kmgtKMGT]?))?\Z"
)
_MAILTO: Final = re.compile(r"mailto:[^@\s]+@[^@\s?]+(?:\?[^\s]*)?\Z", re.IGNORECASE)
_UNITS: Final = {"": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


class NotDmarc(Invalid):
    """The text is no DMARC record: it does not begin with v=DMARC1 (RFC 9989 §4.7)."""


class Policy(enum.Enum):
    """What the domain owner asks for. value: as in the record."""

    NONE = "none"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class Psd(enum.Enum):
    """Whether the domain is a public suffix."""

    YES = "y"
    NO = "n"
    UNKNOWN = "u"


@dataclass(frozen=True, slots=True)
class ReportUri:
    """Where reports go. max_octets: the obsolete size limit of RFC 7489 §6.2, 0 for none."""

    uri: str
    max_octets: int = 0

    @property
    def address(self) -> str:
        """The mail address of a mailto URI, "" for others."""
        if not _MAILTO.match(self.uri):
            return ""
        return self.uri[len("mailto:") :].partition("?")[0]


@dataclass(frozen=True, slots=True)
class DmarcRecord:
    """One record, with defaults where tags are absent or broken.

    p: NONE when the tag is absent (RFC 9989 §4.7). sp, np: None when absent.
    policy_broken: p, sp or np holds something that is no policy, so that RFC 9989 §4.10.1
    decides whether the record counts. testing: enforcement is to be one level lower, by
    t=y or, where there is no t, its forerunner pct=0 (RFC 9989 §A.6). fo: characters of
    "01ds". pct: 0 to 100. ri: seconds. unknown: other tags, as published. problems:
    sentences for the publisher.
    """

    text: str
    p: Policy = Policy.NONE
    sp: Policy | None = None
    np: Policy | None = None
    adkim: Mode = Mode.RELAXED
    aspf: Mode = Mode.RELAXED
    psd: Psd = Psd.UNKNOWN
    t: bool = False
    testing: bool = False
    fo: str = "0"
    rua: tuple[ReportUri, ...] = ()
    ruf: tuple[ReportUri, ...] = ()
    pct: int = 100
    rf: str = "afrf"
    ri: int = 86400
    policy_broken: bool = False
    unknown: tuple[tuple[str, str], ...] = ()
    problems: tuple[str, ...] = ()


def is_dmarc(text: bytes) -> bool:
    """Tell whether a TXT record begins as a DMARC record must."""
    return _VERSION.match(text) is not None


def parse(text: str | bytes) -> DmarcRecord:
    """Parse one record, the TXT strings joined. Recent results are kept. Raises NotDmarc."""
    octets = text.encode("utf-8", "replace") if isinstance(text, str) else text
    if len(octets) > MAX_OCTETS:
        raise NotDmarc(f"the record is longer than {MAX_OCTETS} octets")
    return _parse_cached(octets) if len(octets) <= _CACHED_OCTETS else _parse(octets)


def _parse(octets: bytes) -> DmarcRecord:
    version = _VERSION.match(octets)
    if version is None:
        raise NotDmarc("the record does not begin with v=DMARC1")
    text = octets.decode("ascii", "backslashreplace")
    problems: list[str] = []
    tags = _tags(octets[version.end() :], problems)
    broken = False

    def policy(name: str) -> Policy | None:
        nonlocal broken
        if name not in tags:
            return None
        try:
            return Policy(tags[name].lower())
        except ValueError:
            broken = True
            problems.append(f"{name}={tags[name]} is not none, quarantine or reject")
            return None

    def choice(name: str, allowed: str, default: str) -> str:
        value = tags.get(name, default).lower()
        if value and value in allowed and len(value) == 1:
            return value
        problems.append(f"{name}={value} is not one of {', '.join(allowed)}")
        return default

    def number(name: str, default: int, highest: int) -> int:
        value = tags.get(name, str(default))
        if value.isdigit() and len(value) <= 10 and int(value) <= highest:
            return int(value)
        problems.append(f"{name}={value} is not a number from 0 to {highest}")
        return default

    p, sp, np = policy("p"), policy("sp"), policy("np")
    if p is None and "p" not in tags:
        problems.append("there is no p tag: none is assumed, and older receivers ignore the record")
    pct = number("pct", 100, 100)
    testing = choice("t", "yn", "n") == "y"
    return DmarcRecord(
        text=text,
        p=p or Policy.NONE,
        sp=sp,
        np=np,
        adkim=Mode(choice("adkim", "rs", "r")),
        aspf=Mode(choice("aspf", "rs", "r")),
        psd=Psd(choice("psd", "ynu", "u")),
        t=testing,
        testing=testing or (pct == 0 and "t" not in tags),
        fo=_failure_options(tags.get("fo", "0"), problems),
        rua=_uris("rua", tags.get("rua"), problems),
        ruf=_uris("ruf", tags.get("ruf"), problems),
        pct=pct,
        rf=tags.get("rf", "afrf"),
        ri=number("ri", 86400, 2**32 - 1),
        policy_broken=broken,
        unknown=tuple((k, v) for k, v in tags.items() if k not in _KNOWN),
        problems=tuple(problems),
    )


_parse_cached = functools.lru_cache(_CACHED_RECORDS)(_parse)

_KNOWN: Final = frozenset(
    ("p", "sp", "np", "adkim", "aspf", "psd", "t", "fo", "rua", "ruf", "pct", "rf", "ri")
)


def _tags(octets: bytes, problems: list[str]) -> dict[str, str]:
    """Return the tags behind the version, names lower case; the first of equals wins."""
    tags: dict[str, str] = {}
    parts = octets.decode("ascii", "backslashreplace").split(";")
    if len(parts) > MAX_TAGS:
        problems.append(f"only the first {MAX_TAGS} tags are read")
    for part in parts[:MAX_TAGS]:
        # No one expression for all of it: runs of spaces would make it slow.
        name, equals, value = (piece.strip(" \t") for piece in part.partition("="))
        name = name.lower()
        if not name.isalpha() or not equals or _STRAY.search(value):
            if part.strip(" \t"):
                problems.append(f"{part.strip()[:80]!r} is not a tag")
        elif name in tags or name == "v":
            problems.append(f"the tag {name} appears twice")
        else:
            tags[name] = value
    return tags


def _failure_options(value: str, problems: list[str]) -> str:
    options = [option.strip(" \t").lower() for option in value.split(":")]
    known = "".join(dict.fromkeys(option for option in options if option in ("0", "1", "d", "s")))
    if not known or len(known) != len(options) or {"0", "1"} <= set(known):
        problems.append(f"fo={value} is not a list of 0 or 1, d and s")
    return known or "0"


def _uris(name: str, value: str | None, problems: list[str]) -> tuple[ReportUri, ...]:
    """`dmarc-urilist`; what is no URI is left out (RFC 9989 §4.8)."""
    if value is None:
        return ()
    uris = []
    for item in value.split(",")[:MAX_URIS]:
        match = _URI.match(item.strip(" \t"))
        # An exclamation mark ends the URI: inside it must be escaped.
        bad_mail = match and match[1][:7].lower() == "mailto:" and not _MAILTO.match(match[1])
        if match is None or bad_mail or "!" in match[1]:
            problems.append(
                f"{name}: {item.strip()[:80]!r} is not a URI such as mailto:a@b.example"
            )
        else:
            size = int(match[2]) * _UNITS[match[3].lower()] if match[2] else 0
            uris.append(ReportUri(match[1], size))
    return tuple(uris)
