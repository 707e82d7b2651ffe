"""The load harness and the peers: found, copied to bench/run, set up, run, ended.

The harness is a folder with bench_smtp.py, bench_imap.py, bench_pop3.py, peers.py, corpus.py,
mkdns.py and incg.sh, named by PILLARBOX_BENCH (default ../shared/bench).
"""

import json
import os
import pwd
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]
RUN = ROOT / "bench" / "run" / "peers"
HARNESS = Path(os.environ.get("PILLARBOX_BENCH") or ROOT / ".." / "shared" / "bench")
SPACE = "bench"  # the network namespace; the harness wants this name
SECONDS = 120  # no single step takes longer


def unusable(reason):
    """End: the bench cannot run here. One line, exit status 2."""
    print(f"bench: {reason}", file=sys.stderr)
    raise SystemExit(2)


def sh(*words, **options):
    """Run one command of the set-up; its words on stderr are shown when it fails."""
    done = subprocess.run(
        words, check=False, capture_output=True, text=True, timeout=SECONDS, **options
    )
    if done.returncode:
        raise SystemExit(f"bench: {' '.join(map(str, words))}: {done.stderr[-2000:]}")
    return done.stdout


def prepare(count):
    """Copy the harness; make the user, the network namespace and `count` signed messages."""
    if not (HARNESS / "bench_smtp.py").exists():
        unusable(f"no load harness in {HARNESS}; set PILLARBOX_BENCH to its folder")
    if os.geteuid() != 0:
        unusable("needs root, for a network namespace and CPU accounting")
    if not Path("/sys/fs/cgroup/cpuacct").is_dir():
        unusable("needs the cpuacct control group (cgroup v1) to account for CPU")
    RUN.mkdir(parents=True, exist_ok=True)
    for file in HARNESS.iterdir():
        if file.is_file():
            shutil.copy(file, RUN / file.name)
    try:
        pwd.getpwnam("vmail")
    except KeyError:
        sh("useradd", "-u", "5000", "-m", "vmail")
    if SPACE not in sh("ip", "netns", "list").split():
        sh("ip", "netns", "add", SPACE)
    sh("ip", "-n", SPACE, "link", "set", "lo", "up")
    etc = Path("/etc/netns") / SPACE
    etc.mkdir(parents=True, exist_ok=True)
    (etc / "resolv.conf").write_text("nameserver 127.0.0.1\n")
    (RUN / "corpus").mkdir(exist_ok=True)
    corpus("small", count)
    if not (RUN / signed(count)).exists():
        sh(sys.executable, "mkdns.py", "sign", plain(count), signed(count), cwd=RUN)


def plain(count):
    return f"corpus/small-{count}.bin"


def signed(count):
    return f"corpus/small-{count}-signed.bin"


def corpus(kind, count):
    """Make a corpus once; return its name below RUN."""
    name = f"corpus/{kind}-{count}.bin"
    if not (RUN / name).exists():
        sh(sys.executable, "corpus.py", kind, str(count), name, cwd=RUN)
    return name


def delayed_ack(*, on):
    """Let the kernel delay acknowledgements on the namespace's loopback, or not.

    libmilter and Postfix leave Nagle's algorithm on. With delayed acknowledgements (Linux's
    default) each message then waits three times 44 ms in the milters' TCP connections, with
    both cores idle. Unix sockets, as Debian sets milters up, know no such wait.
    """
    for network in ("127.0.0.0/8", "127.0.0.1"):
        sh(
            *("ip", "-n", SPACE, "route", "replace", "local", network, "dev", "lo"),
            *("proto", "kernel", "scope", "host", "src", "127.0.0.1", "table", "local"),
            *(() if on else ("quickack", "1")),
        )


def inside(*words):
    """Return a command line that runs in the network namespace.

    Not `ip netns exec`, which mounts a /sys of its own and so hides the CPU accounting.
    """
    return ["nsenter", f"--net=/run/netns/{SPACE}", *words]


@contextmanager
def peer(name):
    """Start a peer; yield its ports; end its processes and remove its files."""
    try:
        sh(sys.executable, "peers.py", "start", name, cwd=RUN)
        yield json.loads(sh(sys.executable, "peers.py", "info", name, cwd=RUN))
    finally:
        sh(sys.executable, "peers.py", "wipe", name, cwd=RUN)


def load(program, meter, *words):
    """Run a load program on the server in cgroup `meter`; return its JSON lines."""
    out = sh(*inside(sys.executable, program, "--cgroup", meter, *map(str, words)), cwd=RUN)
    return [json.loads(line) for line in out.splitlines()]


def ingest(port, imap, meter, corpus_name, count, per_conn=100, *extra):
    """Return (messages/s until delivered, server CPU ms for each message)."""
    result = load(
        *("bench_smtp.py", meter, "--port", port, "--corpus", corpus_name, "-n", count),
        *("-c", 10, "--per-conn", per_conn, "--count", f"imap:127.0.0.1:{imap}", *extra),
    )[-1]
    if result["bad"] or result["delivered"] != count:
        raise SystemExit(f"bench: not all was delivered: {result}")
    return result["delivered_per_s"], result["cpu_s_per_1000"]


VERDICTS = """
import imaplib, sys
c = imaplib.IMAP4('127.0.0.1', int(sys.argv[1]), 20)
c.login('user1@example.test', 'pw')
last = c.select(readonly=True)[1][0].decode()
head = c.fetch(last, '(BODY.PEEK[HEADER])')[1][0][1].decode('latin1')
print(*sorted(v for v in ('spf=pass', 'dkim=pass', 'dmarc=pass') if v in head))
"""


def judged(imap):
    """Raise unless the last message delivered to user1 says that all three checks passed."""
    found = sh(*inside(sys.executable, "-c", VERDICTS, str(imap)))
    if found.split() != ["dkim=pass", "dmarc=pass", "spf=pass"]:
        raise SystemExit(f"bench: the server on port {imap} did not judge its mail: {found!r}")
