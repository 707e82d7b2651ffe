"""Every screen by axe: WCAG 2.2 AA without a violation, light, dark, and on a phone."""

from pathlib import Path

import pytest

from pillarbox.serve.web import static
from tests.serve.jmap.site import ANN, PASSWORD
from tests.serve.web.letters import file, letter

from .browser import Watched, open_page, violations

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
    if not (Path(static.__file__).parents[2] / "web" / "index.html").exists():
        pytest.skip("the webmail is not built: make webmail")
    await file(site.db, site.ann, letter(("text/plain", "Hello Ann")))
    base = f"http://localhost:{site.port}"
    page = await open_page(chromium, **LOOKS[look])
    watched = Watched(page)
    signing = await page.context.request.post(
        f"{base}/auth/sign-in",
        data={"username": ANN, "password": PASSWORD},
        headers={"origin": base, "sec-fetch-site": "same-origin"},
    )
    assert signing.ok, await signing.text()
    found = {}
    for path, selector in SCREENS.items():
        await page.goto(base + path)
        await page.wait_for_selector(selector)
        if wrong := await violations(page):
            found[path] = wrong
    assert found == {}
    assert watched.problems == []
