"""The ids of blobs: whole messages, decoded parts of messages, uploads (RFC 8620 §1.2, §6). Pure.

"g345" is message 345, "g345-1-2" its part 1.2 with the transfer encoding undone (an Id has no
dots). Where a part is itself a message "_" leads into it: "g345-2_1" is part 1 of the message in
part 2. "u7" is an upload.
"""

import re
from typing import Final, NamedTuple

from pillarbox.jmap import ids

MESSAGE: Final = "g"
UPLOAD: Final = "u"
MAX_LENGTH: Final = 255  # RFC 8620 §1.2

_PART: Final = r"[1-9][0-9]{0,3}(?:-[1-9][0-9]{0,3})*"
_MESSAGE: Final = re.compile(rf"(g[0-9]+)(?:-({_PART}(?:_{_PART})*))?", re.ASCII)


class MessageBlob(NamedTuple):
    """A message, or a decoded part of it.

    path: empty for the whole; ("1.2",) is a part as IMAP numbers it, ("2", "1") part 1 of the
    message that is part 2.
    """

    message_id: int
    path: tuple[str, ...] = ()


class UploadBlob(NamedTuple):
    """What a client uploaded."""

    upload_id: int


def message(message_id: int, *path: str) -> str:
    """Return the blob id of a message, or of a part of it (see MessageBlob.path).

    Parts so deep that the id were longer than an Id may be have the id of no blob at all.
    """
    whole = ids.make(MESSAGE, message_id)
    return f"{whole}-{'_'.join(path).replace('.', '-')}" if path else whole


def inner(blob_id: str, part: str) -> str:
    """Return the blob id of a part of the message that the blob of an id is."""
    return f"{blob_id}{'_' if '-' in blob_id else '-'}{part.replace('.', '-')}"


def upload(upload_id: int) -> str:
    """Return the blob id of an upload."""
    return ids.make(UPLOAD, upload_id)


def parse(text: object) -> MessageBlob | UploadBlob | None:
    """Return what a blob id names, None if it can be none of ours."""
    if not isinstance(text, str) or len(text) > MAX_LENGTH:
        return None
    if match := _MESSAGE.fullmatch(text):
        number = ids.number(MESSAGE, match[1])
        path = match[2].replace("-", ".").split("_") if match[2] else []
        return None if number is None else MessageBlob(number, tuple(path))
    number = ids.number(UPLOAD, text)
    return None if number is None else UploadBlob(number)
