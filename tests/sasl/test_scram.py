"""sasl/scram.py."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.sasl import scram
from tests.smtp.strategies import octets

FIRST = [
    (b"n,,n=user,r=abc", ("n", "", "", "user", "abc")),
    (b"y,a=x=2Cy,n=a=3Db,r=,,", None),
    (b"y,a=x=2Cy,n=a=3Db,r=q", ("y", "", "x,y", "a=b", "q")),
    (b"p=tls-server-end-point,,n=u,r=n,ext=1", ("p", "tls-server-end-point", "", "u", "n")),
    (b"n,,m=x,n=u,r=n", None),
    (b"n,,n=,r=n", None),
    (b"n,,n=u=,r=n", None),
    (b"n,,n=u=2c,r=n", None),
    (b"n,,n=\xff,r=n", None),
    (b"n,,n=\x01,r=n", None),
    (b"x,,n=u,r=n", None),
    (b"n,n=u,r=n", None),
    (b"n,,n=u,r=a b", None),
    (b"n,,n=" + b"u" * 9000 + b",r=n", None),
]
FINAL = [
    (b"c=biws,r=n,p=YWI=", (b"n,,", "n", b"ab")),
    (b"c=biws,r=n,x=y,p=YWI=", (b"n,,", "n", b"ab")),
    (b"c=biws,r=n", None),
    (b"c=b,r=n,p=YWI=", None),
    (b"c=biws,r=n,p=YWI", None),
    (b"r=n,c=biws,p=YWI=", None),
]


@pytest.mark.parametrize(("message", "expected"), FIRST)
def test_first(message, expected):
    if expected is None:
        with pytest.raises(scram.ScramProblem):
            scram.parse_first(message)
        return
    first = scram.parse_first(message)
    assert (first.flag, first.binding, first.authzid, first.username, first.nonce) == expected
    assert first.header + first.bare == message


@pytest.mark.parametrize(("message", "expected"), FINAL)
def test_final(message, expected):
    if expected is None:
        with pytest.raises(scram.ScramProblem):
            scram.parse_final(message)
        return
    final = scram.parse_final(message)
    assert (final.channel, final.nonce, final.proof) == expected


@given(st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1))
def test_names_round_trip(name):
    assert scram.decode_name(scram.encode_name(name)) == name
    assert b"," not in scram.encode_name(name)


@given(octets(min_size=32, max_size=32), octets(min_size=32, max_size=32))
def test_xor(left, right):
    assert scram.xor(scram.xor(left, right), right) == left
