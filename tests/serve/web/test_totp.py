"""Codes of an authenticator app, and the recovery codes that stand in for it."""

import re
from datetime import timedelta

import pyotp
import pytest

from pillarbox.serve.second_step import step_of
from pillarbox.store import second_factors
from tests.fakes import START

from .conftest import ALICE, PASSWORD

MINUTE, HOUR = 60, 3600


class Phone:
    """An authenticator app."""

    def __init__(self, place, secret):
        self.clock = place.clock
        self.generator = pyotp.TOTP(secret)

    def code(self):
        return self.generator.at(self.clock.now())


async def enabled(place):
    """Turn codes on for Alice; return the phone, the recovery codes and her browser."""
    browser = await place.signed_in()
    begun = (await browser.post("/auth/totp/begin")).json
    phone = Phone(place, begun["secret"])
    answer = await browser.post("/auth/totp/enable", {"code": phone.code()})
    place.clock.advance(30)
    return phone, answer.json["recoveryCodes"], browser


async def password_step(browser):
    answer = await browser.post("/auth/sign-in", {"username": ALICE, "password": PASSWORD})
    assert answer.set_cookie == []
    assert answer.json["next"] == "totp"
    return answer.json["ticket"]


async def test_setting_up(place):
    browser = await place.signed_in()
    begun = (await browser.post("/auth/totp/begin")).json
    assert begun["uri"].startswith(
        "otpauth://totp/Pillarbox%20mail.example.org:alice%40example.org"
    )
    assert f"secret={begun['secret']}" in begun["uri"]
    assert begun["svg"].startswith("<svg")
    # Not asked for until a code was shown.
    await place.signed_in()
    wrong = await browser.post("/auth/totp/enable", {"code": "000000"})
    assert (wrong.status, wrong.type) == (403, "code")
    phone = Phone(place, begun["secret"])
    answer = await browser.post("/auth/totp/enable", {"code": phone.code()})
    codes = answer.json["recoveryCodes"]
    assert len(set(codes)) == 10
    assert all(re.fullmatch("[a-z2-9]{5}-[a-z2-9]{5}", code) for code in codes)
    me = (await browser.get("/auth/me")).json
    assert (me["totp"], me["recoveryCodes"], me["confirmBy"]) == (True, 10, ["password", "totp"])
    factor = await place.db.read(second_factors.find, place.alice)
    assert begun["secret"].encode() not in factor.totp
    again = await browser.post("/auth/totp/begin")
    assert (again.status, again.type) == (409, "exists")


async def test_the_secret_is_sealed_for_its_account(place):
    browser = await place.signed_in()
    await browser.post("/auth/totp/begin")
    assert (await browser.post("/auth/totp/enable", {"code": "12"})).type == "code"
    bob = await place.signed_in("bob@example.org")
    factor = await place.db.read(second_factors.find, place.alice)
    await place.db.write(second_factors.begin_totp, place.bob, factor.totp)
    answer = await bob.post("/auth/totp/enable", {"code": "123456"})
    assert (answer.status, answer.type) == (503, "busy")
    await place.db.write(second_factors.disable_totp, place.bob)


async def test_a_password_and_a_code_sign_in(place):
    phone, _, _ = await enabled(place)
    browser = place.browser()
    ticket = await password_step(browser)
    assert (await browser.get("/who")).status == 401
    wrong = await browser.post("/auth/sign-in", {"ticket": ticket, "code": "000000"})
    assert (wrong.status, wrong.type) == (403, "code")
    code = f" {phone.code()[:3]} {phone.code()[3:]} "
    answer = await browser.post("/auth/sign-in", {"ticket": ticket, "code": code})
    assert answer.json == {"signedIn": True}
    assert (await browser.get("/who")).json["address"] == ALICE


async def test_no_code_is_good_twice_and_no_ticket(place):
    phone, _, _ = await enabled(place)
    browser = place.browser()
    ticket = await password_step(browser)
    given = {"ticket": ticket, "code": phone.code()}
    assert (await browser.post("/auth/sign-in", given)).status == 200
    assert (await place.browser().post("/auth/sign-in", given)).type == "over"
    other = place.browser()
    given["ticket"] = await password_step(other)
    assert (await other.post("/auth/sign-in", given)).type == "code"
    place.clock.advance(30)
    given["code"] = phone.code()
    assert (await other.post("/auth/sign-in", given)).status == 200


async def test_a_ticket_has_five_tries_and_ten_minutes(place):
    phone, _, _ = await enabled(place)
    browser = place.browser()
    ticket = await password_step(browser)
    wrong = {"ticket": ticket, "code": "000000"}
    kinds = [(await browser.post("/auth/sign-in", wrong)).type for _ in range(6)]
    assert kinds == ["code"] * 5 + ["over"]
    browser = place.browser(ip="203.0.113.1")
    ticket = await password_step(browser)
    place.clock.advance(10 * MINUTE)
    answer = await browser.post("/auth/sign-in", {"ticket": ticket, "code": phone.code()})
    assert answer.type == "over"


async def test_guessing_codes_is_limited_whatever_the_password_step_says(place):
    await enabled(place)
    browser = place.browser()
    kinds = []
    for _ in range(3):
        ticket = await password_step(browser)
        wrong = {"ticket": ticket, "code": "000000"}
        kinds += [(await browser.post("/auth/sign-in", wrong)).type for _ in range(3)]
    assert kinds == ["code"] * 5 + ["limited"] * 4


async def test_the_form_asks_for_the_code(place):
    phone, _, _ = await enabled(place)
    browser = place.browser()
    asked = await browser.form(
        "/sign-in", username=ALICE, password=PASSWORD, next="/mail", stay="1"
    )
    assert asked.status == 200
    assert 'autocomplete="one-time-code"' in asked.text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    wrong = await browser.form("/sign-in", **fields, code="000000")
    assert (wrong.status, "clock of your phone" in wrong.text) == (403, True)
    answer = await browser.form("/sign-in", **fields, code=phone.code())
    assert (answer.status, answer.headers["location"]) == (303, "/mail")
    assert "Max-Age" in answer.set_cookie[0]
    over = await browser.form("/sign-in", **fields, code=phone.code())
    assert "Start again with your password" in over.text


async def test_recovery_codes_are_good_once_and_can_be_replaced(place):
    _, codes, mine = await enabled(place)
    for code, result in ((codes[0].upper(), 200), (codes[0], 403), (codes[1], 200)):
        browser = place.browser()
        ticket = await password_step(browser)
        answer = await browser.post("/auth/sign-in", {"ticket": ticket, "code": code})
        assert answer.status == result
    me = (await mine.get("/auth/me")).json
    assert me["recoveryCodes"] == 8
    events = (await mine.get("/auth/events")).json["events"]
    assert [e["detail"] for e in events if e["kind"] == "recovery_code_used"] == [
        "8 left",
        "9 left",
    ]
    answer = await mine.post("/auth/totp/recovery-codes")
    assert set(answer.json["recoveryCodes"]).isdisjoint(codes)
    browser = place.browser()
    ticket = await password_step(browser)
    answer = await browser.post("/auth/sign-in", {"ticket": ticket, "code": codes[2]})
    assert answer.type == "code"


async def test_turning_off(place):
    _, _, browser = await enabled(place)
    place.clock.advance(HOUR)
    for path in ("begin", "enable", "disable", "recovery-codes"):
        assert (await browser.post(f"/auth/totp/{path}", {"code": ""})).type == "confirm"
    await browser.post("/auth/confirm", {"password": PASSWORD})
    assert (await browser.post("/auth/totp/disable")).status == 200
    await place.signed_in()
    assert (await browser.post("/auth/totp/disable")).type == "missing"
    assert (await browser.post("/auth/totp/recovery-codes")).type == "missing"
    assert (await browser.post("/auth/totp/enable", {"code": "123456"})).type == "missing"


async def test_confirming_by_code(place):
    phone, _, browser = await enabled(place)
    place.clock.advance(HOUR)
    answer = await browser.post("/auth/confirm", {"code": phone.code()})
    assert answer.status == 200
    assert (await browser.post("/auth/totp/recovery-codes")).status == 200


@pytest.mark.parametrize(
    ("seconds", "good"),
    [(-36, False), (-35, True), (0, True), (54, True), (55, False)],
)
def test_one_period_around_is_good(seconds, good):
    # START is five seconds into a period.
    secret = "JBSWY3DPEHPK3PXP" * 2
    code = pyotp.TOTP(secret).at(START + timedelta(seconds=seconds))
    assert (step_of(secret, code, START) is not None) is good


@pytest.mark.parametrize("code", ["", "12345", "1234567", "12345a", "\uff11" * 6, "\0", "-12345"])
def test_what_is_no_code(code):
    assert step_of("JBSWY3DPEHPK3PXP", code, START) is None


def test_the_vectors_of_the_rfc():
    # RFC 6238 appendix B, SHA-1, cut to six digits.
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    epoch = START - timedelta(seconds=START.timestamp())
    for seconds, code in ((59, "287082"), (1111111109, "081804"), (2000000000, "279037")):
        now = epoch + timedelta(seconds=seconds)
        assert step_of(secret, code, now) == seconds // 30
