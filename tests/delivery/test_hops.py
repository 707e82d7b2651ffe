"""delivery/hops.py: the claimed way, waits, and clocks that differ."""

from datetime import UTC, datetime, timedelta

import pytest

from pillarbox.delivery.hops import MAX_HOPS, claimed, way
from pillarbox.mime.header import parse_header
from pillarbox.trace import words

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


def header(*times):
    """A message that passed h0, h1, ... at these seconds after noon; None: without a date."""
    fields = []
    for number, seconds in enumerate(times):
        when = (
            ""
            if seconds is None
            else f"; {NOW + timedelta(seconds=seconds):%d %b %Y %H:%M:%S} +0000"
        )
        fields.append(f"Received: from x{number} by h{number}.example with ESMTPS{when}\r\n")
    return parse_header("".join(reversed(fields)).encode() + b"\r\n")


def test_the_oldest_first_and_all_claimed():
    steps = claimed(header(0, 1, 2), NOW)
    assert [step.params["by"] for step in steps] == ["h0.example", "h1.example", "h2.example"]
    assert all(step.claimed and step.key == "claimed.hop" for step in steps)
    assert [step.at - NOW.timestamp() for step in steps] == [0, 1, 2]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (60, ""),
        (61, "It had waited 61 seconds before that."),
        (840, "It had waited 14 minutes before that."),
        (3 * 3600, "It had waited 3 hours before that."),
        (3 * 86400, "It had waited 3 days before that."),
        (-2, ""),
        (-40, "The clocks differ by 40 seconds."),
    ],
)
def test_waits_and_clocks(seconds, told):
    _, step = claimed(header(0, seconds), NOW)
    sentence = words.sentence(step)
    assert (
        sentence.removeprefix("It passed h1.example, over an encrypted connection.").strip() == told
    )


def test_german():
    _, step = claimed(header(0, 840), NOW)
    assert words.sentence(step, "de").endswith("Davor lag sie 14 Minuten.")


def test_a_hop_without_a_date_is_passed_over():
    _, second, third = claimed(header(0, None, 840), NOW)
    assert second.at == NOW.timestamp()
    assert second.params["gap"] == "no"
    assert third.params["amount"] == 14


def test_a_hop_without_names_has_words():
    (step,) = claimed(parse_header(b"Received: (qmail 1); 1 Jan 2026 12:00:00 +0000\r\n\r\n"), NOW)
    assert words.sentence(step).startswith("It passed a server without a name, and nothing says")


def test_no_more_than_so_many():
    assert len(claimed(header(*range(MAX_HOPS + 20)), NOW)) == MAX_HOPS
    assert claimed(parse_header(b"Subject: x\r\n\r\n"), NOW) == []


@pytest.mark.parametrize(
    ("ago", "told"),
    [
        (0, ""),
        (60, ""),
        (14 * 60, "The last of them kept it for 14 minutes."),
        (-40, "Its clock and ours differ by 40 seconds."),
    ],
)
def test_the_way_ends_where_we_took_over(ago, told):
    steps = way(header(0), NOW + timedelta(seconds=ago))
    assert [step.key for step in steps] == ["claimed.hop", "boundary"]
    assert [step.claimed for step in steps] == [True, False]
    said = "What stands above is told by others; what follows we saw ourselves."
    assert words.sentence(steps[-1]) == " ".join(filter(None, (said, told)))


def test_without_received_lines_there_is_no_boundary():
    assert way(header(), NOW) == []
