"""Ports: bound once by the supervisor, served by each worker on a socket of its own.

With SO_REUSEPORT the kernel spreads connections over the workers' sockets. The
supervisor keeps every socket open, so that connections that arrive while a worker is
being replaced wait in its backlog instead of being refused.
"""

import contextlib
import ipaddress
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

BACKLOG: Final = 1024


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is served where. tls: "starttls", "implicit" or "none"."""

    protocol: str
    address: str
    port: int
    tls: str
    plaintext_auth: bool

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{self.protocol} {host}:{self.port}"


class CannotBind(Exception):
    """A port is taken or forbidden. `str(exc)` says which, and what to do."""


def bind(endpoint: Endpoint, count: int) -> tuple[Endpoint, list[socket.socket]]:
    """Return `count` listening sockets on one port, and the endpoint with that port.

    Port 0 means any free one. Raises CannotBind.
    """
    sockets: list[socket.socket] = []
    port = endpoint.port
    family = socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET
    try:
        for _ in range(count):
            sock = socket.socket(family, socket.SOCK_STREAM)
            sockets.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            # Accepted sockets inherit it: one answer is one segment, at once.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setblocking(False)
            if not sockets[:-1] and port:
                _refuse_if_taken(family, endpoint.address, port)
            sock.bind((endpoint.address, port))
            port = sock.getsockname()[1]
            sock.listen(BACKLOG)
    except OSError as exc:
        for sock in sockets:
            sock.close()
        hint = " (ports below 1024 need root)" if isinstance(exc, PermissionError) else ""
        raise CannotBind(f"cannot listen on {endpoint}: {exc.strerror}{hint}") from exc
    bound = Endpoint(
        endpoint.protocol, endpoint.address, port, endpoint.tls, endpoint.plaintext_auth
    )
    return bound, sockets


def _refuse_if_taken(family: int, address: str, port: int) -> None:
    """Raise OSError if somebody serves this port: SO_REUSEPORT alone would share it."""
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))


class Gate:
    """Counts open connections, in all and per network, and says when it is enough.

    A network is one IPv4 address or one IPv6 /64: what one customer gets.
    """

    def __init__(self, *, total: int, per_address: int) -> None:
        self._total = total
        self._per_address = per_address
        self._open: Counter[str] = Counter()
        self._count = 0

    @contextlib.contextmanager
    def enter(self, address: str) -> Iterator[bool]:
        """Count one connection while inside. Yields False when it is one too many."""
        key = network_of(address)
        self._count += 1
        self._open[key] += 1
        try:
            yield self._count <= self._total and self._open[key] <= self._per_address
        finally:
            self._count -= 1
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]


def network_of(address: str) -> str:
    """Return the address itself for IPv4, its /64 for IPv6, "" for none."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network((address.partition("%")[0], 64), strict=False))
    except ValueError:
        return address
