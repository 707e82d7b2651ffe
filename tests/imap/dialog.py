"""Read dialog files: lines `C: ...` and `S: ...`, comments with #."""

from pathlib import Path

Turn = tuple[bytes, bytes]  # what the client sends, what the server must answer

FOLDER = Path(__file__).parents[1] / "data" / "dialogs" / "imap"


def read(path: Path) -> list[Turn]:
    """Return the turns of a file; the first has no client part."""
    turns: list[Turn] = []
    client, server = b"", b""
    for raw in path.read_bytes().splitlines():
        side, text = raw[:2], raw[3:] + b"\r\n"
        if side == b"C:":
            if server:
                turns.append((client, server))
                client, server = b"", b""
            client += text
        elif side == b"S:":
            server += text
    turns.append((client, server))
    return turns
