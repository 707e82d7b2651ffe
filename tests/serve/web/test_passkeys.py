"""Passkeys: registered, used, and every way in which one can be wrong."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pillarbox.base.errors import AuthenticationFailed
from pillarbox.serve.web import auth_passkeys, ceremony
from pillarbox.serve.web.ceremony import Place
from pillarbox.store import accounts
from pillarbox.store.passkeys import Passkey
from tests.fakes import START

from .authenticator import MAY_SYNC, SYNCED, VERIFIED, Authenticator, b64
from .conftest import ALICE, BOB, PASSWORD

MINUTE, HOUR = 60, 3600


async def register(browser, key, name="Laptop", **more):
    options = (await browser.post("/auth/passkeys/options")).json
    credential = key.create(options["publicKey"], **more)
    given = {"ticket": options["ticket"], "credential": credential, "name": name}
    return await browser.post("/auth/passkeys/register", given)


async def sign_in(browser, key, stay=True, **more):  # noqa: FBT002
    options = (await browser.post("/auth/passkey/options")).json
    credential = key.get(options["publicKey"], **more)
    given = {"ticket": options["ticket"], "credential": credential, "stay": stay}
    return await browser.post("/auth/passkey/sign-in", given)


@pytest.fixture
async def key(place):
    """A passkey of Alice, on a device of its own."""
    key = Authenticator()
    answer = await register(await place.signed_in(), key)
    assert answer.status == 200
    return key


async def test_a_passkey_signs_in_without_a_name(place, key):
    browser = place.browser()
    answer = await sign_in(browser, key)
    assert answer.json == {"signedIn": True}
    assert "Max-Age" in answer.set_cookie[0]
    me = (await browser.get("/auth/me")).json
    assert (me["address"], me["passkeys"], me["confirmBy"]) == (ALICE, 1, ["password", "passkey"])
    (listed,) = (await browser.get("/auth/passkeys")).json["passkeys"]
    assert (listed["name"], listed["synced"]) == ("Laptop", False)
    assert listed["usedAt"] is not None
    sessions = (await browser.get("/auth/sessions")).json["sessions"]
    assert sessions[0]["method"] in {"passkey", "password"}
    events = [event["kind"] for event in (await browser.get("/auth/events")).json["events"]]
    assert events == ["signed_in", "passkey_added", "signed_in"]


async def test_what_is_asked_for(place):
    browser = await place.signed_in()
    wanted = (await browser.post("/auth/passkeys/options")).json["publicKey"]
    assert wanted["rp"] == {"id": "mail.example.org", "name": "Pillarbox"}
    assert wanted["attestation"] == "none"
    assert wanted["authenticatorSelection"]["residentKey"] == "required"
    assert wanted["authenticatorSelection"]["userVerification"] == "required"
    assert wanted["user"]["name"] == ALICE
    wanted = (await place.browser().post("/auth/passkey/options")).json["publicKey"]
    assert (wanted["rpId"], wanted["userVerification"]) == ("mail.example.org", "required")
    assert wanted["allowCredentials"] == []


async def test_a_port_is_no_part_of_the_name(place):
    browser = await place.signed_in(base="https://localhost:8443")
    key = Authenticator("https://localhost:8443")
    assert (await register(browser, key)).status == 200
    assert key.rp_id == "localhost"
    assert (await sign_in(place.browser(base="https://localhost:8443"), key)).status == 200


@pytest.mark.parametrize("base", ["https://192.0.2.1", "https://[2001:db8::1]:8443"])
async def test_numbers_have_no_passkeys(place, base):
    browser = await place.signed_in(base=base)
    answer = await browser.post("/auth/passkey/options")
    assert (answer.status, answer.type) == (400, "host")
    assert (await browser.post("/auth/passkeys/options")).type == "host"


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://mail.example.org"},
        {"rp_id": "evil.example"},
        {"kind": "webauthn.create"},
        {"handle": b""},
        {"handle": b"x" * 24},
        {"handle": (1).to_bytes(8, "big") + bytes(16)},
    ],
)
async def test_a_wrong_answer_signs_nobody_in(place, key, wrong):
    answer = await sign_in(place.browser(), key, **wrong)
    assert (answer.status, answer.type, answer.set_cookie) == (403, "passkey-wrong", [])


async def test_the_person_must_have_been_verified(place, key):
    key.flags &= ~VERIFIED
    assert (await sign_in(place.browser(), key)).type == "passkey-wrong"
    other = Authenticator(flags=0)
    answer = await register(await place.signed_in(), other)
    assert (answer.status, answer.type) == (403, "passkey-wrong")


async def test_another_key_with_the_same_id(place, key):
    other = Authenticator()
    other.credential_id, other.handle, other.count = key.credential_id, key.handle, 100
    assert (await sign_in(place.browser(), other)).type == "passkey-wrong"


async def test_a_count_that_does_not_grow_is_a_copy(place, key):
    copy = Authenticator()
    copy.key, copy.credential_id, copy.handle, copy.count = (
        key.key, key.credential_id, key.handle, key.count,
    )  # fmt: skip
    assert (await sign_in(place.browser(), key)).status == 200
    assert (await sign_in(place.browser(), copy)).type == "passkey-wrong"


async def test_synced_passkeys_do_not_count(place):
    key = Authenticator(counts=False, flags=VERIFIED | MAY_SYNC | SYNCED)
    browser = await place.signed_in()
    await register(browser, key)
    for _ in range(2):
        assert (await sign_in(place.browser(), key)).status == 200
    assert (await browser.get("/auth/passkeys")).json["passkeys"][0]["synced"]


async def test_a_challenge_is_good_once_and_for_minutes(place, key):
    browser = place.browser()
    options = (await browser.post("/auth/passkey/options")).json
    given = {"ticket": options["ticket"], "credential": key.get(options["publicKey"])}
    assert (await browser.post("/auth/passkey/sign-in", given)).status == 200
    answer = await place.browser().post("/auth/passkey/sign-in", given)
    assert (answer.status, answer.type) == (403, "over")
    options = (await browser.post("/auth/passkey/options")).json
    place.clock.advance(10 * MINUTE)
    given = {"ticket": options["ticket"], "credential": key.get(options["publicKey"])}
    assert (await place.browser().post("/auth/passkey/sign-in", given)).type == "over"


async def test_a_challenge_of_another_step_does_not_do(place, key):
    browser = await place.signed_in()
    for path in ("/auth/passkeys/options", "/auth/confirm/passkey-options"):
        options = (await browser.post(path)).json
        credential = key.get({"rpId": "mail.example.org", **options["publicKey"]})
        given = {"ticket": options["ticket"], "credential": credential}
        assert (await place.browser().post("/auth/passkey/sign-in", given)).type == "over"


async def test_challenges_are_limited_for_each_network(place, monkeypatch):
    monkeypatch.setattr(auth_passkeys, "CHALLENGES", 2)
    app = place.worker()
    browser, other = place.browser(), place.browser(ip="203.0.113.1")
    browser.app = other.app = app
    got = [(await browser.post("/auth/passkey/options")).status for _ in range(3)]
    assert got == [200, 200, 429]
    assert (await other.post("/auth/passkey/options")).status == 200


async def test_who_is_disabled_or_gone_is_not_let_in(place, key):
    await place.db.write(accounts.set_disabled, place.alice, disabled=True)
    assert (await sign_in(place.browser(), key)).type == "passkey-wrong"
    await place.db.write(accounts.delete, place.alice)
    assert (await sign_in(place.browser(), key)).type == "passkey-wrong"


async def test_a_passkey_is_of_one_account(place, key):
    bob = await place.signed_in(BOB)
    options = (await bob.post("/auth/confirm/passkey-options")).json
    assert options["publicKey"]["allowCredentials"] == []
    given = {"ticket": options["ticket"], "credential": key.get(options["publicKey"])}
    assert (await bob.post("/auth/confirm/passkey", given)).type == "passkey-wrong"
    options = (await bob.post("/auth/passkeys/options")).json
    alice = await place.signed_in()
    credential = Authenticator().create(options["publicKey"])
    given = {"ticket": options["ticket"], "credential": credential, "name": "x"}
    assert (await alice.post("/auth/passkeys/register", given)).type == "over"


async def test_registering_needs_a_confirmed_person(place):
    browser = await place.signed_in()
    place.clock.advance(10 * MINUTE + 1)
    assert (await browser.post("/auth/passkeys/options")).type == "confirm"
    assert (await browser.post("/auth/passkeys/remove", {"passkey": 1})).type == "confirm"
    assert (await browser.post("/auth/passkeys/only", {"on": True})).type == "confirm"


@pytest.mark.parametrize("name", ["", " ", "x" * 81])
async def test_names(place, key, name):
    browser = await place.signed_in()
    assert (await register(browser, Authenticator(), name)).type == "name"
    (known,) = (await browser.get("/auth/passkeys")).json["passkeys"]
    given = {"passkey": known["passkey"], "name": name}
    assert (await browser.post("/auth/passkeys/rename", given)).type == "name"
    given["name"] = "Telefon"
    assert (await browser.post("/auth/passkeys/rename", given)).status == 200
    assert (await browser.get("/auth/passkeys")).json["passkeys"][0]["name"] == "Telefon"


async def test_registering_twice(place, key):
    answer = await register(await place.signed_in(), key)
    assert (answer.status, answer.type) == (409, "exists")


async def test_confirming_by_passkey(place, key):
    browser = await place.signed_in()
    place.clock.advance(HOUR)
    options = (await browser.post("/auth/confirm/passkey-options")).json
    (allowed,) = options["publicKey"]["allowCredentials"]
    assert allowed["id"] == b64(key.credential_id)
    given = {"ticket": options["ticket"], "credential": key.get(options["publicKey"], handle=b"")}
    assert (await browser.post("/auth/confirm/passkey", given)).status == 200
    assert (await browser.post("/auth/passkeys/options")).status == 200


async def test_passkeys_only(place, key):
    browser = await place.signed_in()
    assert (await browser.post("/auth/passkeys/only", {"on": True})).status == 200
    answer = await place.browser().post("/auth/sign-in", {"username": ALICE, "password": PASSWORD})
    assert (answer.json, answer.set_cookie) == ({"next": "passkey"}, [])
    answer = await place.browser().form("/sign-in", username=ALICE, password=PASSWORD)
    assert (answer.set_cookie, "passkey only" in answer.text) == ([], True)
    assert (await browser.post("/auth/confirm", {"password": PASSWORD})).type == "passkey"
    assert (await sign_in(place.browser(), key)).status == 200
    (known,) = (await browser.get("/auth/passkeys")).json["passkeys"]
    assert (await browser.post("/auth/passkeys/remove", known)).status == 200
    await place.signed_in()


async def test_passkeys_only_needs_one(place):
    browser = await place.signed_in()
    assert (await browser.post("/auth/passkeys/only", {"on": True})).type == "missing"


KNOWN = Passkey(1, b"c" * 16, b"k", 0, "x", (), synced=False, created_at=START, used_at=None)
HERE = Place("mail.example.org", "https://mail.example.org")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=50),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["id", "rawId", "type", "response", "clientDataJSON", "attestationObject",
             "authenticatorData", "signature", "userHandle", "transports"]
        ),
        inner,
    ),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(st.sampled_from(["id", "rawId", "type", "response"]), JSON), st.booleans())
def test_any_answer_is_refused_in_one_way(value, typed):
    credential = dict(value)
    if typed:
        credential |= {"id": "Yw", "rawId": "Yw", "type": "public-key"}
    ceremony.user_handle(credential)
    ceremony.credential_id(credential)
    with pytest.raises(AuthenticationFailed):
        ceremony.check(HERE, "A" * 43, credential, KNOWN)
    with pytest.raises(AuthenticationFailed):
        ceremony.register(HERE, "A" * 43, credential, "x")


@settings(deadline=None)
@given(data=st.binary(max_size=200), client=st.binary(max_size=200))
def test_any_octets_are_refused_in_one_way(data, client):
    response = {
        "clientDataJSON": b64(client), "attestationObject": b64(data),
        "authenticatorData": b64(data), "signature": b64(data),
    }  # fmt: skip
    credential = {"id": "Yw", "rawId": "Yw", "type": "public-key", "response": response}
    with pytest.raises(AuthenticationFailed):
        ceremony.check(HERE, "A" * 43, credential, KNOWN)
    with pytest.raises(AuthenticationFailed):
        ceremony.register(HERE, "A" * 43, credential, "x")


@pytest.mark.parametrize("origin", ["", "https://", "https://[", "null", "https://127.0.0.1"])
def test_origins_without_a_name(origin):
    assert ceremony.place(origin) is None
