"""delivery/rewritten.py: lists that put their own address in place of the author's."""

import pytest

from pillarbox.delivery.rewritten import rewritten
from pillarbox.mime.header import parse_header

LIST = b"List-Id: <dev.lists.project.example>\r\n"
CASES = [
    ("reply-to", LIST + b"Reply-To: Carol <carol@uni.example>\r\n", "carol@uni.example"),
    ("original first", LIST + b"Reply-To: a@b.example\r\nX-Original-From: c@uni.example\r\n",
     "c@uni.example"),
    ("the list and the author", LIST + b"Reply-To: dev@lists.project.example, c@uni.example\r\n",
     "c@uni.example"),
    ("the list alone", LIST + b"Reply-To: dev@lists.project.example\r\n", ""),
    ("nobody", LIST, ""),
    ("no list", b"Reply-To: carol@uni.example\r\n", ""),
    ("another's list", b"List-Id: <x.other.example>\r\nReply-To: c@uni.example\r\n", ""),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "author"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_who_wrote_it(fields, author):
    header = parse_header(fields + b"From: dev@lists.project.example\r\n\r\n")
    step = rewritten(header, "lists.project.example", 0.0)
    assert (step.params["author"] if step else "") == author
    if step is not None:
        assert step.claimed
        assert step.rfc
