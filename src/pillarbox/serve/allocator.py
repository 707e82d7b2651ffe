"""The C library's allocator, told how a server with many connections uses memory.

uvloop gives each TLS connection a buffer of 256 KiB, of which most connections touch a page
or two. glibc maps such blocks apart at first, but after the first one is freed it takes them,
and everything up to 32 MiB, from the heap: from pages that were used before, and between small
blocks that live on. An idle TLS connection then occupies half as much again.
"""

import contextlib
import ctypes
from typing import Final

LARGE_OCTETS: Final = 128 * 1024
_M_MMAP_THRESHOLD: Final = -3  # mallopt(3)


def keep_large_blocks_apart() -> bool:
    """Map blocks of LARGE_OCTETS and more apart, for good; they go back when they are freed.

    For this process and its children. False where the C library knows no such wish.
    """
    with contextlib.suppress(OSError, AttributeError):
        return bool(ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE_OCTETS))
    return False
