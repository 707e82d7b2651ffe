"""HTML of messages: what is left of it, where links lead, what counts readers."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mime.html import MAX_DEPTH, MAX_MARKUP, MAX_TAGS, sanitize


def links(markup):
    return re.findall(r'href="([^"]*)"', sanitize(markup).markup)


def test_text_and_structure_stay():
    assert (
        sanitize("<p>Hello <b>Ann</b> &amp; you</p>").markup == "<p>Hello <b>Ann</b> &amp; you</p>"
    )
    kept = sanitize('<table width="600" bgcolor="#fff"><tr><td colspan="2">x</table>').markup
    assert 'width="600"' in kept
    assert 'bgcolor="#fff"' in kept
    assert 'colspan="2"' in kept


@pytest.mark.parametrize(
    "markup",
    [
        "<script>alert(1)</script>",
        "<style>p{color:red}</style>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mi>x</mi></math>",
        "<title>x</title>",
        "<iframe src=https://x.example/></iframe>",
        "<object data=x>y</object>",
        "<template><p>x</p></template>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
        "<textarea><p></textarea>",
        "<select><option>x</select>",
        "<!-- <b>x</b> -->",
    ],
)
def test_elements_that_go_with_what_is_in_them(markup):
    assert "x" not in re.sub(r"\s", "", sanitize(markup).markup).replace("px", "")


def test_forms_lose_their_fields_but_not_their_text():
    kept = sanitize("<form action=https://x.example/><p>Hi</p><input name=a></form>").markup
    assert kept == "<p>Hi</p>"


@pytest.mark.parametrize(
    ("href", "kept"),
    [
        ("https://a.example/x?y=1#z", "https://a.example/x?y=1#z"),
        ("HTTP://a.example", "http://a.example"),
        ("mailto:ann@example.org?subject=x", "mailto:ann@example.org?subject=x"),
        ("tel:+49301234", "tel:+49301234"),
        ("#place", "#place"),
        ("  https://a.example/  ", "https://a.example/"),
        ("java&#10;script:alert(1)", None),
        ("javascript:alert(1)", None),
        ("vbscript:x", None),
        ("data:text/html,x", None),
        ("cid:a", None),
        ("//a.example/x", None),
        ("/jmap/session", None),
        ("x.html", None),
        ("https:/a.example", None),
        ("https://", None),
        ("https:\\\\a.example", None),
        ("file:///etc/passwd", None),
        ("blob:https://a.example/x", None),
    ],
)
def test_targets_of_links(href, kept):
    assert links(f'<a href="{href}">x</a>') == ([kept] if kept else [])


@pytest.mark.parametrize(
    ("href", "text", "marked"),
    [
        ("https://bank.example/", "bank.example", ""),
        ("https://www.bank.example/a", "https://bank.example/b", ""),
        ("https://login.bank.example/", "www.bank.example", ""),
        ("https://evil.example/", "https://bank.example/login", "shows=bank.example"),
        ("https://evil.example/", "www.bank.example", "shows=www.bank.example"),
        ("https://evil.example/", "<b>bank</b>.example", "shows=bank.example"),
        ("https://evil.example/", "BANK.example/x", "shows=bank.example"),
        ("https://evil.example/", "Your bank", ""),
        ("https://evil.example/", "report.pdf", ""),
        ("https://evil.example/", "ann@bank.example", ""),
        ("https://xn--bcher-kva.example/", "Books", "host=bücher.example"),
        ("https://xn--pypal-4ve.example/", "x", "host=pаypal.example mixed"),  # noqa: RUF001
        ("https://user:pw@evil.example/", "bank.example", "shows=bank.example"),
        ("mailto:ann@evil.example", "bank.example", ""),
    ],
)
def test_links_that_do_not_lead_where_they_say(href, text, marked):
    def organisation(host):
        return ".".join(host.split(".")[-2:]) if host.endswith(".example") else ""

    found = sanitize(f'<a href="{href}">{text}</a>', organisation=organisation).markup
    assert (re.findall(r'data-link="([^"]*)"', found) or [""]) == [marked]


def test_marks_stand_at_their_own_links():
    markup = "".join(
        f'<p><a href="https://e{n}.example/">{"bank.example" if n % 3 == 0 else "x"}</a>'
        for n in range(20)
    )
    found = sanitize(markup, organisation=lambda host: host).markup
    marked = re.findall(r'<a href="https://e(\d+)\.example/"( data-link)?', found)
    assert [int(n) for n, mark in marked if mark] == list(range(0, 20, 3))


def test_a_message_cannot_mark_its_links():
    assert "data-link" not in sanitize('<a data-link="x" href="https://a.example/">y</a>').markup


def test_remote_images_are_counted_and_left_out():
    found = sanitize('<img src="https://a.example/1.png" alt="one"><img src="//a.example/2.png">')
    assert found.remote == 2
    assert found.markup == '<img alt="one"><img>'


def test_remote_images_are_rewritten_where_they_may_be_shown():
    asked = []

    def image(url):
        asked.append(url)
        return "/img/token"

    found = sanitize('<img src="//a.example/2.png"><img srcset="https://b/ 2x">', image=image)
    assert asked == ["https://a.example/2.png"]
    assert found.markup == '<img src="/img/token"><img>'


@pytest.mark.parametrize(
    "image",
    [
        '<img src="https://a.example/x.gif" width="1" height="1">',
        '<img height=0 width=0 src="https://a.example/x.gif">',
        '<img src="https://a.example/x.gif" style="width:1px;height:1px">',
        '<img src="https://a.example/x.gif" style="display: none">',
        '<img src="https://a.example/x.gif" style="visibility:hidden !important">',
        '<img src="https://mailtrack.io/trace/x.png">',
        '<img src="https://u1.ct.example/wf/open?upn=abc">',
        '<img src="https://list.example/track/open.php?u=1">',
    ],
)
def test_trackers_are_never_asked(image):
    asked: list[str] = []
    found = sanitize(image, image=asked.append)
    assert (found.trackers, found.remote, asked) == (1, 0, [])
    assert "src" not in found.markup


def test_pictures_of_the_message_itself():
    found = sanitize('<img src="cid:a%40b"><img src="cid:none">', part={"a@b": "part/2"}.get)
    assert found.markup == '<img src="part/2"><img>'


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("data:image/png;base64,iVBORw0KGgo=", True),
        ("DATA:image/gif;base64,R0lGOD", True),
        ("data:image/svg+xml;base64,PHN2Zz4=", False),
        ("data:text/html;base64,PHN2Zz4=", False),
        ("data:image/png,<svg>", False),
        ("data:image/png;base64,<svg>", False),
    ],
)
def test_data_urls_are_raster_images(url, kept):
    assert ("src" in sanitize(f'<img src="{url}">').markup) is kept


def test_backgrounds_and_fonts_from_elsewhere_are_never_shown():
    found = sanitize(
        "<style>@import url(https://a/);@font-face{src:url(https://b/)}p{background:url(https://c/)}"
        '</style><table background="https://d/"><tr><td style="background:#fff url(https://e/)">x'
    )
    assert found.other == 5
    assert "http" not in found.markup + found.sheet
    assert "background:#fff" in found.markup


def test_style_elements_become_one_sheet():
    found = sanitize(
        "<html><head><style>.a{color:red}</style></head><body bgcolor=#eee style='margin:0'>"
        "<style media='(max-width: 600px)'>.b{width:100%!important}</style><p class=a>x"
    )
    assert found.markup == '<p class="a">x</p>'
    assert "body{background-color:#eee;margin:0;}" in found.sheet
    assert ".a{color:red;}" in found.sheet
    assert "@media (max-width: 600px){.b{width:100% !important;}}" in found.sheet
    assert found.colours


def test_styles_behind_letters_that_grow_in_lower_case():
    assert sanitize("\u0130" * 9 + "<style>p{color:red}</style>").sheet == "p{color:red;}"


def test_styles_in_comments_are_not_for_us():
    assert sanitize("<!--[if mso]><style>p{color:red}</style><![endif]-->x").sheet == ""


def test_what_is_too_deep_is_shown_as_text():
    for markup in ("<div>" * 600 + "words", "<b>" * 600 + "words", "<ul><li>" * 600 + "words"):
        found = sanitize(markup)
        assert found.problem == "deep"
        assert "words" in found.markup
    assert sanitize("<div>" * (MAX_DEPTH - 10) + "x").problem == ""


def test_what_is_too_large_is_cut():
    found = sanitize("<p>" + "word " * (MAX_MARKUP // 4))
    assert found.problem == "large"
    assert len(found.markup) <= MAX_MARKUP + 100


@pytest.mark.slow
@pytest.mark.parametrize(
    "unit",
    ["<div>", "<b><p>", "<a><div>", "<table><tr><td>", "<font color=a>", "<style>", "<!--", "<",
     "<div title='</div>'>", "<div><!x</div>>", "</p>", "<i/b>", "&amp", "<img src=cid:x>",
     "<a href=x>", "<p style='color:red'>", "<div><!-- </div> -->", "<style><!--", "<ul><li>",
     "<title></div></title><div>", "<nobr><b><p>"],
)  # fmt: skip
def test_hostile_nesting_takes_little_time(unit):
    begun = time.process_time()
    sanitize(unit * (MAX_TAGS // max(1, unit.count("<")) - 1))
    assert time.process_time() - begun < 4


FORBIDDEN = re.compile(
    r"<(?:script|style|svg|math|iframe|object|embed|form|input|button|meta|link|base|template)"
    r"|\son\w+\s*=|javascript:|url\(|@import|srcset",
    re.IGNORECASE,
)
PIECES = st.sampled_from(
    re.findall(
        r"\S+",
        """
    <b> </b> <p> <div> </div> <a href="https://x.example/"> </a> <table> <tr> <td> </table> <i>
    <svg> </svg> <math> <mtext> <style> </style> <script> </script> <title> </title> <noscript>
    <img src=x onerror=alert(1)> <img src="cid:x"> <form> <input> <select>
    <option> <textarea>
    <!-- --> <![CDATA[ ]]> &lt; &quot; " ' = > < / <p style="background:url(x)"> <template>
    <plaintext> <xmp> </xmp> <ruby> <rt> <li> <ul> <pre> <caption> <col> <nobr> <h1> <font>
    <details> <frameset> <body bgcolor=red> <head> <html> <annotation-xml> <foreignObject> <mglyph>
    <p title="</p><script>"> javascript: word""",
    )
)


@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map(" ".join)))
def test_any_text_gives_markup_that_stays_and_holds_nothing_forbidden(text):
    found = sanitize(text)
    assert sanitize(found.markup).markup == found.markup
    tags = "".join(re.findall(r"<[^>]*>", re.sub(r'"[^"]*"', '""', found.markup)))
    assert FORBIDDEN.search(tags) is None
    assert FORBIDDEN.search(found.sheet) is None
    assert "<" not in found.sheet
