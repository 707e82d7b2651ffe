"""A website on a loopback socket, and a browser that looks at it."""

import pytest

from tests.serve.jmap.site import open_site

from .browser import open_browser


@pytest.fixture
async def site(tmp_path):
    """A whole website; a browser reaches it as http://localhost:PORT, which it calls secure."""
    async with open_site(tmp_path) as site:
        yield site


@pytest.fixture
async def chromium():
    """A browser. Contexts of it are apart from each other, as private windows are."""
    async with open_browser() as browser:
        yield browser
