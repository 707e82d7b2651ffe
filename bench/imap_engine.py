"""IMAP engine: parsing FETCH commands, writing FETCH responses, the session's view.

CPU time, best of several runs:  python bench/imap_engine.py
"""

import time
from collections.abc import Callable

from pillarbox.imap import format_fetch as ff
from pillarbox.imap.event import Request, State
from pillarbox.imap.format import Reply, greeting
from pillarbox.imap.parse import parse
from pillarbox.imap.section import header_fields
from pillarbox.imap.server import ServerConnection
from pillarbox.imap.tokens import Tokens, tokenize
from pillarbox.imap.values import sequence_set
from pillarbox.imap.view import Changed, Expunged, View

FETCH = (
    b"A0123 UID FETCH 1:200 (UID FLAGS INTERNALDATE RFC822.SIZE "
    b"BODY.PEEK[HEADER.FIELDS (DATE FROM SUBJECT)])"
)
HEADER = b"".join(b"X-Field-%d: some value or other, not long\r\n" % n for n in range(40)) + b"\r\n"


def best(what: Callable[[], object], count: int, runs: int = 7) -> float:
    """Return microseconds for one of `count` things that `what` does."""
    times = []
    for _ in range(runs):
        start = time.process_time()
        what()
        times.append(time.process_time() - start)
    return min(times) / count * 1e6


def parse_fetches() -> None:
    for _ in range(5000):
        tokens = Tokens(tokenize(FETCH))
        tokens.at = 2
        parse(tokens)


def pipeline() -> None:
    engine = ServerConnection(greeting("x"), preauthenticated=True)
    engine.receive(b"s SELECT x\r\n" + (FETCH + b"\r\n") * 5000)
    while event := engine.next_event():
        assert isinstance(event, Request)
        engine.send_tagged(Reply.OK, "Done")
    assert engine.state is State.SELECTED
    engine.data_to_send()


def literal() -> None:
    engine = ServerConnection(greeting("x"), preauthenticated=True)
    engine.receive(b"a APPEND x {64000000+}\r\n")
    engine.next_event()
    engine.accept_literal()
    chunk = b"x" * 65536
    for _ in range(64_000_000 // 65536):
        engine.receive(chunk)
        engine.next_event()


def flag_lines() -> None:
    words = ff.FlagWords()
    seen, none = ("\\Seen",), ()
    rows = [(n, n + 7, words(seen if n & 1 else none), 5000 + n) for n in range(1, 10_001)]
    ff.flag_lines(rows, modseq=True, uid=True)


ENVELOPE = b'ENVELOPE ("Wed, 17 Jul 1996 02:23:25 -0700" "IMAP4rev2 WG" ((NIL NIL "x" "y")))'


def full_lines() -> None:
    words = ff.FlagWords()
    b"".join(
        [
            ff.fetch_line(
                n,
                [
                    ff.uid_item(n + 7),
                    b"FLAGS " + words(("\\Seen",)),
                    ff.size_item(4321),
                    ENVELOPE,
                ],
            )
            for n in range(1, 10_001)
        ]
    )


def view() -> None:
    mailbox = View(range(1, 100_001))
    mailbox.apply(Expunged(range(1, 100_001, 100)))
    for uid in range(2, 100_001, 100):
        mailbox.apply(Changed(uid, ("\\Seen",), uid))
    mailbox.take_updates(allow_expunge=True)
    mailbox.select(sequence_set(range(1, 50_001)), uid=True)


def fields() -> None:
    for _ in range(500):
        header_fields(HEADER, [b"X-Field-7", b"Date"])


if __name__ == "__main__":
    chunks = 64_000_000 // 65536
    print(f"parse one FETCH of {len(FETCH)} octets          {best(parse_fetches, 5000):8.2f} us")
    print(f"... through the engine, answered          {best(pipeline, 5000):8.2f} us")
    print(f"FETCH (UID FLAGS MODSEQ), one line        {best(flag_lines, 10_000):8.2f} us")
    print(f"FETCH (UID FLAGS SIZE ENVELOPE), one line {best(full_lines, 10_000):8.2f} us")
    print(f"HEADER.FIELDS out of 40 fields            {best(fields, 500):8.2f} us")
    print(f"APPEND, each chunk of 64 KiB              {best(literal, chunks, 3):8.2f} us")
    print("view of 100 000: 1000 expunged, 1000 changed, 50 000 selected")
    print(f"                                          {best(view, 1, 5):8.0f} us")
