"""imap/command.py: what the values promise to each other."""

from typing import get_args

from pillarbox.imap import command as c
from pillarbox.imap.event import MACHINE


def test_each_command_has_a_place_in_the_machine():
    assert set(get_args(c.Command)) == set(MACHINE)


def test_defaults_are_not_shared():
    assert c.Qresync(1, 2).match_uids == c.Qresync(1, 2).match_numbers
    assert not c.Qresync(1, 2).match_uids
