"""Write anew what must come out of each case of tests/golden: `make golden`.

Read the difference as a document: it is what people will read.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.golden_case import CASES, FOLDER, told, trace_of


def main() -> None:
    """Write every file that differs."""
    changed = 0
    for name in CASES:
        for file, text in told(name, trace_of(name)).items():
            path = FOLDER / name / file
            if not path.exists() or path.read_text() != text:
                path.write_text(text)
                changed += 1
    print(f"{len(CASES)} cases, {changed} files changed; read them: git diff tests/golden")


if __name__ == "__main__":
    main()
