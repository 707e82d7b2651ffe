"""Reading mail: IMAP and POP3 on one mailbox, Pillarbox and Dovecot (mdbox)."""

import sys
from statistics import median

from bench.harness import corpus, load, peer
from bench.ours import GROUP, IMAP, POP3, Ours

COUNT = 2000  # messages, some 40 MB
PEER = "dovecot-mdbox"
STEPS = (
    "load", "select", "flags", "env", "env2", "hdr", "hdrf", "full", "search", "store", "copy",
)  # fmt: skip


def measure(rounds):
    """Return (what, our ms, Dovecot's ms) for each step, medians of `rounds` repetitions."""
    with Ours():
        ours = one(IMAP, POP3, GROUP, rounds)
    with peer(PEER) as at:
        theirs = one(at["imap"], at["pop3"], PEER, rounds)
    return [(what, ours[what], theirs[what]) for what in ours if what in theirs]


def one(imap, pop3, meter, rounds):
    """Return step -> median of the milliseconds it took."""
    name = corpus("imap", COUNT)
    common = ("-n", COUNT, "--reps", rounds)
    lines = load("bench_imap.py", meter, *STEPS, "--port", imap, "--corpus", name, *common)
    lines += load("bench_pop3.py", meter, "--port", pop3, *common)
    steps = {}
    for line in lines:
        if "error" in line or "err" in line:
            raise SystemExit(f"bench: {line}")
        # What APPEND is loaded with depends on the server (LITERAL+, MULTIAPPEND).
        step = "load" if line["step"].startswith("load-") else line["step"]
        what = f"{line['bench'].upper()} {step}, {COUNT} messages: ms"
        steps.setdefault(what, []).append(line["wall_s"] * 1000)
    for what, values in steps.items():
        print(f"  {meter}, {what}: {median(values):.1f}", file=sys.stderr, flush=True)
    return {what: median(values) for what, values in steps.items()}
