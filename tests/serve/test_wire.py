"""Every script of tests/data/dialogs/wire, played over sockets against a whole service."""

import pytest

from tests.serve import script
from tests.serve.house import open_house
from tests.serve.mail import fill

SCRIPTS = sorted(script.FOLDER.rglob("*.txt"))


@pytest.mark.slow
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: f"{p.parent.name}-{p.stem}")
async def test_dialog(path, tmp_path):
    dialog = script.read(path)
    async with open_house(tmp_path) as house:
        await fill(house, dialog.messages)
        await script.play(house, dialog)
