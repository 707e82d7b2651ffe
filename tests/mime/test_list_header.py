"""List-Unsubscribe and its one-click form, as they come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime.header import parse_header
from pillarbox.mime.list_header import NONE, Leaving, Letter, read

POST = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
PAGE = "https://list.example/u?x=1"


def leaving(*lines):
    return read(parse_header("\r\n".join([*lines, "", ""]).encode()))


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([f"List-Unsubscribe: <{PAGE}>", POST[:-2]], Leaving(PAGE, PAGE)),
        ([f"List-Unsubscribe: <{PAGE}>"], Leaving("", PAGE)),
        ([f"List-Unsubscribe: <mailto:off@list.example>, <{PAGE}>", POST[:-2]],
         Leaving(PAGE, PAGE, Letter("off@list.example", "", ""))),
        (["List-Unsubscribe: <http://list.example/>", POST[:-2]],
         Leaving("", "http://list.example/")),
        (["List-Unsubscribe: <http://a.example/>, <https://b.example/>", POST[:-2]],
         Leaving("https://b.example/", "https://b.example/")),
        ([f"List-Unsubscribe: <{PAGE}>", "List-Unsubscribe-Post: yes"], Leaving("", PAGE)),
        ([f"List-Unsubscribe: <{PAGE}>", f"list-unsubscribe-post: {POST[23:-2].lower()}"],
         Leaving(PAGE, PAGE)),
        (["List-Unsubscribe:\r\n <https://list.example/\r\n u>"],
         Leaving("", "https://list.example/u")),
        ([f"List-Unsubscribe: <{PAGE}>", f"List-Unsubscribe: <{PAGE}>", POST[:-2]], NONE),
        ([f"List-Unsubscribe: <{PAGE}>", POST[:-2], POST[:-2]], Leaving("", PAGE)),
        ([f"List-Unsubscribe: {PAGE}"], NONE),
        (["List-Unsubscribe: <javascript:alert(1)>, <ftp://a/>, <>, <https://>"], NONE),
        (["List-Unsubscribe: <mailto:off@list.example?subject=leave%20x&body=a%0D%0Ab&bcc=c@d>"],
         Leaving("", "", Letter("off@list.example", "leave x", "a\nb"))),
        (["List-Unsubscribe: <mailto:a+b@list.example?subject=a+b>"],
         Leaving("", "", Letter("a+b@list.example", "a+b", ""))),
        (["List-Unsubscribe: <mailto:a@b.example,c@d.example>"], NONE),
        (["List-Unsubscribe: <mailto:nobody>"], NONE),
        (["Subject: x"], NONE),
    ],
)  # fmt: skip
def test_forms(lines, found):
    assert leaving(*lines) == found


def test_a_letter_is_one_line_where_it_must_be():
    found = leaving("List-Unsubscribe: <mailto:a@b.example?subject=x%0D%0ABcc:%20c@d>").letter
    assert found is not None
    assert "\n" not in found.subject
    assert "\r" not in found.subject


@given(st.text())
def test_any_text_is_read(text):
    line = " ".join(text.split())
    read(parse_header(f"List-Unsubscribe: <{line}>\r\n{POST}\r\n".encode("utf-8", "replace")))
