"""imap/capability.py."""

from pillarbox.imap import capability
from pillarbox.imap.format import capability as line


def test_before_login():
    open_ = capability.before_login((), starttls=True, login_disabled=True)
    assert open_[-2:] == (b"STARTTLS", b"LOGINDISABLED")
    secure = capability.before_login(
        ("SCRAM-SHA-256", "PLAIN"), starttls=False, login_disabled=False
    )
    assert secure[-2:] == (b"AUTH=SCRAM-SHA-256", b"AUTH=PLAIN")
    assert b"STARTTLS" not in secure


def test_after_login():
    names = capability.signed_in(35_651_584)
    assert len(set(names)) == len(names)
    assert names[-1] == b"APPENDLIMIT=35651584"
    assert not any(name.startswith((b"AUTH=", b"STARTTLS", b"LOGINDISABLED")) for name in names)
    assert not any(name.startswith(b"APPENDLIMIT") for name in capability.signed_in(None))
    assert line(names).startswith(b"* CAPABILITY IMAP4rev1 IMAP4rev2 ")
    enableable = {name.decode().upper() for name in names} & capability.ENABLEABLE
    assert enableable == capability.ENABLEABLE
