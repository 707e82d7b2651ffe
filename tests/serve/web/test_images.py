"""Images from elsewhere: for whom they are fetched, and what comes back."""

import asyncio
from datetime import timedelta

import pytest
from starlette.applications import Starlette

from pillarbox.delivery.https import NotFetched, Page
from pillarbox.serve.reading import IMAGE
from pillarbox.serve.view_token import Tokens, expiry
from pillarbox.serve.web import images
from pillarbox.serve.web.image_cache import KEPT, ImageCache
from pillarbox.serve.web.images import Images
from tests.fakes import START, FakeClock

from .client import Browser
from .letters import picture

TOKENS = Tokens(b"k" * 32)
URL = "https://pictures.example/1.png"


class FakeWeb:
    """Implements `PublicWeb` with one answer for all. asked: the URLs."""

    def __init__(self, answer):
        self.answer = answer
        self.asked = []
        self.called = asyncio.Event()
        self.go = asyncio.Event()
        self.go.set()

    async def get(self, url, *, max_octets, **_):
        self.asked.append((url, max_octets))
        self.called.set()
        await self.go.wait()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    async def post(self, *_, **__):
        raise AssertionError


def page(octets, status=200):
    return Page(status, "text/html", octets)


def path(url=URL, account_id=7, purpose=IMAGE):
    return f"/img/{TOKENS.make(purpose, [account_id, url], expiry(START))}"


class Proxy:
    def __init__(self, folder, answer):
        self.web, self.clock = FakeWeb(answer), FakeClock()
        self.cache = ImageCache(folder)
        self.browser = self.worker()

    def worker(self):
        made = Images(self.web, self.cache, TOKENS, self.clock)
        return Browser(Starlette(routes=made.routes()))

    async def get(self, where=None):
        return await self.browser.get(where or path(), bare=True)


@pytest.fixture
def proxy(tmp_path):
    return lambda answer: Proxy(tmp_path / "images", answer)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP", "AVIF"])
async def test_images(proxy, form):
    there = proxy(page(picture(form)))
    answer = await there.get()
    assert answer.status == 200
    assert answer.body == picture(form)
    assert answer.headers["content-type"] == f"image/{form.lower()}"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert "set-cookie" not in answer.headers
    assert there.web.asked == [(URL, images.MAX_OCTETS)]


@pytest.mark.parametrize(
    "answer",
    [
        page(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
        page(b"<html><script>alert(1)</script>"),
        page(b"\x89PNG\r\n\x1a\n<script>alert(1)</script>"),
        page(b"GIF89a"),
        page(b"%PDF-1.4"),
        page(b""),
        page(picture(), status=404),
        page(picture(), status=302),
        page(picture("GIF", size=(10_000, 6_000))),
        NotFetched("no"),
    ],
)
async def test_what_is_not_passed_on(proxy, answer):
    there = proxy(answer)
    found = await there.get()
    assert found.status == 404
    assert found.headers["content-type"].startswith("text/plain")
    assert await there.cache.find(URL, START) is None


@pytest.mark.parametrize(
    "where",
    [
        "/img/x", "/img/", path(purpose="frame"), path()[:-1], path() + "x",
        f"/img/{TOKENS.make(IMAGE, [7], expiry(START))}",
        path("https://mailtrack.io/x.png"), path("https://a.example/wf/open?x"),
    ],
)  # fmt: skip
async def test_what_is_never_asked_for(proxy, where):
    there = proxy(page(picture()))
    assert (await there.get(where)).status == 404
    assert there.web.asked == []


async def test_tokens_end(proxy):
    there = proxy(page(picture()))
    there.clock.advance(2 * 86400)
    assert (await there.get()).status == 404


async def test_opening_twice_is_told_to_nobody(proxy):
    there = proxy(page(picture()))
    for worker in (there.worker(), there.worker()):
        assert (await worker.get(path(), bare=True)).body == picture()
    assert len(there.web.asked) == 1


async def test_those_who_ask_together_are_answered_together(proxy):
    there = proxy(page(picture()))
    there.web.go.clear()
    waiting = [asyncio.create_task(there.get(path(account_id=n))) for n in range(5)]
    await there.web.called.wait()
    there.web.go.set()
    assert [(await one).status for one in waiting] == [200] * 5
    assert len(there.web.asked) == 1


async def test_nobody_has_us_fetch_without_end(proxy, monkeypatch):
    monkeypatch.setattr(images, "BURST", 3)
    there = proxy(NotFetched("no"))
    found = [(await there.get(path(f"https://a.example/{n}"))).status for n in range(5)]
    assert found == [404, 404, 404, 429, 429]
    assert (await there.get(path(account_id=8))).status == 404


async def test_the_cache_forgets(tmp_path):
    cache = ImageCache(tmp_path / "c")
    await cache.keep("a", b"octets", START)
    assert await cache.find("a", START + KEPT - timedelta(seconds=1)) == b"octets"
    assert await cache.find("a", START + KEPT + timedelta(seconds=1)) is None
    assert await cache.find("b", START) is None


async def test_the_cache_has_its_size(tmp_path, monkeypatch):
    monkeypatch.setattr("pillarbox.serve.web.image_cache.SWEEP_EVERY", 1)
    cache = ImageCache(tmp_path / "c", max_octets=25)
    for n in range(5):
        await cache.keep(f"{n}", b"x" * 10, START + timedelta(seconds=n))
    found = [await cache.find(f"{n}", START) for n in range(5)]
    assert [one is not None for one in found] == [False, False, False, True, True]


async def test_a_cache_that_cannot_write_is_no_reason_to_fail(tmp_path):
    (tmp_path / "file").write_text("")
    cache = ImageCache(tmp_path / "file")
    await cache.keep("a", b"octets", START)
    assert await cache.find("a", START) is None
