"""delivery/appearance.py: names that are addresses, domains like ours, ours from outside."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.delivery import appearance
from pillarbox.delivery.appearance import Seen, look, recorded, steps, weigh
from pillarbox.delivery.known import make
from pillarbox.delivery.verdict import Action, Judgement
from pillarbox.delivery.vouching import Vouched
from pillarbox.mime.addresses import Mailbox
from pillarbox.trace import words
from pillarbox.trace.phrase import phrase

OWN = ["example.org", "verein-nord.example"]


def seen(name="", local="ann", domain="shop.example", own=OWN, *, proven=True, listed=False):
    return look([Mailbox(name, local, domain)], own, proven=proven, listed=listed)


@pytest.mark.parametrize(
    ("name", "options", "claimed"),
    [
        ("Ann Berg", {}, ""),
        ("ann@shop.example", {}, ""),
        ("ANN@Shop.Example", {}, ""),
        ("boss@example.org", {}, "boss@example.org"),
        ('"Boss" <boss@example.org>', {}, "boss@example.org"),
        ("Boss (boss@example.org)", {"proven": False}, "boss@example.org"),
        ("carol@uni.example via dev", {"listed": True}, ""),
        ("carol@uni.example via dev", {"listed": True, "proven": False}, "carol@uni.example"),
        ("info@shop.example", {}, ""),
        ("info@mail.shop.example", {"proven": False}, ""),
        ("info@b\u00fccher.example", {"domain": "xn--bcher-kva.example"}, ""),
        ("me @ work", {}, ""),
        ("@everyone", {}, ""),
        ("x" * 5000 + "@a.example", {}, ""),
    ],
)
def test_names_that_are_addresses(name, options, claimed):
    found = [one.params["claimed"] for one in seen(name, **options) if one.kind == "name"]
    assert found == ([claimed] if claimed else [])


@pytest.mark.parametrize(
    ("domain", "how"),
    [
        ("examp1e.org", "confusable"),
        ("exarnple.org", "confusable"),
        ("xn--exmple-4nf.org", "confusable"),  # a Cyrillic a
        ("ex\u00e4mple.org", "confusable"),
        ("mail.examp1e.org", "confusable"),
        ("exampel.org", "edit"),
        ("exmple.org", "edit"),
        ("exxample.org", "edit"),
        ("exbmple.org", "edit"),
        ("verein-n0rd.example", "confusable"),
        ("verein-nort.example", "edit"),
        # And what is nothing of the kind.
        ("example.com", ""),
        ("example.net", ""),
        ("sample.org", ""),
        ("examples.net", ""),
        ("other.org", ""),
        ("example.org.evil.example", ""),
        ("org", ""),
        ("", ""),
    ],
)
def test_domains_that_look_like_ours(domain, how):
    found = [one.params["how"]["code"] for one in seen(domain=domain) if one.kind == "like"]
    assert found == ([f"how-{how}"] if how else [])


def test_short_names_have_many_neighbours():
    assert seen(domain="abd.org", own=["abc.org"]) == []


@pytest.mark.parametrize("domain", ["example.org", "mail.example.org", "EXAMPLE.ORG"])
def test_our_own_domain_from_outside(domain):
    assert [one.kind for one in seen(domain=domain, proven=False)] == ["ours"]
    assert seen(domain=domain, proven=True) == []
    assert seen(domain=domain, own=[], proven=False) == []


UMLAUT = "b\u00fccher.example"


@pytest.mark.parametrize("domain", [UMLAUT, UMLAUT.upper(), f"{UMLAUT}."])
def test_our_own_domain_in_other_letters_is_not_like_ours_but_ours(domain):
    own = ["xn--bcher-kva.example"]
    assert seen(domain=domain, own=own) == []
    assert [one.kind for one in seen(domain=domain, own=own, proven=False)] == ["ours"]


def test_where_a_proof_could_not_be_asked_for_its_lack_says_nothing():
    author = [Mailbox("", "ann", "example.org")]
    assert look(author, OWN, proven=False, listed=False, undecided=True) == []


def accepted(verdict, action=Action.ACCEPT):
    return Judgement(verdict, action, phrase("spf-none", spf_domain="x"), domain="shop.example")


NAME = Seen("name", {"claimed": "boss@example.org", "real": "ann@shop.example"})
OURS = Seen("ours", {"domain": "example.org"})


@pytest.mark.parametrize("verdict", ["proven", "via", "unproven"])
def test_a_name_that_misleads_does_not_fit_and_goes_where_it_went(verdict):
    judged = weigh(accepted(verdict), [NAME])
    assert (judged.verdict, judged.action) == ("misfit", Action.ACCEPT)
    assert words.phrase(judged.reason) == (
        "the name says boss@example.org, the real address is ann@shop.example"
    )


@pytest.mark.parametrize("verdict", ["misfit", "forged"])
def test_what_is_worse_stays(verdict):
    before = accepted(verdict)
    assert weigh(before, [NAME]) is before


def test_our_own_domain_unproven_is_junk():
    judged = weigh(accepted("unproven"), [OURS])
    assert (judged.verdict, judged.action) == ("forged", Action.JUNK)
    assert "your own domain" in words.phrase(judged.because, "en", "detail")


@pytest.mark.parametrize("code", ["altered-body", "altered-header"])
def test_our_own_mail_that_a_list_gave_back_changed_is_no_forgery(code):
    before = replace(accepted("misfit", Action.JUNK), reason=phrase(code, domain="example.org"))
    assert weigh(before, [OURS]) is before


@pytest.mark.parametrize("action", [Action.REFUSE, Action.DEFER])
def test_what_is_refused_or_put_off_stays_so(action):
    before = accepted("misfit", action)
    assert weigh(before, [OURS]) is before


def test_who_is_vouched_for_stays():
    entry = make("list", "dev.lists.example")
    before = replace(accepted("unproven"), vouched=Vouched(entry, "dev.lists.example"))
    assert weigh(before, [OURS, NAME]) is before


def test_it_is_told_and_can_be_read_again():
    found = [*seen("boss@example.org", domain="examp1e.org"), OURS]
    told = steps(found, 1.0)
    assert [step.key for step in told] == ["looks.name", "looks.like", "looks.ours"]
    assert recorded(told) == found
    for step in told:
        assert "?" not in words.sentence(step)
        assert "?" not in words.explanation(step, "de")


@given(st.text(max_size=400), st.text(max_size=300), st.lists(st.text(max_size=80), max_size=5))
def test_any_text_is_looked_at(name, domain, own):
    look([Mailbox(name, "a", domain)], own, proven=False, listed=False)


KNOWN = [
    ("Anna Berg", "anna@other.example", True, ["anna@berg.example"], True),
    ("Anna Berg", "ANNA@berg.example", True, ["anna@berg.example"], False),
    ("Anna Berg", "office@berg.example", True, ["anna@berg.example"], False),
    ("Anna Berg", "office@berg.example", False, ["anna@berg.example"], True),
    ("Anna Berg", "anna@other.example", True, [], False),
]


@pytest.mark.parametrize(("name", "address", "proven", "addresses", "odd"), KNOWN)
def test_a_contact_with_another_address(name, address, proven, addresses, odd):
    author = Mailbox(name, *address.split("@"))
    found = appearance.look_known(author, name, addresses, proven=proven)
    real = address.replace("ANNA", "anna")
    assert found == ([Seen("known", {"name": name, "real": real})] if odd else [])
    assert recorded(steps(found, 0.0)) == found


@pytest.mark.parametrize(
    ("names", "listed", "found"),
    [
        (["Anna  Berg"], False, "Anna Berg"),
        (["Anna"], False, ""),
        (["Anna Berg"], True, ""),
        (["Anna Berg", "Ben Öl"], False, ""),
        (["anna berg@x.example"], False, ""),
        ([], False, ""),
    ],
)
def test_names_that_are_looked_for_among_contacts(names, listed, found):
    authors = [Mailbox(name, "a", "x.example") for name in names]
    assert appearance.name_to_know(authors, listed=listed) == found
