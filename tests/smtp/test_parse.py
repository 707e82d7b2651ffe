"""smtp/parse.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.address import Address
from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Capabilities
from pillarbox.smtp.parse import decode_base64, parse
from tests.smtp.strategies import octets

ALL = Capabilities(max_octets=1000, mechanisms=("PLAIN",), require_tls=True)
NONE = Capabilities(smtputf8=False, chunking=False, dsn=False)
AB = Address("a", "b.example")

GOOD = [
    (b"EHLO x", c.Hello("x", True)),
    (b"ehlo  [192.0.2.1] ", c.Hello("[192.0.2.1]", True)),
    (b"HELO \xc3\xbc.example", c.Hello("ü.example", False)),
    (b"EHLO \xff", c.Hello("\\xff", True)),
    (b"MAIL FROM:<>", c.MailFrom(None)),
    (b"mail from:<a@b.example>", c.MailFrom(AB)),
    (b"MAIL FROM: <a@B.Example> ", c.MailFrom(AB)),
    (b'MAIL FROM:<"a"@b.example>', c.MailFrom(AB)),
    (b'MAIL FROM:<"> \\" <"@b.example>', c.MailFrom(Address('> " <', "b.example"))),
    (b"MAIL FROM:<a@b.example> SIZE=5", c.MailFrom(AB, size=5)),
    (b"RCPT TO:<a@b.example>", c.RcptTo(AB)),
    (b"RCPT TO:<postmaster>", c.RcptTo(Address("postmaster", ""))),
    (b"RCPT TO:<a@[IPv6:::1]>", c.RcptTo(Address("a", "[IPv6:::1]"))),
    (b"DATA", c.DataRequested()),
    (b"BDAT 0 last", c.Bdat(0, True)),
    (b"BDAT 12", c.Bdat(12, False)),
    (b"NOOP a b", c.Noop()),
    (b"VRFY a b", c.Verify("a b")),
    (b"EXPN x", c.Expand("x")),
    (b"HELP", c.Help("")),
    (b"STARTTLS", c.StartTls()),
    (b"AUTH plain", c.AuthStart("PLAIN", None)),
    (b"AUTH PLAIN =", c.AuthStart("PLAIN", b"")),
    (b"AUTH PLAIN AGE=", c.AuthStart("PLAIN", b"\0a")),
    (b"QUIT ", c.Quit()),
]
BAD = [
    (b"", r.UNKNOWN_COMMAND),
    (b" NOOP", r.UNKNOWN_COMMAND),
    (b"MAILFROM:<>", r.UNKNOWN_COMMAND),
    (b"\xff", r.UNKNOWN_COMMAND),
    (b"EHLO", r.BAD_SYNTAX),
    (b"EHLO a b", r.BAD_SYNTAX),
    (b"EHLO " + b"x" * 256, r.BAD_SYNTAX),
    (b"EHLO \xc2\x85", r.BAD_SYNTAX),
    (b"MAIL", r.BAD_SYNTAX),
    (b"MAIL FROM <>", r.BAD_SYNTAX),
    (b"MAIL FROM:", r.BAD_SENDER),
    (b"MAIL FROM:<a b@c>", r.BAD_SENDER),
    (b"MAIL FROM:<a@b.example>SIZE=5", r.BAD_SENDER),
    (b"MAIL FROM:<postmaster>", r.BAD_SENDER),
    (b"MAIL FROM:<\xff@b.example>", r.BAD_SENDER),
    (b"MAIL FROM:<\xc3\xbc@b.example>", r.NEEDS_SMTPUTF8),
    (b"MAIL FROM:<a@b.example> SIZE=1001", r.TOO_LARGE),
    (b"RCPT TO", r.BAD_SYNTAX),
    (b"RCPT TO:<>", r.BAD_RECIPIENT),
    (b"RCPT TO:<a>", r.BAD_RECIPIENT),
    (b"RCPT TO:<\xc3\xbc@b.example>", r.NEEDS_SMTPUTF8),
    (b"DATA x", r.BAD_SYNTAX),
    (b"BDAT", r.BAD_SYNTAX),
    (b"BDAT -1", r.BAD_SYNTAX),
    (b"BDAT 1 FIRST", r.BAD_SYNTAX),
    (b"NOOP \x00", r.BAD_SYNTAX),
    (b"VRFY", r.BAD_SYNTAX),
    (b"AUTH", r.BAD_SYNTAX),
    (b"AUTH A.B", r.BAD_SYNTAX),
    (b"AUTH PLAIN A", r.BAD_BASE64),
    (b"AUTH PLAIN AGE= x", r.BAD_BASE64),
]


@pytest.mark.parametrize(("line", "expected"), GOOD)
def test_good_lines(line, expected):
    assert parse(line, ALL) == expected


@pytest.mark.parametrize(("line", "expected"), BAD)
def test_bad_lines(line, expected):
    with pytest.raises(c.CommandProblem) as caught:
        parse(line, ALL)
    assert caught.value.reply is expected


def test_utf8_where_it_was_announced():
    ue = Address("ü", "b.example")
    assert parse("MAIL FROM:<ü@b.example> SMTPUTF8".encode(), ALL) == c.MailFrom(ue, smtputf8=True)
    assert parse("RCPT TO:<ü@b.example>".encode(), ALL, utf8=True) == c.RcptTo(ue)


VERBS = st.sampled_from(
    [b"MAIL FROM:<", b"RCPT TO:<", b"RCPT TO:<a@b.c> ", b"MAIL FROM:<> ", b"EHLO ", b"AUTH ", b""]
)


@given(VERBS, octets(max_size=60) | st.text(max_size=40).map(str.encode), st.booleans())
def test_any_line_is_a_command_or_a_problem(verb, rest, utf8):
    for capabilities in (ALL, NONE):
        outcome: object
        try:
            outcome = parse(verb + rest, capabilities, utf8=utf8)
        except c.CommandProblem as problem:
            outcome = problem.reply.code
        known = {500, 501, 504, 552, 553, 555}
        assert outcome in known if isinstance(outcome, int) else isinstance(outcome, c.Command)


def test_paths_take_linear_time():
    for line in (
        b'MAIL FROM:<"' + b"\\a" * 1000,
        b"RCPT TO:<" + b"a." * 1000,
        b'RCPT TO:<""' * 200,
    ):
        with pytest.raises(c.CommandProblem):
            parse(line, ALL)


def test_base64():
    assert decode_base64(b"") == b""
    with pytest.raises(c.CommandProblem):
        decode_base64(b"AA=")
