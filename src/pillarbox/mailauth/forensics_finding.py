"""What forensics can find out: the values (see forensics.py)."""

import enum
from dataclasses import dataclass, field
from typing import Final


class Cause(enum.StrEnum):
    """What happened. Stable: stored in traces, looked up by words."""

    NONE = "none"
    UNKNOWN = "unknown"
    # Body.
    FOOTER_ADDED = "footer_added"
    BANNER_ADDED = "banner_added"
    BODY_SHORTENED = "body_shortened"
    BODY_WHITESPACE = "body_whitespace"
    LINE_ENDS = "line_ends"
    FROM_STUFFED = "from_stuffed"
    DOTS_STUFFED = "dots_stuffed"
    BLANK_LINE_REMOVED = "blank_line_removed"
    LINES_WRAPPED = "lines_wrapped"
    LINKS_REWRITTEN = "links_rewritten"
    REENCODED = "reencoded"
    CHARSET_CONVERTED = "charset_converted"
    WRAPPED_IN_MULTIPART = "wrapped_in_multipart"
    WRONG_CANONICALISATION = "wrong_canonicalisation"
    # Header.
    SUBJECT_TAGGED = "subject_tagged"
    HEADER_ADDED = "header_added"
    HEADER_REMOVED = "header_removed"
    HEADER_CHANGED = "header_changed"
    HEADER_REFOLDED = "header_refolded"
    HEADER_NAME_CASE = "header_name_case"
    FROM_REWRITTEN = "from_rewritten"
    SIGNED_FROM_TOP = "signed_from_top"
    SIGNATURE_REFOLDED = "signature_refolded"
    SIGNATURE_DAMAGED = "signature_damaged"
    # Key.
    WRONG_KEY = "wrong_key"
    WRONG_KEY_TYPE = "wrong_key_type"
    KEY_MISSING = "key_missing"
    KEY_UNAVAILABLE = "key_unavailable"
    KEY_REVOKED = "key_revoked"
    KEY_NOT_FOR_THIS = "key_not_for_this"
    KEY_TOO_SHORT = "key_too_short"
    KEY_SPLIT = "key_split"
    KEY_QUOTED = "key_quoted"
    KEY_ESCAPED = "key_escaped"
    KEY_TRUNCATED = "key_truncated"
    KEY_WRAPPED = "key_wrapped"
    KEY_BROKEN = "key_broken"
    # Time, and what the signer wrote.
    EXPIRED = "expired"
    CLOCK = "clock"
    NOT_ACCEPTED = "not_accepted"


@dataclass(frozen=True, slots=True)
class Finding:
    """The likeliest cause.

    confidence: 0 to 1; 1 where there is no other explanation. part: "header", "body", "signature",
    "key", "clock", or "" where not even that is known. header: the field, lower case. line: of
    the body, from 1, where the change begins, 0 if it has no place. params: for the words.
    also: what else was changed, and had to be undone for the hashes to fit.
    """

    cause: Cause
    confidence: float
    part: str = ""
    header: str = ""
    line: int = 0
    params: dict[str, str | int] = field(default_factory=dict)
    also: tuple["Finding", ...] = ()

    @property
    def where(self) -> str:
        """The place of the damage: "body, line 12", "header subject", "key", or ""."""
        if self.header:
            return f"header {self.header}"
        if self.part == "body" and self.line:
            return f"body, line {self.line}"
        return self.part


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work a diagnosis may be.

    rsa_trials, ed25519_trials: of one header. body_octets: longer bodies are not looked at.
    hashed_octets: of bodies, over all trials.
    """

    rsa_trials: int
    ed25519_trials: int
    body_octets: int
    hashed_octets: int


# For when somebody asks, and for when mail comes in.
FULL: Final = Effort(12_000, 400, 1024 * 1024, 48 * 1024 * 1024)
BRIEF: Final = Effort(1_500, 40, 64 * 1024, 4 * 1024 * 1024)
