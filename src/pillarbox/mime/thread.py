"""What ties messages together: identifiers, and the subject without its prefixes."""

import re
from typing import Final

MAX_IDS: Final = 100

_ID: Final = re.compile(rb"<([^<>\s]{1,500})>")
_SPACE: Final = re.compile(r"[ \t\r\n]+")
# RFC 5256 §5: subj-refwd, subj-blob.
_BLOB: Final = r"\[[^\[\]]*\][ \t]*"
_LEADER: Final = re.compile(rf"(?:{_BLOB})*(?:re|fwd?)[ \t]*(?:{_BLOB})?:[ \t]*", re.IGNORECASE)
_LEADING_BLOB: Final = re.compile(_BLOB)
_FORWARDED: Final = re.compile(r"\[fwd:(.*)\]$", re.IGNORECASE | re.DOTALL)
MAX_SUBJECT: Final = 2000


def message_ids(value: bytes) -> list[str]:
    """Return the identifiers of a References, In-Reply-To or Message-ID value, without <>.

    Of more than 100, the first and the last ones are kept: where a thread began, and what
    was answered.
    """
    found = [octets.decode("utf-8", "replace") for octets in _ID.findall(value)]
    if len(found) > MAX_IDS:
        found = found[: MAX_IDS // 2] + found[-MAX_IDS // 2 :]
    return found


def base_subject(subject: str) -> str:
    """Return the base subject (RFC 5256 §2.1). subject: decoded."""
    text = _SPACE.sub(" ", subject[:MAX_SUBJECT]).strip()
    while True:
        # (2) trailing "(fwd)" and space
        while text.lower().endswith("(fwd)"):
            text = text[:-5].rstrip()
        # (3)-(5) leaders and blobs
        changed = True
        while changed:
            changed = False
            if (match := _LEADER.match(text)) is not None or (
                (match := _LEADING_BLOB.match(text)) is not None and text[match.end() :].strip()
            ):
                text = text[match.end() :].lstrip()
                changed = True
        # (6) [fwd: ... ]
        match = _FORWARDED.match(text)
        if match is None:
            return text
        text = match[1].strip()
