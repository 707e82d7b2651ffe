"""policies.py: which key of the settings means what for mail that is passed on."""

from pathlib import Path

from pillarbox import config, policies
from pillarbox.mailauth.srs import Rewriter

BASE = 'hostname = "mx.example"\n{top}[[listener]]\nprotocol = "smtp"\nport = 25\n{rest}'


def settings(top="", rest=""):
    return config.parse(BASE.format(top=top, rest=rest), Path("conf.toml"))


def test_known_forwarders():
    found = policies.known_forwarders(
        settings(
            rest='[arc]\nsealers = ["Lists.Example"]\n[forwarding]\nnetworks = ["192.0.2.0/24"]\n'
            'lists = ["dev.lists.example", "ops.lists.example project.example"]\n'
        )
    )
    assert [(k.kind.value, k.value, k.signer) for k in found] == [
        ("sealer", "lists.example", ""),
        ("network", "192.0.2.0/24", ""),
        ("list", "dev.lists.example", "lists.example"),
        ("list", "ops.lists.example", "project.example"),
    ]
    assert policies.known_forwarders(settings()) == []


def test_return_addresses_can_be_left_alone():
    rewriter = Rewriter(b"s" * 32)
    assert policies.forwarding_policy(settings(), rewriter).rewriter is rewriter
    off = policies.forwarding_policy(settings("srs = false\n"), rewriter)
    assert off.rewriter is None


def test_rules():
    made = policies.rules(settings(rest='[arc]\nstranger = "junk"\n'))
    assert (made.stranger, made.dmarc_reject, made.spf_fail) == ("junk", True, "junk")
