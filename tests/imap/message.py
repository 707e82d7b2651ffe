"""A message with every property that SEARCH, SORT and THREAD look at."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime


@dataclass
class Message:
    seq: int = 1
    uid: int = 1
    flags: frozenset[str] = frozenset()
    size_octets: int = 100
    modseq: int = 1
    internal_date: datetime = datetime(2024, 5, 1, 12, tzinfo=UTC)
    sent_day: date | None = None
    sent_date: datetime | None = None
    save_date: datetime | None = None
    email_id: str = ""
    thread_id: str = ""
    subject: str = ""
    from_mailbox: str = ""
    to_mailbox: str = ""
    cc_mailbox: str = ""
    from_display: str = ""
    to_display: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()
    headers: dict[str, list[str]] = field(default_factory=dict)
    body: str = ""
    bodies_read: int = 0

    def header(self, name):
        return self.headers.get(name, [])

    def envelope(self, name):
        return self.headers.get(name, [])

    def header_text(self):
        return "\n".join(f"{n}: {v}" for n, values in self.headers.items() for v in values)

    def body_text(self):
        self.bodies_read += 1
        return self.body
