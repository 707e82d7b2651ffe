"""Every screen by axe: WCAG 2.2 AA without a violation, light, dark, and on a phone."""

import pytest

from tests.serve.web.letters import file, letter

from . import demo
from .browser import Watched, need_webmail, signed_in, violations
from .post import open_post_office

pytestmark = pytest.mark.e2e
SCREENS = {
    "/": ".list-pane",
    "/compose?to=bob%40example.test&subject=Hello": ".compose .rich-text",
    "/contacts": ".contact-list",
    "/contacts/new": ".contact-form",
    "/refused": ".refused",
    "/settings/general": ".settings-page",
    "/settings/transfer": "#setting-import",
    "/settings/security": ".settings-page",
    "/search?q=from%3Abob": ".list-pane",
}
LOOKS = {
    "light": {"viewport": {"width": 1280, "height": 900}, "locale": "en-GB"},
    "dark": {
        "viewport": {"width": 1280, "height": 900}, "locale": "de-DE", "color_scheme": "dark"
    },
    "phone": {"viewport": {"width": 390, "height": 800}, "locale": "en-GB"},
}  # fmt: skip


@pytest.mark.timeout(120)
@pytest.mark.parametrize("look", LOOKS)
async def test_screens(site, chromium, look):
    need_webmail()
    await file(site.db, site.ann, letter(("text/plain", "Hello Ann")))
    page = await signed_in(site, chromium, **LOOKS[look])
    watched = Watched(page)
    found = {}
    for path, selector in SCREENS.items():
        await page.goto(f"http://localhost:{site.port}{path}")
        await page.wait_for_selector(selector)
        if wrong := await violations(page):
            found[path] = wrong
    assert found == {}
    assert watched.problems == []


async def _read(page, subject):
    """Open a letter of the list."""
    await page.locator(".row-subject", has_text=subject).first.click()
    await page.locator(".reading-subject", has_text=subject).wait_for()
    await page.wait_for_load_state("networkidle")


@pytest.mark.timeout(120)
@pytest.mark.parametrize("look", LOOKS)
async def test_reading_and_what_opens_over_it(tmp_path, chromium, look):
    need_webmail()
    narrow = look == "phone"
    async with open_post_office(tmp_path) as office:
        await demo.fill(office)
        page = await signed_in(office, chromium, **LOOKS[look])
        watched = Watched(page)
        found = {}

        async def judge(name):
            await page.wait_for_timeout(250)  # what fades in has no contrast yet
            if wrong := await violations(page):
                found[name] = wrong

        for subject in ("Thursday", "Spring catalogue", "Pictures of Sunday"):
            await _read(page, subject)
            await judge(subject)
            await page.keyboard.press("i")
            await page.locator(".trace-panel .trace-story").first.wait_for()
            await judge(f"trace of {subject}")
            await page.evaluate(
                "document.querySelectorAll('.trace-panel details').forEach(one => one.open = true)"
            )
            await judge(f"trace of {subject}, all of it")
            await page.goto(office.base)
            await page.locator(".row-subject").first.wait_for()
        emails = await office.client().call(
            "Email/query", ["urn:ietf:params:jmap:mail"], accountId=f"a{office.ann}"
        )
        await page.goto(f"{office.base}/trace/{emails[1]['ids'][0]}")
        await page.locator(".trace-page .trace-story").first.wait_for()
        await judge("trace page")
        await page.goto(f"{office.base}/refused")
        await page.locator(".refused li").first.wait_for()
        await judge("refused")
        await page.goto(office.base)
        await page.locator(".row-subject").first.wait_for()
        await page.keyboard.press("x")
        await page.keyboard.press("j")
        await page.keyboard.press("x")
        await judge("two are selected")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Control+k")
        await page.locator(".palette-list").wait_for()
        await judge("palette")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Shift+?")
        await page.locator(".help").wait_for()
        await judge("help")
        await page.keyboard.press("Escape")
        await _read(page, "Thursday")
        menus = await page.locator("button[aria-haspopup=menu]:visible").count()
        assert menus > 1
        for number in range(menus):
            await page.locator("button[aria-haspopup=menu]:visible").nth(number).click()
            await page.get_by_role("menu").wait_for()
            await judge(f"menu {number}")
            await page.keyboard.press("Escape")
            await page.get_by_role("menu").wait_for(state="detached")
        if narrow:
            await page.goto(office.base)
            await page.locator(".burger").click()
            await judge("drawer")
        assert found == {}
        assert watched.problems == []
