"""Write docs/checks.md: every finding of `pillarbox check`, from the catalogue."""

from pathlib import Path

from pillarbox.doctor.catalogue import CATALOGUE

PAGE = Path(__file__).parents[1] / "docs" / "checks.md"

HEAD = """# What `pillarbox check` finds

Made by `make docs`. `pillarbox check DOMAIN` asks DNS (or reads `--zone FILE`) and judges what a
domain publishes for mail. Each finding has an id that scripts can rely on, and comes with the
record to publish instead where that can be told.

Exit code: 0 if nothing needs to be mended, 1 for errors, 3 for warnings, 4 if nothing worse was
found and DNS could not be asked about something (*unknown* is not *missing*).

`--json` prints `{"domain", "worst", "findings": [...], "spf_tree": [...]}`; each finding has `id`,
`severity`, `record` (where), `text` (what is so), `why` (why it matters), `found` (what is there
now) and `publish` (what to put there).

In a program: `pillarbox.doctor.domain.check(resolver, domain, selectors)` needs a Resolver alone.

| id | severity | what is so | why it matters |
| --- | --- | --- | --- |
"""


def main() -> None:
    """Write the page."""
    rows = [
        f"| `{id_}` | {severity} | {text} | {why} |"
        for id_, (severity, text, why) in CATALOGUE.items()
    ]
    PAGE.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
