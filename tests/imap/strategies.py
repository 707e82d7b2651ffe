"""Hypothesis: sequence sets, names, wire pieces; and the settings that all tests here share."""

import itertools

from hypothesis import settings
from hypothesis import strategies as st

from pillarbox.imap.values import STAR

# The machine that runs the tests may be busy: time is no property.
quick = settings(deadline=None, max_examples=60)

RANGES = st.lists(
    st.tuples(*[st.integers(1, 60) | st.just(STAR) | st.integers(1, STAR - 1)] * 2), max_size=8
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
NAMES = st.text(
    st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from('&-/ éя日𝄞"\\'),
    min_size=1,
    max_size=20,
)
CUTS = st.lists(st.integers(0, 10_000), max_size=8)
WORDS = st.sampled_from(
    rb"""a1 |A |UID |FETCH |STORE |SEARCH |NOT |OR |( |)|FLAGS |+FLAGS.SILENT |\Seen |1:* |1,3:5 |
$ |BODY.PEEK[|HEADER.FIELDS |] |<0.10> |"x y" |"\"" |NIL |INBOX |* |% |RETURN |MIN |LIST |
STATUS |QRESYNC |CONDSTORE |SELECT |CHARSET |UTF-8 |SINCE |1-Feb-1994 |LARGER |7 |APPEND |
IDLE|DONE|AUTHENTICATE |PLAIN |= |LOGIN |u |p |ENABLE |ID |{3}|{3+}|~{3+}|abc|&AOk- |SORT |
THREAD |REFERENCES |REVERSE |DATE |MODSEQ |CREATE |RENAME |MOVE |COPY |EXPUNGE |KEYWORD |
BINARY[1] """.replace(b"\n", b"").split(b"|")
)
LINES = st.lists(WORDS, max_size=12).map(b"".join) | st.binary(max_size=30)


def pieces(wire, cuts):
    """Cut `wire` at the given places (modulo its length)."""
    places = sorted({0, len(wire), *(cut % (len(wire) + 1) for cut in cuts)})
    return [wire[a:b] for a, b in itertools.pairwise(places)]
