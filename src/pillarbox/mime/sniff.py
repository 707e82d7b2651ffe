"""What octets are, by how they begin: the type that a browser is told, never the sender's claim.

Only what we may want to show has a type here; everything else is `application/octet-stream`
(compare the WHATWG standard on MIME sniffing). HTML, SVG and XML have none on purpose: they are
programs, and are only ever saved.
"""

from typing import Final

ENOUGH: Final = 4096  # octets from the start that tell everything
UNKNOWN: Final = "application/octet-stream"
TEXT: Final = "text/plain"
PDF: Final = "application/pdf"

RASTER: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"})
"""Images that browsers draw without running anything."""

_MAGIC: Final = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", PDF),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b", "application/gzip"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "application/ogg"),
)
_BRANDS: Final = {b"avif": "image/avif", b"avis": "image/avif"}
_VIDEO: Final = frozenset({b"isom", b"iso2", b"mp41", b"mp42", b"avc1", b"M4V "})
_ACTIVE: Final = (
    b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<svg", b"<?xml", b"<math", b"<iframe",
)  # fmt: skip
_CONTROLS: Final = bytes(set(range(0x20)) - set(b"\t\n\f\r\x1b"))


def sniff(octets: bytes) -> str:
    """Return the media type of octets; their first ENOUGH are looked at."""
    start = octets[:ENOUGH]
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF":
        return "image/webp" if start[8:12] == b"WEBP" else UNKNOWN
    if start[4:8] == b"ftyp":
        brand = start[8:12]
        return _BRANDS.get(brand, "video/mp4" if brand in _VIDEO else UNKNOWN)
    return TEXT if _is_text(start) else UNKNOWN


def _is_text(start: bytes) -> bool:
    if start.translate(None, _CONTROLS) != start:
        return False
    head = start.lstrip(b"\xef\xbb\xbf \t\r\n\f").lower()
    return not head.startswith(_ACTIVE)
