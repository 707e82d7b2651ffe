"""The index of words: equal answers on both databases, and those of `lexicon.matches`."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pillarbox.base.analyzer import Phrase
from pillarbox.base.errors import TooLarge
from pillarbox.mime import lexicon
from pillarbox.mime.lexicon import FIELDS, TEXT, Asked
from pillarbox.store import search
from pillarbox.store.ids import AccountId, MessageId
from pillarbox.store.search import All, Not, OneOf, Progress
from pillarbox.store.search_index import SearchIndex

ANNA, BEN = AccountId(1), AccountId(12)
TOKENS = ["a", "ab", "abc", "b", "é", "東京", "京", "anna@x.org", "12", "x", "y", "{$|}~@a"]


class Undo(Exception):
    pass


@pytest.fixture
async def index(db, database_url, tmp_path, clock):
    index = SearchIndex.beside(db, tmp_path / "store", database_url, clock)
    await index.open()
    yield index
    await index.close()


def asked(text, field="text"):
    found = lexicon.ask(field, text)
    assert found is not None
    return found


def doc(**texts):
    return {field: texts[field].split() for field in FIELDS if field in texts}


MAIL = [
    (1, doc(subject="rechnung fur abril", body="sehr geehrte frau berg _ anna@x.org")),
    (5, doc(subject="berg und tal", body="rechnungen 2026 東京 京都 都", attachment="plan pdf")),
    (9, doc(subject="abril", body="nichts", list="liste x org", bcc="ben")),
]
QUESTIONS = [
    (asked("rechnung"), [5, 1]),
    (asked('"rechnung"'), [1]),
    (asked("RECHNUNG ABRIL", "subject"), [1]),
    (asked("berg", "subject"), [5]),
    (asked("abril berg"), [1]),
    (asked('"frau berg"'), [1]),
    (asked('"berg frau"'), []),
    (asked("anna@x.o"), [1]),
    (asked("京都"), [5]),
    (asked("都"), [5]),
    (asked("plan.pdf", "attachment"), [5]),
    (asked("liste.x.org", "list"), [9]),
    (asked("liste"), []),
    (asked("ben", "bcc"), [9]),
    (Not(asked("abril", "subject")), [5]),
    (All((asked("abril", "subject"), Not(asked("rechnung")))), [9]),
    (OneOf((asked("nichts"), asked("tal"))), [9, 5]),
    (All(()), [9, 5, 1]),
    (OneOf(()), []),
]


async def test_questions_find_messages_newest_first(index):
    await index.db.write(search.put, ANNA, MAIL, Progress(9, 3))
    await index.db.write(search.put, BEN, MAIL[:1], Progress(1))
    for query, found in QUESTIONS:
        assert await index.db.scan(search.find, ANNA, query) == found, query
    assert await index.db.scan(search.find, ANNA, All(()), 2) == [9, 5]
    assert await index.db.scan(search.find, BEN, All(())) == [1]
    assert await index.db.scan(search.progress, ANNA) == (9, 3)
    assert await index.db.scan(search.progresses) == {ANNA: (9, 3), BEN: (1, 0)}


async def test_what_is_removed_is_not_found(index):
    await index.db.write(search.put, ANNA, MAIL, Progress(9))
    await index.db.write(search.put, ANNA, MAIL, Progress(9))
    await index.db.write(search.remove, ANNA, [5, 77])
    assert await index.db.scan(search.indexed, ANNA) == [1, 9]
    assert await index.db.scan(search.indexed, ANNA, 1, 5) == [9]
    assert await index.db.scan(search.find, ANNA, asked("berg")) == [1]
    await index.db.write(search.forget, ANNA)
    assert await index.db.scan(search.progress, ANNA) == (0, 0)


async def test_an_index_of_another_version_is_made_anew(index):
    await index.db.write(search.put, ANNA, MAIL, Progress(9))
    await index.db.write(search.prepare)
    assert await index.db.scan(search.indexed, ANNA) == [1, 5, 9]
    await index.db.write(lambda tx: tx.run("UPDATE search_version SET version = 0"))
    await index.db.write(search.prepare)
    assert await index.db.scan(search.indexed, ANNA) == []
    assert await index.db.scan(search.progresses) == {}


async def test_numbers_have_a_limit(index):
    with pytest.raises(TooLarge):
        await index.db.write(search.put, AccountId(2**23), [], Progress())
    with pytest.raises(TooLarge):
        await index.db.write(search.put, ANNA, [], Progress(2**40))


async def test_the_largest_document_fits(index):
    many = [f"{number:012d}" for number in range(lexicon.MAX_TOKENS)]
    long = ["日" * 40 + str(number) for number in range(lexicon.MAX_TOKENS)]
    often = ["same", "other"] * lexicon.MAX_TOKENS
    found = {
        name: lexicon.limited(tokens[:])
        for name, tokens in {"subject": many, "body": long, "to": often}.items()
    }
    await index.db.write(search.put, ANNA, [(1, found)], Progress(1))
    for tokens in (many[-1:], found["body"][-1:], ["same", "other"]):
        query = Asked(TEXT, (Phrase(tuple(tokens)),))
        assert await index.db.scan(search.find, ANNA, query) == [1]


documents = st.dictionaries(
    st.sampled_from(FIELDS), st.lists(st.sampled_from(TOKENS), min_size=1, max_size=6), max_size=3
)
phrases = st.builds(
    Phrase, st.lists(st.sampled_from(TOKENS), min_size=1, max_size=3).map(tuple), st.booleans()
)
conditions = st.builds(
    Asked,
    st.sampled_from([TEXT, *[(field,) for field in FIELDS]]),
    st.lists(phrases, min_size=1, max_size=2).map(tuple),
)
queries = st.recursive(
    conditions,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda found: All(tuple(found))),
        st.lists(inner, max_size=3).map(lambda found: OneOf(tuple(found))),
        inner.map(Not),
    ),
    max_leaves=5,
)


def means(query, found):
    match query:
        case Asked():
            return lexicon.matches(found, query)
        case All(inner):
            return all(means(one, found) for one in inner)
        case OneOf(inner):
            return any(means(one, found) for one in inner)
        case Not(inner):
            return not means(inner, found)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(found=st.lists(documents, max_size=6), asked_for=st.lists(queries, min_size=1, max_size=8))
def test_the_index_finds_what_the_words_say(shared_db, found, asked_for):
    def work(tx):
        search.prepare(tx)
        search.clear(tx)
        numbered = [(MessageId(number), one) for number, one in enumerate(found, 1)]
        search.put(tx, ANNA, numbered, Progress(len(found)))
        search.put(tx, BEN, numbered[:2], Progress(2))
        answers = [search.find(tx, ANNA, query) for query in asked_for]
        wanted = [
            [number for number, one in reversed(numbered) if means(query, one)]
            for query in asked_for
        ]
        assert answers == wanted
        raise Undo

    with pytest.raises(Undo):
        asyncio.run(shared_db.write(work))
