"""mailauth/authres.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth import authres
from pillarbox.mailauth.authres import AuthenticationResults, AuthresError, Property, Result


def parse(text):
    return authres.parse(text.encode())


# RFC 8601 appendix B
EXAMPLES = [
    ("example.org 1; none", AuthenticationResults("example.org")),
    (
        " example.com;\r\n          spf=pass smtp.mailfrom=example.net",
        AuthenticationResults(
            "example.com",
            (Result("spf", "pass", "", (Property("smtp", "mailfrom", "example.net"),)),),
        ),
    ),
    (
        " example.com;\r\n          auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n"
        "          spf=pass smtp.mailfrom=example.net",
        AuthenticationResults(
            "example.com",
            (
                Result("auth", "pass", "", (Property("smtp", "auth", "sender@example.net"),)),
                Result("spf", "pass", "", (Property("smtp", "mailfrom", "example.net"),)),
            ),
        ),
    ),
    (
        " example.com; iprev=pass policy.iprev=192.0.2.200",
        AuthenticationResults(
            "example.com",
            (Result("iprev", "pass", "", (Property("policy", "iprev", "192.0.2.200"),)),),
        ),
    ),
    (
        ' example.com;\r\n      dkim=pass reason="good signature"\r\n'
        "        header.i=@mail-router.example.net;\r\n"
        '      dkim=fail reason="bad signature"\r\n        header.i=@newyork.example.com',
        AuthenticationResults(
            "example.com",
            (
                Result(
                    "dkim",
                    "pass",
                    "good signature",
                    (Property("header", "i", "@mail-router.example.net"),),
                ),
                Result(
                    "dkim",
                    "fail",
                    "bad signature",
                    (Property("header", "i", "@newyork.example.com"),),
                ),
            ),
        ),
    ),
    (
        " foo.example.net (foobar) 1 (baz);\r\n"
        "    dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
        "      policy (A dot can go here) . (like that) expired\r\n"
        "      (this surprised me) = (as I wasn't expecting it) 1362471462",
        AuthenticationResults(
            "foo.example.net",
            (Result("dkim", "fail", "", (Property("policy", "expired", "1362471462"),)),),
        ),
    ),
]


@pytest.mark.parametrize(("text", "expected"), EXAMPLES)
def test_rfc8601_appendix_b(text, expected):
    assert parse(text) == expected


TOLERATED = [
    # What large providers write.
    (
        "mx.google.com; dkim=pass header.i=@a.example header.s=20210112 header.b=abc/+d=;"
        " dmarc=pass (p=NONE sp=REJECT dis=NONE) header.from=a.example",
        [
            (
                "dkim",
                "pass",
                [
                    ("header", "i", "@a.example"),
                    ("header", "s", "20210112"),
                    ("header", "b", "abc/+d="),
                ],
            ),
            ("dmarc", "pass", [("header", "from", "a.example")]),
        ],
    ),
    (
        "a; dkim=none action=none header.from=a.example;",
        [("dkim", "none", [("header", "from", "a.example")])],
    ),
    ("a; spf=fail smtp.mailfrom=", [("spf", "fail", [("smtp", "mailfrom", "")])]),
    ("a; dkim/2=pass", [("dkim", "pass", [])]),
    (
        "a; SPF=Pass SMTP.MailFrom=X@b.example",
        [("spf", "pass", [("smtp", "mailfrom", "X@b.example")])],
    ),
    (
        'a; spf=pass smtp.mailfrom="a;b c"@d.example',
        [("spf", "pass", [("smtp", "mailfrom", '"a;b c"@d.example')])],
    ),
    (
        'a; spf=pass smtp.mailfrom="a \\"b\\" c"',
        [("spf", "pass", [("smtp", "mailfrom", 'a "b" c')])],
    ),
    ("a; none", []),
    ("a; NONE (really (nested) \\) )", []),
    ("a", []),
    ("a;", []),
]


@pytest.mark.parametrize(("text", "expected"), TOLERATED)
def test_tolerated(text, expected):
    found = parse(text)
    assert [
        (r.method, r.value, [tuple(p) for p in r.properties]) for r in found.results
    ] == expected


def test_versions_and_quoted_names():
    assert parse('"mx example" 2; dkim/3=pass') == AuthenticationResults(
        "mx example", (Result("dkim", "pass", version=3),), 2
    )


WRONG = [
    ("", "name of the checking server", 0),
    ("; spf=pass", "name of the checking server", 0),
    ("(a) (b", "comment does not end", 4),
    ("a " + "(" * 30, "nested too deep", 2),
    ("a b", "';'", 2),
    ("a; =pass", "method", 3),
    ("a; spf", "'='", 6),
    ("a; spf pass", "'='", 7),
    ("a; spf=", "a result", 7),
    ("a; dkim/x=pass", "version", 8),
    ("a; spf=pass =x", "property", 12),
    ("a; spf=pass smtp.mailfrom", "'='", 25),
    ('a; spf=pass smtp.mailfrom=(x)(y)"', "a value", 32),
]


@pytest.mark.parametrize(("text", "reason", "position"), WRONG)
def test_errors_say_where_and_why(text, reason, position):
    with pytest.raises(AuthresError) as caught:
        parse(text)
    assert reason in caught.value.reason
    assert caught.value.position == position


def test_limits():
    with pytest.raises(AuthresError, match="longer than"):
        authres.parse(b"a" * (authres.MAX_OCTETS + 1))
    with pytest.raises(AuthresError, match="more than 500"):
        authres.parse(b"a" + b";x=y" * 501)
    assert len(authres.parse(b"a" + b";x=y" * 500).results) == 500


BUILT = [
    ([], b"Authentication-Results: mx.example;\r\n none\r\n"),
    (
        [Result("spf", "pass", properties=[("smtp", "mailfrom", "a@b.example")])],
        b"Authentication-Results: mx.example;\r\n spf=pass smtp.mailfrom=a@b.example\r\n",
    ),
    (
        [
            Result(
                "dkim", "fail", "body hash", [("header", "d", "b.example"), ("header", "s", "s/1")]
            ),
            Result("dmarc", "none", properties=[("header", "from", "")], version=2),
        ],
        b"Authentication-Results: mx.example;\r\n"
        b' dkim=fail reason="body hash" header.d=b.example header.s="s/1";\r\n'
        b' dmarc/2=none header.from=""\r\n',
    ),
    (
        [Result("spf", "fail", properties=[("smtp", "mailfrom", '"a b"@c.example')])],
        b'Authentication-Results: mx.example;\r\n spf=fail smtp.mailfrom="\\"a b\\"@c.example"\r\n',
    ),
    (
        [Result("spf", "fail", "x\r\nSubject: forged", [("smtp", "mailfrom", "a;b\\c@d")])],
        b"Authentication-Results: mx.example;\r\n"
        b' spf=fail reason="x??Subject: forged" smtp.mailfrom="a;b\\\\c@d"\r\n',
    ),
    (
        [Result("spf", "pass", properties=[("smtp", "mailfrom", "jürgen@b.example")])],
        b"Authentication-Results: mx.example;\r\n"
        b' spf=pass smtp.mailfrom="j\xc3\xbcrgen@b.example"\r\n',
    ),
]


@pytest.mark.parametrize(("results", "expected"), BUILT)
def test_build(results, expected):
    assert authres.build("mx.example", results) == expected


def test_lines_are_folded_and_bounded():
    properties = [("header", f"x{n}", "é" * 600) for n in range(9)] + [
        ("header", "d", "a.example")
    ] * 9
    field = authres.build("mx.example", [Result("dkim", "pass", '"' * 2000, properties)])
    lines = field.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert all(line.startswith(b" ") for line in lines[1:-1])
    assert all(len(line) <= 78 for line in lines if b"a.example" in line)


WORDS = st.text("abcXYZ019-", min_size=1, max_size=10).map(lambda t: f"a{t}z")
TEXT = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), max_size=30)
RESULTS = st.lists(
    st.builds(
        Result,
        WORDS.map(str.lower),
        WORDS.map(str.lower),
        TEXT,
        st.lists(
            st.tuples(WORDS.map(str.lower), WORDS.map(str.lower), TEXT).map(lambda p: Property(*p)),
            max_size=3,
        ).map(tuple),
        st.integers(1, 99),
    ),
    max_size=4,
).map(tuple)


@given(TEXT.filter(bool), RESULTS)
def test_what_is_built_is_read_back(name, results):
    field = authres.build(name, results)
    assert authres.parse(field.partition(b":")[2]) == AuthenticationResults(name, results)


@given(st.binary(max_size=80) | st.text('a=;.()"\\ /1\r\nnone@', max_size=60).map(str.encode))
def test_any_octets_are_a_field_or_the_one_error(value):
    try:
        authres.parse(value)
    except AuthresError as exc:
        check_position(exc, value)


def check_position(exc, value):
    assert 0 <= exc.position <= len(value)


@given(st.text(), st.text(), st.text())
def test_nothing_in_a_value_ends_the_field(name, reason, value):
    field = authres.build(name, [Result("x", "y", reason, [("a", "b", value)])])
    lines = field.split(b"\r\n")
    assert lines[-1] == b""
    assert all(line[:1] == b" " for line in lines[1:-1])
    assert field.count(b"\n") == field.count(b"\r") == len(lines) - 1


OURS = b"Authentication-Results: mx.example; spf=pass\r\n"
OTHER = b"Authentication-Results: other.example;\r\n\tspf=pass smtp.mailfrom=mx.example\r\n"
STRIPPED = [
    (OURS, b""),
    (OTHER, OTHER),
    (b"A: 1\r\n" + OURS + OTHER + OURS + b"B: 2\r\n", b"A: 1\r\n" + OTHER + b"B: 2\r\n"),
    (OURS.lower() + OURS.upper(), b""),
    (b"Authentication-Results : MX.Example.; x=y\r\n", b""),
    (b'Authentication-Results:\r\n (mx)\r\n "mx.example";\r\n\tnone\r\nA: 1\r\n', b"A: 1\r\n"),
    (b"Authentication-Results: mx.example 1; none\n\tmore\nA: 1\n", b"A: 1\n"),
    (b"Authentication-Results: mx.example; none", b""),
    (b"Authentication-Results: (unclosed mx.example\r\n", b""),
    (
        b"Authentication-Results: (unclosed other\r\n",
        b"Authentication-Results: (unclosed other\r\n",
    ),
    (b"Authentication-Results: a.mx.example; none\r\n", None),
    (b"Authentication-Results: xmx.example; none\r\n", None),
    (b"ARC-Authentication-Results: i=1; mx.example; none\r\n", None),
    (b"X: 1\r\n Authentication-Results: mx.example; none\r\n", None),
    (b"X: 1\r\n\r\n" + OURS, None),
    (b"\r\n" + OURS, None),
    (b"\xff: \xfe\r\nno colon\r\n", None),
    (b"", None),
]


@pytest.mark.parametrize(("block", "expected"), STRIPPED)
def test_strip(block, expected):
    assert authres.strip(block, "mx.example") == (block if expected is None else expected)


@pytest.mark.parametrize(
    "name", ["bücher.example", "BÜCHER.example", "xn--bcher-kva.example", "XN--Bcher-KVA.EXAMPLE"]
)
@pytest.mark.parametrize("ours", ["bücher.example", "xn--bcher-kva.example"])
def test_strip_compares_names_in_either_form(name, ours):
    assert authres.strip(f"Authentication-Results: {name}; none\r\n".encode(), ours) == b""


@given(st.lists(st.sampled_from([OURS, OTHER, b"A: 1\r\n", b" x\r\n", b"\r\n", b"B:\n", b"\xff"])))
def test_strip_leaves_nothing_of_ours_and_touches_nothing_else(lines):
    block = b"".join(lines)
    once = authres.strip(block, "mx.example")
    assert authres.strip(once, "mx.example") == once
    assert authres.strip(block, "third.example") == block
