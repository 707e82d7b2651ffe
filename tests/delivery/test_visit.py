"""delivery/visit.py: what a domain's policy demands is kept, or the message is not handed over."""

import contextlib
import hashlib
import ssl
from datetime import UTC, datetime

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pillarbox.delivery.https import NotFetched
from pillarbox.delivery.tls_policies import TlsPolicies
from pillarbox.delivery.tls_sessions import Observed
from pillarbox.mime import dsn
from pillarbox.serve.certificate import issue, make_authority
from pillarbox.serve.privilege import write_private
from pillarbox.store import tls_results
from pillarbox.store.ids import day_of

from .fake_peer import OFFERS
from .outgoing import MESSAGE, ZONE, world
from .policy_host import FakeFetcher, policy

BOB = "bob@peer.example"
STS = ZONE + '_mta-sts.peer.example. TXT "v=STSv1; id=1;"\n'
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Tls:
    """An authority's file, contexts by name, and the SHA-256 of their keys."""

    def __init__(self, folder):
        authority = make_authority("Test", NOW)
        self.authorities = folder / "ca.pem"
        self.authorities.write_bytes(authority.certificate)
        self.contexts: dict[str, ssl.SSLContext | None] = {}
        self.keys = {}
        pairs = {
            "good": issue(["mx.peer.example"], NOW, authority),
            "other": issue(["other.example"], NOW, authority),
            "self": issue(["mx.peer.example"], NOW),
            "expired": issue(["mx.peer.example"], datetime(2020, 1, 1, tzinfo=UTC), authority),
        }
        for name, pair in pairs.items():
            (folder / f"{name}.pem").write_bytes(pair.certificate)
            write_private(folder / f"{name}.key", pair.key)
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")
            self.contexts[name] = context
            public = x509.load_pem_x509_certificate(pair.certificate).public_key()
            octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            self.keys[name] = hashlib.sha256(octets).hexdigest()
        broken = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        broken.set_ciphers("PSK")
        broken.maximum_version = ssl.TLSVersion.TLSv1_2
        self.contexts |= {"broken": broken, "none": None}


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    return Tls(tmp_path_factory.mktemp("tls"))


@contextlib.asynccontextmanager
async def sending(tmp_path, tls, zone, page="", **options):
    """A world whose runner looks at policies. page: what the policy's server answers."""
    async with world(tmp_path, zone, authorities=tls.authorities, **options) as w:
        w.web = FakeFetcher(page or policy())

        def prepare():
            port = w.peers[0].port
            w.policies = TlsPolicies(w.db, w.resolver, w.web, w.clock, port=port)

        w.prepare = prepare
        yield w


# certificate of the server, mode of the policy -> delivered, last step before the end, words
STS_CASES = [
    ("good", "enforce", True, "attempt.policy.kept", "valid for mx.peer.example"),
    ("none", "enforce", False, "attempt.policy.failed", "offers no STARTTLS"),
    ("broken", "enforce", False, "attempt.policy.failed", "handshake failed"),
    ("other", "enforce", False, "attempt.policy.failed", "wrong name"),
    ("self", "enforce", False, "attempt.policy.failed", "self-signed"),
    ("expired", "enforce", False, "attempt.policy.failed", "expired"),
    ("good", "testing", True, "attempt.policy.kept", "valid for mx.peer.example"),
    ("none", "testing", True, "attempt.policy.tested", "offers no STARTTLS"),
    ("other", "testing", True, "attempt.policy.tested", "wrong name"),
    ("broken", "testing", True, "attempt.policy.tested", "handshake failed"),
    ("none", "none", True, "attempt.plain", ""),
]


@pytest.mark.parametrize(("name", "mode", "delivered", "key", "words"), STS_CASES)
async def test_mta_sts(tmp_path, tls, name, mode, delivered, key, words):
    async with sending(tmp_path, tls, STS, policy(mode)) as w:
        peer = await w.peer(tls=tls.contexts[name])
        w.prepare()
        trace = await w.send(BOB)
        await w.sweep()
        action, keys = await w.story(trace)
        assert (len(peer.messages), action) == ((1, "relayed") if delivered else (0, "deferred"))
        assert keys[-2] == key
        assert words in (await w.told(trace, key))[0]
        assert keys[:2] == ["mx", f"attempt.sts.{mode}"]
        if not delivered:
            assert not [c for c in peer.commands if c.startswith(("MAIL", "RCPT", "DATA"))]
            assert (await w.waiting())[0][3].startswith("0 4.7.5 ")
            assert "attempt.plain" not in keys


async def test_a_server_that_the_policy_does_not_name_is_never_spoken_to(tmp_path, tls):
    async with sending(tmp_path, tls, STS, policy(mx="*.elsewhere.example")) as w:
        peer = await w.peer(tls=tls.contexts["good"])
        w.prepare()
        trace = await w.send(BOB)
        await w.sweep()
        assert (peer.connections, (await w.story(trace))[0]) == (0, "deferred")
        assert "not among the servers" in (await w.told(trace, "attempt.policy.failed"))[0]


async def test_the_next_server_gets_it_when_the_first_does_not_keep_to_the_policy(tmp_path, tls):
    zone = STS.replace("A 127.0.0.1", "A 127.0.0.2") + (
        "peer.example. MX 20 second.peer.example.\nsecond.peer.example. A 127.0.0.1\n"
    )
    zone = zone.replace("10 mx.", "10 first.").replace(
        "mx.peer.example. A", "first.peer.example. A"
    )
    zone = zone.replace("second.", "mx.")
    async with sending(tmp_path, tls, zone, policy(mx="*.peer.example")) as w:
        good = await w.peer(tls=tls.contexts["good"])
        bad = await w.peer(tls=tls.contexts["none"], address="127.0.0.2")
        w.prepare()
        trace = await w.send(BOB)
        await w.sweep()
        assert (bad.connections, len(bad.messages), len(good.messages)) == (1, 0, 1)
        _, keys = await w.story(trace)
        assert keys[2:] == [
            "attempt.policy.failed", "attempt.tls", "attempt.policy.kept", "attempt.accepted",
        ]  # fmt: skip


async def test_it_is_delivered_once_the_server_is_mended(tmp_path, tls):
    async with sending(tmp_path, tls, STS) as w:
        peer = await w.peer(tls=tls.contexts["other"])
        w.prepare()
        trace = await w.send(BOB)
        await w.sweep()
        assert peer.messages == []
        peer.tls = tls.contexts["good"]
        w.clock.advance(120)
        await w.sweep()
        assert len(peer.messages) == 1
        assert (await w.story(trace))[0] == "relayed"


def dane_zone(record):
    return f"$AUTHENTIC on\n{ZONE}_PORT._tcp.mx.peer.example. TLSA {record}\n"


DANE_CASES = [
    ("good", "3 1 1 {good}", True, "attempt.policy.kept", "TLSA record at"),
    ("self", "3 1 1 {self}", True, "attempt.policy.kept", "TLSA record at"),
    ("expired", "3 1 1 {expired}", True, "attempt.policy.kept", "TLSA record at"),
    ("good", "3 1 1 {other}", False, "attempt.policy.failed", "fits none of the TLSA records"),
    ("none", "3 1 1 {good}", False, "attempt.policy.failed", "offers no STARTTLS"),
    ("broken", "3 1 1 {good}", False, "attempt.policy.failed", "handshake failed"),
    ("self", "1 1 1 {good}", True, "attempt.policy.unusable", "none can be used"),
    ("none", "1 1 1 {good}", False, "attempt.policy.failed", "offers no STARTTLS"),
]


@pytest.mark.parametrize(("name", "record", "delivered", "key", "words"), DANE_CASES)
async def test_dane(tmp_path, tls, name, record, delivered, key, words):
    async with sending(tmp_path, tls, "") as w:
        peer = await w.peer(tls=tls.contexts[name])
        zone = dane_zone(record.format_map(tls.keys)).replace("_PORT", f"_{peer.port}")
        w.resolver = type(w.resolver)(zone, w.clock)
        w.prepare()
        trace = await w.send(BOB)
        await w.sweep()
        action, keys = await w.story(trace)
        assert (len(peer.messages), action) == ((1, "relayed") if delivered else (0, "deferred"))
        assert keys[-2] == key
        assert words in (await w.told(trace, key))[0]
        step = await w.step(trace, key)
        assert [answer["name"] for answer in step.evidence["answers"]] == [
            f"_{peer.port}._tcp.mx.peer.example"
        ]


async def test_dane_decides_also_where_mta_sts_would_allow_it(tmp_path, tls):
    async with sending(tmp_path, tls, "") as w:
        peer = await w.peer(tls=tls.contexts["good"])
        zone = dane_zone("3 1 1 " + tls.keys["other"]).replace("_PORT", f"_{peer.port}")
        w.resolver = type(w.resolver)(zone + STS.replace(ZONE, ""), w.clock)
        w.prepare()
        trace = await w.send(BOB)
        await w.sweep()
        assert (peer.messages, (await w.story(trace))[0]) == ([], "deferred")
        assert "DANE" in (await w.told(trace, "attempt.policy.failed"))[0]


WAIVED = b"TLS-Required: No\r\n" + MESSAGE


async def test_the_sender_may_prefer_delivery_to_proof(tmp_path, tls):
    async with sending(tmp_path, tls, STS, per_destination=1) as w:
        peer = await w.peer(tls=tls.contexts["other"])
        w.prepare()
        trace = await w.send(BOB, message=WAIVED)
        await w.send(BOB)
        await w.sweep()
        # The connection that was opened for the first is not good enough for the second.
        assert [m.data for m in peer.messages] == [WAIVED]
        assert "attempt.policy.waived" in (await w.story(trace))[1]


async def test_the_wish_counts_for_nothing_beside_requiretls(tmp_path, tls):
    async with sending(tmp_path, tls, STS) as w:
        peer = await w.peer(tls=tls.contexts["other"], offers=(*OFFERS, "REQUIRETLS"))
        w.prepare()
        await w.send(BOB, message=WAIVED, require_tls=True)
        await w.sweep()
        assert peer.messages == []


REQUIRED = [
    ("kept", "good", (*OFFERS, "REQUIRETLS"), ""),
    ("not promised", "good", OFFERS, "5.7.30"),
]


@pytest.mark.parametrize(
    ("name", "offers", "status"), [r[1:] for r in REQUIRED], ids=[r[0] for r in REQUIRED]
)
async def test_requiretls_under_a_policy_that_names_the_server(tmp_path, tls, name, offers, status):
    async with sending(tmp_path, tls, STS) as w:
        peer = await w.peer(tls=tls.contexts[name], offers=offers)
        w.prepare()
        await w.send(BOB, require_tls=True)
        await w.sweep()
        if status:
            (notice,) = await w.inbox()
            assert (peer.messages, [s.status for s in dsn.parse(notice)]) == ([], [status])
        else:
            assert "REQUIRETLS" in peer.messages[0].mail


async def test_requiretls_by_dane(tmp_path, tls):
    async with sending(tmp_path, tls, "") as w:
        peer = await w.peer(tls=tls.contexts["self"], offers=(*OFFERS, "REQUIRETLS"))
        zone = dane_zone("3 1 1 " + tls.keys["self"]).replace("_PORT", f"_{peer.port}")
        w.resolver = type(w.resolver)(zone, w.clock)
        w.prepare()
        await w.send(BOB, require_tls=True)
        await w.sweep()
        assert "REQUIRETLS" in peer.messages[0].mail


RPT = '_smtp._tls.peer.example. TXT "v=TLSRPTv1; rua=mailto:tls@peer.example"\n'

# zone, certificate -> (kind, result) of what is counted for the domain's report
COUNTED = [
    ("kept", STS + RPT, "good", [("sts", "")]),
    ("stripped", STS + RPT, "none", [("sts", "starttls-not-supported")]),
    ("wrong name", STS + RPT, "other", [("sts", "certificate-host-mismatch")]),
    ("expired", STS + RPT, "expired", [("sts", "certificate-expired")]),
    ("self-signed", STS + RPT, "self", [("sts", "certificate-not-trusted")]),
    ("no policy", ZONE + RPT, "self", [("no-policy-found", "")]),
    ("no policy, clear", ZONE + RPT, "none", [("no-policy-found", "starttls-not-supported")]),
    ("nobody asks", STS, "good", []),
]


@pytest.mark.parametrize(
    ("zone", "name", "expected"), [c[1:] for c in COUNTED], ids=[c[0] for c in COUNTED]
)
async def test_connections_are_counted_for_those_who_ask(tmp_path, tls, zone, name, expected):
    async with sending(tmp_path, tls, zone) as w:
        await w.peer(tls=tls.contexts[name])
        w.prepare()
        await w.send(BOB)
        await w.send(BOB, message=WAIVED)
        await w.sweep()
        day = day_of(w.clock.now())
        rows = await w.db.read(tls_results.list_, day, "peer.example", 10)
        seen = [(msgspec.json.decode(row.body, type=Observed), row.count) for row in rows]
        assert [(one.kind, one.result) for one, _ in seen] == expected
        if expected and expected[0][1]:
            assert (seen[0][0].mx, seen[0][0].ip) == ("mx.peer.example", "127.0.0.1")


async def test_a_policy_that_cannot_be_fetched_is_counted(tmp_path, tls):
    async with sending(tmp_path, tls, STS + RPT) as w:
        w.web.page = NotFetched("down")
        await w.peer(tls=tls.contexts["good"])
        w.prepare()
        trace = await w.send(BOB)
        await w.sweep()
        assert (await w.story(trace))[1][1] == "attempt.sts.unfetched"
        rows = await w.db.read(tls_results.list_, day_of(w.clock.now()), "peer.example", 10)
        results = {msgspec.json.decode(row.body, type=Observed).result for row in rows}
        assert results == {"sts-policy-fetch-error", ""}


async def test_a_notice_is_protected_like_its_message(tmp_path, tls):
    async with sending(tmp_path, tls, STS + "far.example. A 127.0.0.7\n") as w:
        await w.peer(tls=tls.contexts["good"], offers=OFFERS)
        w.prepare()
        await w.send(BOB, sender="zoe@far.example", require_tls=True)
        await w.send("x@peer.example", sender="zoe@far.example", message=MESSAGE)
        await w.sweep()
        (notice,) = await w.items()
        assert (notice.sender, notice.require_tls) == ("", True)


async def test_the_server_is_asked_for_the_name_under_which_its_records_are(tmp_path, tls):
    async with sending(tmp_path, tls, "") as w:
        asked = []
        context = tls.contexts["self"]
        context.sni_callback = lambda _, name, __: asked.append(name)
        try:
            peer = await w.peer(tls=context)
            w.resolver = type(w.resolver)(
                "$AUTHENTIC on\npeer.example. MX 10 mx.peer.example.\n"
                "mx.peer.example. CNAME host.peer.example.\nhost.peer.example. A 127.0.0.1\n"
                f"_{peer.port}._tcp.host.peer.example. TLSA 3 1 1 {tls.keys['self']}\n",
                w.clock,
            )
            w.prepare()
            await w.send(BOB)
            await w.sweep()
        finally:
            context.sni_callback = None
        assert (asked, len(peer.messages)) == (["host.peer.example"], 1)
