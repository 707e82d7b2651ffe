"""imap/subject.py (RFC 5256 §2.1)."""

import pytest
from hypothesis import given

from pillarbox.imap.subject import base_subject
from tests.imap.strategies import TEXT

FACTS = [
    ("", "", False),
    ("Hello", "Hello", False),
    ("Re: Hello", "Hello", True),
    ("RE : Hello", "Hello", True),
    ("Re[2]: Hello", "Hello", True),
    ("Re [2] : Hello", "Hello", True),
    ("Fwd: Re: fw: Hello", "Hello", True),
    ("[list] Hello", "Hello", False),
    ("[list] Re: [x] Hello", "Hello", True),
    ("[a] [b] Hello", "Hello", False),
    ("[only]", "[only]", False),
    ("Hello (fwd)", "Hello", True),
    ("Hello (fwd) (FWD) ", "Hello", True),
    ("[fwd: Hello]", "Hello", True),
    ("[Fwd: Re: [x] Hello (fwd)]", "Hello", True),
    ("  a \t\r\n b  ", "a b", False),
    ("Re:", "", True),
    ("Really", "Really", False),
    ("Re Hello", "Re Hello", False),
    ("[fwd: x] y", "y", False),
]


@pytest.mark.parametrize(("subject", "base", "is_reply"), FACTS)
def test_base_subject(subject, base, is_reply):
    assert base_subject(subject) == (base, is_reply)


@given(TEXT)
def test_the_base_is_its_own_base(subject):
    base, _ = base_subject(subject)
    assert base_subject(base)[0] == base
    assert base_subject("Re: " + subject)[0] == base
