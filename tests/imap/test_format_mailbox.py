"""imap/format_mailbox.py."""

import pytest

from pillarbox.imap import format_mailbox as f

LINES = [
    (f.list_line("INBOX", (), utf8=False), b'* LIST () "/" INBOX\r\n'),
    (
        f.list_line("é b", ("\\HasNoChildren", "\\Sent"), utf8=False),
        b'* LIST (\\HasNoChildren \\Sent) "/" "&AOk- b"\r\n',
    ),
    (
        f.list_line("é", ("\\Noselect",), utf8=True, delimiter=""),
        b'* LIST (\\Noselect) NIL "\xc3\xa9"\r\n',
    ),
    (
        f.list_line("Foo", (), utf8=False, child_info=("SUBSCRIBED",)),
        b'* LIST () "/" Foo ("CHILDINFO" ("SUBSCRIBED"))\r\n',
    ),
    (
        f.list_line("new", (), utf8=True, old_name="old x"),
        b'* LIST () "/" new ("OLDNAME" ("old x"))\r\n',
    ),
    (f.list_line("a", (), utf8=False, delimiter="\\", verb=b"LSUB"), b'* LSUB () "\\\\" a\r\n'),
    (
        f.status_line("blurdybloop", {"MESSAGES": 231, "UIDNEXT": 44292}, utf8=False),
        b"* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)\r\n",
    ),
    (
        f.status_line("a", {"APPENDLIMIT": None, "MAILBOXID": "F1"}, utf8=False),
        b"* STATUS a (APPENDLIMIT NIL MAILBOXID (F1))\r\n",
    ),
    (f.namespace_line([("", "/")], utf8=False), b'* NAMESPACE (("" "/")) NIL NIL\r\n'),
    (
        f.namespace_line([("", "/")], [("~", "/")], [("#s/", "/"), ("x y", "")], utf8=False),
        b'* NAMESPACE (("" "/")) (("~" "/")) (("#s/" "/")("x y" NIL))\r\n',
    ),
    (f.id_line(None), b"* ID NIL\r\n"),
    (f.id_line({}), b"* ID NIL\r\n"),
    (f.id_line({"name": "Pillarbox", "os": None}), b'* ID ("name" "Pillarbox" "os" NIL)\r\n'),
    (
        f.quota_line("", {"STORAGE": (10, 512), "MESSAGE": (1, 2)}, utf8=False),
        b'* QUOTA "" (STORAGE 10 512 MESSAGE 1 2)\r\n',
    ),
    (f.quotaroot_line("INBOX", [""], utf8=False), b'* QUOTAROOT INBOX ""\r\n'),
    (f.quotaroot_line("x", [], utf8=False), b"* QUOTAROOT x\r\n"),
]


@pytest.mark.parametrize(("found", "wire"), LINES)
def test_lines(found, wire):
    assert found == wire
