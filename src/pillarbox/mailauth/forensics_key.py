"""What is wrong with the text of a key record: quoted, escaped, split, cut off."""

import base64
from itertools import permutations
from typing import Final

from pillarbox.mailauth.dkim_header import Reason, decode_base64
from pillarbox.mailauth.dkim_key import MAX_RECORD_OCTETS, Key, read_key
from pillarbox.mailauth.forensics_finding import Cause, Finding
from pillarbox.mailauth.tags import TagError, parse_tags

_MAX_PIECES: Final = 4
_ED25519_WRAPPING: Final = bytes.fromhex("302a300506032b6570032100")


def diagnose_record(texts: list[bytes], key_type: str) -> Finding:
    """Return why none of the TXT records `texts` is a usable key of `key_type`.

    A repair that makes a whole key of it is proof enough.
    """
    texts = [text[:MAX_RECORD_OCTETS] for text in texts[:_MAX_PIECES]]
    keys = [read_key(text) for text in texts]
    for key in keys:
        if key.reason is None:
            return Finding(
                Cause.WRONG_KEY_TYPE, 1.0, "key", params={"key": key.key_type, "a": key_type}
            )
    if len(texts) > 1:
        for order in permutations(texts):
            if _is_key(b"".join(order)):
                return Finding(Cause.KEY_SPLIT, 1.0, "key", params={"records": len(texts)})
    for text, key in zip(texts, keys, strict=True):
        found = _repair(text, key)
        if found is not None:
            return found
    if any(key.reason is Reason.KEY_TYPE for key in keys):
        return Finding(Cause.WRONG_KEY_TYPE, 1.0, "key", params={"a": key_type})
    return Finding(Cause.KEY_BROKEN, 1.0, "key", params={"detail": keys[0].detail if keys else ""})


def _is_key(text: bytes) -> bool:
    return read_key(text).reason is None


def _repair(text: bytes, key: Key) -> Finding | None:
    if b"\\" in text and _is_key(text.replace(b"\\", b"")):
        return Finding(Cause.KEY_ESCAPED, 1.0, "key")
    plain = text.replace(b"\\", b"")
    if b'"' in text:
        joined = b"".join(part.strip() for part in plain.split(b'"'))
        spaced = b"".join(plain.split(b'"'))
        if _is_key(joined) or _is_key(spaced) or _is_key(plain.replace(b'"', b"").strip()):
            return Finding(Cause.KEY_QUOTED, 1.0, "key")
    if b"-----" in text:
        cut = b"".join(part for at, part in enumerate(text.split(b"-----")) if at % 2 == 0)
        if _is_key(cut):
            return Finding(Cause.KEY_WRAPPED, 1.0, "key", params={"with": "PEM lines"})
    try:
        tag = parse_tags(text).get("p")
    except TagError:
        return None
    octets = b"" if tag is None else decode_base64(tag.compact)
    if key.key_type == "ed25519" and octets[:12] == _ED25519_WRAPPING and len(octets) == 44:
        return Finding(Cause.KEY_WRAPPED, 1.0, "key", params={"with": "SubjectPublicKeyInfo"})
    if key.key_type == "rsa" and tag is not None and _is_cut(tag.compact):
        return Finding(Cause.KEY_TRUNCATED, 1.0, "key", params={"octets": len(text)})
    return None


def _is_cut(text: bytes) -> bool:
    """Tell whether base64 `text` is the beginning of a DER sequence that should be longer."""
    try:
        octets = base64.b64decode(text[: len(text) // 4 * 4])
    except ValueError:
        return False
    if len(octets) < 6 or octets[0] != 0x30 or octets[1] not in {0x81, 0x82}:
        return False
    size = octets[1] - 0x80
    return 2 + size + int.from_bytes(octets[2 : 2 + size], "big") > len(octets)
