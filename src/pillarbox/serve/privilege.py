"""Rights: root given up for a system user, and files that only their owner may read."""

import ctypes
import os
import pwd
import stat
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger()

_PR_SET_NO_NEW_PRIVS: Final = 38  # prctl(2)


class StillRoot(Exception):
    """Root could be had back, so nothing may be served."""


def become(user: str) -> None:
    """Give up root for a system user, for good. Raises KeyError if there is none.

    Raises StillRoot if there was a way back: what serves strangers must not have one.
    """
    entry = pwd.getpwnam(user)
    os.setgroups(os.getgrouplist(user, entry.pw_gid))
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
    # Nor by a program that belongs to root: execve(2) gives no rights any more.
    ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if entry.pw_uid and _way_back():
        raise StillRoot(f"{user}: root could be had back")


def _way_back() -> bool:
    try:
        os.setuid(0)
    except PermissionError:
        return 0 in (*os.getresuid(), *os.getresgid())
    return True


def hand_over(folder: Path, user: str) -> None:
    """Give a folder and all in it to a system user. Raises KeyError if there is none.

    The folder may have been that user's for long, so nothing in it is trusted: no link is
    followed, and no file is given away that has another name elsewhere.
    """
    entry = pwd.getpwnam(user)
    for _, folders, files, place in os.fwalk(folder, follow_symlinks=False):
        _give(".", place, entry)
        for name in (*folders, *files):
            _give(name, place, entry)


def _give(name: str, place: int, entry: pwd.struct_passwd) -> None:
    known = os.stat(name, dir_fd=place, follow_symlinks=False)
    if (known.st_uid, known.st_gid) == (entry.pw_uid, entry.pw_gid):
        return
    if stat.S_ISREG(known.st_mode) and known.st_nlink > 1:
        log.warning("state.linked_elsewhere", file=name)
        return
    os.chown(name, entry.pw_uid, entry.pw_gid, dir_fd=place, follow_symlinks=False)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, replacing it in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600, exist_ok=False)
    new.write_bytes(data)
    new.replace(path)
