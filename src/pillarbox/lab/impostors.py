"""Those who stand between the lab's servers and domains that require encryption.

Each is a mail server that takes everything, and so would get the message if the sender let it;
beside it, on the same host, the real domain's MTA-STS policy lies on a web server.
"""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from pillarbox.lab.hosts import HTTPS, IMPOSTORS, SMTP, Impostor, Network
from pillarbox.lab.zones import sts_policy

IDLE_SECONDS: Final = 30.0
MAX_LINE: Final = 64 * 1024

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def start(folder: Path, network: Network, stack: contextlib.AsyncExitStack) -> None:
    """Start them all; `stack` ends them. folder: of the lab. Raises OSError."""
    for impostor in IMPOSTORS:
        home, address = folder / impostor.name, network.address(impostor.host)
        server = _context(home, "server")
        await _serve(_mail(impostor, server), address, SMTP, None, stack)
        if impostor.sts:
            policy = sts_policy(impostor.mx, "enforce").encode()
            await _serve(_site(policy), address, HTTPS, _context(home, "site"), stack)


def _context(home: Path, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(home / f"{name}.pem", home / f"{name}.key")
    return context


async def _serve(
    talk: Talk,
    address: str,
    port: int,
    tls: ssl.SSLContext | None,
    stack: contextlib.AsyncExitStack,
) -> None:
    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(
                OSError, TimeoutError, ValueError, asyncio.IncompleteReadError
            ):
                async with asyncio.timeout(IDLE_SECONDS):
                    await talk(reader, writer)
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(accept, address, port, ssl=tls, limit=MAX_LINE)
    stack.callback(server.close)


def _mail(impostor: Impostor, context: ssl.SSLContext) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"220 {impostor.mx} ESMTP\r\n".encode())
        encrypted = False
        while line := await reader.readline():
            verb = line.split()[0].upper() if line.split() else b""
            if verb == b"EHLO":
                offer = "STARTTLS" if impostor.starttls and not encrypted else "8BITMIME"
                writer.write(f"250-{impostor.mx}\r\n250 {offer}\r\n".encode())
            elif verb == b"STARTTLS" and impostor.starttls:
                writer.write(b"220 Go ahead\r\n")
                await writer.drain()
                await writer.start_tls(context)
                encrypted = True
            elif verb == b"DATA":
                writer.write(b"354 Go ahead\r\n")
                while await reader.readline() not in {b".\r\n", b""}:
                    pass
                writer.write(b"250 Thank you\r\n")
            else:
                writer.write(b"221 Bye\r\n" if verb == b"QUIT" else b"250 OK\r\n")
            await writer.drain()
            if verb == b"QUIT":
                return

    return talk


def _site(policy: bytes) -> Talk:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % len(policy) + policy)
        await writer.drain()
        await reader.read()

    return talk
