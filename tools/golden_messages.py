# ruff: noqa: E501 - tables
"""Write the messages, zones and circumstances of tests/golden.

Run `python tools/golden_messages.py` only to add or change a case. What the checks make of the
cases is written by `make golden`.
"""

import base64
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pillarbox.mailauth.arc import ChainStatus
from pillarbox.mailauth.arc_sign import seal
from pillarbox.mailauth.dkim_sign import SigningKey, sign
from pillarbox.mailauth.publish import quote_txt

FOLDER: Final = Path(__file__).parents[1] / "tests" / "golden"
NOW: Final = datetime(2026, 5, 4, 8, 2, 12, tzinfo=UTC)
READER: Final = "ben@example.org"
TEXT: Final = "Hello Ben,\r\n\r\nhere is what you asked for.\r\n"
FOOTER: Final = b"-- \r\nYou are on the list dev@lists.project.example.\r\n"


def key(domain: str) -> SigningKey:
    """Return the key of a domain, always the same."""
    seed = hashlib.sha256(domain.encode()).digest()
    return SigningKey(Ed25519PrivateKey.from_private_bytes(seed))


def mail(sender: str, name: str = "", subject: str = "What you asked for", *fields: str) -> bytes:
    """Return an unsigned message from `sender` to the reader."""
    shown = f'"{name}" <{sender}>' if name else sender
    lines = [
        f"From: {shown}",
        f"To: {READER}",
        f"Subject: {subject}",
        "Date: Mon, 4 May 2026 10:02:08 +0200",
        f"Message-ID: <42@{sender.rpartition('@')[2]}>",
        *fields,
        "",
        TEXT,
    ]
    return "\r\n".join(lines).encode()


def signed(message: bytes, domain: str, **options: Any) -> bytes:
    """Return the message with a signature of the domain on top."""
    at = options.pop("now", NOW)
    return sign(message, key(domain), domain=domain, selector="2026a", now=at, **options) + message


def signed_beginning(message: bytes, domain: str) -> bytes:
    """Return the message signed with l=, which `sign` does not offer: its text may grow."""
    header, _, body = message.partition(b"\r\n\r\n")
    fields = [line + b"\r\n" for line in header.split(b"\r\n")]
    chosen = [f for name in (b"From:", b"Subject:") for f in fields if f.startswith(name)]
    bh = base64.b64encode(hashlib.sha256(body).digest()).decode()
    tags = (
        f"DKIM-Signature: v=1; a=ed25519-sha256; c=simple/simple; d={domain}; s=2026a; "
        f"l={len(body)}; h=from:subject; bh={bh}; b="
    ).encode()
    seed = hashlib.sha256(domain.encode()).digest()
    private = Ed25519PrivateKey.from_private_bytes(seed)
    mark = private.sign(hashlib.sha256(b"".join(chosen) + tags).digest())
    return tags + base64.b64encode(mark) + b"\r\n" + message


def sealed(message: bytes, domain: str, said: str) -> bytes:
    """Return the message with the domain's seal on top. said: what it found."""
    results = f"mx.{domain}; {said}".encode()
    none = ChainStatus.NONE
    fields = seal(
        message, key(domain), domain=domain, selector="2026a", authres=results, cv=none, now=NOW
    )
    return fields + message


def public(domain: str, tags: str = "") -> str:
    """Return the key record of a domain, as a line of a zone."""
    return f"2026a._domainkey.{domain}. IN TXT {quote_txt(key(domain).public_record() + tags)}"


def spf(domain: str, record: str) -> str:
    """Return an SPF record, as a line of a zone."""
    return f'{domain}. IN TXT "{record}"'


def dmarc(domain: str, record: str) -> str:
    """Return a DMARC record, as a line of a zone."""
    return f'_dmarc.{domain}. IN TXT "{record}"'


@dataclass
class Case:
    """One case. zone: lines. known: (kind, value) of acquaintances. rules: of local policy.

    account: who is signed in here and wrote it, "" for mail from outside.
    """

    name: str
    title: str
    message: bytes
    sender: str
    ip: str
    helo: str
    zone: list[str] = field(default_factory=list)
    rdns: str = ""
    known: list[tuple[str, str]] = field(default_factory=list)
    rules: dict[str, Any] = field(default_factory=dict)
    tls: bool = True
    account: str = ""

    def write(self) -> None:
        """Write message, zone and circumstances."""
        folder = FOLDER / self.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "message.eml").write_bytes(self.message)
        (folder / "zone").write_text("\n".join([*self.zone, ""]))
        known = ", ".join(f'["{kind}", "{value}"]' for kind, value in self.known)
        rules = "".join(
            f"{name} = {str(value).lower() if isinstance(value, bool) else repr(value)}\n"
            for name, value in self.rules.items()
        ).replace("'", '"')
        account = f'account = "{self.account}"\n' if self.account else ""
        (folder / "case.toml").write_text(
            f'title = "{self.title}"\nip = "{self.ip}"\nhelo = "{self.helo}"\nrdns = "{self.rdns}"\n'
            f'sender = "{self.sender}"\nrecipients = ["{READER}"]\nat = {int(NOW.timestamp())}\n'
            f"tls = {str(self.tls).lower()}\nknown = [{known}]\n{account}\n[rules]\n{rules}"
        )


SHOP_ZONE: Final = [
    spf("mail.shop.example", "v=spf1 ip4:198.51.100.0/24 -all"),
    public("shop.example"),
    dmarc("shop.example", "v=DMARC1; p=reject; rua=mailto:dmarc@shop.example"),
]
WAY: Final = (
    b"Received: from out3.mail.shop.example by relay.shop.example with ESMTPS id 2;\r\n"
    b" Mon, 4 May 2026 10:02:09 +0200\r\n"
    b"Received: from app7.internal by out3.mail.shop.example with ESMTP id 1;\r\n"
    b" Mon, 4 May 2026 09:48:08 +0200\r\n"
)
# 512 bits: whoever wants can find its other half.
SHORT_KEY: Final = (
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAK7dF+kfI3R1UOwU4pws/ZMC+wigrgVl6ECDa5CgIMslwW5BHOk9OR9K"
    "n5vUPBSGryvNjEMO0yI31ft5pdekXCsCAwEAAQ=="
)
SHOP: Final = mail("news@shop.example", "Example Shop")
BANK: Final = mail("anna@bank.example", "Anna Berg", "Your appointment")
BANK_ZONE: Final = [
    spf("bank.example", "v=spf1 ip4:192.0.2.10 -all"),
    public("bank.example"),
    dmarc("bank.example", "v=DMARC1; p=reject"),
]
CAROL: Final = mail("carol@uni.example", "Carol", "Release")
LIST_ID: Final = b"List-Id: Developers <dev.lists.project.example>\r\n"
BROKEN: Final = signed(CAROL, "uni.example").replace(b"Subject: ", b"Subject: [dev] ") + FOOTER
PASSED: Final = "spf=pass smtp.mailfrom=uni.example; dkim=pass header.d=uni.example; dmarc=pass header.from=uni.example"
LIST_ZONE: Final = [
    spf("lists.project.example", "v=spf1 ip4:198.51.100.77 -all"),
    spf("uni.example", "v=spf1 ip4:192.0.2.20 -all"),
    public("lists.project.example"),
    public("uni.example"),
    public("relay.example"),
    dmarc("uni.example", "v=DMARC1; p=reject"),
]
LIST: Final = {
    "sender": "dev-bounces@lists.project.example",
    "ip": "198.51.100.77",
    "helo": "lists.project.example",
}
OUT: Final = {"ip": "203.0.113.8", "helo": "web8.hoster.example", "rdns": "web8.hoster.example"}


def plain(name: str, title: str, domain: str, zone: list[str], **more: Any) -> Case:
    """Return a case without a signature, from a hoster's server."""
    address = f"info@{domain}"
    message = more.pop("message", mail(address))
    return Case(name, title, message, address, zone=zone, **{**OUT, **more})


CASES: Final = [
    Case("a-all-pass", "All pass", WAY + signed(SHOP, "shop.example"), "bounce@mail.shop.example",
         "198.51.100.23", "out3.mail.shop.example", SHOP_ZONE, rdns="out3.mail.shop.example"),
    Case("a-server-only", "Sent by its server, not signed", mail("news@mail.shop.example"),
         "bounce@mail.shop.example", "198.51.100.23", "out3.mail.shop.example", SHOP_ZONE),
    Case("b-forwarded", "Forwarded: the server is another's, the signature is whole",
         signed(BANK, "bank.example"), "anna@bank.example", "203.0.113.50", "fwd.alumni.example",
         BANK_ZONE, rdns="fwd.alumni.example"),
    Case("b-forwarded-srs", "Forwarded with a return address of the forwarder's",
         signed(BANK, "bank.example"), "SRS0=Kx9q=2T=bank.example=anna@alumni.example",
         "203.0.113.50", "fwd.alumni.example",
         [*BANK_ZONE, spf("alumni.example", "v=spf1 ip4:203.0.113.50 -all")]),
    Case("c-spoofed", "Forged, refused as the owner asks", mail("service@pay.example", "Pay"),
         "x@cheap-host.example", "192.0.2.99", "localhost",
         [spf("cheap-host.example", "v=spf1 ip4:192.0.2.0/24 -all"),
          dmarc("pay.example", "v=DMARC1; p=reject; rua=mailto:d@pay.example")], tls=False),
    Case("c-policy-none", "Nothing proves it, and the owner wishes nothing",
         mail("service@pay.example", "Pay"), "x@cheap-host.example", "192.0.2.99", "localhost",
         [spf("cheap-host.example", "v=spf1 ip4:192.0.2.0/24 -all"),
          dmarc("pay.example", "v=DMARC1; p=none")]),
    Case("c-quarantine", "The owner asks to treat such mail as suspicious",
         mail("service@pay.example"), "x@cheap-host.example", "192.0.2.99", "localhost",
         [spf("cheap-host.example", "v=spf1 ip4:192.0.2.0/24 -all"),
          dmarc("pay.example", "v=DMARC1; p=quarantine")]),
    Case("c-testing", "The owner is only testing (t=y)",
         mail("service@pay.example"), "x@cheap-host.example", "192.0.2.99", "localhost",
         [dmarc("pay.example", "v=DMARC1; p=reject; t=y")]),
    Case("c-not-refused-here", "p=reject, but our settings only put it in Junk",
         mail("service@pay.example"), "x@cheap-host.example", "192.0.2.99", "localhost",
         [dmarc("pay.example", "v=DMARC1; p=reject")], rules={"dmarc_reject": False}),
    Case("d-list-known-sealer", "Through a list whose seal is known here",
         sealed(LIST_ID + BROKEN, "lists.project.example", PASSED), **LIST, zone=LIST_ZONE,
         known=[("sealer", "lists.project.example")]),
    Case("d-list-known", "Through a known list without seals",
         signed(LIST_ID + BROKEN, "lists.project.example"), **LIST, zone=LIST_ZONE,
         known=[("list", "dev.lists.project.example")]),
    Case("d-list-unknown", "Through a sealer that nobody here knows",
         sealed(BROKEN, "relay.example", PASSED), **LIST, zone=LIST_ZONE),
    Case("d-list-unknown-junk", "The same, where rules put it in Junk",
         sealed(BROKEN, "relay.example", PASSED), **LIST, zone=LIST_ZONE, rules={"stranger": "junk"}),
    Case("d-list-rewrites-from", "A list that writes its own address in place of the author's",
         signed(LIST_ID + b"Reply-To: Carol <carol@uni.example>\r\n" + mail("dev@lists.project.example", "Carol via dev", "[dev] Release")
                + FOOTER, "lists.project.example"), **LIST, zone=LIST_ZONE),
    Case("d-seal-broken", "Sealed, but the seal does not fit",
         sealed(BROKEN, "lists.project.example", PASSED).replace(b"spf=pass", b"spf=fail", 1),
         **LIST, zone=LIST_ZONE, known=[("sealer", "lists.project.example")]),
    Case("d-known-network", "From the network of a known forwarder", BROKEN, **LIST, zone=LIST_ZONE,
         known=[("network", "198.51.100.64/27")]),
    plain("e-softfail", "Soft fail, nothing else", "smallclub.example",
          [spf("smallclub.example", "v=spf1 mx ~all"), "smallclub.example. IN MX 5 mx.smallclub.example.",
           "mx.smallclub.example. IN A 198.51.100.40"]),
    plain("e-softfail-signed", "Soft fail, but the signature settles it", "smallclub.example",
          [spf("smallclub.example", "v=spf1 mx ~all"), public("smallclub.example"),
           dmarc("smallclub.example", "v=DMARC1; p=reject")],
          message=signed(mail("info@smallclub.example"), "smallclub.example")),
    plain("f-neutral", "Neutral", "oldhost.example", [spf("oldhost.example", "v=spf1 a ?all"),
          "oldhost.example. IN A 198.51.100.41"]),
    plain("g-hardfail", "Hard fail, no signature", "firm.example",
          [spf("firm.example", "v=spf1 ip4:198.51.100.0/28 -all")]),
    plain("g-hardfail-refused", "Hard fail, where rules refuse", "firm.example",
          [spf("firm.example", "v=spf1 ip4:198.51.100.0/28 -all")], rules={"spf_fail": "refuse"}),
    plain("g-parked", "A domain that never sends", "firm-parked.example",
          [spf("firm-parked.example", "v=spf1 -all")]),
    plain("h-no-records", "No records at all", "hobby.example", []),
    plain("h-signed-only", "No policy, but signed", "hobby.example", [public("hobby.example")],
          message=signed(mail("info@hobby.example"), "hobby.example")),
    plain("i-dns-timeout", "The name servers do not answer", "hobby.example", ["$FAIL hobby.example TXT"]),
    plain("i-policy-timeout", "The owner's wish cannot be asked", "hobby.example",
          ["$FAIL _dmarc.hobby.example"]),
    plain("i-broken-record", "A faulty list", "firm.example", [spf("firm.example", "v=spf1 ipv4:192.0.2.1 -all")]),
    plain("i-key-unavailable", "The key cannot be fetched", "hobby.example",
          ["$FAIL 2026a._domainkey.hobby.example"],
          message=signed(mail("info@hobby.example"), "hobby.example")),
    plain("j-altered-text", "The text was changed after signing", "hobby.example", [public("hobby.example")],
          message=signed(mail("info@hobby.example"), "hobby.example") + b"Buy now!\r\n"),
    plain("j-altered-subject", "The subject was changed after signing", "hobby.example",
          [public("hobby.example")],
          message=signed(mail("info@hobby.example"), "hobby.example").replace(
              b"Subject: What", b"Subject: [SPAM?] What")),
    plain("j-partly-signed", "Only the beginning is signed", "hobby.example", [public("hobby.example")],
          message=signed_beginning(mail("info@hobby.example"), "hobby.example") + b"Buy now!\r\n"),
    Case("j-service-signature", "Signed by the mail service only",
         signed(mail("news@shop.example"), "service.example"), "b@service.example", "192.0.2.44",
         "out.service.example",
         [public("service.example"), spf("service.example", "v=spf1 ip4:192.0.2.44 -all")]),
    plain("j-key-revoked", "The key was revoked", "hobby.example",
          ['2026a._domainkey.hobby.example. IN TXT "v=DKIM1; k=ed25519; p="'],
          message=signed(mail("info@hobby.example"), "hobby.example")),
    plain("j-key-missing", "The key is not published", "hobby.example", [],
          message=signed(mail("info@hobby.example"), "hobby.example")),
    plain("j-key-too-short", "The key is too short", "hobby.example",
          [f'2026a._domainkey.hobby.example. IN TXT "v=DKIM1; p={SHORT_KEY}"'],
          message=signed(mail("info@hobby.example"), "hobby.example").replace(
              b"a=ed25519-sha256", b"a=rsa-sha256")),
    plain("i-too-many-lookups", "A list that asks too much", "firm.example",
          [spf("firm.example", "v=spf1 " + " ".join(f"a:s{n}.firm.example" for n in range(11)) + " -all"),
           *(f"s{n}.firm.example. IN A 192.0.2.1" for n in range(11))]),
    plain("j-expired", "The signature has expired", "hobby.example", [public("hobby.example")],
          message=signed(mail("info@hobby.example"), "hobby.example",
                         now=datetime(2026, 4, 1, tzinfo=UTC), expires=datetime(2026, 4, 8, tzinfo=UTC))),
    plain("k-name-is-address", "The name is another address", "hobby.example", [public("hobby.example")],
          message=signed(mail("info@hobby.example", "boss@example.org"), "hobby.example")),
    plain("k-lookalike", "A domain that looks like ours", "examp1e.org", [public("examp1e.org")],
          message=signed(mail("info@examp1e.org"), "examp1e.org")),
    plain("k-claims-ours", "Our own domain, from outside", "example.org", []),
    plain("k-claims-ours-unanswered", "Our own domain, whose name servers do not answer", "example.org",
          ["$FAIL example.org TXT"]),
    plain("k-claims-ours-changed", "Our own signed mail, given back by a list that changed it",
          "example.org", [public("example.org")],
          message=signed(mail("anna@example.org"), "example.org") + FOOTER),
    plain("k-two-fields", "Two From fields that differ", "hobby.example", [],
          message=b"From: ann@shop.example\r\n" + mail("info@hobby.example")),
    plain("k-two-authors", "Two authors of different domains", "hobby.example", [],
          message=mail("info@hobby.example").replace(b"From: info", b"From: ann@shop.example, info")),
    plain("k-no-author", "Nobody in From", "hobby.example", [],
          message=mail("info@hobby.example").replace(b"From: info@hobby.example", b"From: ")),
    Case("m-internal", "Mail among ourselves", mail("anna@example.org"), "anna@example.org",
         "192.0.2.55", "laptop.example.net", account="anna@example.org"),
    Case("l-notice", "A delivery notice, without a return address",
         signed(mail("mailer-daemon@bank.example"), "bank.example"), "", "192.0.2.10",
         "mx.bank.example", BANK_ZONE, rdns="mx.bank.example"),
]  # fmt: skip


def main() -> None:
    """Write all cases."""
    for case in CASES:
        case.write()
    print(f"{len(CASES)} cases are written; now: make golden")


if __name__ == "__main__":
    main()
