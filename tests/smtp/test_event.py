"""smtp/event.py."""

import typing

from pillarbox.smtp import command as c
from pillarbox.smtp.event import MACHINE, Limits, Question, State


def test_the_machine_knows_every_question():
    assert set(MACHINE) == set(typing.get_args(Question)) | {c.Bdat}


def test_nothing_is_in_order_once_it_is_over():
    over = {State.CLOSED, State.HANDSHAKE}
    assert not any(over & set(row) for row in MACHINE.values())


def test_limits_are_what_the_rfc_asks_for():
    limits = Limits()
    assert limits.line_octets >= 512 + 500 + 500
    assert limits.recipients >= 100
    assert limits.auth_octets == 12288
