"""From settings to the policies of single parts: which key means what where."""

import ipaddress
from datetime import timedelta
from pathlib import Path

from pillarbox import config
from pillarbox.delivery import inbound, outbound
from pillarbox.delivery.destination import Own
from pillarbox.delivery.retry import Schedule
from pillarbox.delivery.verdict import Rules


def inbound_policy(
    settings: config.Settings, srs_secret: bytes, expire: timedelta
) -> inbound.Policy:
    """Return what holds for mail from other servers."""
    checks = settings.checks
    return inbound.Policy(
        hostname=settings.hostname,
        rules=Rules(dmarc_reject=checks.dmarc_reject, spf_fail=checks.spf_fail),
        checked=checks.enabled,
        unjudged=tuple(ipaddress.ip_network(network) for network in checks.trusted_networks),
        hops=settings.limits.received_hops,
        expire=expire,
        srs_secret=srs_secret,
    )


def outbound_policy(
    settings: config.Settings, srs_secret: bytes, expire: timedelta
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
        srs_secret=srs_secret,
    )


def postmaster(settings: config.Settings) -> str:
    """Return who gets mail for <postmaster> without a domain (RFC 5321 §4.5.1)."""
    name = settings.provision.domains[0] if settings.provision.domains else ""
    return f"postmaster@{name or settings.hostname.partition('.')[2] or settings.hostname}"
