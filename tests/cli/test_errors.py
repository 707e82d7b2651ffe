import pytest

from pillarbox.base import errors as e
from pillarbox.cli.errors import WORDS, Failure, describe
from pillarbox.config import WrongSettings

CASES = [
    (e.NotFound("domain example.org"), "there is no domain example.org"),
    (e.AlreadyExists("alias a@b.example"), "alias a@b.example exists already"),
    (e.Invalid(""), "not valid: no reason is known"),
    (WrongSettings("f.toml:1: hostname: bad"), "f.toml:1: hostname: bad"),
    (FileNotFoundError(2, "No such file", "a.eml"), "a.eml: No such file"),
    (OSError("odd"), "odd"),
    (e.Unavailable("a\x1b[31m\nb"), "cannot be reached now: a\ufffd[31m\ufffdb"),
]


@pytest.mark.parametrize(("exc", "line"), CASES)
def test_one_line_for_each_failure(exc, line):
    assert describe(exc) == line


def test_every_failure_of_the_domain_has_words():
    own = {k for k in e.MailError.__subclasses__() if k.__module__ == e.__name__}
    assert set(WORDS) == own


def test_failure_is_shown_with_the_program_name(capsys):
    Failure("it went wrong").show()
    assert capsys.readouterr().err == "pillarbox: it went wrong\n"
