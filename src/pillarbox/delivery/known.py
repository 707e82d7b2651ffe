"""Whom we know: forwarders and mailing lists that break what they pass on.

A list that adds a footer breaks signatures; a forwarder breaks SPF. Where such a server is
known here, its word may count as a reason to accept (`delivery/vouching.py`). Entries are
local, explicit and few.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

import msgspec

from pillarbox.base.errors import Invalid
from pillarbox.mailauth.alignment import is_under, normalise

_LIST_ID: Final = re.compile(r"<[ \t]*([^<>\s]{1,255})[ \t]*>")


class Reason(StrEnum):
    """Why an owner's policy was not applied, as reports say it (RFC 7489 §C, RFC 9990)."""

    MAILING_LIST = "mailing_list"
    TRUSTED_FORWARDER = "trusted_forwarder"
    LOCAL_POLICY = "local_policy"
    POLICY_TEST_MODE = "policy_test_mode"


class Kind(StrEnum):
    """How a forwarder is recognised: by its seal, its addresses, or as a list."""

    SEALER = "sealer"
    NETWORK = "network"
    LIST = "list"


class Known(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One forwarder or list.

    value: domain of the seals, network, or List-Id; normalised. signer: for a list, the
    domain that must have signed. account: whose mail it counts for, "" for everybody's.
    since: Unix seconds, 0.0 where the settings have it.
    """

    kind: Kind
    value: str
    reason: Reason
    signer: str = ""
    account: str = ""
    since: float = 0.0


_DEFAULT_REASON: Final = {
    Kind.SEALER: Reason.TRUSTED_FORWARDER,
    Kind.NETWORK: Reason.TRUSTED_FORWARDER,
    Kind.LIST: Reason.MAILING_LIST,
}


def make(
    kind: str,
    value: str,
    *,
    reason: str = "",
    signer: str = "",
    account: str = "",
    since: float = 0.0,
) -> Known:
    """Return a checked entry. Raises Invalid, saying what is wrong with it."""
    which = Kind(kind)
    why = Reason(reason) if reason else _DEFAULT_REASON[which]
    if which is Kind.NETWORK:
        try:
            value = str(ipaddress.ip_network(value))
        except ValueError as exc:
            raise Invalid(f"network {value!r}: {exc}") from exc
    else:
        value = _domain(value.strip().strip("<>"), f"a {which.value}")
    if which is Kind.LIST:
        signer = _domain(signer or value.partition(".")[2], "the domain that signs for a list")
    elif signer:
        raise Invalid(f"only a list has a signing domain, not a {which.value}")
    return Known(
        kind=which, value=value, reason=why, signer=signer, account=account.lower(), since=since
    )


def parse_list(text: str) -> Known:
    """Return the entry for "LIST-ID" or "LIST-ID DOMAIN", as settings have it. Raises Invalid."""
    name, _, signer = text.strip().partition(" ")
    return make(Kind.LIST, name, signer=signer.strip())


def _domain(name: str, what: str) -> str:
    found = normalise(name)
    if "." not in found:
        raise Invalid(f"{name!r} is no domain name for {what}")
    return found


def read_list_id(value: bytes) -> str:
    """Return the identifier in a List-Id field, lower case, "" without one (RFC 2919 §3)."""
    text = value[:4096].decode("utf-8", "replace")
    found = _LIST_ID.findall(text)
    bare = text.strip()
    name = found[-1] if found else "" if set(bare) & set("<> \t") else bare
    return normalise(name)


def find_sealer(known: Iterable[Known], domain: str) -> Known | None:
    """Return the entry for seals of `domain` or a domain above it."""
    return next((k for k in known if k.kind is Kind.SEALER and is_under(domain, k.value)), None)


def find_network(known: Iterable[Known], address: IPv4Address | IPv6Address) -> Known | None:
    """Return the entry whose network holds `address`."""
    for entry in known:
        if entry.kind is Kind.NETWORK and address in _network(entry.value):
            return entry
    return None


def find_list(known: Iterable[Known], list_id: str, signers: Sequence[str]) -> Known | None:
    """Return the entry for a list that signed. signers: domains of whole signatures."""
    for entry in known:
        signed = any(is_under(domain, entry.signer) for domain in signers)
        if entry.kind is Kind.LIST and entry.value == list_id and signed:
            return entry
    return None


def _network(value: str) -> IPv4Network | IPv6Network:
    return ipaddress.ip_network(value)
