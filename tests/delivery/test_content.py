"""delivery/content.py: messages from the store, whole or in pieces."""

import pytest

from pillarbox.delivery import content as content_module
from pillarbox.delivery.content import Content

from .outgoing import MESSAGE, world


async def stored(w, message):
    (ref,) = await w.db.write(lambda tx: tx.blobs, blobs=(message,))
    return Content(w.db, ref, len(message))


@pytest.mark.parametrize("chunk", [7, 100, 4096])
async def test_pieces_make_the_whole(tmp_path, monkeypatch, chunk):
    monkeypatch.setattr(content_module, "CHUNK_OCTETS", chunk)
    message = MESSAGE + bytes(range(256)) * 3
    async with world(tmp_path) as w:
        content = await stored(w, message)
        for _ in range(2):
            assert b"".join([part async for part in content.chunks()]) == message
        scan = await content.scan()
        assert (scan.octets, scan.eight_bit, scan.nul) == (len(message), True, True)


async def test_what_is_true_of_the_body(tmp_path):
    async with world(tmp_path) as w:
        plain = await stored(w, MESSAGE)
        assert await plain.body("8BITMIME") == "7BIT"
        assert await plain.body("BINARYMIME") == "BINARYMIME"
        assert await (await stored(w, MESSAGE + b"\xff")).body("7BIT") == "8BITMIME"
        assert await plain.header() == MESSAGE[: MESSAGE.index(b"\r\n\r\n") + 4]
