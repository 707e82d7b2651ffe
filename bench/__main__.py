"""`make bench`: Pillarbox and the servers it is compared with, in one run on the same work.

Needs root (network namespace, CPU accounting), the peers' Debian packages, and the load
harness: a folder named by PILLARBOX_BENCH (default ../shared/bench). Every process it starts
is ended, and what the servers stored is removed.
"""

import argparse
import json
import signal
import sys
import time
from statistics import median

from bench import harness, mailauth, mailboxes
from bench.harness import ingest, judged, peer, plain, signed
from bench.memory import memory
from bench.ours import GROUP, IMAP, LMTP, SMTP, Ours

CHECKED, UNCHECKED = "postfix-dovecot-milters", "postfix-dovecot-mdbox"
STALLED = f"{CHECKED} with delayed ACK"
KINDS = {1: "one message a connection", 100: "100 messages a connection"}
COLUMNS = ("what", "ours", "peer", "ratio", "target", "met")


class Samples(dict):
    """(server, work) -> what each repetition gave."""

    def note(self, server, work, sample):
        self.setdefault((server, work), []).append(sample)
        shown = ", ".join(f"{value:.2f}" for value in sample)
        print(f"  {server}, {work}: {shown}", file=sys.stderr, flush=True)

    def middle(self, server, work):
        return [median(column) for column in zip(*self[server, work], strict=True)]


def one_round(found, count):
    """Each server once, each as long as the others' speed lets it be measured."""
    mail, bare, part = signed(count), plain(count), count // 3
    with Ours():
        ingest(SMTP, IMAP, GROUP, mail, 100)
        for per_conn, kind in KINDS.items():
            found.note("pillarbox", kind, ingest(SMTP, IMAP, GROUP, mail, count, per_conn))
        judged(IMAP)
        found.note("pillarbox", "LMTP", ingest(LMTP, IMAP, GROUP, bare, count, 100, "--lmtp"))
    with peer(CHECKED) as at:
        ingest(at["smtp"], at["imap"], CHECKED, mail, 100)
        for per_conn, kind in KINDS.items():
            pair = ingest(at["smtp"], at["imap"], CHECKED, mail, part, per_conn)
            found.note(CHECKED, kind, pair)
        judged(at["imap"])
        harness.delayed_ack(on=True)
        try:
            for per_conn, kind in KINDS.items():
                pair = ingest(at["smtp"], at["imap"], CHECKED, mail, 200, per_conn)
                found.note(STALLED, kind, pair)
        finally:
            harness.delayed_ack(on=False)
    with peer(UNCHECKED) as at:
        ingest(at["smtp"], at["imap"], UNCHECKED, bare, 100)
        for per_conn, kind in KINDS.items():
            pair = ingest(at["smtp"], at["imap"], UNCHECKED, bare, part, per_conn)
            found.note(UNCHECKED, kind, pair)
        pair = ingest(at["lmtp"], at["imap"], UNCHECKED, bare, part, 100, "--lmtp")
        found.note(UNCHECKED, "LMTP", pair)


def row(what, ours, theirs, target=None, *, less=False):
    """Return one row; `less`: small numbers are good, the ratio is peer / ours."""
    ratio = theirs / ours if less else ours / theirs
    shown = ".2f" if less else ".0f"
    return (
        *(what, f"{ours:{shown}}", f"{theirs:{shown}}", f"{ratio:.1f}"),
        *((f">= {target}", "yes" if ratio >= target else "no") if target else ("", "")),
    )


def ingest_rows(found):
    rows = []
    for kind in KINDS.values():
        ours, full = found.middle("pillarbox", kind), found.middle(CHECKED, kind)
        bare, stalled = found.middle(UNCHECKED, kind), found.middle(STALLED, kind)
        rows += [
            row(f"{CHECKED}, {kind}: messages/s", ours[0], full[0], 8),
            row(f"{CHECKED}, {kind}: CPU ms a message", ours[1], full[1], 8, less=True),
            row(f"{UNCHECKED}, {kind}: messages/s", ours[0], bare[0], 4),
            row(f"{STALLED}, {kind}: messages/s", ours[0], stalled[0]),
        ]
    ours, theirs = found.middle("pillarbox", "LMTP"), found.middle(UNCHECKED, "LMTP")
    rows.append(row("Dovecot LMTP: messages/s", ours[0], theirs[0]))
    rows.append(row("Dovecot LMTP: CPU ms a message", ours[1], theirs[1], less=True))
    return rows


def memory_rows(found):
    idle, connection = found.middle("pillarbox", "memory")
    return [
        ("idle server, 2 workers: MiB PSS", f"{idle:.0f}", "", "", "<= 200",
         "yes" if idle <= 200 else "no"),
        ("idle TLS IMAP connection, signed in: KiB PSS", f"{connection:.1f}", "", "", "<= 40",
         "yes" if connection <= 40 else "no"),
    ]  # fmt: skip


def main():
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="repetitions; medians are shown")
    parser.add_argument("-n", type=int, default=3000, help="messages for each of our runs")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that all is ended
    harness.prepare(options.n)
    begun = time.monotonic()
    found = Samples()
    harness.delayed_ack(on=False)
    try:
        with peer("dns"):
            for _ in range(options.rounds):
                found.note("pillarbox", "memory", memory())
                one_round(found, options.n)
            rows = ingest_rows(found) + memory_rows(found)
            rows += [row(*cells, less=True) for cells in mailboxes.measure(options.rounds)]
            rows += mailauth.measure()
    finally:
        harness.delayed_ack(on=True)
    print(f"  took {time.monotonic() - begun:.0f} s", file=sys.stderr)
    if options.json:
        samples = {", ".join(key): values for key, values in found.items()}
        table = [dict(zip(COLUMNS, cells, strict=True)) for cells in rows]
        print(json.dumps({"rows": table, "samples": samples}, indent=2))
        return
    print("| what | Pillarbox | peer | ratio | target | met |")
    print("| --- | --- | --- | --- | --- | --- |")
    for cells in rows:
        print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
