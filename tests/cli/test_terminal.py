import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.cli import terminal


@given(st.text())
def test_clean_text_has_nothing_that_a_terminal_obeys(text):
    shown = terminal.clean(text)
    assert len(shown) == len(text)
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1536, "1.5 KiB"),
        (5 * 2**20, "5.0 MiB"),
        (3 * 2**40, "3.0 TiB"),
        (2**61, "2048.0 PiB"),
    ],
)
def test_octets(count, words):
    assert terminal.octets(count) == words


def test_times():
    moment = dt.datetime(2026, 3, 1, 13, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert terminal.time(moment) == "2026-03-01 12:00:00Z"
    assert terminal.iso(moment) == "2026-03-01T12:00:00+00:00"
    assert terminal.time(None) == ""
    assert terminal.iso(None) is None


def test_a_table_in_a_pipe_is_neither_cut_nor_coloured(capsys):
    long = "x" * 500
    terminal.table(("a", "b"), [("proven", long), ("[bold]", "\x1b[2J")], right=(0,))
    out = capsys.readouterr().out
    assert long in out
    assert "[bold]" in out
    assert "\x1b" not in out
    assert all(line == line.rstrip() for line in out.splitlines())


def test_json_is_ascii(capsys):
    terminal.show_json({"subject": "Grüße \u202e\x9b"})
    out = capsys.readouterr().out
    assert out.isascii()
    assert json.loads(out) == {"subject": "Grüße \u202e\x9b"}


def test_notes_go_to_standard_error(capsys):
    terminal.note("look")
    terminal.say("done")
    out, err = capsys.readouterr()
    assert (out, err) == ("done\n", "look\n")
