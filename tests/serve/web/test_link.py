"""Links that sign in once: looked at freely, used up by a form of ours."""

import re
from datetime import timedelta

from pillarbox import foundation
from pillarbox.store import accounts

from .conftest import ALICE

MINUTE = 60


async def made(place, *, stay=False):
    return await place.db.write(
        foundation.sign_in_link, place.marker, ALICE, timedelta(minutes=15), stay=stay
    )


def hidden(text):
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))


async def test_a_link_signs_in_once(place):
    token = await made(place, stay=True)
    browser = place.browser()
    # From the lab's page, another origin: the browser sends no cookie, and a look uses nothing up.
    elsewhere = {"sec-fetch-site": "cross-site"}
    await browser.get(f"/sign-in?link={token}", headers=elsewhere, bare=True)
    asked = await browser.get(f"/sign-in?link={token}", headers=elsewhere, bare=True)
    assert f"Sign in as {ALICE}" in asked.text
    assert asked.set_cookie == []
    answer = await browser.form("/sign-in", **hidden(asked.text))
    assert (answer.status, answer.headers["location"]) == (303, "/")
    assert "SameSite=Strict" in answer.set_cookie[0]
    assert "Max-Age" in answer.set_cookie[0]
    assert (await browser.get("/who")).json["address"] == ALICE
    # The person has shown who they are, so that they can choose a password.
    assert (await browser.post("/auth/password", {"new": "quite another one"})).status == 200
    again = await place.browser().form("/sign-in", **hidden(asked.text))
    assert (again.set_cookie, "used before" in again.text) == ([], True)
    assert "used before" in (await browser.get(f"/sign-in?link={token}")).text


async def test_a_link_runs_out(place):
    token = await made(place)
    place.clock.advance(15 * MINUTE)
    assert "has run out" in (await place.browser().get(f"/sign-in?link={token}")).text
    answer = await place.browser().form("/sign-in", link=token)
    assert answer.set_cookie == []


async def test_a_link_is_not_used_from_elsewhere(place):
    token = await made(place)
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = await place.browser().form("/sign-in", headers=headers, link=token)
        assert (answer.status, answer.set_cookie) == (403, [])
    assert (await place.browser().form("/sign-in", link=token)).status == 303


async def test_a_link_of_an_account_that_may_not_sign_in(place):
    token = await made(place)
    await place.db.write(accounts.set_disabled, place.alice, disabled=True)
    assert "has run out" in (await place.browser().get(f"/sign-in?link={token}")).text
    assert (await place.browser().form("/sign-in", link=token)).set_cookie == []


async def test_made_up_links(place):
    for token in ("", "x", "x" * 5000, "%00", "%C3%A4"):
        assert "used before" in (await place.browser().get(f"/sign-in?link={token}")).text


async def test_it_is_noted(place):
    token = await made(place)
    browser = place.browser()
    await browser.form("/sign-in", link=token)
    events = (await browser.get("/auth/events")).json["events"]
    assert [(e["kind"], e["detail"]) for e in events] == [("signed_in", "link"), ("link_made", "")]
