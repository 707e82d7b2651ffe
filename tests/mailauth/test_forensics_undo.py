import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pillarbox.mailauth.forensics_finding import Cause
from pillarbox.mailauth.forensics_undo import undone

OLD = b"see https://www.example.org/a?b=c&d=e here\r\n"
LINKS = [
    b"https://x.example/?url=https%3A%2F%2Fwww.example.org%2Fa%3Fb%3Dc%26d%3De&data=1",
    b"https://x.example/url?a=https%3a%2f%2fwww.example.org%2fa%3fb%3dc%26d%3de&c=E,1",
    b"https://x.example/click?id=7&amp;u=https%3A%2F%2Fwww.example.org%2Fa%3Fb%3Dc%26d%3De",
    b"https://urldefense.example/v2/url?u=https-3A__www.example.org_a-3Fb-3Dc-26d-3De&d=x",
    b"https://urldefense.example/v3/__https://www.example.org/a?b=c&d=e__;!!ab!cd$",
]


@pytest.mark.parametrize("link", LINKS)
def test_links_are_led_back(link):
    body = OLD.replace(b"https://www.example.org/a?b=c&d=e", link)
    assert (Cause.LINKS_REWRITTEN, "", OLD) in list(undone(body))


@given(st.binary(max_size=500))
def test_each_body_is_another_one(body):
    seen = [changed for _, _, changed in undone(body)]
    assert body not in seen
    assert len(set(seen)) == len(seen)


@pytest.mark.parametrize(
    "piece",
    [
        b"https://",
        b"https://www.a/?x=y&",
        b"https://urldefense.a.",
        b"https://urldefense.aaa/v3/__https:",
        b"Content-Transfer-Encoding: base64\r\n",
        b"A" * 76 + b"\r\n",
        b"--",
        b" ",
    ],
)
def test_work_is_linear(piece):
    body = piece * (1_000_000 // len(piece))
    start = time.process_time()
    for _ in undone(body):
        pass
    assert time.process_time() - start < 3
