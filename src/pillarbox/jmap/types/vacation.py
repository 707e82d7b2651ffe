"""The answer while one is away (RFC 8621 §8)."""

import msgspec


class VacationResponse(msgspec.Struct, rename="camel", frozen=True):
    """There is one for each account. from_date, to_date: UTCDate; null for no limit.

    subject, text_body, html_body: null where the server chooses.
    """

    is_enabled: bool = False
    from_date: str | None = None
    to_date: str | None = None
    subject: str | None = None
    text_body: str | None = None
    html_body: str | None = None
    id: str = "singleton"
