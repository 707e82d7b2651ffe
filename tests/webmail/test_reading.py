"""A message read in a real browser, from the website itself: cookies, frame, images."""

import json

import pytest

from pillarbox.serve.web import static
from tests.delivery.test_public_web import site as web_site
from tests.serve.jmap.site import ANN, PASSWORD, open_site
from tests.serve.web.letters import file, letter, picture

from .browser import open_page

pytestmark = pytest.mark.e2e

SIZES = "Array.from(document.images, one => one.naturalWidth)"
VIEW = """async ([account, email]) => (await (await fetch("/jmap/api", {
  method: "POST", headers: {"Content-Type": "application/json"},
  body: JSON.stringify({using: ["urn:ietf:params:jmap:core", "urn:pillarbox:jmap:view"],
    methodCalls: [["MessageView/get",
      {accountId: account, emailIds: [email], remote: "proxied"}, "0"]]})
})).json()).methodResponses[0][1].list[0]"""


async def test_pictures_of_the_message_and_from_elsewhere_are_shown(tmp_path, chromium):
    raw = picture("PNG", (30, 20)).decode("latin-1")
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(raw)}\r\n\r\n"
    async with web_site({"/a.png": head + raw}, encoding="latin-1") as elsewhere:
        more = f'[web]\nreachable = ["127.0.0.1:{elsewhere.port}"]'
        async with open_site(tmp_path, more) as there:
            base = f"http://localhost:{there.port}"
            url = f"http://127.0.0.1:{elsewhere.port}/a.png"
            octets = letter(
                ("text/html", f'<p>Hi <img src="cid:a"><img src="{url}"><img src="cid:none">'),
                ("image/png", picture("PNG", (8, 6)), "Content-ID: <a>"),
                ("application/pdf; name=a.pdf", b"%PDF-1.7", "Content-Disposition: attachment"),
                kind="related",
            )
            number = await file(there.db, there.ann, octets)
            page = await open_page(chromium)
            signing_in = json.dumps({"username": ANN, "password": PASSWORD, "stay": True})
            answer = await page.context.request.post(
                f"{base}/auth/sign-in",
                data=signing_in,
                headers={"Content-Type": "application/json", "Origin": base},
            )
            assert answer.ok
            around = {"Content-Security-Policy": static.POLICY, "Content-Type": "text/html"}
            await page.route(
                f"{base}/around", lambda route: route.fulfill(body="<p>x", headers=around)
            )
            await page.goto(f"{base}/around")
            view = await page.evaluate(VIEW, [f"a{there.ann}", f"e{number}"])
            await page.evaluate(
                """url => { const frame = document.createElement("iframe");
                frame.name = "message"; frame.sandbox = "allow-scripts allow-popups";
                frame.src = url; document.body.append(frame); }""",
                view["frameUrl"],
            )
            await page.wait_for_function("frames.length === 1")
            frame = page.frame("message")
            await frame.wait_for_load_state("load")
            assert await frame.evaluate(SIZES) == [8, 30, 0]
            preview = await page.evaluate(
                """url => new Promise(done => { const image = new Image();
                image.onload = () => done(image.naturalWidth); image.onerror = () => done(0);
                image.src = url; })""",
                view["attachments"][0]["previewUrl"],
            )
            assert preview == 8
            stranger = await open_page(chromium)
            refused = await stranger.goto(base + view["frameUrl"])
            assert refused is not None
            assert refused.status == 401
