"""smtp/outgoing.py."""

import pytest

from pillarbox.base.address import Address
from pillarbox.smtp import reply as r
from pillarbox.smtp.capability import Extensions
from pillarbox.smtp.outgoing import (
    Mail,
    Obstacle,
    Outcome,
    Recipient,
    Stage,
    mail_line,
    needs_utf8,
    obstacle,
    rcpt_line,
)

OFFER = "x/PIPELINING/SIZE 100/8BITMIME/CHUNKING/BINARYMIME/SMTPUTF8/DSN/AUTH PLAIN/REQUIRETLS"
ALL = Extensions.of(tuple(OFFER.split("/")))
NONE = Extensions({})
AB = Address("a", "b.example")
TO = (Recipient(AB),)
WIDE = Address("ü", "bücher.example")

OBSTACLES = [
    (Mail(AB, TO, size=101), Obstacle.TOO_LARGE, None),
    (Mail(AB, TO, body="8BITMIME"), None, Obstacle.EIGHT_BIT),
    (Mail(AB, TO, body="BINARYMIME"), None, Obstacle.BINARY),
    (Mail(WIDE, TO), None, Obstacle.UTF8),
    (Mail(AB, TO, smtputf8=True), None, Obstacle.UTF8),
    (Mail(None, (Recipient(Address("a", "bücher.example")),)), None, None),
    (Mail(AB, TO, require_tls=True), None, Obstacle.REQUIRE_TLS),
]


@pytest.mark.parametrize(("mail", "with_all", "with_none"), OBSTACLES)
def test_obstacles(mail, with_all, with_none):
    assert obstacle(mail, ALL) is with_all
    assert obstacle(mail, NONE) is with_none


def test_lines_say_only_what_is_understood():
    mail = Mail(WIDE, TO, 9, "8BITMIME", ret="FULL", envid="x y", auth="a=b@c", require_tls=True)
    assert (
        mail_line(mail, ALL)
        == (
            "MAIL FROM:<ü@bücher.example> SIZE=9 BODY=8BITMIME SMTPUTF8 RET=FULL ENVID=x+20y "
            "AUTH=a+3Db@c REQUIRETLS\r\n"
        ).encode()
    )
    assert mail_line(Mail(None, TO, 9, "8BITMIME", auth=""), NONE) == b"MAIL FROM:<>\r\n"
    to = Recipient(Address("a", "bücher.example"), ("NEVER",), "rfc822;a+b@c")
    line = b"RCPT TO:<a@xn--bcher-kva.example> NOTIFY=NEVER ORCPT=rfc822;a+2Bb@c\r\n"
    assert rcpt_line(to, ALL, utf8=False) == line
    assert rcpt_line(to, NONE, utf8=False) == b"RCPT TO:<a@xn--bcher-kva.example>\r\n"
    assert rcpt_line(to, NONE, utf8=True) == "RCPT TO:<a@bücher.example>\r\n".encode()


def test_needs_utf8():
    assert needs_utf8(Mail(None, (Recipient(WIDE),)))
    assert not needs_utf8(Mail(AB, TO))


def test_only_a_final_2xx_is_an_acceptance():
    assert Outcome(TO[0], Stage.BODY, r.OK).accepted
    assert not Outcome(TO[0], Stage.BODY, r.TOO_LARGE).accepted
    assert not Outcome(TO[0], Stage.RCPT, r.OK).accepted
    assert not Outcome(TO[0], Stage.LOST, None).accepted
