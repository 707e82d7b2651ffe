"""mailauth/authentication.py: a whole message judged in one call."""

import asyncio
import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import Invalid
from pillarbox.mailauth import SigningKey, authenticate, authres, sign
from pillarbox.mailauth.arc import ChainStatus
from pillarbox.mailauth.arc_sign import seal
from tests.fakes import FakeResolver

NOW = datetime(2026, 5, 4, tzinfo=UTC)
KEY = SigningKey.from_seed(bytes(range(32)))
ZONE = f"""
a.example. TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.a.example. TXT "v=DMARC1; p=reject"
s._domainkey.a.example. TXT "{KEY.public_record()}"
slow._domainkey.a.example. TXT "x"
$FAIL slow._domainkey.a.example
"""
PLAIN = b"From: Ann <ann@a.example>\r\nSubject: Hello\r\n\r\nHello!\r\n"


def judged(message, *, ip="192.0.2.1", sender="ann@a.example", zone=ZONE):
    return asyncio.run(
        authenticate(
            message,
            client_ip=ip,
            helo="mx.a.example",
            sender=sender,
            hostname="mx.b.example",
            resolver=FakeResolver(zone),
            now=NOW,
        )
    )


def signed(message=PLAIN, selector="s"):
    return sign(message, KEY, domain="a.example", selector=selector, now=NOW) + message


CASES = [
    # message, client -> proven, spf, dkim, dmarc, arc
    ("by its client", PLAIN, "192.0.2.1", (True, "pass", [], "pass", "none")),
    ("by a signature", signed(), "192.0.2.9", (True, "fail", ["pass"], "pass", "none")),
    ("by nothing", PLAIN, "192.0.2.9", (False, "fail", [], "fail", "none")),
    ("changed", signed() + b"more\r\n", "192.0.2.9", (False, "fail", ["fail"], "fail", "none")),
    ("a key that DNS does not tell", signed(selector="slow"), "192.0.2.9",
     (False, "fail", ["temperror"], "temperror", "none")),
    ("no From", b"To: x@y.example\r\n\r\n", "192.0.2.1",
     (False, "pass", [], "permerror", "none")),
    ("two authors", b"From: a@a.example, b@b.example\r\n\r\n", "192.0.2.1",
     (False, "pass", [], "none", "none")),
    ("empty", b"", "192.0.2.1", (False, "pass", [], "permerror", "none")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "ip", "wanted"), [c[1:] for c in CASES], ids=[c[0] for c in CASES]
)
def test_what_is_found(message, ip, wanted):
    found = judged(message, ip=ip)
    seen = (
        found.proven,
        found.spf.result.value,
        [outcome.result.value for outcome in found.dkim],
        found.dmarc.result.value,
        found.chain.cv.value,
    )
    assert seen == wanted
    said = authres.parse(found.field("mx.b.example").partition(b":")[2])
    methods = {result.method: result.value for result in said.results}
    assert methods["spf"] == wanted[1]
    assert methods["dkim"] == (wanted[2] or ["none"])[0]
    assert methods.get("dmarc", "permerror") == wanted[3]
    assert methods["arc"] == wanted[4]


def test_a_signature_over_a_part_of_the_text_proves_nobody():
    names = "h=From; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; l=0"
    field = (
        f"DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=a.example; s=s; {names}; b="
    )
    canonical = b"from:Ann <ann@a.example>\r\ndkim-signature:" + field.partition(": ")[2].encode()

    value = base64.b64encode(KEY.sign(canonical)).decode()
    found = judged(f"{field}{value}\r\n".encode() + PLAIN, ip="192.0.2.9")
    assert [outcome.passed for outcome in found.dkim] == [True]
    assert not found.proven


def test_a_chain_is_checked_and_said():
    said = b"mx.c.example; spf=pass smtp.mailfrom=a.example"
    seals = seal(
        PLAIN, KEY, domain="a.example", selector="s", authres=said, cv=ChainStatus.NONE, now=NOW
    )
    found = judged(seals + PLAIN)
    assert found.chain.passed
    assert b"arc=pass header.oldest-pass=0 smtp.remote-ip=192.0.2.1" in found.field("mx.b.example")


def test_a_null_reverse_path_stands_for_the_postmaster_of_the_greeting():
    field = judged(PLAIN, sender="").field("mx.b.example")
    assert b"spf=none smtp.mailfrom=postmaster@mx.a.example" in field


@pytest.mark.parametrize("ip", ["", "a.example", "192.0.2.256", "1"])
def test_a_client_without_an_address_is_refused(ip):
    with pytest.raises(Invalid, match="not an IP address"):
        judged(PLAIN, ip=ip)


@given(
    st.lists(
        st.sampled_from(
            [
                PLAIN,
                signed(),
                b"From: ",
                b"\r\n",
                b"\r\n\r\n",
                b"ARC-Seal: i=1; cv=none;",
                b"\xff",
                b"@",
            ]
        )
        | st.binary(max_size=60)
    ).map(b"".join),
    st.text(max_size=80),
)
def test_any_message_and_sender_has_an_outcome(message, sender):
    found = judged(message, sender=sender)
    field = found.field("mx.b.example")
    assert field.endswith(b"\r\n")
    assert all(line.startswith(b" ") for line in field.split(b"\r\n")[1:-1])
    assert authres.parse(field.partition(b":")[2]).authserv_id == "mx.b.example"
