"""The shape of the tree: small modules, no catch-alls, packages that say what they are."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
MODULES = sorted((ROOT / "src" / "pillarbox").rglob("*.py"))
CATCH_ALLS = {"utils", "util", "helpers", "common", "misc", "manager"}


def test_modules_are_short():
    long = {str(p.name): n for p in MODULES if (n := len(p.read_text().splitlines())) > 400}
    assert long == {}


def test_no_catch_all_modules():
    assert [str(p) for p in MODULES if p.stem in CATCH_ALLS] == []


def test_each_module_says_what_it_is():
    silent = [str(p) for p in MODULES if not p.read_text().startswith(('"""', 'r"""'))]
    assert silent == []


def test_each_package_has_tests():
    packages = {p.parent.name for p in MODULES if p.parent.parent == ROOT / "src" / "pillarbox"}
    tested = {p.name for p in (ROOT / "tests").iterdir() if p.is_dir()}
    assert sorted(packages - tested) == []


def test_no_possessive_groups():
    # Python before 3.11.5, so Debian 12's, goes on behind a group that did not match whole:
    # `(?:ab)*+c` matches "ac". Possessive single characters (`[a-z]++`) are sound.
    group = re.compile(r"\)(?:[*+?]|\{[0-9,]+\})\+(?!\+)[^\s]|\(\?>")
    patterns = re.compile(r"""\br[bf]?["'].*|rf["'].*""")
    found = [
        f"{path.name}: {line.strip()}"
        for path in MODULES
        for line in path.read_text().splitlines()
        if (text := patterns.search(line)) and group.search(text[0])
    ]
    assert found == []
