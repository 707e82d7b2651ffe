from pathlib import Path

import pytest

from pillarbox.lab import run

DEFAULTS = {
    "reset": False, "once": False, "play": None, "as_json": False, "port": 8025, "network": 10,
}  # fmt: skip

CASES = [
    ((), Path("lab-state"), {}),
    (("--reset", "--port", "9000"), Path("lab-state"), {"reset": True, "port": 9000}),
    (("--once", "--json"), Path("lab-state"), {"once": True, "as_json": True}),
    (("--state", "x", "--network", "12"), Path("x"), {"network": 12}),
    (("play", "forwarded"), Path("lab-state"), {"play": "forwarded"}),
    (("play", "spoofed", "--json"), Path("lab-state"), {"play": "spoofed", "as_json": True}),
    (("--json", "play", "spoofed"), Path("lab-state"), {"play": "spoofed", "as_json": True}),
]


@pytest.mark.parametrize(("args", "state", "changed"), CASES)
def test_options_reach_the_lab(bare, monkeypatch, args, state, changed):
    called: list[object] = []

    def main(state, **given):
        called.append((state, given))
        return 1

    monkeypatch.setattr(run, "main", main)
    bare("lab", *args, code=1)
    assert called == [(state, DEFAULTS | changed)]


@pytest.mark.parametrize("args", [("--network", "0"), ("--port", "x"), ("play",), ("dance",)])
def test_usage(bare, args):
    bare("lab", *args, code=2)
