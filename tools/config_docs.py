"""Writes docs/config.md from the docstrings and defaults of config.py."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from pillarbox import config

ROOT = Path(__file__).parents[1]
HEAD = """# Settings

One TOML file. Made by `make docs` from `config.py`. Unknown keys are errors that name the
file, the line and the key. Relative paths are below the file's folder.

```toml
hostname = "mx.example.org"
state = "/var/lib/pillarbox"
user = "pillarbox"

[[listener]]
protocol = "smtp"
port = 25
```
"""
SECTIONS = (
    ("The file", "", config.Settings),
    ("[[listener]]", "listener", config.Listener),
    ("[tls]", "tls", config.Tls),
    ("[dns]", "dns", config.Dns),
    ("[dkim]", "dkim", config.Dkim),
    ("[limits]", "limits", config.Limits),
    ("[checks]", "checks", config.Checks),
    ("[arc]", "arc", config.Arc),
    ("[forwarding]", "forwarding", config.Forwarding),
    ("[outbound]", "outbound", config.Outbound),
    ("[logging]", "logging", config.Logging),
    ("[provision]", "provision", config.Provision),
    ("accounts in [provision]", "provision.accounts", config.Account),
    ("aliases in [provision]", "provision.aliases", config.Alias),
)


def shown(value: Any) -> str:
    """Return a default as TOML shows it."""
    if value is msgspec.NODEFAULT:
        return "required"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, msgspec.Struct):
        return "its own section"
    if isinstance(value, str):
        return f'`"{value}"`'
    if isinstance(value, tuple):
        items = (f'"{item}"' if isinstance(item, str) else str(item) for item in value)
        return f"`[{', '.join(items)}]`"
    return f"`{value}`"


def text() -> str:
    """Return the whole page."""
    lines = [HEAD]
    for title, _, kind in SECTIONS:
        lines.append(f"## {title}\n")
        paragraphs = (kind.__doc__ or "").strip().split("\n\n")
        lines += [" ".join(paragraph.split()) + "\n" for paragraph in paragraphs]
        lines.append("| key | default |")
        lines.append("| --- | --- |")
        for field in msgspec.structs.fields(kind):
            lines.append(f"| `{field.encode_name}` | {shown(field.default)} |")
        lines.append("")
    return "\n".join(lines)


def main() -> int:
    """Write the page."""
    (ROOT / "docs" / "config.md").write_text(text(), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
