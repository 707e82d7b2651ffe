"""Writes docs/config.md from the docstrings and defaults of sections.py and config.py."""

import sys
from pathlib import Path
from typing import Any

import msgspec

from pillarbox import config, sections

ROOT = Path(__file__).parents[1]
HEAD = """# Settings

One TOML file. Made by `make docs` from `sections.py`. Unknown keys are errors that name the
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
    ("[[listener]]", "listener", sections.Listener),
    ("[tls]", "tls", sections.Tls),
    ("[dns]", "dns", sections.Dns),
    ("[dkim]", "dkim", sections.Dkim),
    ("[limits]", "limits", sections.Limits),
    ("[web]", "web", sections.Web),
    ("[checks]", "checks", sections.Checks),
    ("[arc]", "arc", sections.Arc),
    ("[forwarding]", "forwarding", sections.Forwarding),
    ("[outbound]", "outbound", sections.Outbound),
    ("[mta_sts]", "mta_sts", sections.MtaSts),
    ("[reports]", "reports", sections.Reports),
    ("[logging]", "logging", sections.Logging),
    ("[provision]", "provision", sections.Provision),
    ("accounts in [provision]", "provision.accounts", sections.Account),
    ("aliases in [provision]", "provision.aliases", sections.Alias),
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
