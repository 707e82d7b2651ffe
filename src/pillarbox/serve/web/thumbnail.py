"""Pictures drawn anew, for previews: other octets, no metadata, a size that fits a screen.

A file that lies about its size, or unpacks to more pixels than it should, is refused before it
is unpacked.
"""

import asyncio
import io
from typing import Final

from PIL import Image, ImageOps

from pillarbox.base.errors import Invalid

TYPE: Final = "image/webp"
MAX_PIXELS: Final = 50_000_000
MAX_SIDE: Final = 2000  # of what is returned
MAX_OCTETS: Final = 50 * 1024 * 1024
_FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")


async def make(octets: bytes) -> bytes:
    """Return the picture, or the first of an animation, as WebP. Raises Invalid."""
    return await asyncio.to_thread(draw, octets)


def draw(octets: bytes) -> bytes:
    """Do the same, blocking."""
    if len(octets) > MAX_OCTETS:
        raise Invalid("the picture has too many octets")
    try:
        plain = _open(octets)
    except Invalid:
        raise
    except Exception as exc:
        # Decoders of pictures fail in every way there is.
        raise Invalid(f"not a picture: {type(exc).__name__}") from exc
    out = io.BytesIO()
    plain.save(out, "WEBP", quality=85, method=2)
    return out.getvalue()


def _has_alpha(picture: Image.Image) -> bool:
    return picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info


def check_size(octets: bytes) -> None:
    """Raise Invalid for what is no picture, or one that unpacks to too many pixels."""
    try:
        with Image.open(io.BytesIO(octets), formats=_FORMATS) as picture:
            pixels = picture.width * picture.height
    except Exception as exc:
        raise Invalid(f"not a picture: {type(exc).__name__}") from exc
    if pixels > MAX_PIXELS:
        raise Invalid("the picture has too many pixels")


def _open(octets: bytes) -> Image.Image:
    with Image.open(io.BytesIO(octets), formats=_FORMATS) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise Invalid("the picture has too many pixels")
        picture.draft("RGB", (MAX_SIDE, MAX_SIDE))
        upright = ImageOps.exif_transpose(picture)
        upright.thumbnail((MAX_SIDE, MAX_SIDE))
        return upright.convert("RGBA" if _has_alpha(upright) else "RGB")
