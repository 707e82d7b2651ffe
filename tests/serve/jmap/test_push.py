"""Push subscriptions, against a push service that decrypts what it gets."""

import asyncio
import contextlib
import json
import ssl
import struct
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from pillarbox.base.clock import SystemClock
from pillarbox.jmap import push
from pillarbox.jmap.error import SetError
from pillarbox.serve.certificate import issue, make_authority
from pillarbox.serve.privilege import write_private
from pillarbox.store import accounts, push_subscriptions
from tests.fakes import START

from .site import open_site
from .test_news import make_mailbox

HOST = "push.example.net"
VAPID = "urn:ietf:params:jmap:webpush-vapid"


def hkdf(salt, secret, info, length):
    return HKDF(SHA256(), length, salt, info).derive(secret)


class Device:
    """A client with keys; decrypts as RFC 8291 §3 and RFC 8188 say, by hand."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.public = self.key.public_key().public_bytes(
            Encoding.X962, PublicFormat.UncompressedPoint
        )
        self.auth = bytes(range(16))

    @property
    def keys(self):
        return {"p256dh": push.to_base64url(self.public), "auth": push.to_base64url(self.auth)}

    def open(self, body):
        salt, record, length = body[:16], struct.unpack("!L", body[16:20])[0], body[20]
        theirs, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= record
        point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs)
        shared = self.key.exchange(ec.ECDH(), point)
        secret = hkdf(self.auth, shared, b"WebPush: info\0" + self.public + theirs, 32)
        key = hkdf(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = hkdf(salt, secret, b"Content-Encoding: nonce\0", 12)
        return json.loads(AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")[:-1])


class Service:
    """A push service. status: of the next answers. heard: (headers, body)."""

    def __init__(self):
        self.status = 201
        self.heard: asyncio.Queue[tuple[dict[str, str], bytes]] = asyncio.Queue()
        self.port = 0

    async def serve(self, reader, writer):
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.lower().splitlines()[1:]
            fields = dict(line.split(": ", 1) for line in lines if line)
            body = await reader.readexactly(int(fields["content-length"]))
            fields["authorization"] = next(
                line for line in head.splitlines() if line.lower().startswith("authorization:")
            ).partition(": ")[2]
            self.heard.put_nowait((fields, body))
            writer.write(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % self.status)
            await writer.drain()
        writer.close()

    async def next(self):
        return await asyncio.wait_for(self.heard.get(), 20)


@contextlib.asynccontextmanager
async def push_service(folder):
    now = SystemClock().now()
    authority = make_authority("Test", now)
    pair = issue([HOST], now, authority)
    (folder / "ca.pem").write_bytes(authority.certificate)
    (folder / "host.pem").write_bytes(pair.certificate)
    write_private(folder / "host.key", pair.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "host.pem", folder / "host.key")
    made = Service()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=context)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()


@contextlib.asynccontextmanager
async def both(folder):
    """Yield a site and a push service that it reaches, with the pusher at work."""
    async with push_service(folder) as service:
        more = f'[web]\nreachable = ["127.0.0.1:{service.port}"]\n[tls]\nauthorities = "ca.pem"\n'
        async with open_site(folder, more) as site:
            pusher = asyncio.ensure_future(site.service.tasks[-1]())
            try:
                yield site, service
            finally:
                pusher.cancel()
                await asyncio.gather(pusher, return_exceptions=True)


@pytest.fixture
async def place(tmp_path):
    with (tmp_path / "zone").open("w") as zone:
        zone.write(f"{HOST}. A 127.0.0.1\n")
    async with both(tmp_path) as made:
        yield made


async def call(site, name, **args):
    """Return the response's arguments; of an error its type."""
    named, found = await site.client().call(f"PushSubscription/{name}", **args)
    return found["type"] if named == "error" else found


def wanted(service, device=None, **more):
    return {
        "deviceClientId": "phone-1",
        "url": f"https://{HOST}:{service.port}/push/1?x=y",
        "keys": device.keys if device else None,
        **more,
    }


async def subscribe(site, service, device, **more):
    """Return the id of a verified subscription."""
    found = await call(site, "set", create={"k": wanted(service, device, **more)})
    assert found["notCreated"] is None, found
    one = found["created"]["k"]["id"]
    _, body = await service.next()
    code = device.open(body)
    assert code["@type"] == "PushVerification"
    assert code["pushSubscriptionId"] == one
    update = {one: {"verificationCode": code["verificationCode"]}}
    assert (await call(site, "set", update=update))["updated"] == {one: None}
    return one


async def test_news_are_pushed_encrypted_and_signed(place):
    site, service = place
    device = Device()
    await subscribe(site, service, device, types=["Mailbox"])
    state = await make_mailbox(site, "One")
    fields, body = await service.next()
    assert device.open(body) == {
        "@type": "StateChange",
        "changed": {f"a{site.ann}": {"Mailbox": state}},
    }
    assert fields["content-encoding"] == "aes128gcm"
    assert int(fields["ttl"]) > 0
    # VAPID: the key is the one that clients are told.
    session = (await site.client().get("/jmap/session")).json
    public = session["capabilities"][VAPID]["applicationServerKey"]
    scheme, _, rest = fields["authorization"].partition(" ")
    given = dict(part.strip().split("=", 1) for part in rest.split(","))
    assert (scheme, given["k"]) == ("vapid", public)
    point = push.from_base64url(public)
    assert point is not None
    key = ECKey.import_key(
        {
            "kty": "EC",
            "crv": "P-256",
            "x": push.to_base64url(point[1:33]),
            "y": push.to_base64url(point[33:]),
        }
    )
    claims = jwt.decode(given["t"], key, ["ES256"]).claims
    assert claims["aud"] == f"https://{HOST}:{service.port}"
    assert 0 < claims["exp"] - START.timestamp() <= 24 * 3600
    assert claims["sub"].startswith("mailto:")


async def test_nothing_is_pushed_before_the_code_came_back(place):
    site, service = place
    found = await call(site, "set", create={"k": wanted(service)})
    one = found["created"]["k"]["id"]
    fields, body = await service.next()
    assert "content-encoding" not in fields
    code = json.loads(body)["verificationCode"]
    wrong = await call(site, "set", update={one: {"verificationCode": "x"}})
    assert wrong["notUpdated"][one]["type"] == "invalidProperties"
    (shown,) = (await call(site, "get", ids=[one]))["list"]
    assert shown["verificationCode"] is None
    await make_mailbox(site, "One")
    await call(site, "set", update={one: {"verificationCode": code}})
    state = await make_mailbox(site, "Two")
    _, body = await service.next()
    assert json.loads(body)["changed"][f"a{site.ann}"]["Mailbox"] == state
    assert service.heard.empty()


async def test_what_clients_see(place):
    site, service = place
    create = {"k": wanted(service, expires="2999-01-01T00:00:00Z", types=["Email"])}
    found = await call(site, "set", create=create)
    made = found["created"]["k"]
    assert made["expires"] == "2026-02-01T03:04:05Z"
    assert "accountId" not in found
    (shown,) = (await call(site, "get", ids=None))["list"]
    assert shown == {
        "id": made["id"],
        "deviceClientId": "phone-1",
        "verificationCode": None,
        "expires": made["expires"],
        "types": ["Email"],
    }
    assert await call(site, "get", ids=None, properties=["url"]) == "forbidden"
    assert (await call(site, "get", ids=["p9999", "x"]))["notFound"] == ["p9999", "x"]
    update = {made["id"]: {"types": None, "expires": "2026-01-03T00:00:00Z"}}
    assert (await call(site, "set", update=update))["updated"] == {made["id"]: None}
    fixed = await call(site, "set", update={made["id"]: {"url": "https://x.example/"}})
    assert fixed["notUpdated"][made["id"]]["type"] == "invalidProperties"
    gone = await call(site, "set", destroy=[made["id"], "p9999"])
    assert gone["destroyed"] == [made["id"]]
    assert gone["notDestroyed"]["p9999"]["type"] == "notFound"


async def test_subscriptions_of_others_are_not_there(place):
    site, service = place
    found = await call(site, "set", create={"k": wanted(service)})
    one = found["created"]["k"]["id"]
    bob = site.client("bob@example.test")
    _, theirs = await bob.call("PushSubscription/get", ids=[one])
    assert theirs["notFound"] == [one]
    _, theirs = await bob.call("PushSubscription/set", destroy=[one])
    assert theirs["notDestroyed"][one]["type"] == "notFound"


async def test_codes_are_not_sent_without_end(place):
    site, service = place
    create = {f"k{number}": wanted(service) for number in range(31)}
    found = await call(site, "set", create=create)
    assert len(found["created"]) == 30
    assert [one["type"] for one in found["notCreated"].values()] == ["rateLimit"]


async def eventually(read):
    """Wait until what `read` gives is true, and return it."""
    async with asyncio.timeout(20):
        while not (found := await read()):  # noqa: ASYNC110 - another connection's doing
            await asyncio.sleep(0.02)
        return found


async def test_a_service_that_fails_is_tried_again_later(place):
    site, service = place
    device = Device()
    await subscribe(site, service, device)
    service.status = 503
    await make_mailbox(site, "One")
    await service.next()

    async def failed():
        (one,) = await site.db.read(push_subscriptions.list_, site.ann)
        return one.failures == 1 and one

    one = await eventually(failed)
    assert one.retry_at == (START + timedelta(seconds=30)).timestamp() * 1_000_000
    service.status = 201
    site.clock.advance(31)
    state = await make_mailbox(site, "Two")
    _, body = await service.next()
    assert device.open(body)["changed"][f"a{site.ann}"]["Mailbox"] == state


@pytest.mark.parametrize("why", ["gone", "disabled"])
async def test_subscriptions_end(place, why):
    site, service = place
    await subscribe(site, service, Device())
    if why == "gone":
        service.status = 410
        await make_mailbox(site, "One")
    else:
        await site.db.write(lambda tx: accounts.set_disabled(tx, site.ann, disabled=True))
        site.hint()

    async def ended():
        return not await site.db.read(push_subscriptions.has_any, site.ann)

    await eventually(ended)


async def test_a_point_that_is_none_ends_nothing_but_the_subscription(place):
    site, service = place
    point = push.to_base64url(b"\4" + b"x" * 64)
    keys = {"p256dh": point, "auth": Device().keys["auth"]}
    found = await call(site, "set", create={"k": {**wanted(service), "keys": keys}})
    assert found["created"]["k"]["id"]
    await make_mailbox(site, "One")
    assert service.heard.empty()


KEYS = Device().keys
GOOD = {"deviceClientId": "x", "url": "https://a.example/"}


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({}, ""),
        ({"keys": KEYS, "types": None, "expires": None, "verificationCode": None}, ""),
        ({"types": []}, ""),
        ({"deviceClientId": ""}, "deviceClientId"),
        ({"deviceClientId": None}, "deviceClientId"),
        ({"url": "http://a.example/"}, "url"),
        ({"url": "https:///x"}, "url"),
        ({"url": "https://a.example/\n"}, "url"),
        ({"url": "https://[x/"}, "url"),
        ({"url": "https://a.example/" + "x" * 2000}, "url"),
        ({"url": 7}, "url"),
        ({"keys": {}}, "keys"),
        ({"keys": {**KEYS, "more": "x"}}, "keys"),
        ({"keys": {**KEYS, "auth": "eA"}}, "keys"),
        ({"keys": {**KEYS, "p256dh": KEYS["auth"]}}, "keys"),
        ({"keys": {**KEYS, "p256dh": "%"}}, "keys"),
        ({"verificationCode": "x"}, "verificationCode"),
        ({"expires": "2020-01-01T00:00:00Z"}, "expires"),
        ({"expires": "soon"}, "expires"),
        ({"types": "Email"}, "types"),
        ({"types": ["a b"]}, "types"),
        ({"types": [1]}, "types"),
        ({"id": "p1"}, "id"),
        ({"color": 1}, "color"),
    ],
)
def test_what_a_subscription_is(given, wrong):
    if not wrong:
        made = push.read_create({**GOOD, **given}, START)
        assert push.format_types(made.types) == given.get("types")
        return
    with pytest.raises(SetError) as caught:
        push.read_create({**GOOD, **given}, START)
    assert caught.value.properties == (wrong,)


@given(st.text() | st.integers() | st.none())
def test_any_value_is_base64url_or_none(value):
    found = push.from_base64url(value)
    assert found is None or push.from_base64url(push.to_base64url(found)) == found
