"""The layout mirrored: nothing overflows, nothing stays on the wrong side, axe finds nothing."""

import pytest

from . import demo
from .browser import need_webmail, signed_in, violations
from .post import open_post_office

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]
SCREENS = [
    "/",
    "/compose?to=b%40c.example",
    "/contacts",
    "/refused",
    "/settings/general",
    "/search?q=from%3Amira",
]
OVER = "document.documentElement.scrollWidth - innerWidth"
SIZES = {"wide": (1280, 900), "phone": (390, 800)}


@pytest.mark.parametrize("size", SIZES)
async def test_mirrored(tmp_path, chromium, size):
    need_webmail()
    width, height = SIZES[size]
    async with open_post_office(tmp_path) as office:
        await demo.fill(office)
        page = await signed_in(office, chromium, viewport={"width": width, "height": height})
        wrong = {}
        for path in SCREENS:
            mark = "&" if "?" in path else "?"
            await page.goto(f"{office.base}{path}{mark}locale=ar-XB")
            await page.wait_for_load_state("networkidle")
            await page.locator(".shell").wait_for()
            assert await page.evaluate("document.documentElement.dir") == "rtl"
            over = await page.evaluate(OVER)
            if over > 0:
                wrong[path] = [f"{over} pixels too wide"]
            if found := await violations(page):
                wrong[path] = found
            if size == "wide":
                side, pane = [
                    await page.locator(one).first.bounding_box() for one in (".sidebar", "#main")
                ]
                assert side is not None
                assert pane is not None
                assert side["x"] > pane["x"], path
                assert pane["x"] >= 12, path
        assert wrong == {}
