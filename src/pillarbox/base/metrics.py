"""Counters and gauges that several processes share, in Prometheus' text form.

Every series is declared up front, so that each has a fixed place in one array of
doubles. Worker processes get a row each in shared memory; whoever is asked sums the
rows. Labels are declared with all their values: a peer cannot make new series.
"""

import struct
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Final

_DOUBLE: Final = struct.Struct("d")


class Registry:
    """All series of a program, and the memory that holds one row of them."""

    def __init__(self) -> None:
        self._families: list[Family] = []
        self._size = 0
        self._rows: list[memoryview[float]] = []
        self.row: memoryview[float] = memoryview(bytearray()).cast("d")

    def counter(self, name: str, text: str, **labels: Sequence[str]) -> "Family":
        """Declare a number that only grows. name: ends in `_total` by convention."""
        return self._declare(name, text, "counter", labels)

    def gauge(self, name: str, text: str, **labels: Sequence[str]) -> "Family":
        """Declare a number that goes up and down; rows of all processes are summed."""
        return self._declare(name, text, "gauge", labels)

    @property
    def row_octets(self) -> int:
        """The size of one row. Declaring more series changes it."""
        return self._size * _DOUBLE.size

    def bind(self, memory: memoryview, rows: int, mine: int) -> None:
        """Use `memory` (rows * row_octets octets, shared, zeroed) from now on.

        mine: the row that this process counts in.
        """
        size = self.row_octets
        self._rows = [memory[i * size : (i + 1) * size].cast("d") for i in range(rows)]
        self.row = self._rows[mine]

    def render(self) -> bytes:
        """Return the text exposition format, version 0.0.4."""
        rows = self._rows or [self.row]
        lines: list[str] = []
        for family in self._families:
            lines.append(f"# HELP {family.name} {family.text}")
            lines.append(f"# TYPE {family.name} {family.kind}")
            for index, labels in family.series():
                total = sum(row[index] for row in rows)
                lines.append(f"{family.name}{labels} {total:.15g}")
        return ("\n".join(lines) + "\n").encode()

    def names(self) -> list[str]:
        """Return the name of each family, in order of declaration."""
        return [family.name for family in self._families]

    def _declare(
        self, name: str, text: str, kind: str, labels: Mapping[str, Sequence[str]]
    ) -> "Family":
        family = Family(self, name, text, kind, labels, self._size)
        self._families.append(family)
        self._size += family.count
        if not self._rows:
            self.row = memoryview(bytearray(self.row_octets)).cast("d")
        return family


class Family:
    """One metric with all its label values."""

    def __init__(
        self,
        registry: Registry,
        name: str,
        text: str,
        kind: str,
        labels: Mapping[str, Sequence[str]],
        start: int,
    ) -> None:
        self._registry = registry
        self.name, self.text, self.kind = name, text, kind
        self._labels = tuple(labels)
        combinations = list(product(*labels.values()))
        self._places = {values: start + i for i, values in enumerate(combinations)}
        self.count = len(combinations)

    def add(self, *values: str, by: float = 1.0) -> None:
        """Add to the series with these label values, in the order of declaration.

        Values that were not declared count as the last declared combination's "other"
        where the label has one, and are dropped else.
        """
        place = self._places.get(values)
        if place is None:
            place = self._places.get(tuple("other" for _ in values))
        if place is not None:
            self._registry.row[place] += by

    def set(self, *values: str, to: float) -> None:
        """Set this process's part of the series."""
        place = self._places.get(values)
        if place is not None:
            self._registry.row[place] = to

    def series(self) -> Iterator[tuple[int, str]]:
        """Yield (place in the row, label text) for each series."""
        for values, place in self._places.items():
            pairs = ",".join(f'{k}="{v}"' for k, v in zip(self._labels, values, strict=True))
            yield place, f"{{{pairs}}}" if pairs else ""


REGISTRY: Final = Registry()

CONNECTIONS = REGISTRY.counter(
    "pillarbox_connections_total",
    "Connections accepted, by protocol and how they ended.",
    protocol=("smtp", "submission", "lmtp", "imap", "pop3", "http"),
    end=("closed", "idle", "lost", "refused", "tls_failed", "error"),
)
OPEN = REGISTRY.gauge(
    "pillarbox_connections_open",
    "Connections open now.",
    protocol=("smtp", "submission", "lmtp", "imap", "pop3", "http"),
)
MESSAGES_IN = REGISTRY.counter(
    "pillarbox_messages_in_total",
    "Messages offered by other servers or submitted, by what became of them.",
    action=("delivered", "junked", "queued", "refused", "deferred", "other"),
)
CHECKS = REGISTRY.counter(
    "pillarbox_checks_total",
    "Sender checks by result.",
    check=("spf", "dkim", "dmarc"),
    result=(
        "none", "neutral", "pass", "fail", "softfail", "policy", "temperror", "permerror",
    ),
)  # fmt: skip
ATTEMPTS = REGISTRY.counter(
    "pillarbox_delivery_attempts_total",
    "Recipients tried at other servers, by outcome.",
    outcome=("accepted", "deferred", "refused"),
)
AUTHENTICATIONS = REGISTRY.counter(
    "pillarbox_authentications_total",
    "Sign-ins by protocol and result.",
    protocol=("submission", "imap", "pop3", "http"),
    result=("ok", "failed", "limited"),
)
QUEUE = REGISTRY.gauge("pillarbox_queue_recipients", "Recipients waiting in the queue.")
RESTARTS = REGISTRY.counter("pillarbox_worker_restarts_total", "Workers started again.")
DKIM_KEYS = REGISTRY.gauge(
    "pillarbox_dkim_signing_keys",
    "DKIM keys that sign, by what the name servers show of their record.",
    finding=("ok", "partial", "missing", "wrong", "unasked"),
)
