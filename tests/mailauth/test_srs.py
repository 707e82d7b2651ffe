"""mailauth/srs.py."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth import srs
from pillarbox.mailauth.srs import SrsProblem
from tests.mailauth.zone_resolver import NOW

KEY, OTHER_KEY = b"a secret", b"another secret"
US = "us.example"


def there(sender, domain=US, key=KEY, now=NOW):
    return srs.forward(sender, domain, key, now)


def back(address, key=KEY, now=NOW, **kwargs):
    return srs.reverse(address, key, now, **kwargs)


def test_the_form_of_an_address():
    address = there("alice@a.example")
    kind, digest, stamp, host, rest = address.split("=")
    assert (kind, host, rest) == ("SRS0", "a.example", "alice@us.example")
    assert (len(digest), len(stamp)) == (6, 2)
    assert srs.is_srs(address)
    assert not srs.is_srs("alice@a.example")


@pytest.mark.parametrize(
    "sender",
    [
        "alice@a.example",
        "a=b+c-d@a.example",
        "SRS0@a.example",
        '"a b"@a.example',
        '"a\\"b\\\\c@d"@a.example',
        "jürgen@bücher.example",
    ],
)
def test_there_and_back(sender):
    address = there(sender)
    assert address.endswith("@us.example")
    assert back(address) == sender
    # Others may change the case of what they pass on.
    assert str(back(address.lower())).lower() == sender.lower()
    assert str(back(address.upper())).lower() == sender.lower()


@pytest.mark.parametrize(
    "sender",
    [
        "",
        "alice",
        "@a.example",
        "alice@us.example",
        "alice@US.Example",
        "a@b=c.example",
        "a" * 240 + "@a.example",
    ],
)
def test_what_stays_as_it_is(sender):
    assert there(sender) == sender


def test_a_second_forwarder_guards_the_first():
    first = there("alice@a.example", "one.example")
    second = there(first, "two.example", OTHER_KEY)
    third = there(second, "three.example", b"third")
    assert second.startswith("SRS1=")
    assert "=one.example==" in second
    assert third.startswith("SRS1=")
    assert third.count("one.example") == 1
    assert "two.example" not in third
    assert back(third, b"third") == first
    assert back(second, OTHER_KEY) == first
    assert back(first) == "alice@a.example"


@pytest.mark.parametrize("separator", "+-=")
def test_other_separators(separator):
    address = there("alice@a.example").replace("SRS0=", f"SRS0{separator}")
    assert back(address) == "alice@a.example"
    assert back(there(address, "two.example")) == address.replace("@us.example", "@us.example")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, "alice@a.example"),
        (21, "alice@a.example"),
        (22, SrsProblem.EXPIRED),
        (500, SrsProblem.EXPIRED),
        (1022, SrsProblem.EXPIRED),
        (-1, "alice@a.example"),
        (-2, SrsProblem.EXPIRED),
    ],
)
def test_expiry(days, expected):
    assert back(there("alice@a.example"), now=NOW + timedelta(days=days)) == expected


def test_the_age_can_be_chosen():
    later = NOW + timedelta(days=5)
    assert back(there("a@b.example"), now=later, max_age_days=4) is SrsProblem.EXPIRED


def test_keys_can_be_changed():
    address = there("alice@a.example", key=OTHER_KEY)
    assert back(address) is SrsProblem.FORGED
    assert back(address, older_secrets=[b"x", OTHER_KEY]) == "alice@a.example"
    guarded = there(address, "two.example", OTHER_KEY)
    assert back(guarded) is SrsProblem.FORGED
    assert back(guarded, older_secrets=[OTHER_KEY]) == address


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("alice@us.example", SrsProblem.NOT_SRS),
        ("", SrsProblem.NOT_SRS),
        ("SRS0@us.example", SrsProblem.NOT_SRS),
        ("SRS0=x@us.example", SrsProblem.NOT_SRS),
        ("SRS0=AAAAAA=AA=a.example=alice@us.example", SrsProblem.FORGED),
        ("SRS0=\u017faaaaa=\u212a2=a.example=alice@us.example", SrsProblem.NOT_SRS),
        ("SRS1=AAAAAA=a.example==x=y@us.example", SrsProblem.FORGED),
        ("SRS1=AAAAAA=a.example=x@us.example", SrsProblem.NOT_SRS),
        (srs.forward('""@a.example', US, KEY, NOW), SrsProblem.MALFORMED),
    ],
)
def test_what_leads_nowhere(address, problem):
    assert back(address) is problem


@given(st.integers(0, 60), st.characters(codec="ascii", categories=["L", "N"]))
def test_no_changed_character_is_accepted(place, character):
    address = there("alice@a.example")
    local, _, domain = address.rpartition("@")
    place %= len(local)
    changed = local[:place] + character + local[place + 1 :]
    if changed.lower() != local.lower():
        assert isinstance(back(f"{changed}@{domain}"), SrsProblem)


@given(st.text(max_size=80))
def test_any_address_leads_somewhere_or_is_a_problem(address):
    assert isinstance(back(address), str | SrsProblem)
    assert isinstance(there(address), str)


@given(
    st.text('ab.=+-SRS01"\\ é', min_size=1, max_size=30).filter(
        lambda t: '"' not in t and "\\" not in t
    )
)
def test_round_trip(local):
    sender = f"{local}@a.example"
    address = there(sender)
    if not srs.is_srs(sender):
        assert back(address) in (sender, f'"{local}"@a.example')
