"""Lists which RFC sections the code cites, and where: docs/rfc_index.md.

The honest table is docs/rfcs.md, written by hand; tests/test_docs.py holds the two together.
"""

import re
import sys
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
CITATION = re.compile(r"RFC (\d{3,5})(?: §([0-9A-Z]+(?:\.[0-9A-Z]+)*))?")


def cited() -> dict[int, dict[str, set[str]]]:
    """Return RFC -> section -> files that cite it."""
    found: dict[int, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for path in sorted((ROOT / "src").rglob("*.py")):
        name = str(path.relative_to(ROOT / "src" / "pillarbox"))
        for number, section in CITATION.findall(path.read_text("utf-8")):
            found[int(number)][section].add(name)
    return found


def listed() -> dict[int, str]:
    """Return RFC -> the status in docs/rfcs.md ("yes", "partly", "no")."""
    text = (ROOT / "docs" / "rfcs.md").read_text("utf-8")
    rows = re.findall(r"^\| (\d+) \|[^|]*\| (yes|partly|no) \|", text, re.MULTILINE)
    return {int(number): status for number, status in rows}


def main() -> int:
    """Write the index."""
    lines = ["# RFC sections in the code", "", "Made by `make docs`.", ""]
    for number, sections in sorted(cited().items()):
        lines.append(f"## RFC {number}\n")
        for section, files in sorted(sections.items()):
            where = ", ".join(f"`{name}`" for name in sorted(files))
            lines.append(f"- {'§' + section if section else 'as a whole'}: {where}")
        lines.append("")
    (ROOT / "docs" / "rfc_index.md").write_text("\n".join(lines), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
