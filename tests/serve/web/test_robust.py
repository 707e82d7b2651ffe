"""Whatever comes is answered; parallel requests survive; nothing secret is logged."""

import asyncio
import json
from pathlib import Path

import pytest
import structlog

from .authenticator import Authenticator
from .conftest import ALICE, PASSWORD
from .test_passkeys import register, sign_in
from .test_programs import basic, bearer, make
from .test_totp import enabled, password_step

HOUR = 3600
BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b"\xff\xfe",
    b'{"a":' * 2000,
    b"[" * 60_000,
    b"x" * 70_000,
    b'{"session":1e400,"passkey":"x","appPassword":[],"on":2,"code":1,"new":null}',
    b'{"session":99999999999999999999,"passkey":-1,"appPassword":99999999999999999999}',
    b'{"session":9223372036854775807,"passkey":9223372036854775807,'
    b'"appPassword":9223372036854775807,"name":"x","new":"","code":"","ticket":"",'
    b'"credential":{},"on":true,"scopes":[],"username":"","password":""}',
    b'{"ticket":"\\u0000","code":"\\u0000","credential":{"rawId":"\\u0000"},"name":"\\u0000",'
    b'"username":"\\u0000","password":"\\u0000","new":"\\u0000"}',
    b'{"ticket":"' + b"A" * 50_000 + b'","code":"' + b"1" * 10_000 + b'","credential":{}}',
]


def posts(place):
    """Return the path of each route that changes something."""
    return sorted(route.path for route in place.app.routes if "POST" in (route.methods or set()))


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
async def test_any_body_is_answered(place, body):
    browser = await place.signed_in()
    paths = [path for path in posts(place) if path != "/who"]
    assert len(paths) > 20
    keep = {"content-type": "application/json"}
    for path in paths:
        one = browser.twin()
        answer = await one.request("POST", path, body, keep)
        assert answer.status in {200, 400, 403, 404, 409, 413, 415, 429}, (path, answer.text)
        if path in {"/auth/sign-out", "/sign-out"} and answer.status == 200:
            browser = await place.signed_in()


@pytest.mark.parametrize("workers", [1, 2])
async def test_parallel_requests_survive_a_new_token(place, workers):
    browser = await place.signed_in()
    apps = [place.app, *[place.worker() for _ in range(workers - 1)]]
    for _ in range(5):
        place.clock.advance(HOUR)
        twins = [browser.twin() for _ in range(10)]
        for number, twin in enumerate(twins):
            twin.app = apps[number % workers]
        answers = await asyncio.gather(*[twin.post("/who") for twin in twins])
        assert {answer.status for answer in answers} == {200}
        new = [answer for answer in answers if answer.set_cookie]
        assert len(new) == 1
        browser.cookies = next(
            t for t, a in zip(twins, answers, strict=True) if a.set_cookie
        ).cookies
        assert (await browser.post("/who")).status == 200


async def test_no_secret_is_logged(place, capsys):
    secrets = [PASSWORD, "guess-of-a-password"]
    with structlog.testing.capture_logs() as logs:
        browser = await place.signed_in()
        secrets.append(browser.cookies["__Host-pillarbox"].split(".")[2])
        await place.browser().post("/auth/sign-in", {"username": ALICE, "password": secrets[1]})
        _, app = await make(browser, "jmap")
        for headers in (basic(ALICE, app), bearer(app), bearer(app[::-1])):
            await place.browser().get("/who", headers=headers, bare=True)
        secrets += [app, app.replace("-", ""), app[::-1]]
        key = Authenticator()
        await register(browser, key)
        await sign_in(place.browser(), key)
        await sign_in(place.browser(), key, origin="https://evil.example")
        phone, codes, _ = await enabled(place)
        secrets += codes
        other = place.browser()
        ticket = await password_step(other)
        secrets.append(ticket)
        for code in ("123456", codes[0], phone.code()):
            await other.post("/auth/sign-in", {"ticket": ticket, "code": code})
        await other.form("/sign-in", username=ALICE, password=secrets[1])
    assert len(logs) > 5
    told = json.dumps(logs, default=str) + capsys.readouterr().out
    assert [secret for secret in secrets if secret in told] == []


async def test_each_route_is_in_the_docs(place):
    text = (Path(__file__).parents[3] / "docs" / "signing-in.md").read_text()
    paths = [route.path for route in place.app.routes if route.path.startswith("/auth/")]
    assert [path for path in paths if path not in text] == []
