"""Domains, aliases, and the one query that says where mail goes."""

import pytest

from pillarbox.base.errors import AlreadyExists, Invalid, NotFound, TooMany
from pillarbox.store import accounts, aliases, dkim_keys, domains, routes

from .world import NOON, account, in_transaction, known


@in_transaction
def test_the_five_answers(tx):
    alice = account(tx)
    domains.add(tx, "example.net")
    domains.set_catch_all(tx, "example.net", "Alice@example.org")
    aliases.set_(tx, "team@example.org", ["bob@elsewhere.example", "alice@example.org"])
    accounts.set_disabled(tx, account(tx, "carol"), disabled=True)
    tx.count()
    answers = [
        routes.lookup(tx, localpart, domain)
        for localpart, domain in [
            ("ALICE", "Example.Org"),
            ("carol", "example.org"),
            ("team", "example.org"),
            ("nobody", "example.org"),
            ("nobody", "example.net"),
            ("alice", "example.com"),
        ]
    ]
    assert tx.count() == 6
    assert answers == [
        routes.ToAccount(alice, disabled=False),
        routes.ToAccount(known(accounts.find(tx, "carol@example.org")).account_id, disabled=True),
        routes.ToTargets(("alice@example.org", "bob@elsewhere.example")),
        routes.NoSuchAddress(),
        routes.ToCatchAll("alice@example.org"),
        routes.NotOurs(),
    ]


@pytest.mark.parametrize(
    ("localpart", "domain"),
    [
        ("", ""),
        ("a\0b", "example.org"),
        ("\ud800", "example.org"),
        ("a", "exa\0mple.org"),
        ("x" * 100_000, "y" * 100_000),
        ("'; --", "example.org'"),
    ],
)
@in_transaction
def test_any_octets_may_be_looked_up(tx, localpart, domain):
    account(tx)
    answer = routes.lookup(tx, localpart, domain)
    assert isinstance(answer, routes.NotOurs | routes.NoSuchAddress)


@in_transaction
def test_equal_letters_in_other_normal_forms_are_one_address(tx):
    alice = account(tx, "am\u00e9lie")
    assert routes.lookup(tx, "ame\u0301lie", "example.org") == routes.ToAccount(
        alice, disabled=False
    )


@in_transaction
def test_domains_are_added_listed_and_removed(tx):
    added = domains.add(tx, "Example.NET")
    domains.add(tx, "a.example")
    assert domains.get(tx, "EXAMPLE.net") == added
    assert [domain.name for domain in domains.list_(tx)] == ["a.example", "example.net"]
    domains.set_settings(tx, "a.example", {"mta_sts": "enforce"})
    assert domains.get(tx, "a.example").settings == {"mta_sts": "enforce"}
    domains.remove(tx, "a.example")
    assert domains.find(tx, "a.example") is None
    with pytest.raises(NotFound):
        domains.get(tx, "a.example")
    with pytest.raises(AlreadyExists):
        domains.add(tx, "example.net")


@pytest.mark.parametrize(
    "name", ["", ".", "a..b", "-a.example", "a_b.example", "é.example", "x" * 64]
)
@in_transaction
def test_what_is_no_domain_is_refused(tx, name):
    with pytest.raises(Invalid):
        domains.add(tx, name)


@in_transaction
def test_a_domain_in_use_stays(tx):
    alice = account(tx)
    aliases.set_(tx, "team@example.org", ["x@elsewhere.example"])
    with pytest.raises(Invalid):
        domains.remove(tx, "example.org")
    aliases.remove(tx, "team@example.org")
    with pytest.raises(Invalid):
        domains.remove(tx, "example.org")
    accounts.delete(tx, alice)
    domains.remove(tx, "example.org")


@in_transaction
def test_settings_of_domains_that_are_not_ours(tx):
    with pytest.raises(NotFound):
        domains.set_settings(tx, "a.example", {})
    with pytest.raises(NotFound):
        domains.set_catch_all(tx, "a.example", "")
    with pytest.raises(NotFound):
        domains.remove(tx, "a.example")
    assert dkim_keys.list_(tx, "a.example") == []


@in_transaction
def test_keys_of_a_domain(tx):
    domains.add(tx, "example.org")
    first = dkim_keys.DkimKey("s1", "rsa", b"\x00\xffsecret", "signing", NOON, NOON)
    second = dkim_keys.DkimKey("s2", "ed25519", b"other", "made", NOON, NOON)
    dkim_keys.add(tx, "example.org", first)
    dkim_keys.add(tx, "example.org", second)
    assert dkim_keys.list_(tx, "Example.org") == [first, second]
    dkim_keys.set_state(tx, "example.org", "s1", "retired")
    assert [key.state for key in dkim_keys.list_(tx, "example.org")] == ["retired", "made"]
    with pytest.raises(AlreadyExists):
        dkim_keys.add(tx, "example.org", first)
    with pytest.raises(Invalid):
        dkim_keys.set_state(tx, "example.org", "s1", "lost")
    dkim_keys.forget(tx, "example.org", "s1")
    assert dkim_keys.list_(tx, "example.org") == [second]
    with pytest.raises(NotFound):
        dkim_keys.forget(tx, "example.org", "s1")
    with pytest.raises(NotFound):
        dkim_keys.set_state(tx, "example.org", "s1", "signing")
    domains.remove(tx, "example.org")


@in_transaction
def test_aliases_are_replaced_listed_and_removed(tx):
    account(tx)
    set_ = aliases.set_(tx, "Team@example.org", ["B@x.example", "a@x.example", "b@x.example"])
    assert set_ == ("a@x.example", "b@x.example")
    aliases.set_(tx, "team@example.org", ["alice@example.org"])
    aliases.set_(tx, "info@example.org", ["alice@example.org", "z@x.example"])
    assert aliases.targets(tx, "team@example.org") == ("alice@example.org",)
    assert aliases.pointing_to(tx, "alice@example.org") == ("info@example.org", "team@example.org")
    assert aliases.list_(tx) == {
        "info@example.org": ("alice@example.org", "z@x.example"),
        "team@example.org": ("alice@example.org",),
    }
    aliases.remove(tx, "team@example.org")
    assert aliases.targets(tx, "team@example.org") == ()
    with pytest.raises(NotFound):
        aliases.remove(tx, "team@example.org")


@pytest.mark.parametrize(
    ("address", "targets", "error"),
    [
        ("team@example.org", [], Invalid),
        ("team@example.org", ["team@example.org"], Invalid),
        ("team@example.org", ["nonsense"], Invalid),
        ("team", ["alice@example.org"], Invalid),
        ("team@elsewhere.example", ["alice@example.org"], NotFound),
        ("alice@example.org", ["bob@example.org"], AlreadyExists),
        ("team@example.org", [f"u{n}@example.org" for n in range(1001)], TooMany),
    ],
)
@in_transaction
def test_aliases_that_cannot_be(tx, address, targets, error):
    account(tx)
    with pytest.raises(error):
        aliases.set_(tx, address, targets)


@in_transaction
def test_selectors_are_labels(tx):
    domains.add(tx, "example.org")
    for selector in ("", "a_b", "a..b", "-a", "\0"):
        key = dkim_keys.DkimKey(selector, "rsa", b"k", "signing", NOON, NOON)
        with pytest.raises(Invalid):
            dkim_keys.add(tx, "example.org", key)


@in_transaction
def test_any_text_may_be_asked_for(tx):
    assert domains.find(tx, "a\0\ud800") is None
    assert dkim_keys.list_(tx, "\0") == []
    with pytest.raises(NotFound):
        dkim_keys.forget(tx, "\0", "\0")
