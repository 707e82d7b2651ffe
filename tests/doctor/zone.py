"""A domain that publishes everything rightly, and what changes in it."""

import asyncio
from datetime import UTC, datetime

from pillarbox.dns.zone import Zones
from pillarbox.doctor import domain

GOOD = """
example.org. IN MX 10 mx.example.org.
mx.example.org. IN A 192.0.2.1
1.2.0.192.in-addr.arpa. IN PTR mx.example.org.
example.org. IN TXT "v=spf1 mx -all"
s._domainkey.example.org. TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_dmarc.example.org. IN TXT "v=DMARC1; p=reject; rua=mailto:d@example.org"
_mta-sts.example.org. IN TXT "v=STSv1; id=1;"
mta-sts.example.org. IN A 192.0.2.1
_smtp._tls.example.org. IN TXT "v=TLSRPTv1; rua=mailto:t@example.org"
"""


class Clock:
    """Stands still."""

    def now(self):
        return datetime(2026, 5, 4, tzinfo=UTC)

    def monotonic(self):
        return 0.0


def zone(*more, without=()):
    """Return the good zone without the lines that hold one of `without`, and with more."""
    lines = [line for line in GOOD.splitlines() if not any(part in line for part in without)]
    return "\n".join([*lines, *more]) + "\n"


def check(text, selectors=("s",), name="example.org", fetch=None):
    return asyncio.run(domain.check(Zones(text, Clock()), name, selectors, fetch))


def find(text, id_, selectors=("s",), name="example.org", fetch=None):
    """Return the findings with this id."""
    return [one for one in check(text, selectors, name, fetch).findings if one.id == id_]
