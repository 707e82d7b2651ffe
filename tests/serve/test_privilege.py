"""serve/privilege.py: root is given up for good, and nothing outside is given away."""

import os
import pwd

import pytest

from pillarbox.serve import privilege

USER = "nobody"
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give root up")


def in_a_child(work):
    """Run `work` in a process of its own; return its exit code."""
    pid = os.fork()
    if pid == 0:
        code = 99
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


@as_root
def test_root_is_given_up_for_good():
    entry = pwd.getpwnam(USER)

    def work():
        privilege.become(USER)
        ids = {*os.getresuid()}, {*os.getresgid()}, {*os.getgroups()}
        if ids != ({entry.pw_uid}, {entry.pw_gid}, {*os.getgrouplist(USER, entry.pw_gid)}):
            return 1
        for back in (os.setuid, os.seteuid, os.setgid, os.setegid):
            try:
                back(0)
            except PermissionError:
                continue
            return 2
        return 0

    assert in_a_child(work) == 0


@as_root
def test_a_folder_is_handed_over_and_no_more(tmp_path):
    entry = pwd.getpwnam(USER)
    outside = tmp_path / "outside"
    outside.mkdir()
    for name in ("secret", "other"):
        (outside / name).write_text("of root")
    folder = tmp_path / "state"
    (folder / "packs").mkdir(parents=True)
    (folder / "packs" / "a").write_text("mail")
    (folder / "link").symlink_to(outside / "secret")
    (folder / "folder").symlink_to(outside)
    (folder / "hard").hardlink_to(outside / "other")
    privilege.hand_over(folder, USER)
    for path in (folder, folder / "packs", folder / "packs" / "a", folder / "link"):
        assert (path.lstat().st_uid, path.lstat().st_gid) == (entry.pw_uid, entry.pw_gid)
    for path in (outside, outside / "secret", outside / "other"):
        assert path.stat().st_uid == 0


def test_a_user_that_does_not_exist(tmp_path):
    with pytest.raises(KeyError):
        privilege.hand_over(tmp_path, "no-such-user-here")
    with pytest.raises(KeyError):
        privilege.become("no-such-user-here")


def test_a_private_file_is_replaced_in_one_step(tmp_path):
    path = tmp_path / "deep" / "key"
    outside = tmp_path / "outside"
    outside.write_text("kept")
    privilege.write_private(path, b"1")
    (tmp_path / "deep" / "key.new").symlink_to(outside)
    privilege.write_private(path, b"2")
    assert path.read_bytes() == b"2"
    assert path.stat().st_mode & 0o777 == 0o600
    assert outside.read_text() == "kept"
