"""Blob ids: what they name, and that nothing else is one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap import blob_id
from pillarbox.jmap.blob_id import MessageBlob, UploadBlob

PART = st.lists(st.integers(1, 9999), min_size=1, max_size=4).map(
    lambda numbers: ".".join(map(str, numbers))
)


@pytest.mark.parametrize(
    ("text", "blob"),
    [
        ("g345", MessageBlob(345)),
        ("g345-1", MessageBlob(345, ("1",))),
        ("g345-1-2", MessageBlob(345, ("1.2",))),
        ("g345-2_1-3", MessageBlob(345, ("2", "1.3"))),
        ("u7", UploadBlob(7)),
        ("", None),
        ("g", None),
        ("g1-", None),
        ("g1_1", None),
        ("g1-0", None),
        ("g1-1.2", None),
        ("g1-1_", None),
        ("g1-1__2", None),
        ("g1-" + "1-" * 200 + "1", None),
        ("u7-1", None),
        ("e7", None),
        ("g01", None),
        ("g99999999999999999999", None),
        (7, None),
        (None, None),
    ],
)
def test_what_an_id_names(text, blob):
    assert blob_id.parse(text) == blob


@given(st.integers(0, 2**63 - 1), st.lists(PART, max_size=4))
def test_round_trip(number, path):
    made = blob_id.message(number, *path)
    assert blob_id.parse(made) == MessageBlob(number, tuple(path))
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,254}", made)  # RFC 8620 §1.2
    assert blob_id.inner(made, "1.2") == blob_id.message(number, *path, "1.2")
    assert blob_id.parse(blob_id.upload(number)) == UploadBlob(number)


@given(st.text())
def test_any_text_is_an_id_or_none(text):
    blob_id.parse(text)
