"""The blob ids of emails and their parts."""


def email_blob(message_id: int) -> str:
    """Return the blob id of a whole message."""
    return f"b{message_id}"


def part_blob(message_id: int, part_id: str) -> str:
    """Return the blob id of a part, its transfer encoding undone."""
    return f"b{message_id}.{part_id}"
