"""The webmail's own unit tests, its types, its texts and its size; Node from PyPI is enough."""

import gzip
import re
import subprocess
from pathlib import Path

import pytest
from tools import build_webmail, jmap_types

ROOT = Path(__file__).parents[2]
SOURCES = [path for path in (ROOT / "webmail" / "src").rglob("*.ts*") if path.is_file()]
BUILT = ROOT / "src" / "pillarbox" / "web"
MAX_OCTETS = 120_000
"""All that the first list loads, compressed."""
MAX_LINES = 300
KEY = re.compile(r'"([a-z]+\.[\w.-]+)":')
SINKS = re.compile(
    r"\b(innerHTML|outerHTML)\s*=[^=]|insertAdjacentHTML|DOMParser|document\.write|dangerouslySet"
)


def run(*command):
    done = subprocess.run(
        [build_webmail.node_command(), *command],
        cwd=ROOT / "webmail", capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module", autouse=True)
def _installed():
    if not (ROOT / "webmail" / "node_modules").exists():
        build_webmail.install()


@pytest.mark.xdist_group("webmail")
@pytest.mark.timeout(240)
def test_units():
    assert "passed" in run("node_modules/vitest/vitest.mjs", "run")


@pytest.mark.xdist_group("webmail")
@pytest.mark.timeout(240)
def test_types():
    run("node_modules/typescript/bin/tsc", "--noEmit")


@pytest.mark.parametrize("path", [one for one in SOURCES if one.name == "texts.ts"], ids=str)
def test_english_and_german_have_the_same_texts(path):
    english, german = re.split(r"^  de: \{", path.read_text(), maxsplit=1, flags=re.MULTILINE)
    assert sorted(KEY.findall(english)) == sorted(KEY.findall(german))


def test_modules_are_short_and_parse_no_strings():
    assert len(SOURCES) > 50
    for path in SOURCES:
        text = path.read_text()
        if path.name not in {"texts.ts", "types.ts", "icons.ts"}:
            assert text.count("\n") <= MAX_LINES, path
        assert not SINKS.search(text), path


def test_the_types_are_those_of_the_server():
    assert (ROOT / "webmail" / "src" / "jmap" / "types.ts").read_text() == jmap_types.render()


def test_the_first_list_is_small():
    index = (BUILT / "index.html").read_text()
    names = re.findall(r'(?:src|href)="/(assets/[^"]+\.(?:js|css))"', index)
    assert len(names) > 3
    size = sum(len(gzip.compress((BUILT / name).read_bytes(), 9)) for name in names)
    assert size + len(gzip.compress(index.encode())) <= MAX_OCTETS
