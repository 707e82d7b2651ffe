import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth.tags import MAX_LIST_OCTETS, TagError, parse_tags

GOOD = [
    ("one", b"v=1", {"v": b"1"}),
    ("trailing semicolon", b"v=1;", {"v": b"1"}),
    ("semicolon and space", b"v=1; ", {"v": b"1"}),
    ("order is kept", b"b=2;a=1", {"b": b"2", "a": b"1"}),
    ("white space around", b" v \t= \r\n 1 \r\n\t; a=\t2 ", {"v": b"1", "a": b"2"}),
    ("empty value", b"p=;a=1", {"p": b"", "a": b"1"}),
    ("equals in the value", b"b=AA==", {"b": b"AA=="}),
    ("inner white space", b"b=AA\r\n BB", {"b": b"AA\r\n BB"}),
    ("names are case-sensitive", b"v=1;V=2", {"v": b"1", "V": b"2"}),
    ("long names", b"x_long9=1", {"x_long9": b"1"}),
    ("UTF-8", "i=é".encode(), {"i": "é".encode()}),
    ("fold at a bare LF", b"a=1;\n b=2", {"a": b"1", "b": b"2"}),
    ("prefix looks like a usual name", b"bhx=1", {"bhx": b"1"}),
]
BAD = [
    ("nothing", b"", 0),
    ("white space only", b" \t", 0),
    ("semicolon only", b";", 0),
    ("empty in the middle", b"v=1;;a=2", 4),
    ("two at the end", b"v=1;;", 4),
    ("no equals", b"v=1; a", 4),
    ("duplicate", b"v=1;a=2;v=1", 8),
    ("digit first", b"1v=1", 0),
    ("dash in name", b"a-b=1", 0),
    ("space in name", b"a b=1", 0),
    ("no name", b"=1", 0),
    ("control", b"v=1;a=\x01", 6),
    ("NUL", b"v=\x00", 2),
    ("DEL", b"v=\x7f", 2),
    ("bare CR", b"v=1\r;a=1", 3),
    ("CRLF without white space", b"v=1\r\na=1", 3),
    ("bare LF without white space", b"v=1;\na=1", 4),
    ("not UTF-8", b"v=\xff", 2),
]


@pytest.mark.parametrize(("data", "expected"), [case[1:] for case in GOOD])
def test_lists(data, expected):
    tags = parse_tags(data)
    assert [(tag.name, tag.value) for tag in tags.values()] == list(expected.items())


@pytest.mark.parametrize(("data", "position"), [case[1:] for case in BAD])
def test_faults_say_where(data, position):
    with pytest.raises(TagError) as caught:
        parse_tags(data)
    assert caught.value.position == position


def test_spans_lie_between_equals_and_semicolon():
    data = b"X: a=1; b= 2\r\n\t3 ;c=4"
    tags = parse_tags(data, 3)
    assert data[tags["b"].start : tags["b"].end] == b" 2\r\n\t3 "
    assert data[tags["c"].start : tags["c"].end] == b"4"
    assert tags["b"].compact == b"23"
    assert tags["c"].text == "4"


def test_length_is_limited():
    with pytest.raises(TagError):
        parse_tags(b"a=" + b"x" * MAX_LIST_OCTETS)


@given(st.binary(max_size=60) | st.text("ab=; \r\n\t1", max_size=30).map(str.encode))
def test_any_octets_give_tags_or_the_error(data):
    tags, position = {}, 0
    try:
        tags = parse_tags(data)
    except TagError as exc:
        position = exc.position
    assert 0 <= position <= len(data)
    for tag in tags.values():
        assert data[tag.start : tag.end].strip(b" \t\r\n") == tag.value


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,5}", fullmatch=True),
        st.text("abcXYZ09+/=:,@", max_size=8),
        min_size=1,
    )
)
def test_what_is_written_is_read(pairs):
    text = "; ".join(f"{name}={value}" for name, value in pairs.items())
    assert {name: tag.text for name, tag in parse_tags(text.encode()).items()} == pairs
