"""A disk that is full: nothing is lost, reading goes on, and so does writing when there is room.

On a disk of 24 MB in memory, which only the process that fills it sees. Where nobody may make
one, the database is limited instead.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
MOUNT = 'mount -t tmpfs -o size=24m tmpfs "$1" && shift && exec "$@"'


def own_disk(folder):
    """Return what to put before a command so that `folder` is a small disk, or None."""
    for unshare in (["unshare", "-m"], ["unshare", "-Urm"]):
        before = [*unshare, "sh", "-c", MOUNT, "sh", str(folder)]
        try:
            if subprocess.run([*before, "true"], capture_output=True, check=False).returncode == 0:
                return before
        except FileNotFoundError:
            return None
    return None


def fill(before, *arguments):
    done = subprocess.run(
        [*before, sys.executable, "-m", "tests.store.fill", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
    )
    assert done.returncode == 0, done.stderr


def test_a_full_disk(tmp_path):
    before = own_disk(tmp_path)
    if before is not None:
        fill(before, str(tmp_path))
    fill([], str(tmp_path), "50")
