"""The base subject, by which SORT and THREAD compare (RFC 5256 §2.1, §5)."""

import re
from typing import Final

MAX_SUBJECT: Final = 1000  # characters that are looked at

_SPACE: Final = re.compile(r"[\t\r\n ]+")
_TRAILER: Final = re.compile(r"(?:\(fwd\)|\s)+\Z", re.IGNORECASE)
# subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
_BLOB: Final = r"\[[^\[\]]*\]\s*"
_REFWD: Final = rf"(?:re|fwd?)\s*(?:{_BLOB})?:"
_LEADER: Final = re.compile(rf"(?:{_BLOB})*{_REFWD}|\s", re.IGNORECASE)
_BLOB_ONLY: Final = re.compile(_BLOB)
_REPLY: Final = re.compile(rf"(?:{_BLOB})*{_REFWD}", re.IGNORECASE)
_FORWARD: Final = re.compile(r"\[fwd:(.*)\]\Z", re.IGNORECASE | re.DOTALL)


def base_subject(subject: str) -> tuple[str, bool]:
    """Return the base subject, and whether it is a reply or forward.

    subject: decoded. The result keeps its case; compare it with `search.fold`. It is ""
    when nothing remains.
    """
    text = _SPACE.sub(" ", subject[:MAX_SUBJECT])
    is_reply = False
    while True:
        # Step 2: (fwd) and spaces at the end.
        stripped = _TRAILER.sub("", text) if text[-1:] in (" ", ")") else text
        is_reply = is_reply or stripped.rstrip() != text.rstrip()
        text = stripped
        # Steps 3 to 5: leaders, and blobs as long as something remains.
        while True:
            if match := _LEADER.match(text):
                is_reply = is_reply or not match[0].isspace()
                text = text[match.end() :]
            elif (match := _BLOB_ONLY.match(text)) and match.end() < len(text):
                text = text[match.end() :]
            else:
                break
        # Step 6: [fwd: ... ] around the whole.
        match = _FORWARD.match(text)
        if match is None:
            return text, is_reply
        text, is_reply = match[1], True
