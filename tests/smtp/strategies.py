"""Strategies that several test modules share."""

from hypothesis import strategies as st


def octets(*, min_size: int = 0, max_size: int | None = None) -> st.SearchStrategy[bytes]:
    """Return any octets.

    Not st.binary: hypothesis keeps what it drew in a dict, where b"" meets 0 with the same
    hash, and comparing them is an error under `python -bb`.
    """
    text = st.text(st.characters(max_codepoint=255), min_size=min_size, max_size=max_size)
    return text.map(lambda drawn: drawn.encode("latin-1"))
