"""Every test gets a server of its own, stopped in the end."""

import pytest

from tests.e2e.server import Server


@pytest.fixture
def server(tmp_path):
    server = Server(tmp_path)
    server.start()
    yield server
    server.stop()
