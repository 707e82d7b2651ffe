"""Everything by keyboard alone: read, answer, put away, find; no mouse is touched."""

import pytest
from playwright.async_api import expect

from tests.serve.jmap.site import BOB

from . import demo
from .browser import Watched, need_webmail, signed_in
from .post import open_post_office

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


async def tab_to(page, name, most=60):
    """Press Tab until something with this accessible name has the focus."""
    for _ in range(most):
        await page.keyboard.press("Tab")
        if await page.evaluate(
            """name => { const one = document.activeElement;
            const words = one.getAttribute('aria-label') || one.textContent || '';
            return one !== document.body && words.includes(name); }""",
            name,
        ):
            return
    raise AssertionError(f"no way to {name!r}")


async def test_a_day_without_a_mouse(tmp_path, chromium):
    need_webmail()
    async with open_post_office(tmp_path) as office:
        await demo.fill(office)
        page = await signed_in(office, chromium)
        watched = Watched(page)
        key = page.keyboard.press
        subject = page.locator(".reading-subject")
        await page.locator(".row-subject").first.wait_for()
        await key("j")
        await key("k")
        await key("Enter")
        await subject.filter(has_text="Thursday").wait_for()
        await key("i")
        await page.locator(".trace-panel").wait_for()
        await key("i")
        await page.locator(".trace-panel").wait_for(state="detached")
        # Answer, and send by keyboard.
        await key("r")
        await page.locator(".compose .rich-text").wait_for()
        await page.keyboard.type("Yes, at ten.")
        await key("Control+Enter")
        await page.locator(".compose").wait_for(state="detached")
        await page.get_by_text("Leaves in").wait_for()
        # The next one, archived, and brought back.
        await key("j")
        await subject.filter(has_text="Minutes of the meeting").wait_for()
        await key("e")
        await page.get_by_text("Archived").first.wait_for()
        await key("z")
        await page.locator(".row-subject", has_text="Minutes of the meeting").wait_for()
        # Search, and out of it.
        await key("/")
        await page.keyboard.type("from:mira")
        await key("Enter")
        await page.wait_for_url("**/search?q=*")
        await page.locator(".row-subject", has_text="Minutes of the meeting").wait_for()
        thursday = page.locator(".row-subject", has_text="Thursday")
        await expect(thursday).to_have_count(0)
        await key("g")
        await key("i")
        await page.wait_for_url("**/mail/**")
        # A new letter, from the first Tab on.
        await key("c")
        await page.locator(".compose .rich-text").wait_for()
        await page.keyboard.type(BOB)
        await key("Enter")
        await page.locator(".compose .recipient", has_text=BOB.partition("@")[0]).wait_for()
        await tab_to(page, "Copy, blind copy")
        await key("Enter")
        await expect(page.get_by_label("Copy", exact=True)).to_be_focused()
        await key("Escape")
        await page.locator(".compose").wait_for(state="detached")
        # Help says what the keys are.
        await key("Shift+?")
        await page.locator(".help").wait_for()
        await key("Escape")
        await page.locator(".help").wait_for(state="detached")
        # The first Tab leads past the menus to the mail.
        await page.reload()
        await page.locator(".row-subject").first.wait_for()
        await key("Tab")
        await expect(page.locator(":focus")).to_have_text("Go to the message")
        assert watched.problems == []
