"""smtp/transaction.py."""

from pillarbox.base.address import Address
from pillarbox.smtp import reply as r
from pillarbox.smtp.outgoing import Mail, Recipient, Stage
from pillarbox.smtp.transaction import Transaction

TO = tuple(Recipient(Address(name, "x")) for name in "abc")
NO = r.reply(550, "5.1.1", "No")


def begun(*, lmtp: bool) -> Transaction:
    transaction = Transaction(Mail(None, TO), lmtp=lmtp)
    transaction.mail_answered(r.OK)
    for index, reply in enumerate((r.OK, NO, r.OK)):
        transaction.rcpt_answered(index, reply)
    transaction.data_answered(r.GO_AHEAD)
    return transaction


def stages(transaction):
    return [(outcome.stage, outcome.reply) for outcome in transaction.outcomes()]


def test_smtp_has_one_answer_for_all():
    transaction = begun(lmtp=False)
    assert transaction.replies_due == 1
    transaction.body_answered(0, r.OK)
    assert transaction.complete
    assert stages(transaction) == [(Stage.BODY, r.OK), (Stage.RCPT, NO), (Stage.BODY, r.OK)]


def test_lmtp_has_one_for_each():
    transaction = begun(lmtp=True)
    assert transaction.replies_due == 2
    transaction.body_answered(0, r.OK)
    assert not transaction.complete
    transaction.body_answered(1, r.TOO_LARGE)
    assert transaction.complete
    assert stages(transaction)[2] == (Stage.BODY, r.TOO_LARGE)


def test_the_first_cause_counts():
    transaction = Transaction(Mail(None, TO), lmtp=False)
    transaction.mail_answered(NO)
    transaction.rcpt_answered(0, r.BAD_SEQUENCE)
    transaction.data_answered(r.BAD_SEQUENCE)
    assert transaction.hopeless
    assert stages(transaction) == [(Stage.MAIL, NO)] * 3


def test_a_failed_chunk():
    transaction = begun(lmtp=False)
    transaction.sending = True
    transaction.chunk_answered(r.OK)
    assert transaction.sending
    transaction.chunk_answered(r.TOO_LARGE)
    assert not transaction.sending
    transaction.body_answered(0, r.BAD_SEQUENCE)
    assert stages(transaction)[0] == (Stage.BODY, r.TOO_LARGE)


def test_a_lost_connection():
    transaction = begun(lmtp=False)
    transaction.last_words = r.TOO_MANY_ERRORS
    assert stages(transaction)[0] == (Stage.LOST, r.TOO_MANY_ERRORS)
