"""Rights: root given up for a system user, and files that only their owner may read."""

import grp
import os
import pwd
from pathlib import Path


def become(user: str) -> None:
    """Give up root for a system user, for good. Raises KeyError if there is none."""
    entry = pwd.getpwnam(user)
    groups = [g.gr_gid for g in grp.getgrall() if user in g.gr_mem]
    os.setgroups([entry.pw_gid, *groups])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, replacing it in one step."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_bytes(data)
    new.replace(path)
