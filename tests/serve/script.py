r"""Dialogs over sockets, from files.

    #! imap 3           the port (a name of house.PORTS), and how many messages INBOX has
    # ...               a comment
    C: text             the client sends a line
    C- text             without its CRLF
    CB: text            with a bare LF
    S: text             the server must answer exactly this line; "..." stands for anything
    C2: S2: ...         a second client, and so on, each on a connection of its own
    TLS: or TLS2:       the client's side of the handshake
    END: or END2:       the client stops sending; the server must say nothing more, and close
    CUT: or CUT2:       the client is gone, and the server has noticed

Inside of text, \xHH is that octet and \t a tab; {PLAIN:user:password} is base64 for SASL PLAIN,
{B64:text} base64, and {*:n} n times "x". Nothing may be left unread at the end.
"""

import asyncio
import base64
import contextlib
import re
import ssl
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "data" / "dialogs" / "wire"
SECONDS = 20
_LINE = re.compile(r"(C|CB|S|TLS|END|CUT)(\d*)([:-]) ?(.*)")
_SPECIAL = re.compile(rb"\\x([0-9a-f]{2})|\{(PLAIN|B64|\*):([^}]*)\}|\\t")


@dataclass
class Dialog:
    """One file. steps: (kind, client, argument, line of the file)."""

    port: str = ""
    messages: int = 0
    steps: list[tuple[str, str, bytes, str]] = field(default_factory=list)


def read(path):
    """Return the dialog of a file."""
    dialog = Dialog()
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        if line.startswith("#!"):
            port, messages = line[2:].split()
            dialog.port, dialog.messages = port, int(messages)
        elif line and not line.startswith("# ") and line != "#":
            match = _LINE.fullmatch(line)
            assert match is not None, f"{path.name}:{number}: {line}"
            kind, client, end, text = match.groups()
            kind += "-" if end == "-" else ""
            dialog.steps.append((kind, client or "1", text.encode(), f"{path.name}:{number}"))
    return dialog


def octets(text):
    """Return what a line of a script stands for."""

    def put(match):
        if match[1]:
            return bytes([int(match[1], 16)])
        if match[2] == b"PLAIN":
            return base64.b64encode(b"\0" + match[3].replace(b":", b"\0"))
        if match[2] == b"B64":
            return base64.b64encode(match[3])
        return b"x" * int(match[3]) if match[2] else b"\t"

    return _SPECIAL.sub(put, text)


def fits(expected, line):
    pattern = b".*".join(re.escape(octets(part)) for part in expected.split(b"..."))
    return re.fullmatch(pattern, line, re.DOTALL) is not None


def context():
    """Return a client's TLS that believes any certificate: ours is self-signed."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


async def play(house, dialog):
    """Run one dialog against a house."""
    clients: dict[str, tuple[asyncio.StreamReader, asyncio.StreamWriter]] = {}
    try:
        for kind, name, text, where in dialog.steps:
            if name not in clients:
                clients[name] = await house.connect(dialog.port)
                if house.settings.listener[list(house.ports).index(dialog.port)].tls == "implicit":
                    await clients[name][1].start_tls(context())
            async with asyncio.timeout(SECONDS):
                reader, writer = clients[name]
                if kind == "CUT":
                    sessions = set(house.sessions)
                    writer.transport.abort()
                    await asyncio.wait(sessions, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await _step(reader, writer, kind, text, where)
        for name, (reader, writer) in clients.items():
            if not writer.is_closing():
                await _finish(reader, writer, f"the end, client {name}")
    finally:
        for _, writer in clients.values():
            writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await writer.wait_closed()


async def _step(reader, writer, kind, text, where):
    match kind:
        case "C":
            writer.write(octets(text) + b"\r\n")
        case "C-":
            writer.write(octets(text))
        case "CB":
            writer.write(octets(text) + b"\n")
        case "S":
            line = await reader.readline()
            good = line.endswith(b"\r\n") and fits(text, line[:-2])
            assert good, f"{where}: expected {text!r}, got {line!r}"
        case "TLS":
            await writer.start_tls(context())
        case "END":
            await _finish(reader, writer, where)


async def _finish(reader, writer, where):
    if writer.can_write_eof():
        with contextlib.suppress(OSError):
            writer.write_eof()
        async with asyncio.timeout(SECONDS):
            rest = await reader.read()
        assert rest == b"", f"{where}: the server said more: {rest!r}"
    writer.close()
