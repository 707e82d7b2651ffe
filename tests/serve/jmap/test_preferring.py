"""Preferences/get and Preferences/set."""

from typing import Any

import pytest

from pillarbox.jmap.error import MethodError
from pillarbox.serve.jmap import preferring
from pillarbox.store import accounts, wishes
from tests.delivery.passing import server

from .calling import Caller

METHODS = preferring.capability().methods


async def test_preferences_are_read_changed_and_kept(tmp_path):
    async with server(tmp_path) as here:
        call = Caller(here.db, "anna@example.org", here.clock)
        before = await call(METHODS["Preferences/get"])
        assert (before["state"], before["notFound"]) == ("0", [])
        assert before["list"][0]["theme"] == "system"
        update = {"singleton": {"theme": "dark", "keyboard/map/archive": "y"}}
        done = await call(METHODS["Preferences/set"], ifInState="0", update=update)
        assert (done["oldState"], done["newState"], done["notUpdated"]) == ("0", "1", None)
        assert done["updated"] == {"singleton": None}
        assert len(call.told) == 1
        after = await call(
            METHODS["Preferences/get"], ids=["singleton", "x"], properties=["theme", "keyboard"]
        )
        assert after["list"] == [
            {
                "id": "singleton",
                "theme": "dark",
                "keyboard": {"on": True, "map": {"archive": "y"}},
            }
        ]
        assert (after["state"], after["notFound"]) == ("1", ["x"])
        anna = (await here.db.read(accounts.find, "anna@example.org")).account_id
        states = preferring.capability().states
        assert await here.db.read(states, anna) == {"Preferences": "1"}
        other = Caller(here.db, "post@example.org", here.clock)
        assert (await other(METHODS["Preferences/get"]))["list"][0]["theme"] == "system"


async def test_what_cannot_be_done_is_told(tmp_path):
    async with server(tmp_path) as here:
        call = Caller(here.db, "anna@example.org", here.clock)
        done = await call(
            METHODS["Preferences/set"],
            create={"new": {}},
            update={"singleton": {"colour": 1}, "other": {}},
            destroy=["singleton"],
        )
        assert done["notCreated"]["new"]["type"] == "singleton"
        assert done["notDestroyed"]["singleton"]["type"] == "singleton"
        assert done["notUpdated"]["other"]["type"] == "notFound"
        assert done["notUpdated"]["singleton"]["properties"] == ["colour"]
        assert (done["oldState"], done["newState"], done["updated"]) == ("0", "0", None)
        big = {f"own/{n}": "x" * 10_000 for n in range(10)}
        done = await call(METHODS["Preferences/set"], update={"singleton": big})
        assert done["notUpdated"]["singleton"]["type"] == "tooLarge"
        with pytest.raises(MethodError, match="stateMismatch"):
            await call(METHODS["Preferences/set"], ifInState="7", update={"singleton": {}})
        with pytest.raises(MethodError, match="invalidArguments"):
            await call(METHODS["Preferences/get"], properties=["colour"])
        with pytest.raises(MethodError, match="invalidArguments"):
            await call(METHODS["Preferences/set"], updates={})
        assert call.told == []


async def test_blocked_senders_are_blocked(tmp_path):
    async with server(tmp_path) as here:
        call = Caller(here.db, "anna@example.org", here.clock)
        anna = (await here.db.read(accounts.find, "anna@example.org")).account_id
        wanted: list[Any] = [["Eve@evil.example", "x@y.example"], ["x@y.example"], None]
        for senders in wanted:
            update = {"singleton": {"blockedSenders": senders}}
            assert (await call(METHODS["Preferences/set"], update=update))["notUpdated"] is None
            kept = await here.db.read(wishes.blocked, anna)
            assert kept == sorted(one.lower() for one in senders or [])
        wrong = {"singleton": {"theme": "dark", "blockedSenders": ["x"]}}
        done = await call(METHODS["Preferences/set"], update=wrong)
        assert done["notUpdated"]["singleton"]["properties"] == ["blockedSenders"]
