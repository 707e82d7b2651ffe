"""Search as one types, in a real browser: how it was understood, found, saved."""

import pytest
from playwright.async_api import expect

from . import demo
from .browser import Watched, need_webmail, signed_in
from .post import open_post_office

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


@pytest.fixture
async def page(tmp_path, chromium):
    need_webmail()
    async with open_post_office(tmp_path) as office:
        await demo.fill(office)
        page = await signed_in(office, chromium)
        await page.locator(".row-subject").first.wait_for()
        yield page


async def ask(page, text):
    await page.locator(".search-box input").fill("")
    await page.locator(".search-box input").fill(text)


CASES = [
    ("from:mira", ["from mira"], ["Minutes of the meeting"]),
    ("greenhouse", ["“greenhouse” anywhere"], ["Thursday"]),
    ("GREENH", ["“GREENH” anywhere"], ["Thursday"]),
    ('"bring the plans"', ["“bring the plans” anywhere"], ["Thursday"]),
    ("subject:thursday has:attachment", ["subject has thursday", "with attachment"], ["Thursday"]),
    ("sandstrom", ["“sandstrom” anywhere"], ["Minutes of the meeting"]),
    ("in:junk", ["in junk"], ["An offer", "Your account is blocked"]),
    ("filename:sunday.txt", ["file named sunday.txt"], ["Pictures of Sunday"]),
    ("from:proven.example -subject:thursday invoice", None, ["Invoice 2041"]),
    ("before:1999-01-01", ["before 1999-01-01"], []),
    ("before:soon", ["before soon · not a date; write 2026-01-31 or 30d"], None),
    ("nobodywrotethis", ["“nobodywrotethis” anywhere"], []),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case[0])
async def test_what_is_asked_for_is_found(page, case):
    text, chips, subjects = case
    watched = Watched(page)
    await ask(page, text)
    if chips is not None:
        await expect(page.locator(".understood .chip")).to_have_text(chips)
    if subjects:
        await expect(page.locator(".row-subject")).to_have_count(len(subjects))
        assert sorted(await page.locator(".row-subject").all_text_contents()) == subjects
    elif subjects is not None:
        await page.get_by_text("Nothing found").wait_for()
    assert watched.problems == []


async def test_a_chip_is_taken_out_and_a_search_is_kept(page):
    await ask(page, "from:mira greenhouse")
    await page.get_by_text("Nothing found").wait_for()
    await page.get_by_role("button", name="Without greenhouse").click()
    await expect(page.locator(".row-subject")).to_have_text(["Minutes of the meeting"])
    await expect(page.locator(".search-box input")).to_have_value("from:mira")
    await page.get_by_role("button", name="Save this search").click()
    saved = page.locator(".sidebar a", has_text="from:mira")
    await saved.wait_for()
    await page.locator(".place", has_text="Inbox").click()
    await expect(page.locator(".search-box input")).to_have_value("")
    await saved.click()
    await page.locator(".row-subject", has_text="Minutes of the meeting").click()
    await page.locator(".reading-subject", has_text="Minutes of the meeting").wait_for()
    await expect(page.locator(".row-subject")).to_have_text(["Minutes of the meeting"])
