"""`pillarbox queue`: mail on its way to other servers."""

from collections.abc import Callable
from typing import Any

import click

from pillarbox.cli import terminal, values
from pillarbox.cli.errors import Failure
from pillarbox.cli.frame import Group, Place, json_option, pass_place
from pillarbox.cli.installation import Installation
from pillarbox.serve.notify import QUEUE
from pillarbox.store import queue_admin
from pillarbox.store.database import Transaction
from pillarbox.store.ids import QueueId
from pillarbox.store.queue import Item, Recipient

Entry = tuple[Item, list[Recipient]]

PAGE = 500


@click.group("queue", cls=Group, examples="pillarbox queue list")
def command() -> None:
    """Mail on its way to other servers. Numbers are those of `queue list`."""


@command.command(
    "list",
    examples="""
    pillarbox queue list
    pillarbox queue list --domain example.net --json
    """,
)
@click.option("--domain", type=values.domain, help="Only what goes to one domain.")
@json_option
@pass_place
def list_(place: Place, domain: str | None, *, as_json: bool) -> None:
    """List what waits, oldest first."""
    found = Installation(place.settings()).read(_everything, domain)
    if as_json:
        terminal.show_json([_as_json(entry) for entry in found])
        return
    terminal.table(
        ("number", "from", "to", "is", "tries", "next", "last answer"),
        [
            (
                str(item.item_id),
                item.sender or "<>",
                recipient.address,
                recipient.state.name.lower(),
                str(recipient.attempts),
                terminal.time(recipient.act_at),
                _answer(recipient),
            )
            for item, recipients in found
            for recipient in recipients
        ],
        right=(0, 4),
    )


def _everything(tx: Transaction, domain: str | None) -> list[Entry]:
    found: list[Entry] = []
    after = 0
    while page := queue_admin.list_(tx, PAGE, after):
        after = page[-1][0].item_id
        for item, recipients in page:
            kept = [r for r in recipients if domain is None or r.domain == domain]
            if kept:
                found.append((item, kept))
    return found


def _answer(recipient: Recipient) -> str:
    words = (str(recipient.last_code or ""), recipient.last_enhanced, recipient.last_text)
    return " ".join(filter(None, words))


def _as_json(entry: Entry) -> dict[str, Any]:
    item, recipients = entry
    return {
        "id": item.item_id,
        "sender": item.sender,
        "octets": item.octets,
        "trace": item.trace_id,
        "created_at": terminal.iso(item.created_at),
        "expires_at": terminal.iso(item.expires_at),
        "recipients": [
            {
                "address": recipient.address,
                "domain": recipient.domain,
                "state": recipient.state.name.lower(),
                "attempts": recipient.attempts,
                "next_at": terminal.iso(recipient.act_at),
                "attempted_at": terminal.iso(recipient.attempted_at),
                "code": recipient.last_code,
                "enhanced": recipient.last_enhanced,
                "text": recipient.last_text,
                "peer": recipient.last_peer,
            }
            for recipient in recipients
        ],
    }


@command.command("show", examples="pillarbox queue show 7")
@click.argument("number", type=int)
@json_option
@pass_place
def show(place: Place, number: int, *, as_json: bool) -> None:
    """Show one message of the queue: recipients, tries, the last answer of each server."""
    entry = Installation(place.settings()).read(queue_admin.get, QueueId(number))
    if as_json:
        terminal.show_json(_as_json(entry))
        return
    item, recipients = entry
    terminal.say(f"Number    {item.item_id}")
    terminal.say(f"From      {item.sender or '<>'}")
    terminal.say(f"Size      {terminal.octets(item.octets)}")
    terminal.say(f"Since     {terminal.time(item.created_at)}")
    terminal.say(f"Given up  {terminal.time(item.expires_at)}")
    terminal.say(
        f"Trace     pillarbox trace show {item.trace_id}" if item.trace_id else "Trace     none"
    )
    for recipient in recipients:
        next_at = f", next try {terminal.time(recipient.act_at)}" if recipient.act_at else ""
        terminal.say(f"To        {recipient.address}: {recipient.state.name.lower()}{next_at}")
        if recipient.attempts:
            peer = f" by {recipient.last_peer}" if recipient.last_peer else ""
            when = terminal.time(recipient.attempted_at)
            terminal.say(f"          {recipient.attempts} tries, the last {when}{peer}:")
            terminal.say(f"          {_answer(recipient) or 'no answer'}")


@command.command("hold", examples="pillarbox queue hold 7 8")
@click.argument("numbers", type=int, nargs=-1, required=True)
@json_option
@pass_place
def hold(place: Place, numbers: tuple[int, ...], *, as_json: bool) -> None:
    """Keep messages in the queue until `release`."""
    _change(place, queue_admin.hold, numbers, "held", as_json=as_json)


@command.command("release", examples="pillarbox queue release 7 8")
@click.argument("numbers", type=int, nargs=-1, required=True)
@json_option
@pass_place
def release(place: Place, numbers: tuple[int, ...], *, as_json: bool) -> None:
    """Send held messages now."""
    _change(place, queue_admin.release, numbers, "released", as_json=as_json)


@command.command(
    "retry",
    examples="""
    pillarbox queue retry 7
    pillarbox queue retry --domain example.net
    """,
)
@click.argument("numbers", type=int, nargs=-1)
@click.option("--domain", type=values.domain, help="Everything that waits for one domain.")
@json_option
@pass_place
def retry(place: Place, numbers: tuple[int, ...], domain: str | None, *, as_json: bool) -> None:
    """Try now, without waiting for the next time."""
    if bool(numbers) == bool(domain):
        raise click.UsageError("give either NUMBERS or --domain")
    if domain:
        here = Installation(place.settings())
        count = here.write(queue_admin.try_domain_now, domain)
        here.hint({QUEUE})
        _tell(count, "tried now", as_json=as_json)
    else:
        _change(place, queue_admin.try_now, numbers, "tried now", as_json=as_json)


@command.command("remove", examples="pillarbox queue remove 7 --yes")
@click.argument("numbers", type=int, nargs=-1, required=True)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@pass_place
def remove(place: Place, numbers: tuple[int, ...], *, yes: bool, as_json: bool) -> None:
    """Take messages out of the queue. The sender gets no notice."""
    if not yes:
        click.confirm("Remove them without telling the sender?", abort=True, err=True)
    _change(place, queue_admin.remove, numbers, "removed", as_json=as_json)


def _change(
    place: Place,
    change: Callable[[Transaction, QueueId], int],
    numbers: tuple[int, ...],
    done: str,
    *,
    as_json: bool,
) -> None:
    """Do the same to each, all or none of them."""

    def all_(tx: Transaction) -> int:
        return sum(change(tx, QueueId(number)) for number in numbers)

    here = Installation(place.settings())
    count = here.write(all_)
    here.hint({QUEUE})
    _tell(count, done, as_json=as_json)
    if not count:
        raise Failure(f"none of their recipients could be {done}")


def _tell(count: int, done: str, *, as_json: bool) -> None:
    if as_json:
        terminal.show_json({"recipients": count})
    else:
        terminal.say(f"{count} recipients {done}.")
