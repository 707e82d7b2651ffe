"""smtp/parameter.py."""

import pytest

from pillarbox.base.address import Address
from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Capabilities
from pillarbox.smtp.parameter import read_mail, read_rcpt

ALL = Capabilities(mechanisms=("PLAIN",), require_tls=True)
NONE = Capabilities(smtputf8=False, chunking=False, dsn=False)

MAIL = [
    (b"SIZE=0", {"size": 0}),
    (b"size=99999999999999999999", {"size": 10**20 - 1}),
    (b"BODY=7BIT", {"body": "7BIT"}),
    (b"BODY=binaryMIME", {"body": "BINARYMIME"}),
    (b"SMTPUTF8", {"smtputf8": True}),
    (b"RET=full ENVID=a+20b", {"ret": "FULL", "envid": "a b"}),
    (b"AUTH=<>", {"auth": ""}),
    (b"AUTH=e+3Dmc2@example.com", {"auth": "e=mc2@example.com"}),
    (b"REQUIRETLS", {"require_tls": True}),
]
BAD_MAIL = [
    (b"SIZE", r.BAD_SYNTAX),
    (b"SIZE=", r.BAD_SYNTAX),
    (b"SIZE=-1", r.BAD_SYNTAX),
    (b"SIZE=999999999999999999999", r.BAD_SYNTAX),
    (b"BODY", r.BAD_SYNTAX),
    (b"RET=FULL ret=FULL", r.BAD_SYNTAX),
    (b"REQUIRETLS=1", r.BAD_SYNTAX),
    (b"ENVID=" + b"x" * 101, r.BAD_SYNTAX),
    (b"AUTH=nobody", r.BAD_SYNTAX),
    (b"AUTH", r.BAD_SYNTAX),
    (b"=x", r.BAD_SYNTAX),
    (b"-A=x", r.BAD_SYNTAX),
    (b"NOTIFY=NEVER", r.UNKNOWN_PARAMETER),
]
NOT_OFFERED = [
    (b"BODY=BINARYMIME", r.UNSUPPORTED_PARAMETER),
    (b"SMTPUTF8", r.UNKNOWN_PARAMETER),
    (b"RET=FULL", r.UNKNOWN_PARAMETER),
    (b"ENVID=x", r.UNKNOWN_PARAMETER),
    (b"AUTH=<>", r.UNKNOWN_PARAMETER),
    (b"REQUIRETLS", r.UNKNOWN_PARAMETER),
]
RCPT = [
    (b"NOTIFY=NEVER", {"notify": ("NEVER",)}),
    (b"notify=success,DELAY", {"notify": ("SUCCESS", "DELAY")}),
    (b"ORCPT=rfc822;a+2Bb@c", {"orcpt": "rfc822;a+b@c"}),
    (b"ORCPT=X400;x", {"orcpt": "X400;x"}),
]
BAD_RCPT = [
    (b"NOTIFY", r.BAD_SYNTAX),
    (b"NOTIFY=NEVER,SUCCESS", r.BAD_SYNTAX),
    (b"NOTIFY=SUCCESS,SUCCESS", r.BAD_SYNTAX),
    (b"NOTIFY=SUCCESS,", r.BAD_SYNTAX),
    (b"NOTIFY=\xff", r.BAD_SYNTAX),
    (b"ORCPT=rfc822;" + b"x" * 500, r.BAD_SYNTAX),
    (b"BODY=7BIT", r.UNKNOWN_PARAMETER),
]


@pytest.mark.parametrize(("raw", "expected"), MAIL)
def test_mail(raw, expected):
    mail = c.MailFrom(None)
    read_mail(mail, raw, ALL)
    assert mail == c.MailFrom(None, **expected)


@pytest.mark.parametrize(
    ("raw", "reply", "capabilities"),
    [(*case, ALL) for case in BAD_MAIL] + [(*case, NONE) for case in NOT_OFFERED],
)
def test_bad_mail(raw, reply, capabilities):
    with pytest.raises(c.CommandProblem) as caught:
        read_mail(c.MailFrom(None), raw, capabilities)
    assert caught.value.reply is reply


@pytest.mark.parametrize(("raw", "expected"), RCPT)
def test_rcpt(raw, expected):
    rcpt = c.RcptTo(Address("a", "b"))
    read_rcpt(rcpt, raw, ALL)
    assert rcpt == c.RcptTo(Address("a", "b"), **expected)


@pytest.mark.parametrize(
    ("raw", "reply", "capabilities"),
    [(*case, ALL) for case in BAD_RCPT] + [(raw, r.UNKNOWN_PARAMETER, NONE) for raw, _ in RCPT],
)
def test_bad_rcpt(raw, reply, capabilities):
    with pytest.raises(c.CommandProblem) as caught:
        read_rcpt(c.RcptTo(Address("a", "b")), raw, capabilities)
    assert caught.value.reply is reply
