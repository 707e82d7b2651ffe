"""A web server on loopback for a browser to look at, and a browser for which there is no other."""

import asyncio
import contextlib

import pytest

from .browser import open_browser

NAMES = "--host-resolver-rules=MAP *.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""Names that end in .test are on loopback; nothing else is anywhere."""


@pytest.fixture
async def chromium():
    """A running Chromium; `new_context()` gives a profile of one's own."""
    async with open_browser(NAMES) as browser:
        yield browser


class LocalServer:
    """Answers by path. pages: path -> (header fields, octets). heard: paths with queries."""

    def __init__(self):
        self.pages = {}
        self.heard: list[str] = []
        self.port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    async def serve(self, reader, writer):
        self._writers.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode("latin-1")
                self.heard.append(path)
                found = self.pages.get(path.partition("?")[0])
                fields, body = found or ({}, b"")
                lines = [f"HTTP/1.1 {200 if found else 404} X", f"Content-Length: {len(body)}"]
                lines += [f"{name}: {value}" for name, value in fields.items()]
                writer.write("\r\n".join([*lines, "", ""]).encode() + body)
                await writer.drain()
        self._writers.discard(writer)
        writer.close()

    async def close(self):
        for writer in list(self._writers):
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


@contextlib.asynccontextmanager
async def local_server():
    made = LocalServer()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.close()
