"""Schema versions: numbered SQL files, applied in order, forward only.

`migrations/0001_mail.sql` is version 1. The files are written once for both databases:

- `{id}` is the type of a key column that numbers itself, `{blob}` that of octets;
- a line that begins with `-- sqlite: ` or `-- postgres: ` is code in that database only;
- a line `-- compatible: 3` says that programs which know version 3 can still use the database.
  Without it a migration shuts out every older program.

The table `migrations` says what was applied, and so lets an older program refuse a database
that it would damage.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

from pillarbox.base.errors import Invalid

_NAME: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_COMPATIBLE: Final = re.compile(r"^-- compatible: (\d+)$", re.MULTILINE)
_TOKENS: Final = {
    "sqlite": {"{id}": "INTEGER PRIMARY KEY AUTOINCREMENT", "{blob}": "BLOB"},
    "postgres": {
        "{id}": "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        "{blob}": "BYTEA",
    },
}

CREATE: Final = """
CREATE TABLE IF NOT EXISTS migrations (
    version BIGINT PRIMARY KEY,
    compatible BIGINT NOT NULL,
    name TEXT NOT NULL,
    applied_at BIGINT NOT NULL
)
"""
APPLIED: Final = "SELECT version, compatible FROM migrations ORDER BY version DESC LIMIT 1"
APPLY: Final = (
    "INSERT INTO migrations (version, compatible, name, applied_at) VALUES (?1, ?2, ?3, ?4)"
)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step. compatible: the oldest program version that can use the database after it."""

    version: int
    compatible: int
    name: str
    text: str

    def sql(self, dialect: str) -> str:
        """Return the statements in the words of a database."""
        text = re.sub(rf"^-- {dialect}: ", "", self.text, flags=re.MULTILINE)
        for token, words in _TOKENS[dialect].items():
            text = text.replace(token, words)
        return text


@cache
def ours() -> tuple[Migration, ...]:
    """Return the migrations that this program brings, in order."""
    folder = resources.files("pillarbox.store") / "migrations"
    found = []
    for entry in folder.iterdir():
        name = _NAME.fullmatch(entry.name)
        if name:
            text = entry.read_text("utf-8")
            version = int(name[1])
            compatible = _COMPATIBLE.search(text)
            found.append(
                Migration(version, int(compatible[1]) if compatible else version, name[2], text)
            )
    found.sort(key=lambda migration: migration.version)
    assert [migration.version for migration in found] == list(range(1, len(found) + 1))
    return tuple(found)


def missing(
    applied: Sequence[int] | None, migrations: Sequence[Migration] | None = None
) -> Sequence[Migration]:
    """Return the migrations still to apply to a database.

    applied: the newest (version, compatible) in the database, None if it is new.

    Raises Invalid if the database is too new for this program.
    """
    migrations = ours() if migrations is None else migrations
    version, compatible = applied or (0, 0)
    if version > len(migrations) and compatible > len(migrations):
        raise Invalid(
            f"the database has schema version {version} and needs a program that knows version"
            f" {compatible}; this one knows {len(migrations)}. Install a newer Pillarbox."
        )
    return migrations[version:]
