import pytest

from pillarbox.base import errors
from pillarbox.serve.imap.errors import RESPONSES
from pillarbox.serve.pop3.errors import REPLIES as POP3
from pillarbox.serve.smtp.errors import REPLIES as SMTP

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type)
    and issubclass(kind, errors.MailError)
    and kind is not errors.MailError
]


@pytest.mark.parametrize("table", [SMTP, RESPONSES, POP3])
def test_every_server_has_an_answer_to_every_failure(table):
    assert set(table) == set(KINDS)


class Narrower(errors.Invalid):
    """A failure of one module."""


def test_the_nearest_class_above_counts():
    assert errors.entry({errors.MailError: "m", errors.Invalid: "i"}, Narrower("x")) == "i"
    assert errors.entry({errors.MailError: "m", errors.Invalid: "i"}, errors.NotFound("x")) == "m"
    assert errors.entry(SMTP, Narrower("x")) is SMTP[errors.Invalid]
