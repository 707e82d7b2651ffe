from pathlib import Path

from pillarbox.doctor.catalogue import CATALOGUE

PAGE = Path(__file__).parents[2] / "docs/checks.md"


def test_the_page_lists_every_finding():
    text = PAGE.read_text(encoding="utf-8")
    for id_, (severity, _, why) in CATALOGUE.items():
        assert f"| `{id_}` | {severity} |" in text, f"{id_}: run make docs"
        assert why in text, f"{id_}: run make docs"
