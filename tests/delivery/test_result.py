"""delivery/result.py: the fate of a recipient, by stage and reply class."""

from datetime import UTC, datetime

import pytest

from pillarbox.base.address import parse
from pillarbox.delivery.result import Fate, found, heard
from pillarbox.smtp.outgoing import Outcome, Stage
from pillarbox.smtp.outgoing import Recipient as Rcpt
from pillarbox.smtp.reply import reply
from pillarbox.store.ids import QueueId
from pillarbox.store.queue import Recipient, State

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BOB = Recipient(QueueId(1), 0, "b@d.example", "d.example", "", "", State.LEASED, NOW, 0, None,
                0, "", "", "", False)  # fmt: skip

CASES = [
    (Stage.BODY, reply(250, "2.0.0", "OK"), False, Fate.ACCEPTED),
    (Stage.BODY, reply(554, "5.6.0", "No"), False, Fate.REFUSED),
    (Stage.BODY, reply(451, "4.3.0", "Later"), False, Fate.DEFERRED),
    (Stage.RCPT, reply(550, "5.1.1", "No"), True, Fate.REFUSED),
    (Stage.RCPT, reply(552, "", "Too many recipients"), True, Fate.DEFERRED),
    (Stage.RCPT, reply(552, "", "Mailbox full"), False, Fate.REFUSED),
    (Stage.RCPT, reply(552, "5.2.2", "Mailbox full"), True, Fate.REFUSED),
    (Stage.LOST, reply(421, "4.3.2", "Bye"), False, Fate.DEFERRED),
    (Stage.LOST, reply(554, "", "Bye"), False, Fate.DEFERRED),
    (Stage.LOST, reply(250, "", "odd"), False, Fate.DEFERRED),
    (Stage.LOST, None, False, Fate.DEFERRED),
    (Stage.BODY, None, False, Fate.DEFERRED),
]


@pytest.mark.parametrize(("stage", "said", "several", "fate"), CASES)
def test_fate(stage, said, several, fate):
    outcome = Outcome(Rcpt(parse("b@d.example")), stage, said)
    result = heard(BOB, outcome, "lost", "mx.d.example", "192.0.2.1", several=several)
    assert result.fate is fate
    assert result.reply


def test_own_findings_go_by_the_class_of_their_code():
    assert found(BOB, "5.1.2", "no domain").fate is Fate.REFUSED
    assert found(BOB, "4.4.3", "no answer").reply == "4.4.3 no answer"
