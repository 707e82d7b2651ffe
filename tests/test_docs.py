"""The pages of docs/ tell the truth: RFCs, settings, metrics, commands."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def tool(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_cited_rfc_is_listed():
    index = tool("rfc_index")
    assert sorted(set(index.cited()) - set(index.listed())) == []


def test_each_rfc_that_we_claim_is_cited():
    index = tool("rfc_index")
    claimed = {number for number, status in index.listed().items() if status == "yes"}
    assert sorted(claimed - set(index.cited())) == []


def test_the_settings_page_is_fresh():
    assert (ROOT / "docs" / "config.md").read_text() == tool("config_docs").text(), "make docs"


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "ARCHITECTURE.md",
        "CONTRIBUTING.md",
        "docs/flow.md",
        "docs/forwarding.md",
        "SECURITY.md",
    ],
)
def test_links_lead_somewhere(page):
    import re  # noqa: PLC0415

    text = (ROOT / page).read_text()
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    broken = [
        t for t in targets if "://" not in t and not (ROOT / page).parent.joinpath(t).exists()
    ]
    assert broken == []
    assert text.startswith("# ")
