"""serve/allocator.py: a large block that is freed goes back to the system, each time."""

import ctypes
import platform
import subprocess
import sys

import pytest

from pillarbox.serve.allocator import LARGE_OCTETS

# Freeing a mapped block makes glibc take the next one from the heap, unless it was told.
PROGRAM = f"""
import ctypes, sys
from pillarbox.serve.allocator import keep_large_blocks_apart
if sys.argv[1] == "told":
    assert keep_large_blocks_apart()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.malloc.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
libc.free.argtypes = [ctypes.c_void_p]
libc.free(libc.malloc({2 * LARGE_OCTETS}))
block = libc.malloc({2 * LARGE_OCTETS})
for line in open("/proc/self/maps"):
    first, last = (int(end, 16) for end in line.split()[0].split("-"))
    if first <= block < last:
        print("heap" if "[heap]" in line else "apart")
"""


@pytest.mark.parametrize(("told", "where"), [("told", "apart"), ("untold", "heap")])
def test_large_blocks_are_mapped_apart(told, where):
    if platform.libc_ver()[0] != "glibc" or not hasattr(ctypes.CDLL(None), "mallopt"):
        pytest.skip("needs glibc")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, told], check=True, capture_output=True, text=True
    )
    assert done.stdout.strip() == where
