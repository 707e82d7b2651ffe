"""Programs sign in: Basic and Bearer over HTTP, app passwords, and what they may not do."""

import base64

import pytest

from pillarbox.base.errors import AppPasswordNeeded, AuthenticationFailed
from pillarbox.base.ratelimit import AuthLimiter
from pillarbox.sasl.scram_client import ScramClient
from pillarbox.serve.signin import SignIn
from pillarbox.store import accounts, app_passwords, second_factors

from .conftest import ALICE, BOB, PASSWORD

DAY = 86400


def basic(name, password):
    return {"authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def bearer(token):
    return {"authorization": f"Bearer {token}"}


async def make(browser, *scopes, **more):
    given = {"name": "Phone", "scopes": list(scopes), **more}
    answer = await browser.post("/auth/app-passwords/make", given)
    assert answer.status == 200
    return answer.json["appPassword"], answer.json["password"]


async def asked(place, headers, **more):
    return await place.browser(**more).get("/who", headers=headers, bare=True)


def strong(tx, account_id):
    second_factors.begin_totp(tx, account_id, b"sealed")
    second_factors.enable_totp(tx, account_id, 1, [])


async def test_basic_with_the_accounts_password(place):
    answer = await asked(place, basic(ALICE, PASSWORD))
    assert (answer.json["address"], answer.json["kind"]) == (ALICE, "password")
    assert answer.json["scopes"] == ["imap", "jmap", "pop3", "smtp"]
    assert (await asked(place, basic(ALICE, "wrong"))).status == 401


async def test_basic_and_bearer_with_an_app_password(place):
    number, password = await make(await place.signed_in(), "jmap")
    for headers in (basic(ALICE, password), basic(ALICE.upper(), password.replace("-", " "))):
        found = (await asked(place, headers)).json
        assert (found["kind"], found["number"], found["scopes"]) == (
            "app_password",
            number,
            ["jmap"],
        )
    found = (await asked(place, bearer(password))).json
    assert (found["address"], found["kind"], found["number"]) == (ALICE, "bearer", number)
    # It is of one account.
    assert (await asked(place, basic(BOB, password))).status == 401


async def test_scopes(place):
    _, password = await make(await place.signed_in(), "imap", "smtp")
    for headers in (basic(ALICE, password), bearer(password)):
        answer = await asked(place, headers)
        assert answer.status == 401
        assert "app password for JMAP" in answer.json["problem"]


async def test_an_app_password_runs_out(place):
    browser = await place.signed_in()
    _, password = await make(browser, "jmap", expiresInDays=1)
    assert (await asked(place, bearer(password))).status == 200
    place.clock.advance(DAY)
    assert (await asked(place, bearer(password))).status == 401
    assert (await asked(place, basic(ALICE, password))).status == 401
    (listed,) = (await browser.get("/auth/app-passwords")).json["appPasswords"]
    assert listed["expired"]


async def test_a_revoked_one_is_over_at_once_everywhere(place):
    browser = await place.signed_in()
    number, password = await make(browser, "jmap")
    other = place.worker()
    assert (await asked(place, bearer(password))).status == 200
    answer = await browser.post("/auth/app-passwords/revoke", {"appPassword": number})
    assert answer.status == 200
    place.app = other
    assert (await asked(place, bearer(password))).status == 401
    assert (await asked(place, basic(ALICE, password))).status == 401
    answer = await browser.post("/auth/app-passwords/revoke", {"appPassword": number})
    assert (answer.status, answer.type) == (404, "missing")


async def test_they_are_shown_once_and_listed_with_their_use(place):
    browser = await place.signed_in()
    _, password = await make(browser, "jmap", "imap")
    answer = await browser.get("/auth/app-passwords")
    assert password not in answer.text
    (listed,) = answer.json["appPasswords"]
    assert (listed["name"], listed["scopes"]) == ("Phone", ["imap", "jmap"])
    assert (listed["usedAt"], listed["usedBy"]) == (None, "")
    await asked(place, bearer(password), ip="203.0.113.50")
    (listed,) = (await browser.get("/auth/app-passwords")).json["appPasswords"]
    assert listed["usedBy"] == "jmap from 203.0.113.0/24"
    events = [event["kind"] for event in (await browser.get("/auth/events")).json["events"]]
    assert events == ["app_password_made", "signed_in"]


async def test_the_database_holds_no_password(place):
    browser = await place.signed_in()
    _, password = await make(browser, "jmap")
    plain = password.replace("-", "")

    def rows(tx):
        tables = ("app_passwords", "web_sessions", "security_events")
        return "".join(str(tx.all(f"SELECT * FROM {table}")) for table in tables)

    kept = await place.db.read(rows)
    assert plain not in kept
    assert password not in kept
    assert browser.cookies["__Host-pillarbox"].split(".")[2] not in kept


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        ({"name": "", "scopes": ["imap"]}, "name"),
        ({"name": "x" * 81, "scopes": ["imap"]}, "name"),
        ({"name": "x", "scopes": []}, "scopes"),
        ({"name": "x", "scopes": ["all"]}, "scopes"),
        ({"name": "x", "scopes": ["imap"], "expiresInDays": 0}, "json"),
        ({"name": "x", "scopes": ["imap"], "expiresInDays": 10**6}, "json"),
        ({"name": "x", "scopes": "imap"}, "json"),
        ({}, "json"),
    ],
)
async def test_what_cannot_be_made(place, given, kind):
    browser = await place.signed_in()
    answer = await browser.post("/auth/app-passwords/make", given)
    assert (answer.status, answer.type) == (400, kind)


async def test_making_needs_a_confirmed_person(place):
    browser = await place.signed_in()
    place.clock.advance(601)
    given = {"name": "x", "scopes": ["imap"]}
    assert (await browser.post("/auth/app-passwords/make", given)).type == "confirm"


async def test_with_a_second_factor_only_app_passwords_do(place):
    _, password = await make(await place.signed_in(), "jmap")
    assert (await asked(place, basic(ALICE, PASSWORD))).status == 200
    await place.db.write(strong, place.alice)
    answer = await asked(place, basic(ALICE, PASSWORD))
    assert answer.status == 401
    assert "app password" in answer.json["problem"]
    assert "app password" not in (await asked(place, basic(ALICE, "wrong"))).json["problem"]
    assert (await asked(place, basic(ALICE, password))).status == 200


async def test_programs_do_not_get_to_the_accounts_security(place):
    browser = await place.signed_in()
    _, password = await make(browser, "jmap")
    for headers in (basic(ALICE, PASSWORD), basic(ALICE, password), bearer(password)):
        for path in ("/auth/me", "/auth/sessions", "/auth/app-passwords"):
            answer = await place.browser().get(path, headers=headers, bare=True)
            assert (answer.status, answer.type) == (401, "session")
    # Nor is an app password a password for people.
    answer = await browser.post("/auth/sign-in", {"username": ALICE, "password": password})
    assert answer.type == "wrong"


async def test_a_browser_that_remembers_basic_cannot_be_used_from_elsewhere(place):
    headers = {**basic(ALICE, PASSWORD), "origin": "https://evil.example"}
    answer = await place.browser().post("/who", headers=headers, bare=True)
    assert (answer.status, answer.type) == (403, "origin")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Basic",
        "Basic !",
        "Basic " + base64.b64encode(b"nocolon").decode(),
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + "A" * 9000,
        "Bearer",
        "Bearer x",
        "Bearer " + "a" * 26,
        "Digest username=x",
        "\u00e4",
    ],
)
async def test_authorization_that_cannot_be_read(place, text):
    assert (await asked(place, {"authorization": text})).status == 401


async def test_guessing_tokens_is_limited(place):
    _, password = await make(await place.signed_in(), "jmap")
    stranger = {"ip": "203.0.113.9"}
    found = [(await asked(place, bearer("a" * 26), **stranger)).status for _ in range(11)]
    assert found == [401] * 10 + [429]
    assert (await asked(place, bearer(password))).status == 200


async def test_disabled_accounts(place):
    _, password = await make(await place.signed_in(), "jmap")
    await place.db.write(accounts.set_disabled, place.alice, disabled=True)
    for headers in (basic(ALICE, PASSWORD), basic(ALICE, password), bearer(password)):
        assert (await asked(place, headers)).status == 401


@pytest.fixture
def signin(place):
    return SignIn(
        place.db, place.clock, AuthLimiter(), place.marker, binding=b"", fake_key=b"f" * 32
    )


@pytest.mark.parametrize(
    ("protocol", "scope"), [("imap", "imap"), ("pop3", "pop3"), ("submission", "smtp")]
)
async def test_mail_programs(place, signin, protocol, scope):
    browser = await place.signed_in()
    number, right = await make(browser, scope)
    _, other = await make(browser, "jmap")
    who = await signin.password(ALICE, right, "192.0.2.1", protocol)
    assert (who.account_id, who.number, who.scopes) == (place.alice, number, {scope})
    with pytest.raises(AppPasswordNeeded):
        await signin.password(ALICE, other, "192.0.2.1", protocol)
    with pytest.raises(AuthenticationFailed):
        await signin.password(BOB, right, "192.0.2.1", protocol)
    assert (await signin.password(ALICE, PASSWORD, "192.0.2.1", protocol)).number == 0
    await place.db.write(strong, place.alice)
    with pytest.raises(AppPasswordNeeded):
        await signin.password(ALICE, PASSWORD, "192.0.2.1", protocol)
    with pytest.raises(AuthenticationFailed) as wrong:
        await signin.password(ALICE, "wrong", "192.0.2.1", protocol)
    assert wrong.type is AuthenticationFailed
    assert (await signin.password(ALICE, right, "192.0.2.1", protocol)).number == number


async def test_use_is_noted_now_and_then(place, signin):
    number, password = await make(await place.signed_in(), "imap")
    await signin.password(ALICE, password, "192.0.2.1", "imap")
    first = (await place.db.read(app_passwords.find, place.alice, number)).used_at
    place.clock.advance(60)
    await signin.password(ALICE, password, "192.0.2.1", "imap")
    assert (await place.db.read(app_passwords.find, place.alice, number)).used_at == first
    place.clock.advance(600)
    await signin.password(ALICE, password, "192.0.2.1", "imap")
    assert (await place.db.read(app_passwords.find, place.alice, number)).used_at > first


class Line:
    """As much of a connection as signing in looks at."""

    tls = None
    peer = ("192.0.2.1", 40000)


async def scram(signin, password, username=ALICE, protocol="imap"):
    """Sign in without showing the password; return who it is."""
    client = ScramClient(username, password, nonce="fyko+d2lbbFgONRv9qkxdawL")
    exchange = signin.begin("SCRAM-SHA-256", Line(), protocol)
    challenge = await exchange.step(client.initial)
    while exchange.identity is None:
        challenge = await exchange.step(client.step(challenge))
    return exchange.identity


async def test_app_passwords_without_showing_them(place, signin):
    browser = await place.signed_in()
    number, password = await make(browser, "imap")
    _, other = await make(browser, "jmap")
    assert (await scram(signin, PASSWORD)).number == 0
    assert (await scram(signin, password)).number == number
    with pytest.raises(AppPasswordNeeded):
        await scram(signin, other)
    for wrong in ("wrong", password[::-1]):
        with pytest.raises(AuthenticationFailed):
            await scram(signin, wrong)
    # Another password of the account changes nothing for programs.
    await browser.post("/auth/password", {"new": "quite another one"})
    assert (await scram(signin, password)).number == number
    assert (await scram(signin, "quite another one")).number == 0
    await place.db.write(strong, place.alice)
    with pytest.raises(AppPasswordNeeded):
        await scram(signin, "quite another one")
    assert (await scram(signin, password)).number == number
    await browser.post("/auth/app-passwords/revoke", {"appPassword": number})
    with pytest.raises(AuthenticationFailed):
        await scram(signin, password)
