"""Nothing typed is lost and nothing is sent twice, though browser and server are killed."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest
from playwright.async_api import async_playwright
from playwright.async_api import expect as must

from pillarbox.serve.web import static
from tests.e2e.server import Server, free_port

from .browser import ARGUMENTS, CHROMIUM, Watched

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
WAIT_MS = 20_000


@pytest.fixture(autouse=True)
def _built():
    if not (Path(static.__file__).parents[2] / "web" / "index.html").exists():
        pytest.skip("the webmail is not built: make webmail")


@pytest.fixture
def server(tmp_path):
    made = Server(tmp_path, workers=1, ports={"web": free_port()})
    made.start()
    try:
        yield made
    finally:
        made.stop()


def launch(folder):
    return subprocess.Popen(
        [CHROMIUM, "--headless", *ARGUMENTS, "--remote-debugging-port=0",
         f"--user-data-dir={folder}", "about:blank"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip


class Chromium:
    """A browser whose profile stays when it is killed."""

    def __init__(self, folder, playwright):
        self.folder = folder / "profile"
        self.playwright = playwright
        self.process: subprocess.Popen[bytes] | None = None

    async def start(self):
        port = self.folder / "DevToolsActivePort"
        port.unlink(missing_ok=True)
        self.process = launch(self.folder)
        end = time.monotonic() + 30
        while not (port.exists() and "\n" in port.read_text()):
            assert time.monotonic() < end, "the browser does not start"
            await asyncio.sleep(0.05)
        number = port.read_text().split("\n")[0]
        browser = await self.playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{number}")
        self.context = browser.contexts[0]
        self.context.set_default_timeout(WAIT_MS)
        page = await self.context.new_page()
        await page.set_viewport_size({"width": 1280, "height": 860})
        return page

    def kill(self):
        assert self.process is not None, "it was never started"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        (self.folder / "SingletonLock").unlink(missing_ok=True)


@pytest.fixture
async def chromium(tmp_path):
    async with async_playwright() as playwright:
        made = Chromium(tmp_path, playwright)
        try:
            yield made
        finally:
            if made.process:
                made.kill()


async def sign_in(page, server):
    await page.goto(f"http://localhost:{server.ports['web']}/sign-in")
    await page.fill("#username", "user1@example.test")
    await page.fill("#password", "pw")
    await page.click("form button")
    await page.wait_for_selector(".list-pane")


async def write(page, subject, text="These words are dear to me."):
    await page.keyboard.press("c")
    await page.wait_for_selector(".compose .rich-text")
    await page.keyboard.type("user2@example.test,")
    await page.fill("#compose-subject", subject)
    await page.click(".rich-text")
    await page.keyboard.type(text)


def received(server):
    """Return the subjects in the inbox of user2."""
    client = server.imap(2)
    client.select("INBOX", readonly=True)
    _, data = client.fetch("1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    client.logout()
    return sorted(part[1].decode().split()[1] for part in data if isinstance(part, tuple))


async def until_received(server, subjects, seconds=60):
    end = time.monotonic() + seconds
    while (found := received(server)) != subjects:
        assert time.monotonic() < end, found
        await asyncio.sleep(0.2)


async def shown(page):
    return (await page.locator(".compose .rich-text").inner_text()).strip()


async def test_a_killed_browser_gives_back_what_was_written(server, chromium):
    page = await chromium.start()
    await sign_in(page, server)
    await write(page, "first")
    await must(page.locator(".compose-kept")).to_have_text("Kept in this browser")
    chromium.kill()

    page = await chromium.start()
    await sign_in(page, server)
    await page.wait_for_selector(".compose .rich-text")
    assert await shown(page) == "These words are dear to me."
    assert await page.input_value("#compose-subject") == "first"
    # The second time the server has it, too; the last words only this browser.
    await page.get_by_role("button", name="More").last.click()
    await page.get_by_role("menuitem", name="Keep as a draft now").click()
    await must(page.locator(".compose-kept")).to_have_text("Kept in Drafts")
    await page.click(".rich-text")
    await page.keyboard.press("Control+End")
    await page.keyboard.type(" And these.")
    await must(page.locator(".compose-kept")).to_have_text("Kept in this browser")
    chromium.kill()

    page = await chromium.start()
    await sign_in(page, server)
    await page.wait_for_selector(".compose .rich-text")
    assert await shown(page) == "These words are dear to me. And these."
    await page.click(".rich-text")
    await page.keyboard.press("Escape")
    await must(page.get_by_text("Kept in Drafts.")).to_be_visible()
    await page.keyboard.press("g")
    await page.keyboard.press("d")
    await must(page.locator(".row:not(.blank)")).to_have_count(1)
    assert received(server) == []


async def test_a_browser_killed_while_sending_has_sent_once(server, chromium):
    chance = random.Random(5)
    names = []
    for number in range(3):
        page = await chromium.start()
        await sign_in(page, server)
        names.append(f"n{number}")
        await write(page, names[-1])
        await must(page.locator(".compose-kept")).to_have_text("Kept in this browser")
        asking = asyncio.ensure_future(page.keyboard.press("Control+Enter"))
        await asyncio.sleep(chance.uniform(0, 0.25))  # somewhere within the sending
        chromium.kill()
        with contextlib.suppress(Exception):
            await asking
        page = await chromium.start()
        await sign_in(page, server)
        # Either it was handed over, and leaves by itself; or it is here, and can be sent now.
        composer = page.locator(".compose .rich-text")
        with contextlib.suppress(AssertionError):
            await must(composer).to_be_visible(timeout=3000)
        if await composer.is_visible():
            await composer.click()
            await page.keyboard.press("Control+Enter")
            await must(page.locator(".compose")).to_have_count(0)
            await must(page.get_by_text("Leaves in")).to_be_visible()
        chromium.kill()
        await until_received(server, names)


async def test_a_server_killed_while_sending_gets_it_once(server, chromium):
    chance = random.Random(7)
    page = await chromium.start()
    watched = Watched(page)
    await sign_in(page, server)
    names = []
    for number in range(3):
        names.append(f"m{number}")
        await write(page, names[-1])
        asking = asyncio.ensure_future(page.keyboard.press("Control+Enter"))
        await asyncio.sleep(chance.uniform(0, 0.15))  # somewhere within the sending
        server.kill_all()
        await asking
        server.start()
        await must(page.locator(".compose")).to_have_count(0, timeout=60_000)
        await until_received(server, names, 90)
    assert watched.problems == []
    await page.keyboard.press("g")
    await page.keyboard.press("d")
    await must(page.get_by_role("heading", name="Drafts")).to_be_visible()
    await must(page.locator(".row:not(.blank)")).to_have_count(0)


async def test_an_ended_session_keeps_the_words(server, chromium):
    page = await chromium.start()
    await sign_in(page, server)
    await write(page, "kept")
    await page.context.clear_cookies()
    await page.keyboard.press("Control+Enter")
    await page.wait_for_selector("dialog input[type=password]")
    await page.fill("dialog input[type=password]", "pw")
    await page.keyboard.press("Enter")
    await until_received(server, ["kept"], 60)
