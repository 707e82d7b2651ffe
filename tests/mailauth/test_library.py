"""docs/library.md and the public names: what other programs build upon."""

import asyncio
import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

import pillarbox
from pillarbox import mailauth

PAGE = Path(__file__).parents[2] / "docs" / "library.md"
STUB = Path(mailauth.__file__).with_name("__init__.pyi")
EXAMPLES = re.findall(r"```python\n(.*?)```\n\n```text\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_there_are_three_examples():
    assert len(EXAMPLES) == 3
    assert PAGE.read_text().count("```python") == 3


@pytest.mark.parametrize(("code", "output"), EXAMPLES, ids=["judge", "sign", "seal"])
def test_each_example_prints_what_the_page_says(code, output):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(code, str(PAGE), "exec"), {"__name__": "__main__"})
    assert printed.getvalue().replace("\r\n", "\n") == output


@pytest.mark.parametrize("name", mailauth.__all__)
def test_each_public_name_is_there_and_documented(name):
    assert getattr(mailauth, name).__doc__
    assert name in dir(mailauth)


def test_the_stub_names_the_same():
    listed = re.findall(r'^    "(\w+)",$', STUB.read_text(), re.MULTILINE)
    assert sorted(mailauth.__all__) == listed


def test_other_names_do_not_exist():
    with pytest.raises(AttributeError, match="nobody"):
        getattr(mailauth, "nobody")  # noqa: B009 - unknown to the stub


def test_the_package_is_marked_as_typed():
    assert Path(pillarbox.__file__).with_name("py.typed").exists()


def test_importing_it_loads_nothing_else():
    found = run("import pillarbox.mailauth")
    ours = sorted(name for name in found if name.startswith("pillarbox"))
    assert ours == ["pillarbox", "pillarbox.mailauth"]


def test_checking_loads_neither_the_server_nor_an_event_loop():
    found = run("from pillarbox.mailauth import *")
    foreign = {"asyncio", "apsw", "uvloop", "click", "structlog", "starlette", "dns", "fluent"}
    assert not found & foreign
    layers = {name.split(".")[1] for name in found if name.startswith("pillarbox.")}
    assert layers == {"base", "dns", "mailauth", "mime"}


def run(code: str) -> set[str]:
    """Return our modules, and the top of the others, that `code` loads."""
    shown = (
        f"import sys; before = set(sys.modules); {code}; print(*sorted(set(sys.modules) - before))"
    )
    out = subprocess.run([sys.executable, "-c", shown], capture_output=True, check=True, text=True)
    return {n if n.startswith("pillarbox") else n.split(".")[0] for n in out.stdout.split()}


def test_no_event_loop_is_needed():
    # Any loop will do, and none: where the resolver never waits, a bare `send` is enough.
    code = EXAMPLES[0][0].replace("asyncio.run(main())", "")
    place: dict[str, object] = {}
    with contextlib.redirect_stdout(io.StringIO()):
        exec(code, place)
        main = place["main"]
        assert asyncio.iscoroutinefunction(main)
        with pytest.raises(StopIteration):
            main().send(None)
