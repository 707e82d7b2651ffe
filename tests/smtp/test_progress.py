"""smtp/progress.py."""

import typing

from pillarbox.smtp.progress import Answered, BodyWanted, Done, Ended, Event, Reason


def test_events():
    assert set(typing.get_args(Event)) == {Answered, BodyWanted, Done, Ended}


def test_an_end_says_why():
    ended = Ended(Reason.NOT_SMTP, detail="reply over 100 lines")
    assert ended.reason.value == "peer does not speak SMTP"
    assert ended.reply is None
