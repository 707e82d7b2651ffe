"""The pictures of docs/webmail.md: taken by the tests of the screens that they show.

Written only where PILLARBOX_PICTURES names a folder: `make pictures`.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from . import demo
from .browser import need_webmail, signed_in
from .post import open_post_office

pytestmark = pytest.mark.e2e
WIDE = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}


def keep(name, octets):
    if folder := os.environ.get("PILLARBOX_PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        Path(folder, f"{name}.png").write_bytes(octets)


async def take(page, name):
    """Take a picture once nothing moves any more; it must show more than one colour."""
    await page.evaluate("document.fonts.ready.then(() => 1)")
    await page.wait_for_load_state("networkidle")
    octets = await page.screenshot(animations="disabled", caret="hide")
    assert len(octets) > 10_000
    keep(name, octets)


@pytest.fixture
async def office(tmp_path, chromium):
    need_webmail()
    async with open_post_office(tmp_path) as office:
        await demo.fill(office)
        yield office


async def visit(office, chromium, path="/", **options):
    page = await signed_in(office, chromium, "/sign-in", timezone_id="UTC", **options)
    await page.clock.set_fixed_time(office.clock.now())
    await page.goto(office.base + path)
    return page


async def opened(page, subject):
    await page.locator(".row-subject", has_text=subject).first.click()
    await page.locator(".reading-subject", has_text=subject).wait_for()


async def test_list_reading_and_trace(office, chromium):
    page = await visit(office, chromium, **WIDE)
    await expect(page.locator(".row-subject")).to_have_count(len(demo.LETTERS) - demo.JUNK)
    await take(page, "list")
    await opened(page, "Spring catalogue")
    await expect(page.locator(".body-frame")).not_to_have_css("height", "160px")
    await take(page, "reading")
    await opened(page, "Thursday")
    await page.keyboard.press("i")
    await page.locator(".trace-story .check").first.wait_for()
    await page.locator(".check summary").first.click()
    await take(page, "trace")


async def test_writing(office, chromium):
    page = await visit(office, chromium, **WIDE)
    await opened(page, "Thursday")
    await page.keyboard.press("r")
    await page.locator(".compose .rich-text").wait_for()
    await page.keyboard.type("Dear Bob,\n\nten it is. I bring the tea.\n\nAnn")
    await expect(page.locator(".compose-kept")).not_to_have_text("")
    await take(page, "compose")


async def test_what_was_refused(office, chromium):
    page = await visit(office, chromium, "/refused", **WIDE)
    await page.locator(".refused li").first.wait_for()
    await take(page, "refused")


async def test_settings(office, chromium):
    page = await visit(office, chromium, "/settings/security", **WIDE)
    await page.locator("#setting-sessions, .settings-page section").first.wait_for()
    await take(page, "settings")


async def test_dark(office, chromium):
    page = await visit(office, chromium, color_scheme="dark", locale="de-DE", **WIDE)
    await opened(page, "Thursday")
    await take(page, "dark")


async def test_phone(office, chromium):
    page = await visit(office, chromium, **PHONE)
    await expect(page.locator(".row-subject").first).to_be_visible()
    await take(page, "phone")
    await opened(page, "Thursday")
    await take(page, "phone-reading")
