"""The one script that runs in a message's frame, in a real browser: height, keys, links."""

import contextlib
import json

import pytest

from pillarbox.mime.html import sanitize
from pillarbox.serve.web import frame_page

from .local_server import chromium, local_server  # noqa: F401 - a fixture

pytestmark = pytest.mark.e2e

PARENT = """<!doctype html><iframe sandbox="{sandbox}" name="m" width="{width}" height="50"
 src="/m/x/body"></iframe><script src="/parent.js"></script>"""
LISTEN = """window.told = [];
addEventListener("message", e => {
  const own = e.source === document.querySelector("iframe").contentWindow;
  if (own && e.origin === "null" && e.data.pillarbox === 1) told.push(e.data);
});"""


class Shown:
    """A message in its frame in a page."""

    def __init__(self, page):
        self.page = page
        self.frame = page.frame("m")

    async def told(self, kind, also="true"):
        """Return what the frame says next of this kind. also: what must hold of `one`, in script.

        A page may tell more than one height on its way to the last.
        """
        condition = f"told.find(one => one.kind === {json.dumps(kind)} && {also})"
        found = await (await self.page.wait_for_function(condition)).json_value()
        await self.page.evaluate(f"told = told.filter(one => one.kind !== {json.dumps(kind)})")
        return found


@pytest.fixture
async def show(chromium):  # noqa: F811
    async with local_server() as app, contextlib.AsyncExitStack() as stack:

        async def show(markup, sheet="light", width=600):
            shown = sanitize(markup, organisation=lambda host: host)
            policy = frame_page.policy(f"http://app.test:{app.port}", [])
            html = {"Content-Type": "text/html; charset=utf-8"}
            page = frame_page.page(shown, "Message", sheet).encode()
            app.pages["/m/x/body"] = ({**frame_page.headers(policy), **html}, page)
            parent = PARENT.format(sandbox=frame_page.SANDBOX, width=width).encode()
            app.pages["/"] = (html, parent)
            app.pages["/parent.js"] = ({"Content-Type": "text/javascript"}, LISTEN.encode())
            context = await chromium.new_context()
            stack.push_async_callback(context.close)
            page = await context.new_page()
            await page.goto(f"http://app.test:{app.port}/")
            return Shown(page)

        yield show


async def test_the_height_is_told_and_told_again(show):
    shown = await show(
        "<div style='height:900px'>x</div><details><summary id=more>More</summary>"
        "<div style='height:300px'>y</div></details>"
    )
    await shown.told("size", "one.height > 900 && one.height < 1000")
    await shown.frame.locator("#more").click()
    await shown.told("size", "one.height > 1200 && one.height < 1300")


async def test_a_height_that_depends_on_the_frame_does_not_grow(show):
    shown = await show("<style>html,body{height:150%;min-height:3000px}</style><p>x")
    assert (await shown.told("size"))["height"] < 200


async def test_wide_messages_tell_their_width(show):
    shown = await show("<table width='900'><tr><td style='width:900px'>x</table>", width=400)
    await shown.told("size", "one.width >= 400")


async def test_keys_of_the_map_reach_the_parent(show):
    shown = await show("<p>x</p>")
    await shown.frame.locator("p").click()
    await shown.page.keyboard.press("j")
    assert await shown.told("key") == {
        "pillarbox": 1, "kind": "key", "key": "j", "shift": False, "ctrl": False, "meta": False,
    }  # fmt: skip
    await shown.page.keyboard.press("Control+c")
    await shown.page.keyboard.press("ArrowDown")
    await shown.page.keyboard.press("Shift+#")
    assert (await shown.told("key"))["key"] == "#"
    await shown.page.keyboard.press("Control+k")
    assert (await shown.told("key"))["ctrl"]


async def test_links_are_the_parents_business(show):
    shown = await show('<a href="https://evil.example/x?a=1&amp;b"><b>bank.example</b></a>')
    await shown.frame.locator("b").click()
    assert await shown.told("link") == {
        "pillarbox": 1,
        "kind": "link",
        "href": "https://evil.example/x?a=1&b",
        "mark": "shows=bank.example",
        "text": "bank.example",
    }
    assert len(shown.page.context.pages) == 1


async def test_links_within_the_message_scroll_the_parent(show):
    shown = await show(
        '<a href="#end">x</a><a href="#%zz">y</a><div style="height:700px"></div><p id="end">z'
    )
    await shown.frame.get_by_text("y").click()
    await shown.frame.get_by_text("x").click()
    assert (await shown.told("place"))["top"] > 700


async def test_sheets(show):
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    dark = await show("<p>x", sheet="dark")
    assert await dark.frame.evaluate(colour) == "rgb(27, 28, 31)"
    light = await show("<p style='color:#111'>x", sheet="dark")
    assert await light.frame.evaluate(colour) == "rgb(255, 255, 255)"


async def test_the_frame_has_no_origin_and_no_cookies(show):
    shown = await show("<p>x")
    assert await shown.frame.evaluate("origin") == "null"
    with pytest.raises(Exception, match="sandboxed"):
        await shown.frame.evaluate("document.cookie")
