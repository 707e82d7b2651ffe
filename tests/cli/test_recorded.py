import asyncio
from dataclasses import replace
from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.base.errors import Invalid
from pillarbox.cli.recorded import Recorded, change_policy, read_answers
from pillarbox.delivery import evidence
from pillarbox.dns.resolver import Mx, RType, Status, Txt
from pillarbox.dns.zone import Zones
from pillarbox.mailauth.publish import quote_txt
from pillarbox.trace.step import Step
from tests.cli.mail import NOW, Clock

ZONE = r"""
a.example. IN A 192.0.2.1
a.example. IN AAAA 2001:db8::1
a.example. IN MX 10 mx.A.example.
a.example. IN TXT "one; \"two\" \\ \200" "three"
b.example. IN CNAME a.example.
1.2.0.192.in-addr.arpa. IN PTR a.example.
$FAIL dead.example
"""


def recorded(*answers):
    """Keep answers in a step as evidence does, and read them again."""
    step = Step(key="spf.pass", at=0.0, evidence={"answers": evidence.answers(answers)})
    return read_answers([step])


@pytest.mark.parametrize(
    ("name", "rtype"),
    [
        ("a.example", RType.A),
        ("a.example", RType.AAAA),
        ("a.example", RType.MX),
        ("a.example", RType.TXT),
        ("b.example", RType.A),
        ("1.2.0.192.in-addr.arpa", RType.PTR),
        ("none.example", RType.A),
        ("a.example", RType.TLSA),
        ("dead.example", RType.A),
    ],
)
def test_an_answer_survives_as_evidence(name, rtype):
    answer = Zones(ZONE, Clock()).look_up(name, rtype)
    (again,) = recorded(answer)
    plain = replace(answer, records=())
    assert replace(again, records=()) == plain
    assert again.values == answer.values


@given(st.lists(st.binary(min_size=1, max_size=200), min_size=1, max_size=2))
def test_any_txt_survives(strings):
    text = " ".join('"' + "".join(f"\\{octet:03d}" for octet in string) + '"' for string in strings)
    answer = Zones(f"a.example. IN TXT {text}\n", Clock()).look_up("a.example", RType.TXT)
    (again,) = recorded(answer)
    if sum(len(record.text) for record in answer.records) < evidence.MAX_TEXT:
        assert again.values == (Txt(tuple(strings)),)
    else:
        assert again.status is Status.FAILED


def test_what_was_cut_is_not_believed():
    text = quote_txt("v=spf1 " + "x" * evidence.MAX_TEXT)
    answer = Zones(f"a.example. IN TXT {text}\n", Clock()).look_up("a.example", RType.TXT)
    (again,) = recorded(answer)
    assert (again.status, again.problem) == (
        Status.FAILED, "evidence cannot be read: the record was cut",
    )  # fmt: skip


@given(
    st.recursive(
        st.none() | st.text() | st.floats() | st.booleans(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_evidence_is_read_without_a_crash(kept):
    base = {"name": "a.example", "type": "A", "status": "noerror"}
    for answers in (kept, [kept], [base | {"records": kept}], [base | {"asked_at": kept}]):
        read_answers([Step(key="x", at=0.0, evidence={"answers": answers})])


def test_only_what_was_asked_then_is_answered():
    resolver = Recorded(recorded(Zones(ZONE, Clock()).look_up("a.example", RType.A)), NOW)
    known = asyncio.run(resolver.resolve("A.Example.", RType.A))
    assert known.values == (ip_address("192.0.2.1"),)
    for _ in range(2):
        unknown = asyncio.run(resolver.resolve("a.example", RType.MX))
        assert unknown.failed
    assert resolver.missing == ["a.example MX"]


def test_publish_replaces():
    resolver = Recorded([], NOW)
    assert resolver.text("_dmarc.a.example") == ""
    resolver.publish("_dmarc.a.example", "v=DMARC1; p=reject")
    assert resolver.text("_dmarc.a.example") == "v=DMARC1; p=reject"
    assert resolver.missing == []


def test_mx_host_is_in_normal_form():
    (answer,) = recorded(Zones(ZONE, Clock()).look_up("a.example", RType.MX))
    assert answer.values == (Mx(10, "mx.a.example"),)


@pytest.mark.parametrize(
    ("record", "change", "wanted"),
    [
        ("v=DMARC1; p=none; rua=mailto:a@b.example", "p=reject",
         "v=DMARC1; p=reject; rua=mailto:a@b.example"),
        ("v=DMARC1;p=none", "sp=reject; adkim=s;", "v=DMARC1; p=none; sp=reject; adkim=s"),
        ("", "p=quarantine", "v=DMARC1; p=quarantine"),
        ("v=DMARC1; p=none", "v=DMARC1; p=reject", "v=DMARC1; p=reject"),
    ],
)  # fmt: skip
def test_change_policy(record, change, wanted):
    assert change_policy(record, change) == wanted


@pytest.mark.parametrize("change", ["reject", "p=", "v=DMARC2", "p=never", "=x"])
def test_wrong_policies(change):
    with pytest.raises(Invalid):
        change_policy("v=DMARC1; p=none", change)
