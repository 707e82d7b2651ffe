"""Reading a message over sockets: MessageView, its frame, and an image from elsewhere."""

import re

from tests.delivery.test_public_web import site as web_site
from tests.serve.jmap.site import open_site

from .letters import file, letter, picture

USING = ["urn:pillarbox:jmap:view"]


async def test_a_message_with_an_image_from_elsewhere(tmp_path):
    raw = picture("GIF").decode("latin-1")
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(raw)}\r\n\r\n"
    async with web_site({"/a.gif": head + raw}, encoding="latin-1") as elsewhere:
        more = f'[web]\nreachable = ["127.0.0.1:{elsewhere.port}"]'
        async with open_site(tmp_path, more) as there:
            url = f"http://127.0.0.1:{elsewhere.port}/a.gif"
            octets = letter(("text/html", f'<p>Hi <img src="{url}">'))
            number = await file(there.db, there.ann, octets)
            client = there.client()
            asked = {"accountId": f"a{there.ann}", "emailIds": [f"e{number}"], "remote": "proxied"}
            answer = await client.calls(["MessageView/get", asked, "0"], using=USING)
            (view,) = answer["methodResponses"][0][1]["list"]
            assert view["remoteImages"] == 1
            frame = await client.get(view["frameUrl"])
            assert (await there.stranger().get(view["frameUrl"])).status == 401
            (image,) = re.findall(r'src="(/img/[^"]+)"', frame.body.decode())
            shown = await there.stranger().get(image)
            assert shown.body == picture("GIF")
            assert shown.headers["content-type"] == "image/gif"
            again = await there.stranger().get(image)
            assert again.body == shown.body
            assert len(elsewhere.heard) == 1
            assert (
                f"img-src data: http://127.0.0.1:{there.port}/m/"
                in frame.headers["content-security-policy"]
            )
