"""How much one client may ask for (RFC 8620 §2), told to it in the session."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are octets."""

    max_size_upload: int = 50_000_000
    max_concurrent_upload: int = 8
    max_size_request: int = 10_000_000
    max_concurrent_requests: int = 16
    max_calls_in_request: int = 64
    max_objects_in_get: int = 1000
    max_objects_in_set: int = 1000
