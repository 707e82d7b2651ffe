"""Contacts in a real browser: made, changed, found, taken in and given out, completed."""

import pytest
from playwright.async_api import expect

from .browser import Watched, need_webmail, signed_in

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]
CARDS = """BEGIN:VCARD
VERSION:4.0
UID:urn:uuid:5b8c6a0e-0d8f-4a5f-9b5d-7b7c0f3f0a01
FN:Zoë Waters
EMAIL:zoe@waters.example
TEL:+44 20 7946 0000
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Karl Stein
EMAIL;TYPE=work:karl@stein.example
ORG:Stein & Sons
END:VCARD
""".replace("\n", "\r\n")


@pytest.fixture
async def page(site, chromium):
    need_webmail()
    page = await signed_in(site, chromium, "/contacts")
    await page.get_by_text("No contacts yet").wait_for()
    return page


async def test_a_contact_is_made_changed_and_taken_away(page):
    watched = Watched(page)
    await page.get_by_role("button", name="New", exact=True).click()
    await page.get_by_label("Name", exact=True).fill("Mira Brook")
    await page.get_by_label("Email addresses").fill("mira@brook.example, m@brook.example")
    await page.get_by_role("button", name="Save").click()
    await page.locator(".contact-list a", has_text="Mira Brook").wait_for()
    await page.locator(".contacts-page").get_by_text("m@brook.example").wait_for()
    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("Organisation").fill("Brook & Co <b>")
    await page.get_by_role("button", name="Save").click()
    await page.locator(".contacts-page").get_by_text("Brook & Co <b>").wait_for()
    # Completed where one writes.
    await page.keyboard.press("c")
    await page.locator(".compose .rich-text").wait_for()
    await page.keyboard.type("bro")
    option = page.get_by_role("option", name="Mira Brook")
    await option.first.wait_for()
    await page.keyboard.press("Enter")
    await expect(page.locator(".compose .recipient")).to_contain_text("Mira Brook")
    await page.keyboard.press("Escape")
    await page.locator(".contacts-page").get_by_role("button", name="Delete").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.locator(".contact-list a")).to_have_count(0)
    await page.get_by_role("button", name="Undo").click()
    await page.locator(".contact-list a", has_text="Mira Brook").wait_for()
    assert watched.problems == []


async def test_files_come_in_and_go_out(page):
    file = {"name": "cards.vcf", "mimeType": "text/vcard", "buffer": CARDS.encode()}
    await page.locator("input[type=file]").first.set_input_files(file)
    await expect(page.locator(".toast")).to_contain_text("2 contacts were taken in.")
    await expect(page.locator(".contact-list a")).to_have_count(2)
    await page.get_by_label("Search contacts").fill("zoe")
    await expect(page.locator(".contact-list a")).to_have_text(["ZWZoë Waterszoe@waters.example"])
    async with page.expect_download() as coming:
        await page.get_by_role("button", name="Export").click()
    path = await (await coming.value).path()
    text = path.read_text("utf-8")
    assert text.count("BEGIN:VCARD") == 2
    assert "FN:Zoë Waters" in text
    assert "Stein & Sons" in text
