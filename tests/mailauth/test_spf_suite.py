"""The published RFC 7208 suite, read from PILLARBOX_SUITES where it is present."""

import ipaddress
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from pillarbox.mailauth import spf
from tests.mailauth.zone_resolver import NOW, TIMEOUT, Data, ZoneResolver

ROOT = Path(__file__).parents[2]
SUITE = (
    Path(os.environ.get("PILLARBOX_SUITES", ROOT / "../shared/suites")) / "spf/rfc7208-tests.yml"
)


def text_strings(data: Any) -> list[bytes]:
    strings = data if isinstance(data, list) else [data]
    return [string.encode("latin-1") for string in strings]


def zone_of(section: dict[str, Any]) -> dict[str, list[tuple[str, Data]]]:
    zone: dict[str, list[tuple[str, Data]]] = {}
    for name, entries in section.items():
        records: list[tuple[str, Data]] = []
        pairs = [(TIMEOUT, "") if e == TIMEOUT else next(iter(e.items())) for e in entries]
        has_txt = any(kind == "TXT" for kind, _ in pairs)
        for kind, data in pairs:
            if (kind == "TXT" and data != "NONE") or (kind == "SPF" and not has_txt):
                records.append(("TXT", text_strings(data)))
            elif kind == "MX":
                records.append(("MX", (int(data[0]), str(data[1]))))
            elif kind in ("A", "AAAA", "PTR", "CNAME", TIMEOUT):
                records.append((kind, data))
        zone[name] = records
    return zone


def cases() -> list[Any]:
    if not SUITE.exists():
        return []
    with SUITE.open(encoding="utf-8") as file:
        sections = [section for section in yaml.safe_load_all(file) if section]
    return [
        pytest.param(zone_of(section["zonedata"]), case, id=f"{section['description']}: {name}")
        for section in sections
        for name, case in section["tests"].items()
    ]


@pytest.mark.skipif(not SUITE.exists(), reason=f"no {SUITE}: set PILLARBOX_SUITES")
def test_the_suite_was_read():
    assert len(cases()) > 100


@pytest.mark.parametrize(("zone", "case"), cases())
async def test_rfc7208_suite(zone, case):
    outcome = await spf.check_host(
        ZoneResolver(zone),
        ipaddress.ip_address(case["host"]),
        case["helo"],
        case["mailfrom"],
        receiver="receiver.example",
        now=NOW,
    )
    expected = case["result"]
    assert outcome.result.value in (expected if isinstance(expected, list) else [expected]), outcome
    if "explanation" in case:
        assert (outcome.explanation or "DEFAULT") == case["explanation"], outcome
