"""Attacks by HTML, against each wall alone and all together, in a real browser.

A leak is a script that ran, a request to the tracker, a dialog, a window or a download, or a frame
that shows another page.
"""

import contextlib
import dataclasses
import re

import pytest
import tinycss2
from playwright.async_api import Error

from pillarbox.mime.html import Sanitized, sanitize
from pillarbox.serve.web import frame_page, static

from .attack import TRACKER, attacks
from .local_server import chromium, local_server  # noqa: F401 - a fixture

ATTACKS = attacks()
HTML = {"Content-Type": "text/html; charset=utf-8"}
BLOCKED = "chrome-error://chromewebdata/"  # what stands where the page's policy said no
BATCH = 45
GRACE_MS = 700  # where nothing must happen there is nothing to wait for

FORBIDDEN_TAGS = re.compile(
    r"<(?!/?(?:p|div|a|img|b|ul|li|table|tbody|tr|td|span|map|area|details|summary|bdo|blockquote"
    r"|pre|font)\b)"
)


def test_there_are_enough():
    assert len(ATTACKS) >= 80
    assert len({attack.slug for attack in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.slug)
def test_the_sanitizer_leaves_nothing_of_it(attack):
    found = sanitize(attack.markup(99))
    bare = re.sub(r'"[^"]*"', '""', found.markup)
    tags = "".join(re.findall(r"<[^>]*>", bare))
    assert FORBIDDEN_TAGS.findall(tags) == []
    assert re.findall(r"\s(?:on\w*|srcset|background|ping|action|form\w*)=", tags) == []
    sources = re.findall(r'src="([^"]*)"', found.markup)
    assert all(source.startswith("data:image/gif;base64,") for source in sources)
    targets = re.findall(r'href="([^"]*)"', found.markup)
    assert all(target.startswith(("http://", "https://", "#")) for target in targets)
    styles = [*re.findall(r'style="([^"]*)"', found.markup), found.sheet]
    for style in styles:
        assert "position:fixed" not in style
        assert "position:absolute" not in style
        kinds = {node.type for node in tinycss2.parse_component_value_list(style)}
        assert not kinds & {"url", "error", "at-keyword"} or "@media" in style
        assert TRACKER not in style
    if not found.problem:
        assert sanitize(found.markup).markup == found.markup


@dataclasses.dataclass(frozen=True)
class Walls:
    """What stands between an attack and the reader."""

    frame: bool
    page: bool
    sanitizer: bool


class Field:
    """Tries attacks. app: serves frames and the page around them. tracker: who must not be asked.

    Each has a server of its own, so also an origin.
    """

    def __init__(self, browser, app, tracker, walls):
        self.browser, self.app, self.tracker, self.walls = browser, app, tracker, walls
        self.origin = f"http://app.test:{app.port}"

    def _publish(self, attack):
        """Serve the frame of an attack, and return the element that shows it."""
        markup = attack.markup(self.tracker.port)
        shown = sanitize(markup) if self.walls.sanitizer else Sanitized(markup)
        fields, page, sandbox = {}, shown.markup, ""
        if self.walls.frame:
            page = frame_page.page(shown, "Message", "light")
            fields = frame_page.headers(frame_page.policy(self.origin, ["/m/part/"]))
            sandbox = f'sandbox="{frame_page.SANDBOX}"'
        self.app.pages[f"/m/{attack.slug}"] = ({**fields, **HTML}, page.encode())
        return (
            f'<iframe {sandbox} name="{attack.slug}" width="300" src="/m/{attack.slug}"></iframe>'
        )

    async def leaks(self, batch):
        """Return which of the attacks had success, and by what. "": nobody knows which."""
        frames = "".join(map(self._publish, batch))
        fields = {"Content-Security-Policy": static.POLICY} if self.walls.page else {}
        self.app.pages["/around"] = ({**fields, **HTML}, f"<!doctype html>{frames}".encode())
        slugs = {attack.slug for attack in batch}
        around = f"{self.origin}/around"
        found: dict[str, set[str]] = {}

        def leak(slug, what):
            found.setdefault(slug if slug in slugs else "", set()).add(what)

        def on_navigated(frame):
            at = frame.url.partition("#")[0]
            if frame.parent_frame is None and at != around:
                leak("", f"top {at}")
            elif frame.name in slugs and at not in {
                f"{self.origin}/m/{frame.name}", "", "about:blank", BLOCKED,
            }:  # fmt: skip
                leak(frame.name, f"frame {at}")

        async def on_dialog(dialog):
            leak("", "dialog")
            await dialog.dismiss()

        def on_console(message):
            if message.text.startswith("LEAK "):
                leak(message.text.removeprefix("LEAK "), "script")

        context = await self.browser.new_context()
        page = await context.new_page()
        page.on("console", on_console)
        page.on("dialog", on_dialog)
        page.on("framenavigated", on_navigated)
        page.on("download", lambda _: leak("", "download"))
        context.on("page", lambda other: leak("", f"window {other.url}"))
        await page.goto(around, wait_until="load")
        for attack in batch:
            if attack.click:
                await self._click(page.frame(attack.slug), attack.click)
        await page.wait_for_timeout(GRACE_MS)
        await context.close()
        for path in self.tracker.heard:
            leak(path.partition("?")[0].removeprefix("/leak/").partition("/")[0], "request")
        self.tracker.heard.clear()
        return found

    async def _click(self, frame, how):
        button = "middle" if how == "middle" else "left"
        target = frame.locator("#go")
        if await target.count():
            with contextlib.suppress(Error):
                await target.click(button=button, timeout=1000, force=True, no_wait_after=True)

    async def run(self, wanted):
        """Return the leaks of each attack that has some, by slug."""
        found: dict[str, set[str]] = {}
        for at in range(0, len(wanted), BATCH):
            found |= await self.leaks(wanted[at : at + BATCH])
        return found


@contextlib.asynccontextmanager
async def field(browser, *, frame=True, page=True, sanitizer=False):
    async with local_server() as app, local_server() as tracker:
        yield Field(browser, app, tracker, Walls(frame, page, sanitizer))


@pytest.mark.e2e
async def test_without_walls_they_work(chromium):  # noqa: F811
    """Or the others would show nothing."""
    async with field(chromium, frame=False, page=False) as there:
        tried = [attack for attack in ATTACKS if not (attack.click or attack.top)]
        found = await there.run(tried)
    assert len(found) >= len(tried) * 2 // 3, sorted(found)


@pytest.mark.e2e
async def test_the_frame_alone(chromium):  # noqa: F811
    async with field(chromium, page=False) as there:
        found = await there.run(ATTACKS)
    assert found.keys() <= {attack.slug for attack in ATTACKS if attack.frame}


@pytest.mark.e2e
async def test_the_frame_in_the_page(chromium):  # noqa: F811
    async with field(chromium) as there:
        assert await there.run(ATTACKS) == {}


@pytest.mark.e2e
async def test_all_walls(chromium):  # noqa: F811
    async with field(chromium, sanitizer=True) as there:
        assert await there.run(ATTACKS) == {}
