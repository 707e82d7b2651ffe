"""`pillarbox`: the entry point and the list of commands."""

from typing import Final

import click

from pillarbox import __version__
from pillarbox.cli.frame import Program

_HERE: Final = "pillarbox.cli"
MODULES: Final = {
    "serve": (f"{_HERE}.serve", "Run the server."),
    "lab": (f"{_HERE}.lab", "Run three mail domains on this machine, to learn and to try."),
    "quickstart": (f"{_HERE}.quickstart", "Set up a real host for a domain."),
    "domain": (f"{_HERE}.domain", "Domains: add, list, DNS records to publish, check them."),
    "account": (f"{_HERE}.account", "Accounts: add, list, password, quota, disable."),
    "alias": (f"{_HERE}.alias", "Aliases: addresses that stand for others."),
    "forward": (f"{_HERE}.forward", "Mail that is passed on: will it survive, whom we know."),
    "queue": (f"{_HERE}.queue", "The queue of mail for other servers."),
    "trace": (f"{_HERE}.trace", "What happened to a message, and why."),
    "send": (f"{_HERE}.send", "Write a message."),
    "verify": (f"{_HERE}.verify", "Judge a message on disk (SPF, DKIM, DMARC), and explain."),
    "sign": (f"{_HERE}.sign", "Sign or seal a message on disk (DKIM, ARC)."),
    "reports": (f"{_HERE}.reports", "What other servers report about our domains' mail."),
    "check": (f"{_HERE}.check", "Judge what any domain publishes for mail, and what to mend."),
    "store": (f"{_HERE}.store", "The database and the stored messages: check them."),
}

_EPILOG: Final = """\
Examples:
  pillarbox lab
  pillarbox quickstart example.org --address 192.0.2.1
  pillarbox account add anna@example.org
  pillarbox trace list --address anna@example.org --since 1d

Shell completion (put the line into your shell's start-up file):
  bash:  eval "$(_PILLARBOX_COMPLETE=bash_source pillarbox)"      in ~/.bashrc
  zsh:   eval "$(_PILLARBOX_COMPLETE=zsh_source pillarbox)"       in ~/.zshrc
  fish:  _PILLARBOX_COMPLETE=fish_source pillarbox | source       in config.fish

Exit codes: 0 all is well, 1 it failed or something was found, 2 wrong command line."""


@click.command(
    "pillarbox",
    cls=Program,
    modules=MODULES,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="pillarbox")
def program() -> None:
    """A complete email system that explains itself."""


def main() -> None:
    """Run the command line and end the process."""
    program(prog_name="pillarbox")
