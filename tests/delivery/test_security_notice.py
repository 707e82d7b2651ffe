"""delivery/security_notice.py: people are told what happened to their ways of signing in."""

import pytest

from pillarbox.delivery import security_notice
from pillarbox.delivery.security_notice import SecurityNotices, compose
from pillarbox.store import accounts, domains, mailboxes, preferences
from pillarbox.store import security_events as events
from pillarbox.store.mailboxes import Role
from pillarbox.store.security_events import KINDS, QUIET, SecurityEvent, Source
from pillarbox.trace.catalogue import Catalogue
from tests.fakes import START
from tests.store.conftest import (  # noqa: F401 - fixtures
    clock,
    cluster,
    database_url,
    db,
    postgres_databases,
    postgres_url,
)

ANN = "ann@example.org"
EVIL = Source("Call +1 555 evil.example", "192.0.2.0/24")


@pytest.fixture
async def ann(db):  # noqa: F811
    def fill(tx):
        domains.add(tx, "example.org")
        return accounts.create(tx, ANN).account_id

    return await db.write(fill)


@pytest.fixture
def changed():
    return []


@pytest.fixture
def notices(db, clock, changed):  # noqa: F811
    return SecurityNotices(db, clock, "mx.example.org", changed.append)


async def inbox(db, account_id):  # noqa: F811
    """Return the messages in INBOX, as text."""

    def read(tx):
        box = mailboxes.find_role(tx, account_id, Role.INBOX)
        assert box is not None
        sql = """SELECT b.ref, b.octets FROM placements p
            JOIN messages m ON m.account_id = p.account_id AND m.message_id = p.message_id
            JOIN blobs b ON b.blob_id = m.blob_id
            WHERE p.account_id = ?1 AND p.mailbox_id = ?2 ORDER BY p.uid"""
        return [row[0] for row in tx.all(sql, account_id, box.mailbox_id)]

    return [(await db.blob(ref)).decode() for ref in await db.read(read)]


async def test_one_mail_tells_of_all_that_happened(db, ann, notices, changed):  # noqa: F811
    await db.write(events.add, ann, "signed_in", "password", EVIL)
    assert await notices.tell() == 0
    await db.write(events.add, ann, "passkey_added", "Verify at evil.example", EVIL)
    await db.write(events.add, ann, "totp_off")
    assert await notices.tell() == 1
    assert changed == [ann]
    (mail,) = await inbox(db, ann)
    assert "From: postmaster@example.org\r\nTo: ann@example.org\r\n" in mail
    assert "Subject: Security of your account: 2 changes" in mail
    assert "12:00 UTC: a passkey was added, from 192.0.2.0/24" in mail
    assert "no longer asked for when you sign in, by who runs this server" in mail
    assert "Auto-Submitted: auto-generated" in mail
    assert "evil" not in mail
    assert await notices.tell() == 0
    await db.write(events.add, ann, "password_changed", "", EVIL)
    assert await notices.tell() == 1
    assert "account: the password was changed" in (await inbox(db, ann))[1]


async def test_each_event_is_told_by_one_worker(db, clock, ann, notices):  # noqa: F811
    await db.write(events.add, ann, "totp_on")
    other = SecurityNotices(db, clock, "mx.example.org", lambda _: None)
    look = security_notice._look
    mails = [notices._mail(*await db.read(look, ann)), other._mail(*await db.read(look, ann))]
    number = (await db.read(events.untold, ann))[-1].event_no
    done = [
        await db.write(security_notice._file, ann, number, mail, blobs=(octets,))
        for mail, octets in mails
    ]
    assert done == [True, False]
    assert len(await inbox(db, ann)) == 1


async def test_an_account_without_room_is_not_told_again(db, ann, notices, changed):  # noqa: F811
    await db.write(accounts.set_quota, ann, 10)
    await db.write(events.add, ann, "totp_on")
    assert await notices.tell() == 0
    await db.write(accounts.set_quota, ann, 0)
    assert await notices.tell() == 0
    assert changed == []


async def test_nobody_is_told_of_an_account_that_is_gone(db, ann, notices):  # noqa: F811
    await db.write(events.add, ann, "totp_on")
    await db.write(accounts.delete, ann)
    assert await notices.tell() == 0


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('{"language": "de"}', "War das gewollt"),
        ('{"language": "en"}', "If that was you"),
        ('{"language": null}', "If that was you"),
        ("{}", "If that was you"),
    ],
)
async def test_in_the_language_of_the_account(db, ann, notices, body, words):  # noqa: F811
    await db.write(preferences.put, ann, body)
    await db.write(events.add, ann, "totp_on")
    await notices.tell()
    (mail,) = await inbox(db, ann)
    assert words in mail


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("kind", sorted(set(KINDS) - QUIET))
def test_each_kind_has_words(kind, language):
    event = SecurityEvent(1, START, kind, "", "", "")
    subject, text = compose(ANN, [event], language, "postmaster@example.org")
    assert "something changed" not in text
    assert "etwas hat sich" not in text
    assert subject.partition(": ")[2] in text


def test_a_mail_lists_the_latest():
    many = [SecurityEvent(n, START, "app_password_made", "", "", "x") for n in range(50)]
    subject, text = compose(ANN, many, "en", "p@example.org")
    assert "50 changes" in subject
    assert text.count("app password was made") == security_notice.MOST


def test_both_languages_have_the_same_texts():
    package = security_notice.PACKAGE
    assert Catalogue("de", package).keys == Catalogue("en", package).keys
