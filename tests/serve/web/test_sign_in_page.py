"""/sign-in and /sign-out, as a browser without JavaScript uses them."""

import html
import re

import pytest

from pillarbox.serve.web import page
from pillarbox.serve.web.sign_in_page import safe_next

from .conftest import ALICE, PASSWORD


def hidden(text, name):
    found = re.search(f'<input type="hidden" name="{name}" value="([^"]*)">', text)
    assert found is not None
    return html.unescape(found[1])


async def test_the_page_is_small_and_strict(place):
    answer = await place.browser().get("/sign-in")
    assert answer.status == 200
    assert len(answer.body) < 10_000
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    for name in ("username", "current-password"):
        assert f'autocomplete="{name}' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"


async def test_a_form_signs_in_and_goes_on(place):
    browser = place.browser()
    asked = await browser.get("/sign-in?next=/mail/inbox%3Fa=1")
    answer = await browser.form(
        "/sign-in", username=ALICE, password=PASSWORD, next=hidden(asked.text, "next"), stay="1"
    )
    assert (answer.status, answer.headers["location"]) == (303, "/mail/inbox?a=1")
    assert "Max-Age" in answer.set_cookie[0]
    assert (await browser.get("/who")).json["address"] == ALICE


async def test_a_wrong_password_says_what_to_do_and_keeps_the_address(place):
    answer = await place.browser().form("/sign-in", username=ALICE, password="wrong")
    assert (answer.status, answer.set_cookie) == (403, [])
    assert "Caps Lock" in answer.text
    assert f'value="{ALICE}"' in answer.text
    assert "wrong" not in re.sub(r"is wrong", "", answer.text).partition("<form")[2]
    assert 'role="alert"' in answer.text


async def test_empty_fields(place):
    answer = await place.browser().form("/sign-in", username="", password="")
    assert "Fill in both" in answer.text


async def test_too_many_attempts(place):
    browser = place.browser()
    for _ in range(10):
        await browser.form("/sign-in", username=ALICE, password="wrong")
    answer = await browser.form("/sign-in", username=ALICE, password=PASSWORD)
    assert answer.status == 429
    assert "Wait a few minutes" in answer.text


@pytest.mark.parametrize(
    ("accept", "language", "words"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de", "E-Mail-Adresse"),
        ("en", "en", "Email address"),
        ("", "en", "Email address"),
        ("fr", "en", "Email address"),
    ],
)
async def test_languages(place, accept, language, words):
    answer = await place.browser().get("/sign-in", headers={"accept-language": accept})
    assert f'<html lang="{language}">' in answer.text
    assert words in answer.text


def test_both_languages_have_the_same_texts():
    from pillarbox.serve.web.words import PACKAGE  # noqa: PLC0415
    from pillarbox.trace.catalogue import Catalogue  # noqa: PLC0415

    assert Catalogue("de", PACKAGE).keys == Catalogue("en", PACKAGE).keys


async def test_nothing_that_is_typed_becomes_markup(place):
    evil = '"><script>alert(1)</script>'
    browser = place.browser()
    answer = await browser.form("/sign-in", username=evil, password="x", next=f"/{evil}")
    assert "<script>alert" not in answer.text
    answer = await browser.form("/sign-in", ticket=evil, code=evil)
    assert "<script>alert" not in answer.text
    answer = await browser.get("/sign-in?link=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "",
        "mail",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "javascript:alert(1)",
        "/a\nb",
        "/\t/evil.example",
        "/a\\b",
        " /a",
        "/" + "a" * 1001,
        "/\u00e4",
    ],
)
def test_only_paths_of_ours_are_gone_to(path):
    assert safe_next(path) == "/"


def test_paths_of_ours():
    assert safe_next("/mail?a=b#c") == "/mail?a=b#c"


async def test_bodies_that_are_no_forms(place):
    browser = place.browser()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    for body in (b"\xff", b"a=1&" * 20, b"x" * 70_000, b""):
        answer = await browser.request("POST", "/sign-in", body, kind)
        assert (answer.status, answer.set_cookie) == (403, [])
    answer = await browser.request("POST", "/sign-in", b"{}", {"content-type": "application/json"})
    assert answer.status == 403


async def test_signing_out(place):
    browser = await place.signed_in()
    copy = browser.twin()
    assert "<form" in (await browser.get("/sign-out")).text
    assert (await copy.get("/who")).status == 200
    answer = await browser.form("/sign-out")
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert browser.cookies == {}
    assert (await copy.get("/who")).status == 401


def test_the_policy_names_what_is_in_the_page():
    policy = page.HEADERS["content-security-policy"]
    assert policy.count("'sha256-") == 2


@pytest.mark.parametrize(
    ("base", "there"),
    [
        ("https://mail.example.org", True),
        ("http://localhost:80", True),
        ("https://192.0.2.1", False),
    ],
)
async def test_passkeys_are_offered_where_they_work(place, base, there):
    answer = await place.browser(base=base).get("/sign-in")
    assert ('id="passkey"' in answer.text) is there
