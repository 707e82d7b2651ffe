"""Limits on how often something may happen, in bounded memory.

`TokenBuckets` is the mechanism: each key has a bucket that refills steadily. `AuthLimiter`
is the one policy that several servers share: how many passwords may be guessed. Time is
an argument (`now`, monotonic seconds); nothing sleeps, the caller answers "later".

When the table is full the key that was used longest ago is forgotten. Whoever can fill
it must own that many networks; what is forgotten starts with a full bucket.
"""

import ipaddress
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

MAX_KEYS: Final = 65536
IPV4_PREFIX: Final = 24
IPV6_PREFIX: Final = 56


class TokenBuckets:
    """Buckets of `burst` tokens, refilled at `per_second`, one for each key.

    max_keys: how many are remembered.
    """

    __slots__ = ("_buckets", "burst", "max_keys", "per_second")

    def __init__(self, burst: float, per_second: float, max_keys: int = MAX_KEYS) -> None:
        self.burst = burst
        self.per_second = per_second
        self.max_keys = max_keys
        self._buckets: dict[Hashable, tuple[float, float]] = {}  # key: (tokens, at)

    def __len__(self) -> int:
        return len(self._buckets)

    def level(self, key: Hashable, now: float) -> float:
        """Return how many tokens the key has; an unknown one has all."""
        bucket = self._buckets.get(key)
        if bucket is None:
            return self.burst
        tokens, at = bucket
        return min(self.burst, tokens + max(0.0, now - at) * self.per_second)

    def take(self, key: Hashable, now: float, tokens: float = 1.0) -> bool:
        """Take tokens if there are enough, and tell whether there were."""
        level = self.level(key, now)
        if level < tokens:
            return False
        self._set(key, level - tokens, now)
        return True

    def give(self, key: Hashable, now: float, tokens: float = 1.0) -> None:
        """Put tokens back, never more than the bucket holds."""
        if key in self._buckets:
            self._set(key, self.level(key, now) + tokens, now)

    def wait_seconds(self, key: Hashable, now: float, tokens: float = 1.0) -> float:
        """Return after how many seconds `take` will succeed; 0.0 means now."""
        missing = tokens - self.level(key, now)
        if missing <= 0:
            return 0.0
        return missing / self.per_second if self.per_second > 0 else float("inf")

    def forget(self, key: Hashable) -> None:
        """Let the key start again with a full bucket."""
        self._buckets.pop(key, None)

    def _set(self, key: Hashable, level: float, now: float) -> None:
        # A dict keeps the order of insertion: the first key is the one unused for longest.
        self._buckets.pop(key, None)
        if level >= self.burst:
            return
        if len(self._buckets) >= self.max_keys:
            del self._buckets[next(iter(self._buckets))]
        self._buckets[key] = (level, now)


@dataclass(frozen=True, slots=True)
class AuthLimits:
    """How many failures are forgiven within `window_seconds`.

    pair: of one account from one network. network: from one network, all accounts.
    account: of one account from all the networks it has never been used from.
    """

    pair: int = 10
    network: int = 50
    account: int = 100
    window_seconds: float = 900.0


class AuthLimiter:
    """Limits guessing without letting a stranger lock the owner out.

    An attempt is paid for before the password is checked, and refunded when it was right:
    a thousand connections at once get no more guesses than one. A network from which the
    account has been used is only limited by its own failures with that account.
    """

    __slots__ = ("_accounts", "_known", "_networks", "_pairs", "max_keys")

    def __init__(self, limits: AuthLimits | None = None, max_keys: int = MAX_KEYS) -> None:
        chosen = limits or AuthLimits()
        seconds = chosen.window_seconds
        self._pairs = TokenBuckets(chosen.pair, chosen.pair / seconds, max_keys)
        self._networks = TokenBuckets(chosen.network, chosen.network / seconds, max_keys)
        self._accounts = TokenBuckets(chosen.account, chosen.account / seconds, max_keys)
        self._known: dict[tuple[str, str], None] = {}
        self.max_keys = max_keys

    def attempt(self, account: str, ip: str, now: float) -> float:
        """Pay for one attempt and return 0.0, or return how many seconds to wait.

        account: in one form for one account, also for those that do not exist.
        """
        charges = self._charges(account, ip)
        wait = max(buckets.wait_seconds(key, now) for buckets, key in charges)
        if wait > 0:
            return wait
        for buckets, key in charges:
            buckets.take(key, now)
        return 0.0

    def succeeded(self, account: str, ip: str, now: float) -> None:
        """Refund the attempt, and remember that the account is used from there."""
        self.refund(account, ip, now)
        pair = (account, network_of(ip))
        # Not the network's bucket: one's own account must not pay for guessing at others'.
        self._pairs.forget(pair)
        self._known.pop(pair, None)
        if len(self._known) >= self.max_keys:
            del self._known[next(iter(self._known))]
        self._known[pair] = None

    def refund(self, account: str, ip: str, now: float) -> None:
        """Give an attempt back that came to no answer (cancelled, our own failure)."""
        for buckets, key in self._charges(account, ip):
            buckets.give(key, now)

    def _charges(self, account: str, ip: str) -> list[tuple[TokenBuckets, Hashable]]:
        pair = (account, network_of(ip))
        if pair in self._known:
            return [(self._pairs, pair)]
        return [(self._pairs, pair), (self._networks, pair[1]), (self._accounts, account)]


def network_of(ip: str) -> str:
    """Return the /24 or /56 that an address belongs to: what one customer usually has.

    Text that is no address is its own network, cut at 64 characters.
    """
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip[:64]
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            return str(ipaddress.IPv6Network((int(address), IPV6_PREFIX), strict=False))
        address = address.ipv4_mapped
    return str(ipaddress.IPv4Network((int(address), IPV4_PREFIX), strict=False))
