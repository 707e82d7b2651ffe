"""Where the public conformance suites are, if they are here at all."""

import os
from pathlib import Path

FOLDER = Path(
    os.environ.get("PILLARBOX_SUITES") or Path(__file__).parents[1] / ".." / "shared/suites"
)


def files(*parts: str) -> list[Path]:
    """Return the files of a suite's folder, none where it is absent."""
    folder = FOLDER.joinpath(*parts)
    return sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else []
