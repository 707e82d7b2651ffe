"""Frames of messages: who may see them, what they may do, and what is shown in them."""

import base64
import hashlib
import io
import re

import pytest
from PIL import Image
from starlette.applications import Starlette

from pillarbox.mime import html as sanitizer
from pillarbox.serve import frame_ticket
from pillarbox.serve.frame_ticket import FrameTicket
from pillarbox.serve.reading import Readings
from pillarbox.serve.view_token import Tokens
from pillarbox.serve.web.frame import Frames

from .letters import file, letter, picture

KEY = b"k" * 32
HTML = letter(
    ("text/html; charset=utf-8", '<p style="color:red">Hi<img src="cid:a"><img src="https://t/1">'),
    ("image/png", picture(), "Content-ID: <a>"),
    ("text/plain; name=notes.txt", "<b>notes</b> äöü", "Content-Disposition: attachment"),
    ("application/pdf; name=a.pdf", b"%PDF-1.7 x", "Content-Disposition: attachment"),
    ("image/svg+xml; name=a.svg", "<svg onload=alert(1)>", "Content-Disposition: attachment"),
    ("image/png; name=a.png", "<html><script>alert(1)</script>", "Content-Disposition: attachment"),
    kind="related",
)


class Framed:
    def __init__(self, place, message_id):
        self.place = place
        self.tokens = Tokens(KEY)
        self.message_id = message_id
        readings = Readings(place.db, self.tokens, lambda host: host)
        frames = Frames(readings, place.identify, self.tokens, place.clock)
        place.app.router.routes.extend(frames.routes())

    def path(self, rest="body", remote="blocked"):
        ticket = FrameTicket(self.place.alice, self.message_id, remote)
        return frame_ticket.address(self.tokens, ticket, self.place.clock.now()) + rest


@pytest.fixture
async def framed(place):
    assert isinstance(place.app, Starlette)
    return Framed(place, await file(place.db, place.alice, HTML))


async def test_the_page(framed):
    browser = await framed.place.signed_in()
    answer = await browser.get(framed.path())
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert '<p style="color:red;">Hi<img src="part/2"><img></p>' in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


async def test_the_policy(framed):
    browser = await framed.place.signed_in()
    page = framed.path()
    answer = await browser.get(page)
    policy = dict(
        part.partition(" ")[::2] for part in answer.headers["content-security-policy"].split("; ")
    )
    (script,) = re.findall(r"<script>(.*?)</script>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert policy == {
        "sandbox": "allow-scripts allow-popups allow-popups-to-escape-sandbox",
        "default-src": "'none'",
        "script-src": f"'sha256-{digest}'",
        "style-src": "'unsafe-inline'",
        "img-src": f"data: https://mail.example.org{page.removesuffix('body')}part/",
        "form-action": "'none'",
        "base-uri": "'none'",
        "frame-ancestors": "'self'",
    }
    shown = await browser.get(framed.path(remote="proxied"))
    assert " https://mail.example.org/img/;" in shown.headers["content-security-policy"]
    assert '<img src="/img/' in shown.text


async def test_a_forged_host_gives_no_source_of_images(framed):
    browser = await framed.place.signed_in()
    answer = await browser.get(framed.path(), headers={"host": "a; script-src *"})
    assert "img-src data:;" in answer.headers["content-security-policy"]


async def test_who_may_see_it(framed):
    assert (await framed.place.browser().get(framed.path())).status == 401
    bob = await framed.place.signed_in("bob@example.org")
    assert (await bob.get(framed.path())).status == 403
    assert (await bob.get(framed.path("preview/2"))).status == 403
    alice = await framed.place.signed_in()
    assert (await alice.get(framed.path()[:-6] + "x/body")).status == 404
    forged = Tokens(b"other" * 8)
    ticket = FrameTicket(framed.place.alice, framed.message_id, "blocked")
    path = frame_ticket.address(forged, ticket, framed.place.clock.now())
    assert (await alice.get(f"{path}body")).status == 404


async def test_tokens_grow_old(framed):
    page = framed.path("part/2")
    framed.place.clock.advance(2 * 86400)
    assert (await framed.place.browser().get(page)).status == 404


async def test_tokens_end_with_the_version_of_the_sanitizer(framed, monkeypatch):
    page = framed.path("part/2")
    monkeypatch.setattr(sanitizer, "VERSION", sanitizer.VERSION + 1)
    assert (await framed.place.browser().get(page)).status == 404


async def test_pictures_in_the_frame_need_no_cookie(framed):
    answer = await framed.place.browser().get(framed.path("part/2"), bare=True)
    assert answer.body == picture()
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["content-security-policy"].startswith("sandbox;")


@pytest.mark.parametrize("part", ["1", "3", "4", "5", "6", "7", "x", "1.1", "0", "../../jmap"])
async def test_nothing_but_pictures_is_served_without_a_cookie(framed, part):
    assert (await framed.place.browser().get(framed.path(f"part/{part}"))).status == 404


async def test_previews(framed):
    browser = await framed.place.signed_in()
    image = await browser.get(framed.path("preview/2"))
    assert image.headers["content-type"] == "image/webp"
    assert Image.open(io.BytesIO(image.body)).size == (8, 6)
    text = await browser.get(framed.path("preview/3"))
    assert text.headers["content-type"] == "text/plain; charset=utf-8"
    assert text.text == "<b>notes</b> äöü"
    pdf = await browser.get(framed.path("preview/4"))
    assert pdf.headers["content-type"] == "application/pdf"
    assert (await browser.get(framed.path("preview/5"))).status == 404
    assert (await browser.get(framed.path("preview/6"))).status == 404


async def test_sheets(framed):
    browser = await framed.place.signed_in()
    light = await browser.get(framed.path("body?sheet=dark"))
    assert "color-scheme:light" in light.text  # it sets colours of its own
    inverted = await browser.get(framed.path("body?sheet=inverted"))
    assert "invert(1)" in inverted.text
    plain = await file(framed.place.db, framed.place.alice, letter(("text/html", "<p>Hi")))
    framed.message_id = plain
    dark = await browser.get(framed.path("body?sheet=dark&title=%3Cscript%3E"))
    assert "color-scheme:dark" in dark.text
    assert "<title>&lt;script&gt;</title>" in dark.text


async def test_a_message_that_is_gone(framed):
    browser = await framed.place.signed_in()
    framed.message_id = 999_999
    assert (await browser.get(framed.path())).status == 404
