"""Read receipts, from both sides, in a real browser."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.serve.jmap.site import BOB

from . import demo
from .browser import Watched, need_webmail, signed_in
from .post import open_post_office

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
MAIL = "urn:ietf:params:jmap:mail"
ASKED = ("Disposition-Notification-To: <bob@proven.example>",)


@pytest.fixture
async def office(tmp_path, chromium):
    need_webmail()
    async with open_post_office(tmp_path) as office:
        yield office


async def emails(office, properties, username="ann@example.test", account=None):
    client = office.client(username)
    account = f"a{account or office.ann}"
    _, found = await client.call("Email/query", [MAIL], accountId=account)
    _, got = await client.call(
        "Email/get", [MAIL], accountId=account, ids=found["ids"], properties=properties
    )
    return got["list"]


async def read(office, chromium, button):
    octets = demo.letter(
        "Bob", "bob@proven.example", "Please confirm", "Thank you", 1, fields=ASKED
    )
    assert await office.post("bob@proven.example", octets) is None
    page = await signed_in(office, chromium)
    watched = Watched(page)
    await page.locator(".row-subject", has_text="Please confirm").click()
    asking = page.locator(".banner", has_text="bob@proven.example wants to be told")
    await asking.get_by_role("button", name=button, exact=True).click()
    await expect(asking).to_have_count(0)
    assert watched.problems == []
    (found,) = await emails(office, ["keywords"])
    for _ in range(200):
        if "$mdnsent" in found["keywords"]:
            break
        await asyncio.sleep(0.05)  # The page is ahead of the server.
        (found,) = await emails(office, ["keywords"])
    return found["keywords"]


@pytest.mark.parametrize("button", ["Tell them", "Do not tell"])
async def test_one_is_asked_once(office, chromium, button):
    found = await read(office, chromium, button)
    assert "$mdnsent" in found
    queued = await office.db.read(lambda tx: tx.all("SELECT count(*) FROM queue_recipients"))
    assert queued == [(1 if button == "Tell them" else 0,)]


async def test_one_can_ask(office, chromium):
    page = await signed_in(office, chromium, f"/compose?to={BOB}&subject=Plans")
    await page.locator(".compose .rich-text").wait_for()
    await page.locator(".compose-foot").get_by_role("button", name="More").click()
    await page.get_by_role("menuitemcheckbox", name="Ask for a read receipt").click()
    await page.locator(".compose-foot").get_by_role("button", name="Send", exact=True).click()
    await page.get_by_text("Leaves in").wait_for()
    name = "header:Disposition-Notification-To:asAddresses"
    (sent,) = await emails(office, [name])
    assert [one["email"] for one in sent[name]] == ["ann@example.test"]
