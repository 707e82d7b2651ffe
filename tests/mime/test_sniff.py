"""What octets are, whatever they are called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime.sniff import PDF, RASTER, TEXT, UNKNOWN, sniff


@pytest.mark.parametrize(
    ("octets", "kind"),
    [
        (b"\x89PNG\r\n\x1a\nrest", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a<script>", "image/gif"),
        (b"RIFF1234WEBPVP8 ", "image/webp"),
        (b"RIFF1234WAVEfmt ", UNKNOWN),
        (b"\0\0\0\x1cftypavif", "image/avif"),
        (b"\0\0\0\x1cftypheic", UNKNOWN),
        (b"%PDF-1.4", PDF),
        (b" %PDF-1.4", TEXT),
        (b"PK\x03\x04", "application/zip"),
        (b"Hello", TEXT),
        ("Grüße".encode(), TEXT),
        ("Grüße".encode("latin-1"), TEXT),
        (b"", TEXT),
        (b"a\0b", UNKNOWN),
        (b"<html>", UNKNOWN),
        (b"\xef\xbb\xbf  <!DOCTYPE html>", UNKNOWN),
        (b"<?xml version='1.0'?><svg/>", UNKNOWN),
        (b"<SVG onload=alert(1)>", UNKNOWN),
        (b"MZ\x90\0", UNKNOWN),
    ],
)
def test_kinds(octets, kind):
    assert sniff(octets) == kind


@given(st.binary(max_size=100))
def test_any_octets_have_a_type_that_runs_nothing(octets):
    assert sniff(octets) in RASTER | {
        TEXT, PDF, UNKNOWN, "application/zip", "application/gzip", "audio/mpeg",
        "application/ogg", "video/mp4",
    }  # fmt: skip
