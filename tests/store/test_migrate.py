"""store/migrate.py: numbered files, two dialects, and who may use what."""

import pytest

from pillarbox.base.errors import Invalid
from pillarbox.store import migrate
from pillarbox.store.migrate import Migration

TEXT = """-- A table.
CREATE TABLE t (
    id {id},
    settings TEXT NOT NULL DEFAULT '{}',
    data {blob}
)
-- sqlite: STRICT
-- postgres: WITH (fillfactor = 90)
;
"""


def test_each_database_gets_its_words():
    step = Migration(1, 1, "test", TEXT)
    sqlite, postgres = step.sql("sqlite"), step.sql("postgres")
    assert "id INTEGER PRIMARY KEY" in sqlite
    assert "data BLOB" in sqlite
    assert "\nSTRICT\n-- postgres: WITH" in sqlite
    assert "IDENTITY" in postgres
    assert "data BYTEA" in postgres
    assert "\n-- sqlite: STRICT\nWITH (fillfactor" in postgres
    assert "DEFAULT '{}'" in sqlite
    assert "DEFAULT '{}'" in postgres


def test_ours_are_numbered_from_one():
    ours = migrate.ours()
    assert [step.version for step in ours] == list(range(1, len(ours) + 1))
    assert all(1 <= step.compatible <= step.version for step in ours)


STEPS = [Migration(1, 1, "a", ""), Migration(2, 2, "b", ""), Migration(3, 2, "c", "")]

# What the database says, and the versions still to apply.
CASES = [
    (None, [1, 2, 3]),
    ((1, 1), [2, 3]),
    ((2, 2), [3]),
    ((3, 2), []),
    ((4, 3), []),
    ((9, 1), []),
]


@pytest.mark.parametrize(("applied", "versions"), CASES)
def test_what_is_missing(applied, versions):
    assert [step.version for step in migrate.missing(applied, STEPS)] == versions


@pytest.mark.parametrize("applied", [(4, 4), (9, 5)])
def test_an_older_program_stays_away(applied):
    with pytest.raises(Invalid, match=f"needs a program that knows version {applied[1]}"):
        migrate.missing(applied, STEPS)
