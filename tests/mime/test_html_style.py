"""CSS of messages: what is left of it."""

import pytest
import tinycss2
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime.html_style import filter_attribute, filter_sheet

ATTRIBUTES = [
    ("color:red", "color:red;"),
    ("COLOR : Red ;", "color:Red;"),
    ("font-family:'Segoe UI', Arial", 'font-family:"Segoe UI", Arial;'),
    ("margin:0 auto!important", "margin:0 auto !important;"),
    ("margin-left:-9999px", "margin-left:-4000px;"),
    ("width:calc(100% - 10px)", "width:calc(100% - 10px);"),
    ("line-height:-0.5", "line-height:-0.5;"),
    ("width:1e9px", "width:4000px;"),
    ("font-size:9999px", "font-size:200px;"),
    ("position:relative", "position:relative;"),
    ("position:relative!important", "position:relative;"),
    ("background:#fff url(https://a/) no-repeat", "background:#fff  no-repeat;"),
    ("background:linear-gradient(90deg,#fff,rgb(0 0 0 / 50%))",
     "background:linear-gradient(90deg,#fff,rgb(0 0 0 / 50%));"),
    ("position:fixed", ""),
    ("position:absolute !important", ""),
    ("position:sticky", ""),
    ("position:var(--x)", ""),
    ("--x:url(https://a/)", ""),
    ("color:var(--x)", ""),
    ("width:attr(title)", ""),
    ("width:expression(alert(1))", ""),
    ("behavior:url(x.htc)", ""),
    ("-moz-binding:url(x)", ""),
    ("content:'x'", ""),
    ("cursor:url(https://a/),auto", ""),
    ("list-style-image:url(https://a/)", ""),
    ("background-image:url(https://a/)", ""),
    ("background-image:image-set('https://a/' 1x)", ""),
    ("background-image:-webkit-image-set(url(https://a/) 1x)", ""),
    ("background-image:\\75 rl(https://a/)", ""),
    ("background-image:u/**/rl(https://a/)", ""),
    ("background-image:url/**/(a)", "background-image:url (a);"),
    ("mask:url(https://a/)", ""),
    ("filter:url(https://a/#x)", ""),
    ("height:100vh", ""),
    ("animation:x 1s", ""),
    ("transform:scale(100)", ""),
    ("z-index:9999", ""),
    ("pointer-events:none", ""),
    ("color:red;;;}p{color:blue", "color:red;"),
    ("width:" + "(" * 50 + "1px" + ")" * 50, ""),
    ("x" * 10_000, ""),
]  # fmt: skip


@pytest.mark.parametrize(("style", "kept"), ATTRIBUTES, ids=[a[0][:40] for a in ATTRIBUTES])
def test_attributes(style, kept):
    assert filter_attribute(style).text == kept


SHEETS = [
    (".a > p:first-child{color:red}", ".a > p:first-child{color:red;}"),
    ("a[href^='x']{color:red}", 'a[href^="x"]{color:red;}'),
    ("p:nth-child(2n){color:red}", "p:nth-child(2n){color:red;}"),
    ("@media only screen and (max-width:600px){p{width:100%}}",
     "@media only screen and (max-width:600px){p{width:100%;}}"),
    ("@import url(https://a/);p{color:red}", "p{color:red;}"),
    ("@import 'https://a/';", ""),
    ("@font-face{font-family:x;src:url(https://a/)}", ""),
    ("@charset 'utf-7';@namespace svg url(x);", ""),
    ("@keyframes x{from{color:red}}", ""),
    ("@supports (display:grid){p{color:red}}", ""),
    ("@layer x{p{color:red}}", ""),
    ("@page{margin:1cm}", ""),
    ("p{position:fixed!important}", ""),
    ("p{background:url(https://a/)}", ""),
    ("p{font-family:'</style><script>'}", 'p{font-family:"\\3c /style>\\3c script>";}'),
    ("p\\3c /style{color:red}", None),
    ("{}{}}{{", ""),
    ("p{color:red", "p{color:red;}"),
    ("@media " + "(" * 100 + "{p{color:red}}", ""),
    ("<!-- p{color:red} -->", "p{color:red;}"),
]  # fmt: skip


@pytest.mark.parametrize(("css", "kept"), SHEETS, ids=[s[0][:40] for s in SHEETS])
def test_sheets(css, kept):
    found = filter_sheet(css).text
    assert "<" not in found
    if kept is not None:
        assert found == kept


def test_what_was_left_out_is_counted():
    assert filter_attribute("background:url(https://a/), url(https://b/)").loads == 2
    assert filter_sheet("@import 'x';@font-face{};p{cursor:url(x)}").loads == 3


def test_whether_there_are_colours():
    assert filter_attribute("color:red").colours
    assert not filter_attribute("margin:0").colours


CHARS = st.text(st.sampled_from("abru l(){}[]:;,@!#.*/\\\"'<>-0159px\n"), max_size=60)


@given(st.one_of(st.text(), CHARS))
def test_any_text_gives_a_sheet_that_loads_nothing(css):
    for found in (filter_sheet(css).text, filter_attribute(css).text):
        nodes = list(tinycss2.parse_component_value_list(found))
        while nodes:
            node = nodes.pop()
            assert node.type not in {"url", "error"}
            if node.type == "function":
                assert node.lower_name not in {"url", "image-set", "var", "attr"}
                nodes += node.arguments
            nodes += getattr(node, "content", None) or []
    once = filter_sheet(css).text
    assert filter_sheet(once).text == once
