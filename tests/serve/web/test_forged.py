"""No page of another site makes a browser change anything here."""

import pytest

from .conftest import ALICE, PASSWORD

BASE = "https://mail.example.org"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"

# What a browser may be made to send: Sec-Fetch-Site, Origin, Content-Type (None: the field is
# not there).
FORGED = [
    ("cross-site", "https://evil.example", JSON),
    ("cross-site", "https://evil.example", FORM),
    ("cross-site", "https://evil.example", "text/plain"),
    ("cross-site", "null", JSON),
    ("cross-site", BASE, JSON),
    ("cross-site", None, JSON),
    ("same-site", "https://evil.example.org", JSON),
    ("same-site", BASE, JSON),
    ("none", None, JSON),
    ("none", BASE, JSON),
    ("same-origin", "https://evil.example", JSON),
    ("same-origin", "null", JSON),
    ("same-origin", "http://mail.example.org", JSON),
    ("same-origin", "https://mail.example.org:8443", JSON),
    ("same-origin", "https://mail.example.org.evil.example", JSON),
    ("same-origin", "", JSON),
    ("SAME-ORIGIN ", None, JSON),
    ("", None, JSON),
    (None, "https://evil.example", JSON),
    (None, "null", JSON),
    (None, "https://evil.example/https://mail.example.org", JSON),
    (None, "", JSON),
    # An old browser says nothing, but sends the cookie.
    (None, None, JSON),
    (None, None, FORM),
]
PATHS = [
    "/auth/sign-out",
    "/auth/sessions/end-others",
    "/auth/password",
    "/sign-out",
    "/who",
]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("site", "origin", "kind"), FORGED)
async def test_forged_requests_are_refused(place, path, site, origin, kind):
    browser = await place.signed_in()
    headers = {"sec-fetch-site": site, "origin": origin, "content-type": kind}
    body = b'{"new":"attackers own","session":1}'
    answer = await browser.request("POST", path, body, headers, bare=True)
    assert (answer.status, answer.type, answer.set_cookie) == (403, "origin", [])
    assert (await browser.get("/who")).status == 200


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "PROPFIND", "post", "TRACE"])
async def test_other_methods_change_nothing_either(place, method):
    browser = await place.signed_in()
    headers = {"sec-fetch-site": "cross-site", "origin": "https://evil.example"}
    answer = await browser.request(method, "/auth/sign-out", b"", headers, bare=True)
    assert answer.status == 403


@pytest.mark.parametrize(
    "kind", [None, "", FORM, "text/plain", "multipart/form-data", "text/json", "application/jsonx"]
)
async def test_json_only(place, kind):
    browser = await place.signed_in()
    answer = await browser.request(
        "POST", "/auth/sessions/end-others", b"{}", {"content-type": kind}
    )
    assert (answer.status, answer.type) == (415, "json")


@pytest.mark.parametrize(("site", "origin", "kind"), FORGED[:-2])
async def test_nobody_is_signed_in_from_elsewhere(place, site, origin, kind):
    # Signing a victim in as the attacker is forgery, too.
    browser = place.browser()
    headers = {"sec-fetch-site": site, "origin": origin, "content-type": FORM}
    body = f"username={ALICE}&password={PASSWORD}".encode()
    answer = await browser.request("POST", "/sign-in", body, headers, bare=True)
    assert (answer.status, answer.set_cookie) == (403, [])


async def test_a_form_that_says_nothing_is_refused(place):
    browser = place.browser()
    body = f"username={ALICE}&password={PASSWORD}".encode()
    answer = await browser.request("POST", "/sign-in", body, {"content-type": FORM}, bare=True)
    assert (answer.status, answer.set_cookie) == (403, [])
    assert "another site" in answer.text


@pytest.mark.parametrize("path", [*PATHS, "/auth/sessions/end", "/auth/confirm", "/auth/sign-in"])
async def test_reading_changes_nothing(place, path):
    browser = await place.signed_in()
    await browser.get(path, headers={"sec-fetch-site": "cross-site"}, bare=True)
    assert (await browser.get("/who")).status == 200


async def test_programs_say_nothing_and_have_no_cookie(place):
    browser = place.browser()
    given = {"username": ALICE, "password": PASSWORD}
    assert (await browser.post("/auth/sign-in", given, bare=True)).status == 200


async def test_old_browsers_without_fetch_metadata_say_their_origin(place):
    browser = await place.signed_in()
    headers = {"origin": BASE, "content-type": JSON}
    answer = await browser.request("POST", "/auth/sessions/end-others", b"{}", headers, bare=True)
    assert answer.status == 200


@pytest.mark.parametrize("more", [[], [(b"authorization", b"Basic YTpi")]])
async def test_websockets_from_elsewhere_are_refused(place, more):
    sent = []

    async def send(message):
        sent.append(message)

    async def receive():
        return {"type": "websocket.connect"}

    headers = [(b"host", b"mail.example.org"), (b"origin", b"https://evil.example"), *more]
    scope = {"type": "websocket", "scheme": "wss", "path": "/jmap/ws", "headers": headers}
    await place.app(scope, receive, send)
    assert sent == [{"type": "websocket.close", "code": 1008}]
