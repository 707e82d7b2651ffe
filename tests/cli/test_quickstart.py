import json
from pathlib import Path

import pytest

from pillarbox import config
from pillarbox.base import password as passwords
from pillarbox.base.password import Credentials
from pillarbox.cli import blueprint
from pillarbox.cli.installation import Installation
from pillarbox.store import accounts, dkim_keys


@pytest.fixture
def site(bare, tmp_path):
    """A host set up for example.org: (what --json said, settings)."""
    said = json.loads(bare("quickstart", "example.org", "--folder", "site", "--json").stdout)
    return said, config.load(tmp_path / "site" / "pillarbox.toml")


def test_the_settings_serve_a_real_host(site):
    _, settings = site
    assert settings.hostname == "mail.example.org"
    served = {(one.protocol, one.port, one.tls) for one in settings.listener}
    assert served == {
        ("smtp", 25, "starttls"),
        ("submission", 587, "starttls"),
        ("submission", 465, "implicit"),
        ("imap", 143, "starttls"),
        ("imap", 993, "implicit"),
        ("pop3", 110, "starttls"),
        ("pop3", 995, "implicit"),
        ("web", 443, "implicit"),
        ("http", blueprint.STATUS_PORT, "none"),
    }
    assert not any(one.plaintext_auth for one in settings.listener)
    assert [one.address for one in settings.listener if one.protocol == "http"] == ["127.0.0.1"]


def test_domain_keys_and_first_account_are_there(site):
    said, settings = site
    here = Installation(settings)
    assert len(here.read(dkim_keys.list_, "example.org")) == 2
    account = here.read(accounts.find, "postmaster@example.org")
    assert account is not None
    credentials = Credentials.decode(account.credentials)
    assert passwords.verify(credentials, said["password"])
    assert len(said["records"]) == 6


def test_files_are_private(site, tmp_path):
    def mode(name):
        return (tmp_path / "site" / name).stat().st_mode & 0o777

    assert mode("pillarbox.toml") & 0o007 == 0
    assert mode("state") == 0o700
    assert mode("state/master.key") == 0o600


def test_the_password_is_printed_and_not_kept(site, tmp_path):
    said, _ = site
    for path in (tmp_path / "site").rglob("*"):
        if path.is_file():
            assert said["password"].encode() not in path.read_bytes()


def test_nothing_is_overwritten(bare, site, tmp_path):
    file = tmp_path / "site" / "pillarbox.toml"
    before = file.read_bytes()
    line = bare("quickstart", "example.org", "--folder", "site", code=1).stderr
    assert line == f"pillarbox: {file}: exists already, and nothing is overwritten\n"
    assert file.read_bytes() == before
    file.unlink()
    line = bare("quickstart", "example.org", "--folder", "site", code=1).stderr
    assert line.endswith("state: is not empty, and nothing is overwritten\n")
    assert not file.exists()


def test_it_says_what_to_do_next(bare, tmp_path):
    args = ("quickstart", "example.org", "--address", "2001:db8::1", "--hostname", "mx.example.org")
    shown = bare(*args).stdout
    for words in (
        "mx.example.org  AAAA",
        "2001:db8::1",
        "example.org  MX",
        "v=DKIM1; k=ed25519",
        "[Service]",
        "ExecStart=",
        "domain check example.org",
        "shown only now",
    ):
        assert words in shown
    settings = config.load(tmp_path / "pillarbox.toml")
    assert {one.address for one in settings.listener} == {"2001:db8::1", "127.0.0.1"}


def test_the_new_installation_takes_commands(bare):
    bare("quickstart", "example.org")
    bare("account", "add", "anna@example.org", "--generate")
    assert len(json.loads(bare("account", "list", "--json").stdout)) == 2


def test_a_failure_leaves_no_settings_behind(bare, tmp_path, monkeypatch):
    def fail(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pillarbox.cli.quickstart.foundation.add_domain", fail)
    assert "No space left" in bare("quickstart", "example.org", code=1).stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("-x.example",), "No such option"),
        (("a b",), "is not a domain name"),
        (("example.org", "--address", "here"), "is not an IP address"),
    ],
)
def test_usage(bare, args, words):
    assert words in bare("quickstart", *args, code=2).stderr


def test_units():
    path = Path("/etc/pillarbox/pillarbox.toml")
    with_user = blueprint.unit_text("/usr/bin/pillarbox", path, "mail")
    assert "ExecStart=/usr/bin/pillarbox serve --config /etc/pillarbox/pillarbox.toml" in with_user
    # The server becomes the user of the settings itself, after it has opened the ports.
    assert "User=" not in with_user
    assert "AmbientCapabilities=CAP_NET_BIND_SERVICE" in blueprint.unit_text("p", path, "")
