import os

import msgspec
import pytest

from pillarbox import config
from pillarbox.base.errors import NotFound
from pillarbox.cli import installation
from pillarbox.cli.installation import Installation
from pillarbox.store import domains, settings


def test_write_and_read(shell):
    here = shell.installation
    here.write(settings.set_, "colour", "blue")
    assert here.read(settings.find, "colour") == "blue"


def test_the_database_is_closed_when_the_work_fails(shell):
    with pytest.raises(NotFound):
        shell.installation.write(domains.remove, "none.example")
    assert shell.read(domains.find, "example.org") is not None


def test_root_becomes_the_user_of_the_settings(shell, monkeypatch):
    became: list[str] = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(installation, "become", became.append)
    Installation(msgspec.structs.replace(config.load(shell.file), user="mail"))
    assert became == ["mail"]


def test_others_stay_who_they_are(shell, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(installation, "become", None)
    Installation(msgspec.structs.replace(config.load(shell.file), user="mail"))


def test_a_user_that_does_not_exist(shell, monkeypatch):
    def become(user):
        raise KeyError(user)

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(installation, "become", become)
    with pytest.raises(NotFound, match="system user nobody-here"):
        Installation(msgspec.structs.replace(config.load(shell.file), user="nobody-here"))
