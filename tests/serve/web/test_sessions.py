"""Sessions of browsers: cookies, their life, and their end."""

from datetime import timedelta

import pytest

from pillarbox.base import password as passwords
from pillarbox.serve import identify
from pillarbox.serve.visitor import Visitor
from pillarbox.store import accounts

from .conftest import ALICE, BOB, PASSWORD

MINUTE, HOUR, DAY = 60, 3600, 86400


async def test_signing_in_sets_a_strict_cookie(place):
    browser = place.browser()
    answer = await browser.post("/auth/sign-in", {"username": ALICE, "password": PASSWORD})
    (cookie,) = answer.set_cookie
    name, _, rest = cookie.partition("=")
    assert name == "__Host-pillarbox"
    assert rest.partition("; ")[2] == "Path=/; HttpOnly; SameSite=Strict; Secure"
    assert answer.headers["cache-control"] == "no-store"
    me = (await browser.get("/auth/me")).json
    assert (me["address"], me["confirmBy"]) == (ALICE, ["password"])


async def test_staying_is_in_the_cookie(place):
    browser = place.browser()
    given = {"username": ALICE, "password": PASSWORD, "stay": True}
    answer = await browser.post("/auth/sign-in", given)
    assert answer.set_cookie[0].endswith("; Secure; Max-Age=15552000")


async def test_without_tls_the_cookie_has_another_name(place):
    browser = await place.signed_in(base="http://localhost:8080", stay=False)
    assert list(browser.cookies) == ["pillarbox"]
    assert (await browser.get("/who")).json["address"] == ALICE
    # It counts for nothing under TLS, where any host of the domain could have set it.
    browser.base = "https://localhost:8080"
    assert (await browser.get("/who")).status == 401


@pytest.mark.parametrize(
    "given",
    [
        {"username": ALICE, "password": "wrong"},
        {"username": "nobody@example.org", "password": PASSWORD},
        {"username": "", "password": ""},
        {},
        {"username": "a\0@example.org", "password": "\0"},
        {"username": ALICE, "password": "x" * 2000},
    ],
)
async def test_what_is_wrong_is_told_alike(place, given):
    answer = await place.browser().post("/auth/sign-in", given)
    assert (answer.status, answer.type, answer.set_cookie) == (403, "wrong", [])


async def test_guessing_is_limited_and_the_owner_is_not_locked_out(place):
    browser = await place.signed_in()
    stranger = place.browser(ip="203.0.113.9")
    given = {"username": ALICE, "password": "guess"}
    kinds = [(await stranger.post("/auth/sign-in", given)).type for _ in range(12)]
    assert kinds == ["wrong"] * 10 + ["limited"] * 2
    answer = await stranger.post("/auth/sign-in", given)
    assert (answer.status, answer.headers["retry-after"]) == (429, "300")
    assert (await browser.get("/who")).status == 200
    await place.signed_in()


@pytest.mark.parametrize(
    "value",
    [
        "",
        "1",
        "1.1.",
        "1.1.short",
        "1.2." + "A" * 43,
        "999.2." + "A" * 43,
        "-1.2." + "A" * 43,
        "99999999999999999999.2." + "A" * 43,
        "1.2." + "A" * 500,
        "1.2.\u00e4" + "A" * 43,
    ],
)
async def test_made_up_cookies(place, value):
    await place.signed_in()
    browser = place.browser()
    browser.cookies = {"__Host-pillarbox": value}
    assert (await browser.get("/who")).status == 401
    assert (await browser.get("/auth/me")).type == "session"


async def test_a_token_is_of_one_session_only(place):
    alice, bob = await place.signed_in(), await place.signed_in(BOB)
    a, b = (browser.cookies["__Host-pillarbox"].split(".") for browser in (alice, bob))
    alice.cookies["__Host-pillarbox"] = ".".join([*b[:2], a[2]])
    assert (await alice.get("/who")).status == 401


async def test_a_session_ends_without_use_and_at_the_latest(place):
    browser = await place.signed_in()
    for _ in range(9):
        place.clock.advance(20 * DAY - 1)
        assert (await browser.post("/who")).status == 200
    place.clock.advance(DAY)
    assert (await browser.post("/who")).status == 401
    browser = await place.signed_in(stay=False)
    place.clock.advance(8 * HOUR - 1)
    assert (await browser.get("/who")).status == 200
    place.clock.advance(8 * HOUR)
    assert (await browser.get("/who")).status == 401


async def test_the_token_changes_and_requests_on_their_way_survive(place):
    browser = await place.signed_in()
    before = browser.twin()
    place.clock.advance(HOUR)
    assert browser.cookies == before.cookies
    assert (await browser.post("/who")).status == 200
    assert browser.cookies != before.cookies
    # Others were on their way.
    answer = await before.post("/who")
    assert (answer.status, answer.set_cookie) == (200, [])
    # The new one is seen; the old one is good a little longer.
    assert (await browser.post("/who")).status == 200
    place.clock.advance(2 * MINUTE)
    assert (await before.post("/who")).status == 200
    place.clock.advance(1)
    assert (await browser.post("/who")).status == 200


async def test_an_answer_that_was_lost_signs_nobody_out(place):
    browser = await place.signed_in()
    lost = browser.twin()
    place.clock.advance(HOUR)
    await lost.post("/who")
    assert lost.cookies != browser.cookies
    place.clock.advance(DAY)
    before = dict(browser.cookies)
    assert (await browser.post("/who")).status == 200
    assert browser.cookies != before
    assert (await browser.post("/who")).status == 200


async def test_an_old_copy_of_the_token_ends_the_session(place):
    browser = await place.signed_in()
    thief = browser.twin()
    place.clock.advance(HOUR)
    await browser.post("/who")
    await browser.post("/who")
    place.clock.advance(3 * MINUTE)
    assert (await thief.get("/who")).status == 401
    assert (await browser.get("/who")).status == 401
    other = await place.signed_in()
    kinds = [event["kind"] for event in (await other.get("/auth/events")).json["events"]]
    assert kinds == ["signed_in", "session_stolen", "signed_in"]


async def test_answers_that_browsers_keep_set_no_cookie(place):
    browser = await place.signed_in()
    place.clock.advance(HOUR)
    assert (await browser.get("/who")).set_cookie == []
    answer = await browser.get("/auth/me")
    assert len(answer.set_cookie) == 1


async def test_signing_out_ends_the_session_and_takes_the_cookie(place):
    browser = await place.signed_in()
    copy = browser.twin()
    answer = await browser.post("/auth/sign-out")
    assert answer.set_cookie == [
        "__Host-pillarbox=; Path=/; HttpOnly; SameSite=Strict; Secure; Max-Age=0"
    ]
    assert browser.cookies == {}
    assert (await copy.get("/who")).status == 401
    assert (await copy.post("/auth/sign-out")).status == 200


async def test_signing_in_again_ends_the_session_before(place):
    browser = await place.signed_in()
    copy = browser.twin()
    await browser.post("/auth/sign-in", {"username": BOB, "password": PASSWORD})
    assert (await browser.get("/who")).json["address"] == BOB
    assert (await copy.get("/who")).status == 401


async def test_sessions_are_listed_and_ended_at_once_everywhere(place):
    first, second, third = [await place.signed_in() for _ in range(3)]
    listed = (await first.get("/auth/sessions")).json["sessions"]
    assert len(listed) == 3
    assert [session["agent"] for session in listed] == ["Testfox/1.0"] * 3
    own = next(session for session in listed if session["current"])
    other = next(session for session in listed if not session["current"])
    assert own["network"] == "192.0.2.0/24"
    app = first.app
    first.app = place.worker()
    assert (await first.post("/auth/sessions/end", {"session": other["session"]})).status == 200
    assert place.changed == [place.alice]
    first.app = app
    gone = [(await browser.get("/who")).status for browser in (first, second, third)]
    assert sorted(gone) == [200, 200, 401]
    assert (await first.post("/auth/sessions/end-others")).json == {"ended": 1}
    gone = [(await browser.get("/who")).status for browser in (first, second, third)]
    assert gone == [200, 401, 401]


async def test_sessions_of_others_cannot_be_ended(place):
    alice, bob = await place.signed_in(), await place.signed_in(BOB)
    (session,) = (await bob.get("/auth/sessions")).json["sessions"]
    await place.signed_in(BOB)
    answer = await alice.post("/auth/sessions/end", {"session": session["session"] + 5})
    assert (answer.status, answer.type) == (404, "missing")
    assert (await bob.get("/who")).status == 200


async def test_who_is_disabled_is_out_at_once(place):
    browser = await place.signed_in()
    await place.db.write(accounts.set_disabled, place.alice, disabled=True)
    assert (await browser.get("/who")).status == 401
    answer = await place.browser().post("/auth/sign-in", {"username": ALICE, "password": PASSWORD})
    assert answer.type == "wrong"


async def test_a_new_password_needs_the_old_one_and_ends_other_sessions(place):
    browser, other = await place.signed_in(), await place.signed_in()
    place.clock.advance(10 * MINUTE + 1)
    answer = await browser.post("/auth/password", {"new": "another long one"})
    assert (answer.status, answer.type) == (403, "confirm")
    answer = await browser.post("/auth/password", {"new": "another long one", "current": "x"})
    assert (answer.status, answer.type) == (403, "wrong")
    given = {"new": "another long one", "current": PASSWORD}
    assert (await browser.post("/auth/password", given)).status == 200
    assert (await browser.get("/who")).status == 200
    assert (await other.get("/who")).status == 401
    account = await place.db.read(accounts.get, place.alice)
    assert passwords.verify(passwords.Credentials.decode(account.credentials), given["new"])
    events = (await browser.get("/auth/events")).json["events"]
    assert events[0]["kind"] == "password_changed"


@pytest.mark.parametrize(
    "new", ["", "short", ALICE, "aaaaaaaaaaaa", "x" * 1025 + "abc", "abcdefghij\0"]
)
async def test_weak_passwords_are_refused(place, new):
    browser = await place.signed_in()
    answer = await browser.post("/auth/password", {"new": new, "current": PASSWORD})
    assert (answer.status, answer.type) == (400, "weak")
    assert "10" in answer.json["detail"]


async def test_confirming_lasts_ten_minutes(place):
    browser = await place.signed_in()
    place.clock.advance(HOUR)
    assert (await browser.post("/auth/confirm", {"password": "wrong"})).type == "wrong"
    assert (await browser.post("/auth/confirm", {"code": "123456"})).type == "code"
    assert (await browser.post("/auth/confirm", {})).type == "code"
    assert (await browser.post("/auth/confirm", {"password": PASSWORD})).status == 200
    place.clock.advance(10 * MINUTE)
    assert (await browser.post("/auth/password", {"new": "another long one"})).status == 200
    place.clock.advance(1)
    answer = await browser.post("/auth/password", {"new": "another long one"})
    assert answer.type == "confirm"


async def test_what_stays_connected_can_ask_whether_it_may(place):
    browser = await place.signed_in()
    number = (await browser.get("/auth/me")).json["session"]
    visitor = Visitor(place.alice, ALICE, "session", number)
    assert await place.identify.is_valid(visitor)
    await browser.post("/auth/sign-out")
    assert not await place.identify.is_valid(visitor)
    by_password = Visitor(place.alice, ALICE, "password")
    assert await place.identify.is_valid(by_password)
    await place.db.write(accounts.delete, place.alice)
    assert not await place.identify.is_valid(by_password)
    assert not await place.identify.is_valid(visitor)


def test_the_times_fit_together():
    assert identify.RETRY < identify.OVERLAP < identify.ROTATE
    assert timedelta(0) < identify.TOUCH < identify.ROTATE
