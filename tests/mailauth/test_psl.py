"""mailauth/psl.py, with the public suffix list's own tests where they are present."""

import os
import re
from pathlib import Path

import pytest

from pillarbox.mailauth import psl

ROOT = Path(__file__).parents[2]
SUITE = Path(os.environ.get("PILLARBOX_SUITES", ROOT / "../shared/suites")) / "psl/test_psl.txt"


def cases():
    if not SUITE.exists():
        return []
    lines = SUITE.read_text(encoding="utf-8").splitlines()
    found = (
        re.match(r"checkPublicSuffix\('([^']*)', (?:'([^']*)'|null)\);", line) for line in lines
    )
    return [(match[1], match[2] or "") for match in found if match]


@pytest.mark.skipif(not SUITE.exists(), reason=f"no {SUITE}: set PILLARBOX_SUITES")
def test_the_suite_was_read():
    assert len(cases()) > 60


@pytest.mark.parametrize(("domain", "expected"), cases())
def test_published_cases(domain, expected):
    assert psl.organisational_domain(domain) == expected


@pytest.mark.parametrize(
    ("domain", "suffix", "organisation"),
    [
        ("a.b.example.co.uk", "co.uk", "example.co.uk"),
        ("WWW.Example.COM.", "com", "example.com"),
        ("com", "com", ""),
        ("unknown-suffix", "unknown-suffix", ""),
        ("a.unknown-suffix", "unknown-suffix", "a.unknown-suffix"),
        ("www.食狮.公司.cn", "公司.cn", "食狮.公司.cn"),
        ("www.xn--85x722f.xn--55qx5d.cn", "xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
        ("", "", ""),
        ("a..b", "", ""),
        ("[192.0.2.1]", "", ""),
    ],
)
def test_suffixes(domain, suffix, organisation):
    assert psl.public_suffix(domain) == suffix
    assert psl.organisational_domain(domain) == organisation
