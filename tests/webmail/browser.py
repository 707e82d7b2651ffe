"""A real browser: Debian's Chromium without a window, driven by Playwright; and axe.

One browser for each test that asks for it, ended with it. Pages report what goes wrong in them:
errors of scripts, and what their policy refused (`Watched`).
"""

import contextlib
import json
from importlib import resources
from pathlib import Path

import pytest
from playwright.async_api import async_playwright

from pillarbox.serve.web import static
from tests.serve.jmap.site import ANN, PASSWORD

TIMEOUT_MS = 10_000
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
# WCAG 2.2 level AA, and what axe calls good practice.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def open_page(browser, **options):
    """Return a page in a context of its own. options: of Playwright's `new_context`."""
    context = await browser.new_context(**options)
    context.set_default_timeout(TIMEOUT_MS)
    return await context.new_page()


@contextlib.asynccontextmanager
async def open_browser(*more):
    """Yield a Playwright browser. more: arguments."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, headless=True, args=[*ARGUMENTS, *more]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def signed_in(site, browser, path="/", **options):
    """Return a page of a website's webmail, signed in as Ann. options: of `new_context`."""
    page = await open_page(browser, **{"locale": "en-GB", **options})
    base = f"http://localhost:{site.port}"
    answer = await page.context.request.post(
        f"{base}/auth/sign-in",
        data={"username": ANN, "password": PASSWORD},
        headers={"origin": base, "sec-fetch-site": "same-origin"},
    )
    assert answer.ok, await answer.text()
    await page.goto(base + path)
    return page


def need_webmail():
    """Skip a test where the webmail is not built."""
    if not (Path(static.__file__).parents[2] / "web" / "index.html").exists():
        pytest.skip("the webmail is not built: make webmail")


class Watched:
    """What went wrong in a page. Empty is right."""

    def __init__(self, page):
        self.problems: list[str] = []
        page.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        page.on("console", self._note)

    def _note(self, message):
        refused = "Content Security Policy" in message.text or "Trusted" in message.text
        if refused and message.type == "error":
            self.problems.append(message.text)


async def violations(page):
    """Return what axe finds wrong on a page, a line each; empty is right."""
    await page.evaluate(AXE)
    options = json.dumps({"runOnly": {"type": "tag", "values": RULES}})
    found = await page.evaluate(f"axe.run(document, {options})")
    return [
        f"{rule['id']}: {node['html'][:120]} {node.get('failureSummary', '')[:200]}"
        for rule in found["violations"]
        for node in rule["nodes"]
    ]


class VirtualAuthenticator:
    """A passkey device inside the browser (CDP WebAuthn), which always agrees."""

    def __init__(self, page):
        self._page = page

    async def plug_in(self):
        self._session = await self._page.context.new_cdp_session(self._page)
        await self._session.send("WebAuthn.enable", {"enableUI": False})
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = await self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        self.number = added["authenticatorId"]
        return self

    async def credentials(self):
        found = await self._session.send(
            "WebAuthn.getCredentials", {"authenticatorId": self.number}
        )
        return found["credentials"]

    async def verify(self, *, verified):
        """Say whether the person can be verified from now on."""
        await self._session.send(
            "WebAuthn.setUserVerified", {"authenticatorId": self.number, "isUserVerified": verified}
        )
