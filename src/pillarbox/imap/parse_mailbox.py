"""Arguments of the commands about mailboxes: SELECT, LIST, STATUS, APPEND and others.

RFC 9051 §6.3; LIST: RFC 5258, RFC 5819, RFC 6154; SELECT parameters: RFC 4466 §2.1,
RFC 7162 §3.1.8 and §3.2.5. Each function starts after the verb.
"""

from collections.abc import Callable
from typing import Final

from pillarbox.imap import command as c
from pillarbox.imap.tokens import Tokens
from pillarbox.imap.values import SequenceSet, parse_date_time

STATUS_ITEMS: Final = frozenset(
    {
        "MESSAGES",
        "RECENT",
        "UIDNEXT",
        "UIDVALIDITY",
        "UNSEEN",
        "DELETED",
        "SIZE",  # RFC 8438 §2
        "HIGHESTMODSEQ",  # RFC 7162 §3.1.7
        "MAILBOXID",  # RFC 8474 §4.3
        "APPENDLIMIT",  # RFC 7889 §4
        "DELETED-STORAGE",  # RFC 9208 §4.1.4
    }
)
SELECT_OPTIONS: Final = frozenset({"SUBSCRIBED", "REMOTE", "RECURSIVEMATCH", "SPECIAL-USE"})
RETURN_OPTIONS: Final = frozenset({"SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "STATUS"})
MAX_PATTERNS: Final = 100


def only_name(make: Callable[[str], c.Command]) -> Callable[[Tokens], c.Command]:
    """Return the parser of a command whose one argument is a mailbox."""

    def parse_name(tokens: Tokens) -> c.Command:
        tokens.space()
        mailbox = tokens.mailbox()
        tokens.end()
        return make(mailbox)

    return parse_name


def select(tokens: Tokens) -> c.Select:
    """Select = "SELECT" SP mailbox [SP "(" select-param *(SP select-param) ")"]."""
    tokens.space()
    command = c.Select(tokens.mailbox())
    if tokens.peek() == b" " and tokens.items[tokens.at + 1]:
        tokens.space()
        tokens.open()
        _select_param(tokens, command)
        while not tokens.take(b")"):
            tokens.space()
            _select_param(tokens, command)
        tokens.depth -= 1
    tokens.end()
    return command


def examine(tokens: Tokens) -> c.Select:
    """Examine = "EXAMINE" SP mailbox [select-params]."""
    command = select(tokens)
    command.read_only = True
    return command


def create(tokens: Tokens) -> c.Create:
    """Create = "CREATE" SP mailbox [SP "(" "USE" SP "(" [use-attr *(SP use-attr)] ")" ")"]."""
    tokens.space()
    mailbox = tokens.mailbox()
    use: tuple[str, ...] = ()
    if tokens.peek() == b" " and tokens.items[tokens.at + 1]:
        tokens.space()
        tokens.open()
        if tokens.peek().upper() != b"USE":
            raise tokens.fail("USE")
        tokens.at += 1
        tokens.space()
        use = tokens.flag_list()
        tokens.close()
    tokens.end()
    return c.Create(mailbox, use)


def rename(tokens: Tokens) -> c.Rename:
    """Rename = "RENAME" SP mailbox SP mailbox."""
    tokens.space()
    old = tokens.mailbox()
    tokens.space()
    new = tokens.mailbox()
    tokens.end()
    return c.Rename(old, new)


def status(tokens: Tokens) -> c.Status:
    """Status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"."""
    tokens.space()
    mailbox = tokens.mailbox()
    tokens.space()
    items = _status_items(tokens)
    tokens.end()
    return c.Status(mailbox, items)


def lsub(tokens: Tokens) -> c.Lsub:
    """Lsub = "LSUB" SP mailbox SP list-mailbox."""
    tokens.space()
    reference = tokens.list_mailbox()
    tokens.space()
    pattern = tokens.list_mailbox()
    tokens.end()
    return c.Lsub(reference, pattern)


def list_(tokens: Tokens) -> c.List:
    """List = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]."""
    tokens.space()
    extended = False
    selected: frozenset[str] = frozenset()
    if tokens.peek() == b"(":
        extended = True
        selected = frozenset(_names(tokens, SELECT_OPTIONS, "a LIST selection option"))
        # RFC 5258 §3.1: RECURSIVEMATCH needs an option that it can modify.
        if "RECURSIVEMATCH" in selected and selected <= {"RECURSIVEMATCH", "REMOTE"}:
            raise tokens.fail("another selection option beside RECURSIVEMATCH")
        tokens.space()
    reference = tokens.list_mailbox()
    tokens.space()
    if tokens.peek() == b"(":
        extended = True
        patterns = _patterns(tokens)
    else:
        patterns = (tokens.list_mailbox(),)
    command = c.List(reference, patterns, selected, extended=extended)
    if tokens.peek() == b" " and tokens.items[tokens.at + 1]:
        tokens.space()
        if tokens.word("RETURN") != b"RETURN":
            tokens.at -= 1
            raise tokens.fail("RETURN")
        tokens.space()
        _return_options(tokens, command)
    tokens.end()
    return command


def append(tokens: Tokens) -> c.Append:
    """Pass the mailbox of APPEND = "APPEND" SP mailbox 1*(SP append-message)."""
    tokens.space()
    return c.Append(tokens.mailbox())


def append_message(tokens: Tokens, octets: int, *, binary: bool) -> c.AppendMessage:
    """Pass what precedes a message literal, up to the end of the tokens (RFC 3502 §6.3.11).

    append-message = SP [flag-list SP] [date-time SP] (literal / "UTF8" SP "(" literal8).
    octets, binary: of the literal, whose header was cut off already.
    """
    tokens.space()
    message = c.AppendMessage((), None, octets, binary)
    if tokens.peek() == b"(":
        message.flags = tuple(flag for flag in tokens.flag_list() if flag != "\\Recent")
        tokens.space()
    if tokens.peek()[:1] == b'"':
        start = tokens.at
        message.internal_date = parse_date_time(tokens.string())
        if message.internal_date is None:
            tokens.at = start
            raise tokens.fail('a time as "dd-Mon-yyyy hh:mm:ss +hhmm"')
        tokens.space()
    if tokens.peek().upper() == b"UTF8" and binary:
        tokens.at += 1
        tokens.space()
        tokens.open()
        message.utf8 = True
    if tokens.peek():
        raise tokens.fail("a message literal")
    return message


def _select_param(tokens: Tokens, command: c.Select) -> None:
    match tokens.peek().upper():
        case b"CONDSTORE":
            tokens.at += 1
            command.condstore = True
        case b"QRESYNC":
            tokens.at += 1
            tokens.space()
            command.qresync = _qresync(tokens)
        case _:
            raise tokens.fail("CONDSTORE or QRESYNC")


def _qresync(tokens: Tokens) -> c.Qresync:
    """Qresync = "(" uidvalidity SP modseq [SP known-uids] [SP "(" numbers SP uids ")"] ")"."""
    tokens.open()
    uidvalidity = tokens.number("a UIDVALIDITY")
    tokens.space()
    found = c.Qresync(uidvalidity, tokens.modseq())
    if tokens.take(b" ") and tokens.peek() != b"(":
        found.known_uids = tokens.known_numbers()
        tokens.take(b" ")
    if tokens.peek() == b"(":
        tokens.open()
        found.match_numbers = tokens.known_numbers()
        tokens.space()
        found.match_uids = tokens.known_numbers()
        if _size(found.match_numbers) != _size(found.match_uids):
            raise tokens.fail("as many UIDs as message numbers")
        tokens.close()
    tokens.close()
    return found


def _size(numbers: SequenceSet) -> int:
    return sum(high - low + 1 for low, high in numbers.ranges)


def _names(tokens: Tokens, known: frozenset[str], expected: str) -> list[str]:
    """Names = "(" [name *(SP name)] ")" with names out of `known`, in upper case."""
    names: list[str] = []
    tokens.open()
    while not tokens.take(b")"):
        if names:
            tokens.space()
        names.append(_one_of(tokens, known, expected))
    tokens.depth -= 1
    return names


def _one_of(tokens: Tokens, known: frozenset[str], expected: str) -> str:
    name = tokens.peek().upper().decode("latin-1")
    if name not in known:
        raise tokens.fail(expected)
    tokens.at += 1
    return name


def _status_items(tokens: Tokens) -> tuple[str, ...]:
    names = _names(tokens, STATUS_ITEMS, "a STATUS item")
    if not names:
        tokens.at -= 1
        raise tokens.fail("a STATUS item")
    return tuple(dict.fromkeys(names))


def _patterns(tokens: Tokens) -> tuple[str, ...]:
    """Patterns = "(" list-mailbox *(SP list-mailbox) ")"."""
    tokens.open()
    patterns = [tokens.list_mailbox()]
    while not tokens.take(b")"):
        tokens.space()
        if len(patterns) >= MAX_PATTERNS:
            raise tokens.fail(f"at most {MAX_PATTERNS} patterns")
        patterns.append(tokens.list_mailbox())
    tokens.depth -= 1
    return tuple(patterns)


def _return_options(tokens: Tokens, command: c.List) -> None:
    names: list[str] = []
    command.extended = True
    tokens.open()
    while not tokens.take(b")"):
        if names:
            tokens.space()
        names.append(_one_of(tokens, RETURN_OPTIONS, "a LIST return option"))
        if names[-1] == "STATUS":
            tokens.space()
            command.status = _status_items(tokens)
    tokens.depth -= 1
    command.returns = frozenset(names)
