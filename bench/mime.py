"""How long it takes to read a message: parts, ENVELOPE, BODYSTRUCTURE, the whole summary.

    .venv/bin/python bench/mime.py

A message of 6 KB: multipart/mixed with multipart/alternative and a file, some twenty header
fields. CPU time of the best of seven runs, in microseconds.
"""

import base64
import random
import time

from pillarbox.mime import structure, summary, tree
from pillarbox.mime.header import parse_header

TIMES = 500
RUNS = 7


def message():
    """Return the message that is read."""
    rng = random.Random(1)
    received = "".join(
        f"Received: from mx{n}.example.com (mx{n}.example.com [192.0.2.{n}])\r\n"
        f"\tby mail.example.org with ESMTPS id {rng.getrandbits(64):x};\r\n"
        f"\tThu, 1 Jan 2026 10:0{n}:00 +0000\r\n"
        for n in range(4)
    )
    words = ("lorem", "ipsum", "dolor", "sit", "amet", "consectetur", "adipiscing")
    text = "".join(" ".join(rng.choices(words, k=10)) + "\r\n" for _ in range(20))
    page = "".join(f"<p>{' '.join(rng.choices(words, k=9))}</p>\r\n" for _ in range(20))
    data = base64.encodebytes(rng.randbytes(1200)).replace(b"\n", b"\r\n").decode()
    return (
        f"Return-Path: <ann@example.com>\r\n{received}"
        "From: =?utf-8?q?Ann_M=C3=BCller?= <ann@example.com>\r\n"
        "To: Bob <bob@example.org>, Carl <carl@example.org>\r\n"
        "Cc: dora@example.net\r\nSubject: Re: =?utf-8?b?R3LDvMOfZQ==?= from the bench\r\n"
        "Date: Thu, 1 Jan 2026 10:00:00 +0000\r\nMessage-ID: <1@example.com>\r\n"
        "In-Reply-To: <0@example.org>\r\nReferences: <a@example.org> <0@example.org>\r\n"
        "User-Agent: Bench\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="outer"\r\n\r\n'
        '--outer\r\nContent-Type: multipart/alternative; boundary="inner"\r\n\r\n'
        "--inner\r\nContent-Type: text/plain; charset=utf-8\r\n"
        f"Content-Transfer-Encoding: quoted-printable\r\n\r\n{text}\r\n"
        f"--inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{page}\r\n--inner--\r\n"
        '--outer\r\nContent-Type: application/pdf; name="a.pdf"\r\n'
        'Content-Disposition: attachment; filename="a.pdf"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{data}\r\n--outer--\r\n"
    ).encode()


def structures(octets):
    """Do what FETCH (ENVELOPE BODYSTRUCTURE) tells."""
    header = parse_header(octets)
    root = tree.parse(octets, header)
    return structure.envelope(header), structure.structures(octets, root)


def best(work, octets):
    """Return the least microseconds that one call took."""
    least = float("inf")
    for _ in range(RUNS):
        begun = time.process_time()
        for _ in range(TIMES):
            work(octets)
        least = min(least, time.process_time() - begun)
    return least / TIMES * 1e6


def main():
    octets = message()
    print(f"a message of {len(octets)} octets")
    for name, work in (
        ("header", parse_header),
        ("header and parts", lambda m: tree.parse(m, parse_header(m))),
        ("parts, ENVELOPE, BODYSTRUCTURE", structures),
        ("summary (all that the store keeps)", summary.summarise),
    ):
        print(f"{name:36} {best(work, octets):7.0f} us")


if __name__ == "__main__":
    main()
