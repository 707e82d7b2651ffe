"""delivery/known.py: entries are checked, and found by seal, network and list."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import Invalid
from pillarbox.delivery import known

GOOD = [
    (("sealer", "Lists.Project.Example"), "lists.project.example", "trusted_forwarder", ""),
    (("sealer", "bücher.example"), "xn--bcher-kva.example", "trusted_forwarder", ""),
    (("network", "192.0.2.0/24"), "192.0.2.0/24", "trusted_forwarder", ""),
    (("network", "2001:db8::1"), "2001:db8::1/128", "trusted_forwarder", ""),
    (("list", "<dev.lists.example>"), "dev.lists.example", "mailing_list", "lists.example"),
]


@pytest.mark.parametrize(("args", "value", "reason", "signer"), GOOD)
def test_entries(args, value, reason, signer):
    entry = known.make(*args)
    assert (entry.value, entry.reason, entry.signer) == (value, reason, signer)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("sealer", "example"), "no domain name for a sealer"),
        (("sealer", ""), "no domain name"),
        (("network", "192.0.2.1/24"), "has host bits set"),
        (("network", "lists.example"), "network"),
        (("list", "dev"), "no domain name for a list"),
        (("list", "dev.example"), "signs for a list"),
    ],
)
def test_what_is_no_entry(args, words):
    with pytest.raises(Invalid, match=words):
        known.make(*args)


def test_only_a_list_has_a_signer():
    with pytest.raises(Invalid, match="only a list"):
        known.make("sealer", "a.example", signer="b.example")
    assert known.parse_list("dev.lists.example  project.example").signer == "project.example"


LIST_IDS = [
    (b"Developers <dev.lists.example>", "dev.lists.example"),
    (b"<DEV.Lists.Example>", "dev.lists.example"),
    (b'"a <b.c> d" < dev.lists.example >', "dev.lists.example"),
    (b"dev.lists.example", "dev.lists.example"),
    (b"Developers of lists.example", ""),
    (b"<dev lists>", ""),
    (b">dev.lists.example", ""),
    (b"", ""),
]


@pytest.mark.parametrize(("value", "wanted"), LIST_IDS)
def test_list_ids(value, wanted):
    assert known.read_list_id(value) == wanted


@given(st.binary(max_size=300))
def test_any_octets_are_a_list_id_or_none(value):
    found = known.read_list_id(value)
    assert found == found.lower()
    assert not set(found) & set("<> \r\n")


@given(st.text(max_size=40), st.text(max_size=40))
def test_any_text_is_an_entry_or_invalid(value, signer):
    for kind in known.Kind:
        try:
            entry = known.make(kind, value, signer=signer)
        except Invalid:
            continue
        assert entry.value


def test_finding():
    entries = [
        known.make("sealer", "project.example"),
        known.make("network", "192.0.2.0/24"),
        known.make("list", "dev.lists.example"),
    ]
    assert known.find_sealer(entries, "lists.project.example") is entries[0]
    assert known.find_sealer(entries, "notproject.example") is None
    assert known.find_network(entries, ip_address("192.0.2.9")) is entries[1]
    assert known.find_network(entries, ip_address("2001:db8::1")) is None
    assert known.find_list(entries, "dev.lists.example", ["mx.lists.example"]) is entries[2]
    assert known.find_list(entries, "dev.lists.example", ["evil.example"]) is None
    assert known.find_list(entries, "ops.lists.example", ["lists.example"]) is None
