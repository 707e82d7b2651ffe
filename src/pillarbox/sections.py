"""The sections of the settings file as frozen values, with their defaults.

What they mean stands in the docstrings, of which `docs/config.md` is made. `config.py` reads
and checks them.
"""

from typing import Annotated, Literal

import msgspec

Protocol = Literal["smtp", "submission", "lmtp", "imap", "pop3", "http", "web"]
Algorithm = Literal["rsa", "ed25519"]
TlsMode = Literal["starttls", "implicit", "none"]


class Listener(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One address and port to serve.

    protocol: smtp (from other servers, port 25), submission (from our accounts), lmtp
    (from a server in front of us), imap, pop3, web (webmail, JMAP and the MTA-STS policies of
    our domains; tls = "implicit", or "none" on a loopback address or behind `web.proxies`),
    http (status and metrics; with tls = "implicit", for the world, only those policies).
    tls: "starttls" offers it, "implicit" starts with it, "none" never uses it.
    plaintext_auth: allow passwords without TLS. Only on a loopback address.
    """

    protocol: Protocol
    port: int
    address: str = "0.0.0.0"  # noqa: S104 - a mail server is for others to reach
    tls: TlsMode = "starttls"
    plaintext_auth: bool = False


class Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The certificate of this host.

    certificate, key: PEM files; both empty means a self-signed certificate that is made
    at the first start. authorities: a PEM file of CAs that we trust beside the system's
    when we send.
    """

    certificate: str = ""
    key: str = ""
    authorities: str = ""


class Dns(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom to ask.

    servers: "address" or "address:port"; empty means /etc/resolv.conf. trust_ad: believe
    the AD bit of servers that are not on loopback. zone: a zone file to answer from
    instead of asking anybody (tests). seconds: the longest wait for one answer.
    authority_port: where authoritative servers listen, when we ask them one by one.
    """

    servers: tuple[str, ...] = ()
    trust_ad: bool = False
    zone: str = ""
    seconds: float = 10.0
    authority_port: int = 53


class Dkim(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Signing our mail.

    algorithms: "rsa", "ed25519", or both side by side. sign_unpublished: sign also when the
    record is gone from DNS. check_minutes: between two looks at it. retire_days: how long an
    old key's record is needed. rotate_days: the age at which keys get successors; 0 for never.
    """

    algorithms: Annotated[tuple[Algorithm, ...], msgspec.Meta(min_length=1)] = ("rsa", "ed25519")
    sign_unpublished: bool = False
    check_minutes: Annotated[float, msgspec.Meta(gt=0)] = 10.0
    retire_days: Annotated[float, msgspec.Meta(ge=0)] = 7.0
    rotate_days: Annotated[float, msgspec.Meta(ge=0)] = 0.0


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a peer may use. Octets, seconds, counts."""

    message_octets: int = 50 * 1024 * 1024
    recipients: int = 100
    connections: int = 10_000
    connections_per_address: int = 100
    smtp_idle_seconds: float = 300.0
    imap_idle_seconds: float = 1800.0
    imap_login_seconds: float = 60.0
    pop3_idle_seconds: float = 600.0
    smtp_errors: int = 10
    received_hops: int = 50
    auth_failures: int = 10
    auth_window_seconds: float = 900.0


class Web(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Webmail and JMAP. Octets, seconds, counts; what a client may use is told to it.

    proxies: addresses or networks of web servers in front of us. Theirs is the TLS then, and what
    they say of the client is believed (X-Forwarded-For, X-Forwarded-Proto).
    request_octets, calls, objects: of one JMAP request. requests, uploads: of one account at the
    same time. requests_per_second: of one account, for long; for 20 seconds' worth at once.
    upload_octets: of one upload; 0 means `limits.message_octets`. upload_quota: of all uploads of
    one account that no message uses. upload_hours: how long those are kept. connections: that
    wait for news (EventSource and WebSocket), of one account.
    reachable: "address:port" that we may be sent to by messages, for images and to unsubscribe,
    although the address is not public; for labs.
    """

    proxies: tuple[str, ...] = ()
    reachable: tuple[str, ...] = ()
    request_octets: Annotated[int, msgspec.Meta(ge=1000)] = 10_000_000
    calls: Annotated[int, msgspec.Meta(ge=1)] = 64
    objects: Annotated[int, msgspec.Meta(ge=1)] = 1000
    requests: Annotated[int, msgspec.Meta(ge=1)] = 16
    requests_per_second: Annotated[float, msgspec.Meta(gt=0)] = 50.0
    uploads: Annotated[int, msgspec.Meta(ge=1)] = 8
    upload_octets: Annotated[int, msgspec.Meta(ge=0)] = 0
    upload_quota: Annotated[int, msgspec.Meta(ge=0)] = 500_000_000
    upload_hours: Annotated[float, msgspec.Meta(gt=0)] = 24.0
    connections: Annotated[int, msgspec.Meta(ge=1)] = 50


class Checks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Judging mail from other servers.

    dmarc_reject: refuse in the session when the owner of the address asks for it.
    spf_fail: what to do when `-all` says no and nothing else speaks: "junk", "refuse"
    or "mark". trusted_networks: clients that are not judged (our own relays).
    report_mailboxes: local parts at our domains where DMARC reports come in (rua). tester: what
    local parts begin with that answer any message with its verdict ("test-"); "" for none.
    """

    enabled: bool = True
    dmarc_reject: bool = True
    spf_fail: Literal["junk", "refuse", "mark"] = "junk"
    trusted_networks: tuple[str, ...] = ()
    report_mailboxes: tuple[str, ...] = ("postmaster", "dmarc")
    tester: str = ""


class Arc(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Seals of those who passed mail on (ARC).

    validate: look at the chain of each message that has one. seal: put our seal on what we
    forward, with the key of the forwarding domain. sealers: domains whose seals are a reason
    to accept what they broke: known forwarders and lists. stranger: what to do with mail whose
    owner wants it refused when a sealer that we do not know says that it was whole: "policy"
    refuses it, "junk" puts it in Junk.
    """

    validate: bool = True
    seal: bool = True
    sealers: tuple[str, ...] = ()
    stranger: Literal["policy", "junk"] = "policy"


class Forwarding(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Mail that others pass on to us, and that we pass on.

    networks: addresses of known forwarders; what they bring is accepted although they broke
    its proof. lists: known mailing lists, "LIST-ID" or "LIST-ID DOMAIN"; DOMAIN must have
    signed, else the List-Id without its first label. junk_to: we never forward what we judged
    junk; "" refuses it in the session where nobody here gets it, an account's address puts it
    in that account's Junk. srs_days: how long a rewritten return address leads back.
    """

    networks: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    junk_to: str = ""
    srs_days: int = 21


class Outbound(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Sending to other servers.

    port: where other servers listen (25; a lab uses another). source: our address to
    send from, "" for the system's choice. concurrency: connections at once, in all and
    per destination. retry_minutes: the waits after each failure; the last repeats.
    expire_hours: then give up. warn_hours: then tell the sender of the delay.
    require_tls: never send in the clear. helo: "" means `hostname`.
    mta_sts, dane: keep to what other domains require of those who send to them; DANE needs a
    resolver that checks DNSSEC, on loopback or with `dns.trust_ad`. https_port: where others
    publish their MTA-STS policies (443; a lab uses another).
    """

    port: int = 25
    source: str = ""
    helo: str = ""
    concurrency: int = 50
    concurrency_per_destination: int = 5
    retry_minutes: tuple[float, ...] = (1, 5, 15, 30, 60, 120, 240)
    expire_hours: float = 120.0
    warn_hours: float = 4.0
    require_tls: bool = False
    mta_sts: bool = True
    dane: bool = True
    https_port: int = 443
    poll_seconds: float = 10.0


class MtaSts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What we announce of encryption of mail to our domains (MTA-STS).

    mode: "enforce", "testing", "none" (takes an earlier policy back) or "off". mx: the names of
    the servers; empty means `hostname`. max_age_days: how long others keep to it. The file is
    served by listeners of protocol web, or http with tls = "implicit", as
    https://mta-sts.DOMAIN; the certificate must be for that name, too. `domain records` prints
    the record to publish.
    """

    mode: Literal["enforce", "testing", "none", "off"] = "testing"
    mx: tuple[str, ...] = ()
    max_age_days: Annotated[float, msgspec.Meta(gt=0, le=365)] = 7.0


class Reports(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Reports that we send to other domains, once a day, to those whose records ask for them.

    dmarc: on mail that came in their names. tls: on encryption of connections to their servers.
    sender: the address that they come from; empty means postmaster of the first domain.
    org: how we call ourselves; empty means the domain of `sender`.
    """

    dmarc: bool = True
    tls: bool = True
    sender: str = ""
    org: str = ""


class Account(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An account that is made at the start if it is missing (tests and labs)."""

    address: str
    password: str
    name: str = ""


class Alias(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An alias that is made at the start if it is missing. targets: addresses."""

    address: str
    targets: tuple[str, ...]


class Provision(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is made at the start if it is missing: for tests, labs and first steps."""

    domains: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()
    aliases: tuple[Alias, ...] = ()


class Logging(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """format: "json", or "text" for people. level: debug, info, warning, error."""

    format: Literal["json", "text"] = "json"
    level: Literal["debug", "info", "warning", "error"] = "info"
