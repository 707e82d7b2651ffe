"""store/blobs.py: refs as text."""

import pytest

from pillarbox.base.errors import Corrupt
from pillarbox.store.blobs import MAX_REF_LENGTH, BlobRef


@pytest.mark.parametrize("text", ["aaaaaaaaaaaaa/0/10/20", "test/1", "s3/a-b_c.d/0"])
def test_text_and_back(text):
    ref = BlobRef.parse(text)
    assert str(ref) == text
    assert BlobRef.parse(str(ref)) == ref
    assert hash(ref) == hash(BlobRef(text))


@pytest.mark.parametrize(
    "text", ["", "/a", "a b", "a\n", "a\0", "é", ".", "a" * (MAX_REF_LENGTH + 1), "a;b"]
)
def test_other_text_is_corrupt(text):
    with pytest.raises(Corrupt):
        BlobRef.parse(text)
