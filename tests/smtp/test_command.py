"""smtp/command.py."""

from pillarbox.smtp import command as c
from pillarbox.smtp import reply as r


def test_a_problem_carries_its_reply():
    problem = c.CommandProblem(r.BAD_SYNTAX)
    assert problem.reply is r.BAD_SYNTAX
    assert str(problem) == "501 5.5.4 Syntax error in parameters"


def test_a_mail_without_parameters():
    mail = c.MailFrom(None)
    assert (mail.size, mail.body, mail.auth) == (None, "7BIT", None)
