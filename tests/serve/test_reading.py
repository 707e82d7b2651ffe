"""Messages as they are shown: what is joined, what is kept, and what takes too long."""

import pytest

from pillarbox.base.errors import NotFound
from pillarbox.serve import reading
from pillarbox.serve.reading import Readings
from pillarbox.serve.view_token import Tokens
from pillarbox.store import accounts, domains
from pillarbox.store.connect import connect
from tests.fakes import START, FakeClock
from tests.serve.web.letters import file, letter, picture


class House:
    def __init__(self, db, account_id):
        self.db, self.account_id = db, account_id
        self.readings = Readings(db, Tokens(b"k" * 32), lambda host: host)

    async def open(self, octets, remote="blocked"):
        self.number = await file(self.db, self.account_id, octets)
        return await self.again(remote)

    async def again(self, remote="blocked"):
        return await self.readings.open(self.account_id, self.number, remote, START)


@pytest.fixture
async def house(tmp_path):
    def fill(tx):
        domains.add(tx, "example.org")
        return accounts.create(tx, "ann@example.org", "x").account_id

    db = connect(tmp_path / "store", "", FakeClock())
    await db.open()
    yield House(db, await db.write(fill))
    await db.close()


async def test_flowed_text_is_joined(house):
    found = await house.open(letter(("text/plain; format=flowed", "one \r\ntwo\r\n\r\nthree")))
    assert (found.page, found.text) == (None, "one two\n\nthree")


async def test_texts_one_below_the_other(house):
    found = await house.open(letter(("text/plain", "one"), ("text/plain", "two")))
    assert found.text == "one\ntwo"


async def test_parts_of_a_page_cannot_reach_into_each_other(house):
    found = await house.open(
        letter(
            ("text/html", "<div><b title='x"),
            ("text/html", "y'><i>two</i>"),
            ("text/plain", "</pre><b>three"),
            ("image/gif", picture("GIF")),
        )
    )
    assert found.page.markup == (
        "<div></div>\n"
        "y'&gt;<i>two</i>\n"
        "<pre>&lt;/pre&gt;&lt;b&gt;three</pre>\n"
        '<p><img src="part/4" alt=""></p>'
    )


async def test_alternatives_are_chosen_from(house):
    found = await house.open(
        letter(("text/plain", "plain"), ("text/html", "<p>html"), kind="alternative")
    )
    assert found.page.markup == "<p>html</p>"
    assert found.text is None
    assert found.attachments == ()


async def test_what_takes_too_long_is_shown_as_text(house, monkeypatch):
    monkeypatch.setattr(reading, "PATIENCE_SECONDS", 0)
    found = await house.open(letter(("text/html", "<p>Hello</p><script>x</script><p>you")))
    assert found.page.problem == "slow"
    assert "Hello" in found.page.markup
    assert "<script" not in found.page.markup


async def test_readings_are_kept_for_each_way_to_show(house):
    first = await house.open(letter(("text/html", '<img src="https://a.example/1">')))
    assert await house.again() is first
    assert "src" not in first.page.markup
    assert 'src="/img/' in (await house.again("proxied")).page.markup


async def test_readings_are_kept_within_bounds(house, monkeypatch):
    monkeypatch.setattr(reading, "MAX_KEPT", 3500)
    first = await house.open(letter(("text/plain", "one")))
    for _ in range(4):
        await house.open(letter(("text/plain", "more")))
    house.number = 1
    assert len(house.readings._kept) <= 3
    assert first not in house.readings._kept.values()


async def test_what_is_not_there(house):
    await house.open(letter(("text/plain", "x")))
    with pytest.raises(NotFound):
        await house.readings.part(house.account_id, house.number, "7")
    house.number = 999
    with pytest.raises(NotFound):
        await house.again()


async def test_sizes(house):
    body = "x" * 5000
    found = await house.open(letter(("text/plain", "a"), ("application/x", body)))
    assert [(one.size, one.type) for one in found.attachments] == [(5000, "text/plain")]


async def test_sizes_of_large_parts_are_worked_out(house, monkeypatch):
    monkeypatch.setattr(reading, "EXACT_OCTETS", 100)
    for octets in (999, 1000, 1001, 1002):
        found = await house.open(letter(("text/plain", "a"), ("image/png", b"\x01" * octets)))
        assert [one.size for one in found.attachments] == [octets]
