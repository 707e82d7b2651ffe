"""What a check finds: an id that scripts know, how bad it is, words, and the record instead."""

import enum
from dataclasses import dataclass
from typing import Any, Final

from pillarbox.doctor.catalogue import CATALOGUE

MAX_SHOWN: Final = 2000  # characters of a published record that are kept


class Severity(enum.Enum):
    """How bad it is. UNKNOWN: DNS could not be asked, so nothing is known; ask again later."""

    OK = "ok"
    INFO = "info"
    UNKNOWN = "unknown"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """From 0, the higher the worse."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    id: "spf.too-many-lookups", stable. record: where, "example.org TXT". text: what is so.
    why: why that matters. found: what is published there, "" for nothing. publish: the text to
    publish there instead, "" where nothing needs to change or only the owner can tell.
    """

    id: str
    severity: Severity
    record: str
    text: str
    why: str
    found: str = ""
    publish: str = ""


def make(id_: str, record: str, *, found: str = "", publish: str = "", **params: Any) -> Finding:
    """Return the finding `id_` of the catalogue with its words filled in."""
    severity, text, why = CATALOGUE[id_]
    shown = {name: visible(str(value)) for name, value in params.items()}
    return Finding(
        id_,
        Severity(severity),
        record,
        text.format(**shown),
        why.format(**shown),
        visible(found[:MAX_SHOWN]),
        publish,
    )


def visible(text: str) -> str:
    """Return `text` with what does not print replaced: it comes from strangers."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
