"""vCards of other programs become cards, and cards vCards; nothing that is known gets lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.jmap import card as cards
from pillarbox.jmap import card_vcard
from pillarbox.jmap.error import SetError
from pillarbox.mime import vcard
from pillarbox.mime.vcard import format_vcard, parse_vcards

PHONE = b"""\
BEGIN:VCARD\r
VERSION:3.0\r
N:Berg;Anna;Maria;Dr.;\r
FN:Dr. Anna Maria Berg\r
ORG:Werk\\, GmbH;Einkauf\r
TITLE:Leiterin\r
item1.EMAIL;type=INTERNET;type=pref:anna@example.org\r
item1.X-ABLabel:_$!<School>!$_\r
EMAIL;TYPE=WORK:a.berg@werk.example\r
TEL;TYPE=CELL,VOICE:+49 170 12\r
 34\r
ADR;TYPE=HOME:;;Am Berg 1;Bonn;;53111;Germany\r
NOTE:Erste Zeile\\nzweite\\; Zeile\r
BDAY:1980-02-29\r
CATEGORIES:Familie,Garten\r
PHOTO;ENCODING=b;TYPE=JPEG:QUJD\r
X-SPECIAL;FOO="a:b":kept\\, as it is\r
UID:anna-1\r
END:VCARD\r
"""
OLD = b"""\
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6rg
FN;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:J=F6rg =
M=FCller
TEL;HOME;VOICE:030 1
END:VCARD
"""


def read(octets):
    return [card_vcard.card_of(lines) for lines in parse_vcards(octets)]


def test_what_a_telephone_writes():
    (card,) = read(PHONE)
    assert card["name"] == {
        "components": [
            {"kind": "surname", "value": "Berg"},
            {"kind": "given", "value": "Anna"},
            {"kind": "given2", "value": "Maria"},
            {"kind": "title", "value": "Dr."},
        ],
        "full": "Dr. Anna Maria Berg",
    }
    assert card["organizations"] == {"1": {"name": "Werk, GmbH", "units": [{"name": "Einkauf"}]}}
    assert card["emails"] == {
        "1": {"address": "anna@example.org", "pref": 1, "label": "School"},
        "2": {"address": "a.berg@werk.example", "contexts": {"work": True}},
    }
    assert card["phones"]["1"]["number"] == "+49 170 1234"
    assert card["phones"]["1"]["features"] == {"mobile": True, "voice": True}
    assert card["addresses"]["1"]["contexts"] == {"private": True}
    assert {"kind": "locality", "value": "Bonn"} in card["addresses"]["1"]["components"]
    assert card["notes"] == {"1": {"note": "Erste Zeile\nzweite; Zeile"}}
    date = {"@type": "PartialDate", "year": 1980, "month": 2, "day": 29}
    assert card["anniversaries"] == {"1": {"kind": "birth", "date": date}}
    assert card["keywords"] == {"Familie": True, "Garten": True}
    assert card["media"] == {"1": {"kind": "photo", "uri": "data:image/jpeg;base64,QUJD"}}
    assert card["vCardProps"] == [["x-special", {"foo": "a:b"}, "unknown", "kept\\, as it is"]]
    assert card["uid"] == "anna-1"
    assert cards.check(card)
    assert cards.emails(card) == ("anna@example.org", "a.berg@werk.example")


def test_what_old_programs_write():
    (card,) = read(OLD)
    assert cards.full_name(card) == "Jörg Müller"
    assert cards.component(card, "surname") == "Müller"
    assert card["phones"] == {
        "1": {"number": "030 1", "features": {"voice": True}, "contexts": {"private": True}}
    }


@pytest.mark.parametrize("version", ["4.0", "3.0"])
def test_what_is_written_is_read_again(version):
    (card,) = read(PHONE)
    card["emails"]["1"].pop("label")
    written = format_vcard(card_vcard.lines_of(card, cards.full_name(card), version), version)
    assert read(written) == [card]
    assert all(len(line) <= vcard.FOLD for line in written.split(b"\r\n"))


@pytest.mark.parametrize(
    ("octets", "count"),
    [
        (b"", 0),
        (b"BEGIN:VCARD\nEND:VCARD\n", 0),
        (b"BEGIN:VCARD\nFN:A\n", 0),
        (b"FN:A\nEND:VCARD\n", 0),
        (b"BEGIN:VCARD\nFN:A\nEND:VCARD\n" * 3, 3),
        (b"BEGIN:VCARD\nFN:A\nBEGIN:VCARD\nFN:B\nEND:VCARD\nEND:VCARD\n", 1),
        (b"BEGIN:VCARD\nFN:A\nEND:VCARD\n" * (vcard.MAX_CARDS + 5), vcard.MAX_CARDS),
        ("BEGIN:VCARD\nFN:Ä\nEND:VCARD\n".encode("utf-16"), 1),
    ],
)
def test_files(octets, count):
    assert len(read(octets)) == count


def test_hostile_lines_are_left_out():
    long = b"PHOTO:data:" + b"x" * (vcard.MAX_LINE + 1)
    many = b"NOTE:n\n" * (vcard.MAX_LINES + 10)
    (card,) = read(b"BEGIN:VCARD\nFN:A\n" + long + b"\n" + many + b"END:VCARD\n")
    assert "media" not in card
    assert len(card["notes"]) < vcard.MAX_LINES
    quotes = b'TEL;X="' * 20_000
    assert read(b"BEGIN:VCARD\nFN:A\n" + quotes + b"\nEND:VCARD\n")


@given(st.binary(max_size=300))
def test_any_octets_are_read(octets):
    for part in (octets, b"BEGIN:VCARD\n" + octets + b"\nEND:VCARD"):
        list(map(card_vcard.card_of, parse_vcards(part)))


NAMES = ["FN", "N", "TEL", "EMAIL", "ORG", "ADR", "BDAY", "PHOTO", "CATEGORIES", "IMPP", "X-A"]
LINES = st.builds(
    "{}{}:{}".format,
    st.sampled_from(NAMES),
    st.sampled_from(["", ";TYPE=work", ";PREF=1", ";ENCODING=b", ';LABEL="a,b^n"', ";CELL"]),
    st.text(max_size=30),
)


@given(st.lists(LINES, max_size=8))
def test_what_was_read_can_be_checked_and_written(lines):
    octets = "\r\n".join(["BEGIN:VCARD", *lines, "END:VCARD"]).encode("utf-8", "replace")
    for card in read(octets):
        try:
            checked = cards.check(card)
        except SetError:
            continue
        for version in ("4.0", "3.0"):
            list(parse_vcards(format_vcard(card_vcard.lines_of(checked, "A", version), version)))
        cards.words(checked)
        cards.emails(checked)


TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=20)


@given(name=TEXT, email=TEXT, note=TEXT, pref=st.integers(1, 100))
def test_round_trips(name, email, note, pref):
    name, email, note = name.strip(), email.strip().removeprefix("mailto:"), note.strip()
    if not name or not email or not note:
        return
    card = {
        "uid": "u",
        "name": {"full": name, "components": [{"kind": "surname", "value": name}]},
        "emails": {"1": {"address": email, "pref": pref}},
        "notes": {"1": {"note": note}},
    }
    assert read(format_vcard(card_vcard.lines_of(card, name), "4.0")) == [card]


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)
KEYS = [
    "name", "emails", "phones", "addresses", "organizations", "titles", "media", "keywords", "uid",
    "anniversaries", "members", "vCardProps", "kind", "updated", "notes", "onlineServices",
]  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from(KEYS),
        st.one_of(JSON, st.dictionaries(st.just("a"), st.dictionaries(
            st.sampled_from(["name", "address", "kind", "uri", "number", "date", "contexts",
                             "features", "units", "components", "full", "note", "pref"]),
            JSON, max_size=5))),
    )
)  # fmt: skip
def test_any_card_is_right_or_refused(card):
    try:
        checked = cards.check(card)
    except SetError:
        return
    name = cards.full_name(checked)
    cards.words(checked)
    cards.emails(checked)
    for version in ("4.0", "3.0"):
        list(parse_vcards(format_vcard(card_vcard.lines_of(checked, name, version), version)))
