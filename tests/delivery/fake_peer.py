"""A mail server that says what a test wants, and keeps what it heard."""

import asyncio
import contextlib
import ssl
from dataclasses import dataclass, field

OFFERS = ("PIPELINING", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")
HANG = "HANG"
CLOSE = "CLOSE"

DEFAULTS = {
    "GREETING": "220 peer.example ESMTP",
    "STARTTLS": "220 2.0.0 Go ahead",
    "MAIL": "250 2.1.0 Sender OK",
    "RCPT": "250 2.1.5 Recipient OK",
    "DATA": "354 Go ahead",
    "END": "250 2.0.0 Queued as 1",
    "RSET": "250 2.0.0 OK",
    "QUIT": "221 2.0.0 Bye",
}


@dataclass
class Received:
    """One message that the peer accepted or refused at its end."""

    mail: str
    rcpts: list[str] = field(default_factory=list)
    data: bytes = b""


class Peer:
    """Serves on an address; `script` replaces replies: a text, HANG, CLOSE, or a list of them
    for one connection after the other (RCPT: for one recipient after the other).
    """

    def __init__(self, script=None, offers=OFFERS, tls=None):
        self.script = {
            key: list(v) if isinstance(v, list) else v
            for key, v in (DEFAULTS | (script or {})).items()
        }
        self.offers = offers
        self.tls: ssl.SSLContext | None = tls
        self.connections = 0
        self.commands: list[str] = []
        self.messages: list[Received] = []
        self.message = Received("")
        self.port = 0
        self._heard = asyncio.Condition()
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, address="127.0.0.1", port=0):
        self._server = await asyncio.start_server(self._accept, address, port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def until(self, condition):
        """Wait until something that was heard makes `condition` true."""
        async with asyncio.timeout(5), self._heard:
            await self._heard.wait_for(condition)

    async def stop(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _accept(self, reader, writer):
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        try:
            with contextlib.suppress(OSError):
                await self._talk(reader, writer)
        finally:
            writer.transport.abort()

    def _reply(self, key):
        value = self.script[key]
        if isinstance(value, list):
            return value.pop(0) if len(value) > 1 else value[0]
        return value

    async def _say(self, writer, key):
        """Answer; False if the conversation is over."""
        text = self._reply(key)
        if text == HANG:
            await asyncio.Event().wait()
        if text == CLOSE:
            return False
        writer.write(text.encode() + b"\r\n")
        await writer.drain()
        return not text.startswith("421")

    async def _talk(self, reader, writer):
        going = await self._say(writer, "GREETING")
        while going and (line := await reader.readline()):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            self.commands.append(text)
            async with self._heard:
                self._heard.notify_all()
            verb = text.split(" ")[0].split(":")[0].upper()
            if verb == "EHLO" and "EHLO" not in self.script:
                await self._hello(writer)
                continue
            self._note(verb, text)
            going = await self._say(writer, verb if verb in self.script else "RSET")
            if verb == "STARTTLS" and self._reply("STARTTLS").startswith("220"):
                assert self.tls is not None
                await writer.start_tls(self.tls)
            elif verb == "DATA" and self._said_go_ahead():
                self.message.data = await self._body(reader)
                if not self.message.data:
                    return
                self.messages.append(self.message)
                going = await self._say(writer, "END")
            going = going and verb != "QUIT"
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    def _note(self, verb, text):
        if verb == "MAIL":
            self.message = Received(text)
        elif verb == "RCPT":
            self.message.rcpts.append(text)

    async def _hello(self, writer):
        lines = ["peer.example", *self.offers]
        if self.tls is not None and writer.get_extra_info("ssl_object") is None:
            lines.append("STARTTLS")
        last = len(lines) - 1
        for i, offer in enumerate(lines):
            writer.write(f"250{' ' if i == last else '-'}{offer}\r\n".encode())
        await writer.drain()

    def _said_go_ahead(self):
        value = self.script["DATA"]
        return (value[0] if isinstance(value, list) else value).startswith("354")

    async def _body(self, reader):
        """Return the raw octets of the body with their stuffed dots; b"" if cut off."""
        lines: list[bytes] = []
        while line := await reader.readline():
            if line == b".\r\n":
                return b"".join(lines)
            if self.script.get("BODY") == CLOSE:
                return b""
            lines.append(line)
        return b""
