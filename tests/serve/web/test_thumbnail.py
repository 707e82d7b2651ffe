"""Pictures drawn anew: nothing but pixels of them stays."""

import contextlib
import io
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pillarbox.base.errors import Invalid
from pillarbox.serve.web import thumbnail

from .letters import picture


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_formats(form):
    found = Image.open(io.BytesIO(thumbnail.draw(picture(form))))
    assert (found.format, found.size) == ("WEBP", (8, 6))


def test_metadata_goes_and_the_picture_stands_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010E] = "secret place"
    found = thumbnail.draw(picture("JPEG", exif=exif))
    assert b"secret" not in found
    assert Image.open(io.BytesIO(found)).size == (6, 8)


def test_large_pictures_shrink():
    assert Image.open(io.BytesIO(thumbnail.draw(picture(size=(4000, 1000))))).size == (2000, 500)


def test_pictures_that_unpack_to_too_much():
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + head
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk
    bomb += struct.pack(">I", zlib.crc32(chunk))
    with pytest.raises(Invalid):
        thumbnail.draw(bomb)


@pytest.mark.parametrize("octets", [b"", b"<svg/>", b"%!PS-Adobe", b"GIF89a", b"\x00" * 1000])
def test_what_is_no_picture(octets):
    with pytest.raises(Invalid):
        thumbnail.draw(octets)


@given(st.binary(max_size=200), st.integers(0, 80))
def test_damaged_pictures_are_refused_or_drawn(noise, at):
    whole = picture()
    with contextlib.suppress(Invalid):
        thumbnail.draw(whole[:at] + noise + whole[at + len(noise) :])
