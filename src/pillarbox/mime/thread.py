"""What ties messages together: identifiers, and the subject without its prefixes."""

import re
from typing import Final

MAX_IDS: Final = 100
MAX_SUBJECT: Final = 2000  # characters that are looked at

_ID: Final = re.compile(rb"<([^<>\s]{1,500})>")
# An id with spaces or folds inside: broken programs cut long ones in two.
_LOOSE_ID: Final = re.compile(rb"<([^<>@]{1,500}@[^<>@]{1,500})>")
_NEEDLESS_QUOTES: Final = re.compile(rb'"((?:[^"\\]|\\.){1,500})"(@.*)', re.DOTALL)
_PAIR: Final = re.compile(rb"\\(.)", re.DOTALL)
_DOT_ATOM: Final = re.compile(
    rb"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\xff-]+)*"
)
_SPACE: Final = re.compile(r"[ \t\r\n]+")
# RFC 5256 §5: subj-blob, subj-refwd.
_BLOB: Final = r"\[[^\[\]]*+\] *+"
_LEADER: Final = re.compile(
    rf"(?:{_BLOB})*(?:re|fwd?) *+(?:{_BLOB})?:| +|{_BLOB}(?!\Z)", re.IGNORECASE
)
_TRAILER: Final = re.compile(r"(?:\(fwd\)| )+\Z", re.IGNORECASE)
_FORWARDED: Final = re.compile(r"\[fwd:(.*)\]\Z", re.IGNORECASE | re.DOTALL)


def message_ids(value: bytes) -> list[str]:
    """Return the identifiers of a References, In-Reply-To or Message-ID value, without <>.

    Of more than 100, the first and the last ones are kept: where a thread began, and what
    was answered. Quotes that are not needed are gone, so that equal ids are equal strings
    (RFC 5256 §3).
    """
    found = _ID.findall(value)
    if not found and b"<" in value:
        found = [b"".join(octets.split()) for octets in _LOOSE_ID.findall(value)]
    if len(found) > MAX_IDS:
        found = found[: MAX_IDS // 2] + found[-MAX_IDS // 2 :]
    if b'"' in value:
        found = [_unquoted(octets) for octets in found]
    return [octets.decode("utf-8", "replace") for octets in found]


def _unquoted(octets: bytes) -> bytes:
    match = _NEEDLESS_QUOTES.fullmatch(octets)
    if match is None:
        return octets
    local = _PAIR.sub(rb"\1", match[1])
    return local + match[2] if _DOT_ATOM.fullmatch(local) else octets


def base_subject(subject: str) -> str:
    """Return the base subject (RFC 5256 §2.1). subject: decoded."""
    # Step 1: one space for tabs, folds and runs of spaces.
    text = _SPACE.sub(" ", subject[:MAX_SUBJECT])
    while True:
        # Step 2: trailers.
        if text[-1:] in {" ", ")"}:
            text = _TRAILER.sub("", text)
        # Steps 3 to 5: leaders, and blobs as long as something remains.
        while True:
            match = _LEADER.match(text)
            if match is None:
                break
            text = text[match.end() :]
        # Step 6: [fwd: ... ] around the whole.
        match = _FORWARDED.match(text)
        if match is None:
            return text
        text = match[1]
