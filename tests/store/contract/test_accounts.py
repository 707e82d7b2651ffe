"""Accounts: addresses, standard mailboxes, deletion in small steps."""

import pytest

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound
from pillarbox.store import accounts, aliases, mailboxes, messages, quota, refcounts
from pillarbox.store.mailboxes import Role

from .world import ABSENT, account, consistent, deliver, in_transaction, incoming, known


@in_transaction
def test_a_new_account_has_the_standard_mailboxes_subscribed(tx):
    alice = account(tx)
    found = mailboxes.list_(tx, alice)
    assert [(mailbox.name, mailbox.role) for mailbox in found] == [
        ("INBOX", Role.INBOX),
        ("Archive", Role.ARCHIVE),
        ("Drafts", Role.DRAFTS),
        ("Junk", Role.JUNK),
        ("Sent", Role.SENT),
        ("Trash", Role.TRASH),
    ]
    assert all(mailbox.subscribed and mailbox.total == 0 for mailbox in found)


@in_transaction
def test_addresses_are_found_without_regard_to_case(tx):
    alice = account(tx, "Alice")
    assert known(accounts.find(tx, "ALICE@Example.ORG")).account_id == alice
    assert accounts.get(tx, alice).address == "alice@example.org"


@in_transaction
def test_the_account_that_was_made_first(tx):
    assert accounts.oldest(tx) == ""
    alice = account(tx, "zoe")
    account(tx, "bob")
    assert accounts.oldest(tx) == "zoe@example.org"
    accounts.delete(tx, alice)
    assert accounts.oldest(tx) == "bob@example.org"


@pytest.mark.parametrize(
    "address", ["", "alice", "@", "nobody@example.org", "a\0@example.org", "a@b@"]
)
@in_transaction
def test_asking_for_any_text_is_allowed(tx, address):
    account(tx)
    assert accounts.find(tx, address) is None


@pytest.mark.parametrize(
    "address",
    [
        "alice",
        "alice@",
        "@example.org",
        "a b@example.org",
        "a\n@example.org",
        "a@exa mple.org",
        "a@-example.org",
        "a" * 65 + "@example.org",
        "\ud800@example.org",
    ],
)
@in_transaction
def test_bad_addresses_are_refused(tx, address):
    account(tx)
    with pytest.raises(Invalid):
        accounts.create(tx, address)


@in_transaction
def test_an_address_belongs_to_one_account_or_alias_of_a_domain_of_ours(tx):
    account(tx)
    aliases.set_(tx, "team@example.org", ["alice@example.org"])
    with pytest.raises(AlreadyExists):
        accounts.create(tx, "Alice@example.org")
    with pytest.raises(AlreadyExists):
        accounts.create(tx, "team@example.org")
    with pytest.raises(NotFound):
        accounts.create(tx, "alice@elsewhere.example")


@in_transaction
def test_what_may_be_changed(tx):
    alice = account(tx, credentials="one")
    accounts.set_credentials(tx, alice, "two")
    accounts.set_disabled(tx, alice, disabled=True)
    accounts.set_quota(tx, alice, 5000)
    accounts.set_settings(tx, alice, {"language": "nl"})
    changed = accounts.get(tx, alice)
    assert changed.credentials == "two"
    assert changed.disabled
    assert changed.quota_octets == 5000
    assert changed.settings == {"language": "nl"}


@in_transaction
def test_changing_an_account_that_does_not_exist(tx):
    account(tx)
    with pytest.raises(NotFound):
        accounts.set_credentials(tx, ABSENT, "two")
    with pytest.raises(NotFound):
        accounts.get(tx, ABSENT)
    with pytest.raises(NotFound):
        accounts.delete(tx, ABSENT)
    with pytest.raises(NotFound):
        quota.usage(tx, ABSENT)


@pytest.mark.parametrize("octets", [-1, 2**62])
@in_transaction
def test_quotas_have_bounds(tx, octets):
    alice = account(tx)
    with pytest.raises(Invalid):
        accounts.set_quota(tx, alice, octets)


@in_transaction
def test_usage_says_whether_there_is_room(tx):
    alice = account(tx, quota_octets=2500)
    deliver(tx, alice, 2)
    used = quota.usage(tx, alice)
    assert (used.octets, used.messages, used.limit_octets) == (2000, 2, 2500)
    assert used.has_room(500)
    assert not used.has_room(501)
    assert quota.usage(tx, account(tx, "bob")).has_room(10**12)


@in_transaction
def test_deleting_frees_the_address_at_once_and_the_mail_in_steps(tx):
    alice, bob = account(tx), account(tx, "bob")
    shared = incoming()
    messages.deliver_many(tx, [messages.Target(alice), messages.Target(bob)], shared)
    deliver(tx, alice, 3)
    accounts.delete(tx, alice)
    assert accounts.find(tx, "alice@example.org") is None
    assert [found.address for found in accounts.list_(tx)] == ["bob@example.org"]
    again = account(tx)
    assert again != alice
    steps = 0
    while accounts.purge(tx, limit=2):
        consistent(tx)
        steps += 1
    assert steps == 3
    assert len(refcounts.unused(tx)) == 3
    assert [ref for _, ref, _ in refcounts.held(tx)] == [shared.blob]


@in_transaction
def test_uidvalidity_is_not_used_again_by_a_new_account_of_that_name(tx):
    alice = account(tx)
    before = {mailbox.uidvalidity for mailbox in mailboxes.list_(tx, alice)}
    accounts.delete(tx, alice)
    accounts.purge(tx)
    tx.wait(minutes=1)
    after = {mailbox.uidvalidity for mailbox in mailboxes.list_(tx, account(tx))}
    assert len(before) == len(after) == 6
    assert not before & after


@in_transaction
def test_mail_to_a_deleted_account_is_refused(tx):
    alice = account(tx)
    accounts.delete(tx, alice)
    with pytest.raises(NotFound):
        messages.deliver(tx, alice, Role.INBOX, incoming())
    with pytest.raises(NotFound):
        mailboxes.create(tx, alice, "x")


@in_transaction
def test_jobs_visit_accounts_page_by_page(tx):
    made = [account(tx, f"u{number}") for number in range(5)]
    accounts.delete(tx, made[1])
    first = accounts.ids(tx, limit=3)
    assert first == [made[0], made[2], made[3]]
    assert accounts.ids(tx, after=first[-1]) == [made[4]]
