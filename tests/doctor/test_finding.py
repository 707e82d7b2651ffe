import re
from pathlib import Path

from pillarbox.doctor.catalogue import CATALOGUE
from pillarbox.doctor.finding import MAX_SHOWN, Severity, make

SOURCE = Path(__file__).parents[2] / "src/pillarbox/doctor"
KINDS = "|".join(sorted({id_.partition(".")[0] for id_ in CATALOGUE}))
ID = re.compile(rf'"((?:{KINDS})\.[a-z-]+)"')


def test_each_id_of_the_catalogue_is_used_and_each_used_one_is_there():
    files = [path for path in SOURCE.glob("*.py") if not path.name.startswith("catalogue")]
    assert set(ID.findall("".join(path.read_text() for path in files))) == set(CATALOGUE)


def test_severities_and_sentences():
    for id_, (severity, text, why) in CATALOGUE.items():
        assert severity in {one.value for one in Severity}, id_
        assert text.endswith("."), id_
        assert why.endswith("."), id_


def test_what_strangers_publish_is_made_visible_and_cut():
    found = make("spf.loop", "x TXT", found="a\x1b" + "b" * 9999, term="\x07", name="n")
    assert "\x1b" not in found.found
    assert len(found.found) == MAX_SHOWN
    assert found.text == "\N{REPLACEMENT CHARACTER} leads back to n."


def test_ranks():
    assert max(Severity, key=lambda one: one.rank) is Severity.ERROR
    assert Severity.UNKNOWN.rank < Severity.WARNING.rank
