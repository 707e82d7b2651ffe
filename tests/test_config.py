"""config.py: what is wrong is named by file, line, key and reason."""

from pathlib import Path

import pytest

from pillarbox import config

WEB = """
hostname = "mx.example.org"
[[listener]]
protocol = "web"
port = 443
"""
GOOD = """hostname = "mx.example"
state = "data"
[[listener]]
protocol = "smtp"
port = 25
"""

WRONG = [
    ("no hostname", "listener = []\n", "hostname: this key is required"),
    ("bad toml", "hostname = \n", "not valid TOML"),
    ("bad name", GOOD.replace("mx.example", "-x"), "toml:1: hostname: '-x' is not a host name"),
    ("unknown key", GOOD + "prot = 1\n", "conf.toml:6: listener[0].prot: there is no such key"),
    ("wrong type", GOOD.replace("25", '"25"'), "conf.toml:5: listener[0].port: Expected `int`"),
    ("wrong choice", GOOD.replace('"smtp"', '"smpt"'), "listener[0].protocol: Invalid enum value"),
    ("port range", GOOD.replace("25", "70000"), "listener[0].port: must be 0 to 65535"),
    ("not an address", GOOD + 'address = "mx"\n', "listener[0].address: 'mx' is not an IP"),
    ("clear passwords", GOOD + "plaintext_auth = true\n", "only on loopback, not 0.0.0.0"),
    ("web without TLS", WEB + 'tls = "none"\n', "only on loopback or behind web.proxies"),
    ("web, STARTTLS", WEB + 'tls = "starttls"\n', 'must be "implicit" or "none"'),
    ("no network", GOOD + '[web]\nproxies = ["x"]\n', "web.proxies: 'x' does not"),
    ("no listener", 'hostname = "a"\nlistener = []\n', "listener: at least one is needed"),
    ("database", 'database = "mysql:"\n' + GOOD, "database: must be"),
    ("half a certificate", GOOD + '[tls]\nkey = "k"\n', "tls: certificate and key"),
    ("zero limit", GOOD + "[limits]\nrecipients = 0\n", "limits.recipients: must be greater"),
    ("network", GOOD + '[checks]\ntrusted_networks = ["1.2.3.4/99"]\n', "checks.trusted_networks"),
    ("workers", "workers = 99\n" + GOOD, "conf.toml:1: workers: must be"),
    ("sealer", GOOD + '[arc]\nsealers = ["lists"]\n', "arc.sealers: 'lists' is not a domain"),
    ("stranger", GOOD + '[arc]\nstranger = "trust"\n', "arc.stranger: Invalid enum value"),
    ("reachable", GOOD + '[web]\nreachable = ["127.0.0.1"]\n', "web.reachable"),
    ("reachable port", GOOD + '[web]\nreachable = ["[::1]:99999"]\n', "web.reachable"),
    ("forwarder", GOOD + '[forwarding]\nnetworks = ["1.2.3.4/8"]\n', "forwarding.networks"),
    ("list", GOOD + '[forwarding]\nlists = ["a.b c.d e.f"]\n', "is not LIST-ID or LIST-ID DOMAIN"),
    ("list name", GOOD + '[forwarding]\nlists = ["dev"]\n', "'dev' is not a domain name"),
    ("junk_to", GOOD + '[forwarding]\njunk_to = "x"\n', "forwarding.junk_to: 'x' is not"),
    ("srs_days", GOOD + "[forwarding]\nsrs_days = 0\n", "forwarding.srs_days: must be 1 to 365"),
    ("sts name", GOOD + '[mta_sts]\nmx = ["*"]\n', "mta_sts.mx: '*' is not a host name"),
    ("sts mode", GOOD + '[mta_sts]\nmode = "on"\n', "mta_sts.mode: Invalid enum value"),
    ("sender", GOOD + '[reports]\nsender = "x"\n', "reports.sender: 'x' is not an address"),
    ("retry", GOOD + "[outbound]\nretry_minutes = []\n", "outbound.retry_minutes"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "reason"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_wrong_settings_name_the_key(text, reason):
    with pytest.raises(config.WrongSettings) as caught:
        config.parse(text, Path("conf.toml"))
    assert reason in str(caught.value)
    assert str(caught.value).startswith("conf.toml")


def test_paths_are_relative_to_the_file(tmp_path):
    (tmp_path / "p.toml").write_text(GOOD)
    settings = config.load(tmp_path / "p.toml")
    assert settings.path("index.db") == tmp_path / "data" / "index.db"
    assert settings.listener[0].tls == "starttls"
    assert settings.tls.certificate == ""


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(config.WrongSettings, match="cannot be read: No such file"):
        config.load(tmp_path / "none.toml")


def test_secrets_are_not_shown():
    text = GOOD + '[provision]\naccounts = [{address = "a@b.example", password = "pw"}]\n'
    text = 'database = "postgresql://me:secret@db/x"\n' + text
    shown = str(config.as_json(config.parse(text, Path("p.toml"))))
    assert "secret" not in shown
    assert "pw" not in shown
