"""The list as people use it: long, live, chosen from, dragged, filtered, and never lying."""

import asyncio

import pytest
from playwright.async_api import expect

from pillarbox.mime.summary import summarise
from pillarbox.store import messages
from pillarbox.store.mailboxes import Role

from . import demo
from .browser import Watched, need_webmail, signed_in
from .post import open_post_office

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
MAIL = "urn:ietf:params:jmap:mail"
ROWS = ".rows .row:not(.blank)"


def simple(number):
    lines = [
        f"From: Sender {number} <s{number}@proven.example>",
        f"Subject: Letter {number:04}",
        f"Message-ID: <{number}@x.example>",
        "",
        f"Text {number}",
    ]
    return "\r\n".join(lines).encode()


async def fill(site, count, minutes=600):
    """File so many letters, each `minutes` later than the one before; the last one is now."""
    octets = [simple(number) for number in range(count)]
    now = site.clock.now().timestamp()

    def deliver(tx):
        for number, one in enumerate(octets):
            at = site.clock.now().fromtimestamp(
                now - (count - number) * minutes * 60, tz=site.clock.now().tzinfo
            )
            messages.deliver(
                tx, site.ann, Role.INBOX, messages.Incoming(summarise(one), tx.blobs[number], at)
            )

    await site.db.write(deliver, blobs=octets)


async def lies_in(site, role):
    """Return the subjects in the mailbox of a role."""
    client = site.client()
    account = f"a{site.ann}"
    _, boxes = await client.call("Mailbox/get", [MAIL], accountId=account, ids=None)
    (box,) = [one["id"] for one in boxes["list"] if one["role"] == role]
    _, found = await client.call(
        "Email/query", [MAIL], accountId=account, filter={"inMailbox": box}
    )
    _, got = await client.call(
        "Email/get", [MAIL], accountId=account, ids=found["ids"], properties=["subject"]
    )
    return sorted(one["subject"] for one in got["list"])


async def until_in(site, role, subjects):
    """Wait until these lie in the mailbox of a role; what one sees is ahead of the server."""
    found = await lies_in(site, role)
    for _ in range(200):
        if found == subjects:
            return
        await asyncio.sleep(0.05)
        found = await lies_in(site, role)
    raise AssertionError(found)


def row(page, subject):
    return page.locator(ROWS, has_text=subject)


@pytest.fixture
async def opened(site, chromium):
    need_webmail()

    async def opened(count, **more):
        await fill(site, count, **more)
        page = await signed_in(site, chromium)
        await page.locator(ROWS).first.wait_for()
        return page

    return opened


async def test_a_long_list_is_drawn_where_one_looks(opened):
    page = await opened(1500, minutes=3000)
    await expect(row(page, "Letter 1499")).to_be_visible()
    assert await page.locator(".rows .row").count() < 60
    await page.locator(".rows").evaluate("box => { box.scrollTop = box.scrollHeight / 2; }")
    await expect(page.locator(".month")).to_have_text("September 2021")
    await expect(page.locator(".month")).to_have_count(0)
    await page.keyboard.press("j")
    await page.locator(".rows").evaluate("box => { box.scrollTop = box.scrollHeight; }")
    await expect(row(page, "Letter 0000")).to_be_visible()
    assert await page.locator(".rows .row").count() < 60


async def test_what_comes_is_there_at_once(tmp_path, chromium):
    need_webmail()
    async with open_post_office(tmp_path) as office:
        page = await signed_in(office, chromium)
        await page.get_by_text("All done").wait_for()
        octets = demo.letter("Bob", "bob@proven.example", "Just now", "Hello", 1)
        assert await office.post("bob@proven.example", octets) is None
        await expect(row(page, "Just now")).to_be_visible()
        await expect(page).to_have_title("(1) Pillarbox")


async def test_many_are_chosen_and_put_away_and_brought_back(site, opened):
    page = await opened(12)
    await row(page, "Letter 0010").locator("input").click()
    await row(page, "Letter 0007").locator("input").click(modifiers=["Shift"])
    await expect(page.locator(".chosen")).to_have_text("4 chosen")
    await page.locator(".bar-actions").get_by_role("button", name="Archive").click()
    await expect(row(page, "Letter 0009")).to_have_count(0)
    await expect(page.locator(".toast")).to_contain_text("4 archived")
    await until_in(site, "archive", [f"Letter {n:04}" for n in range(7, 11)])
    await page.get_by_role("button", name="Undo").click()
    await expect(row(page, "Letter 0009")).to_be_visible()
    await until_in(site, "archive", [])


async def test_dragging_moves_and_labels(site, opened):
    page = await opened(3)
    await row(page, "Letter 0001").drag_to(page.locator(".place", has_text="Archive"))
    await expect(row(page, "Letter 0001")).to_have_count(0)
    await expect(page.locator(".toast")).to_contain_text("Moved")
    await until_in(site, "archive", ["Letter 0001"])
    # The same by keyboard.
    await row(page, "Letter 0002").locator("input").click()
    await page.keyboard.press("v")
    await expect(page.get_by_label("Find")).to_be_focused()
    await page.keyboard.type("Trash")
    await page.keyboard.press("Enter")
    await expect(row(page, "Letter 0002")).to_have_count(0)
    await until_in(site, "trash", ["Letter 0002"])


async def test_filters(opened):
    page = await opened(4)

    await row(page, "Letter 0002").locator(".row-star button").click()
    await page.get_by_role("button", name="Show only").click()
    await page.get_by_role("menuitemcheckbox", name="Starred").click()
    await expect(page.locator(ROWS)).to_have_count(1)
    await page.get_by_role("button", name="Show only").click()
    await page.get_by_role("menuitemcheckbox", name="With attachment").click()
    await page.get_by_text("No message fits this filter.").wait_for()
    await page.get_by_role("button", name="Show only").click()
    await page.get_by_role("menuitemcheckbox", name="All").click()
    await expect(page.locator(ROWS)).to_have_count(4)


async def test_what_the_server_refuses_comes_back(opened):
    page = await opened(3)
    watched = Watched(page)

    async def refuse(route):
        if "Email/set" in (route.request.post_data or ""):
            await route.fulfill(status=503, body="{}", content_type="application/json")
        else:
            await route.continue_()

    await page.route("**/jmap/api", refuse)
    await row(page, "Letter 0001").locator("input").click()
    await page.keyboard.press("e")
    await expect(page.locator(".toast.bad")).to_contain_text("That did not work")
    await expect(row(page, "Letter 0001")).to_be_visible()
    assert watched.problems == []


async def test_snoozed_and_muted(site, opened):
    page = await opened(3)
    await row(page, "Letter 0001").locator("input").click()
    await page.keyboard.press("b")
    await page.get_by_role("button", name="Tomorrow morning").click()
    await expect(row(page, "Letter 0001")).to_have_count(0)
    await page.locator(".place", has_text="Snoozed").click()
    await expect(row(page, "Letter 0001").locator(".until")).to_be_visible()
    await until_in(site, "snoozed", ["Letter 0001"])
