"""From settings to the policies of single parts: which key means what where."""

import ipaddress
from datetime import timedelta
from pathlib import Path

from pillarbox import config
from pillarbox.delivery import forwarding, inbound, known, outbound, tester
from pillarbox.delivery.destination import Own
from pillarbox.delivery.report_sender import ReportPolicy
from pillarbox.delivery.retry import Schedule
from pillarbox.delivery.verdict import Rules
from pillarbox.mailauth import publish, srs


def rules(settings: config.Settings) -> Rules:
    """Return how mail is decided about."""
    checks = settings.checks
    return Rules(
        dmarc_reject=checks.dmarc_reject, spf_fail=checks.spf_fail, stranger=settings.arc.stranger
    )


def known_forwarders(settings: config.Settings) -> list[known.Known]:
    """Return the forwarders and lists that the settings name."""
    found = [known.make("sealer", name) for name in settings.arc.sealers]
    found += [known.make("network", network) for network in settings.forwarding.networks]
    return found + [known.parse_list(text) for text in settings.forwarding.lists]


def forwarding_policy(
    settings: config.Settings, rewriter: srs.Rewriter | None
) -> forwarding.Policy:
    """Return what holds for mail that we pass on."""
    return forwarding.Policy(
        hostname=settings.hostname,
        rewriter=rewriter if settings.srs else None,
        seal=settings.arc.seal,
        junk_to=settings.forwarding.junk_to,
        separator=settings.subaddress_separator,
    )


def inbound_policy(settings: config.Settings, expire: timedelta) -> inbound.Policy:
    """Return what holds for mail from other servers."""
    checks = settings.checks
    return inbound.Policy(
        hostname=settings.hostname,
        rules=rules(settings),
        checked=checks.enabled,
        unjudged=tuple(ipaddress.ip_network(network) for network in checks.trusted_networks),
        hops=settings.limits.received_hops,
        expire=expire,
        arc=settings.arc.validate,
    )


def tester_policy(settings: config.Settings, expire: timedelta) -> tester.Policy:
    """Return what holds for the mail-tester."""
    return tester.Policy(settings.hostname, settings.subaddress_separator, expire)


def outbound_policy(
    settings: config.Settings, rewriter: srs.Rewriter | None, expire: timedelta
) -> outbound.Policy:
    """Return what holds for mail to other servers."""
    wanted = settings.outbound
    listening = [item.address for item in settings.listener if item.protocol == "smtp"]
    own = {
        address for text in listening if not (address := ipaddress.ip_address(text)).is_unspecified
    }
    if not own:
        # A wildcard listener is on loopback too: mail that leads there is a loop.
        own = {ipaddress.ip_address("127.0.0.1"), ipaddress.ip_address("::1")}
    return outbound.Policy(
        hostname=settings.hostname,
        schedule=Schedule(wanted.retry_minutes, expire, timedelta(hours=wanted.warn_hours)),
        helo=wanted.helo,
        port=wanted.port,
        source=wanted.source,
        own=Own(addresses=frozenset(own)),
        authorities=Path(settings.tls.authorities) if settings.tls.authorities else None,
        concurrency=wanted.concurrency,
        per_destination=wanted.concurrency_per_destination,
        require_tls=wanted.require_tls,
        poll_seconds=wanted.poll_seconds,
        separator=settings.subaddress_separator,
        rewriter=rewriter,
    )


def report_policy(settings: config.Settings) -> ReportPolicy:
    """Return what holds for reports to other domains."""
    wanted = settings.reports
    sender = wanted.sender or postmaster(settings)
    return ReportPolicy(
        hostname=settings.hostname,
        org=wanted.org or sender.rpartition("@")[2],
        sender=sender,
        separator=settings.subaddress_separator,
        expire=timedelta(hours=settings.outbound.expire_hours),
        dmarc=wanted.dmarc,
        tls=wanted.tls,
    )


def sts_policy(settings: config.Settings) -> str | None:
    """Return the MTA-STS policy file of our domains; None if they have none."""
    wanted = settings.mta_sts
    if wanted.mode == "off":
        return None
    age = int(wanted.max_age_days * 86400)
    return publish.mta_sts_policy(wanted.mx or (settings.hostname,), wanted.mode, age)


def postmaster(settings: config.Settings) -> str:
    """Return who gets mail for <postmaster> without a domain (RFC 5321 §4.5.1)."""
    name = settings.provision.domains[0] if settings.provision.domains else ""
    return f"postmaster@{name or settings.hostname.partition('.')[2] or settings.hostname}"
