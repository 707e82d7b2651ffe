"""imap/event.py: the state machine."""

from pillarbox.imap import command as c
from pillarbox.imap.event import MACHINE, State


def test_machine_names_every_state():
    before = {state for states, _, _ in MACHINE.values() for state in states}
    assert before | {State.LOGOUT} == set(State)


def test_what_may_be_given_before_login():
    """RFC 9051 §6.2, and ID (RFC 2971 §3.1)."""
    found = {kind for kind, (states, _, _) in MACHINE.items() if State.NOT_AUTHENTICATED in states}
    assert found == {
        c.Capability,
        c.Noop,
        c.Id,
        c.Logout,
        c.StartTls,
        c.Authenticate,
        c.Login,
    }


def test_no_command_leaves_for_a_state_that_does_not_follow():
    for states, accepted, refused in MACHINE.values():
        if State.NOT_AUTHENTICATED not in states:
            assert State.NOT_AUTHENTICATED not in (accepted, refused)
