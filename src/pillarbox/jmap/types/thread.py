"""Threads (RFC 8621 §3)."""

import msgspec


class Thread(msgspec.Struct, rename="camel", frozen=True):
    """A conversation. email_ids: oldest received first."""

    id: str
    email_ids: list[str]
