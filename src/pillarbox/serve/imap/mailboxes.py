"""Commands about mailboxes: LIST and its kin, STATUS, CREATE and the rest (RFC 9051 §6.3)."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from pillarbox.base.errors import NotFound
from pillarbox.imap import command as c
from pillarbox.imap import format_mailbox as fm
from pillarbox.store import mailboxes, quota, renaming
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId, MailboxId
from pillarbox.store.mailboxes import Mailbox, Role

ATTRIBUTES: Final = {
    Role.DRAFTS: "\\Drafts",
    Role.SENT: "\\Sent",
    Role.ARCHIVE: "\\Archive",
    Role.JUNK: "\\Junk",
    Role.TRASH: "\\Trash",
}
_ROLES: Final = {name.lower(): role for role, name in ATTRIBUTES.items()}


def create(tx: Transaction, account_id: AccountId, command: c.Create) -> Mailbox | None:
    """Do CREATE; None: it cannot have that special use (RFC 6154 §3).

    Raises what the store raises.
    """
    roles = [_ROLES.get(use.lower()) for use in command.use]
    if None in roles or len(roles) > 1:
        return None
    role = roles[0] if roles else None
    if role is not None and mailboxes.find_role(tx, account_id, role) is not None:
        return None
    return mailboxes.create(tx, account_id, command.mailbox, role)


def delete(tx: Transaction, account_id: AccountId, name: str) -> bool:
    """Do DELETE; False: there are mailboxes below it (RFC 9051 §6.3.5)."""
    box = require(tx, account_id, name)
    if box.role is not Role.INBOX and mailboxes.has_children(tx, account_id, box.mailbox_id):
        return False
    renaming.delete(tx, account_id, box.mailbox_id)
    return True


def rename(tx: Transaction, account_id: AccountId, old: str, new: str) -> None:
    """Do RENAME; of INBOX it moves the messages (RFC 9051 §6.3.6)."""
    renaming.rename(tx, account_id, require(tx, account_id, old).mailbox_id, new)


def require(tx: Transaction, account_id: AccountId, name: str) -> Mailbox:
    """Return the mailbox of that name. Raises NotFound."""
    found = mailboxes.find(tx, account_id, name)
    if found is None:
        raise NotFound(f"mailbox {name!r}")
    return found


Recents = Mapping[MailboxId, int]
Everything = tuple[list[Mailbox], list[str], Recents]


def everything(tx: Transaction, account_id: AccountId, items: Sequence[str] = ()) -> Everything:
    """Return all mailboxes, all subscribed names, and what `items` of STATUS need besides."""
    boxes = mailboxes.list_(tx, account_id)
    return boxes, mailboxes.subscriptions(tx, account_id), _recents(tx, account_id, items)


def one(tx: Transaction, account_id: AccountId, command: c.Status) -> tuple[Mailbox, Recents]:
    """Return one mailbox, and what the items of STATUS need besides. Raises NotFound."""
    box = require(tx, account_id, command.mailbox)
    return box, _recents(tx, account_id, command.items)


def _recents(tx: Transaction, account_id: AccountId, items: Sequence[str]) -> Recents:
    return mailboxes.recents(tx, account_id) if "RECENT" in items else {}


def list_lines(
    command: c.List,
    found: Everything,
    *,
    utf8: bool,
    append_limit: int,
) -> bytes:
    """Return the LIST responses, with STATUS where asked (RFC 5258, RFC 5819, RFC 6154)."""
    boxes, subscribed, recents = found
    if not command.extended and command.patterns == ("",):
        # RFC 3501 §6.3.8: asks for the delimiter.
        return fm.list_line("", ("\\Noselect",), utf8=utf8)
    matches = _matcher([command.reference + p for p in command.patterns])
    names = {box.name: box for box in boxes}
    parents = _parents(names)
    lines: list[bytes] = []
    only_subscribed = "SUBSCRIBED" in command.select
    recursive = "RECURSIVEMATCH" in command.select
    candidates = sorted({*names, *subscribed} if only_subscribed else names, key=_inbox_first)
    for name in candidates:
        box = names.get(name)
        attributes = _attributes(box, name in parents)
        is_subscribed = name in subscribed
        child_info: tuple[str, ...] = ()
        if recursive and any(_is_below(other, name) for other in subscribed):
            child_info = ("SUBSCRIBED",)
        if only_subscribed and not is_subscribed and not child_info:
            continue
        if "SPECIAL-USE" in command.select and (box is None or box.role not in ATTRIBUTES):
            continue
        if not matches(name):
            continue
        if is_subscribed and (only_subscribed or "SUBSCRIBED" in command.returns):
            attributes.append("\\Subscribed")
        lines.append(fm.list_line(name, attributes, utf8=utf8, child_info=child_info))
        if command.status and box is not None:
            lines.append(
                status_line(box, recents, command.status, utf8=utf8, append_limit=append_limit)
            )
    return b"".join(lines)


def list_of(box: Mailbox, *, utf8: bool) -> bytes:
    """Return the LIST response of one mailbox, as SELECT of IMAP4rev2 sends it."""
    attributes = [ATTRIBUTES[box.role]] if box.role in ATTRIBUTES else []
    return fm.list_line(box.name, attributes, utf8=utf8)


def lsub_lines(command: c.Lsub, found: Everything, *, utf8: bool) -> bytes:
    """Return the LSUB responses (RFC 3501 §6.3.9)."""
    boxes, subscribed, _ = found
    names = {box.name for box in boxes}
    pattern = command.reference + command.pattern
    matches = _matcher([pattern])
    lines = []
    shown: set[str] = set()
    for name in sorted(subscribed, key=_inbox_first):
        if matches(name):
            attributes = () if name in names else ("\\Noselect",)
            lines.append(fm.list_line(name, attributes, utf8=utf8, verb=b"LSUB"))
            shown.add(name)
        elif "%" in pattern:
            # A matching parent stands for subscribed names below it.
            parts = name.split("/")
            for end in range(1, len(parts)):
                parent = "/".join(parts[:end])
                if parent not in shown and parent not in subscribed and matches(parent):
                    shown.add(parent)
                    line = fm.list_line(parent, ("\\Noselect",), utf8=utf8, verb=b"LSUB")
                    lines.append(line)
    return b"".join(lines)


def status_line(
    box: Mailbox, recents: Recents, items: Iterable[str], *, utf8: bool, append_limit: int
) -> bytes:
    """Return the STATUS response of one mailbox."""
    values: dict[str, int | str | None] = {
        "MESSAGES": box.total,
        "RECENT": recents.get(box.mailbox_id, 0),
        "UIDNEXT": box.uidnext,
        "UIDVALIDITY": box.uidvalidity,
        "UNSEEN": box.unseen,
        "DELETED": box.deleted,
        "SIZE": box.octets,
        "HIGHESTMODSEQ": box.highest_modseq,
        "MAILBOXID": f"F{box.mailbox_id}",
        "APPENDLIMIT": append_limit,
    }
    return fm.status_line(
        box.name, {item: values[item] for item in items if item in values}, utf8=utf8
    )


def quota_lines(tx: Transaction, account_id: AccountId, *, utf8: bool) -> bytes:
    """Return the QUOTA response of the account's one quota root, "" (RFC 9208 §4.2.1)."""
    usage = quota.usage(tx, account_id)
    resources: dict[str, tuple[int, int]] = {}
    if usage.limit_octets:
        resources["STORAGE"] = (-(-usage.octets // 1024), usage.limit_octets // 1024)
    return fm.quota_line("", resources, utf8=utf8)


def _attributes(box: Mailbox | None, has_children: bool) -> list[str]:  # noqa: FBT001
    if box is None:
        return ["\\NonExistent"]
    attributes = ["\\HasChildren" if has_children else "\\HasNoChildren"]
    if box.role in ATTRIBUTES:
        attributes.append(ATTRIBUTES[box.role])
    return attributes


def _parents(names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for name in names:
        parts = name.split("/")
        found.update("/".join(parts[:end]) for end in range(1, len(parts)))
    return found


def _is_below(name: str, parent: str) -> bool:
    return name.startswith(parent + "/")


def _inbox_first(name: str) -> tuple[bool, str]:
    return (name != mailboxes.INBOX, name)


class _matcher:  # noqa: N801 - used like a function
    """Tell whether a name matches one of some LIST patterns: "*" all, "%" up to a "/"."""

    def __init__(self, patterns: Iterable[str]) -> None:
        expressions = [_expression(pattern) for pattern in patterns]
        self._tests = [re.compile(words, re.DOTALL) for words in expressions]
        self._loose = [re.compile(words, re.DOTALL | re.IGNORECASE) for words in expressions]

    def __call__(self, name: str) -> bool:
        # RFC 3501 §5.1: INBOX is INBOX in any case.
        tests = self._loose if name == mailboxes.INBOX else self._tests
        return any(test.fullmatch(name) for test in tests)


def _expression(pattern: str) -> str:
    # Runs of wildcards mean the same as one, and cost exponential time.
    pattern = re.sub(r"[*%]*\*[*%]*", "*", pattern)
    pattern = re.sub(r"%+", "%", pattern)
    if pattern[:5].upper() == mailboxes.INBOX and pattern[5:6] in ("", "/", "*", "%"):
        pattern = mailboxes.INBOX + pattern[5:]
    words = {"*": ".*", "%": "[^/]*"}
    return "".join(words.get(c) or re.escape(c) for c in pattern)
