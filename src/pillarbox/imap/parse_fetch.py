"""Arguments of the commands about messages: FETCH, STORE, COPY and MOVE.

RFC 9051 §6.4.5 to §6.4.8; modifiers: RFC 7162 §3.1.3, §3.1.4, §3.2.6. Each function
starts after the verb.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final

from pillarbox.imap import command as c
from pillarbox.imap import section as s
from pillarbox.imap.problem import SyntaxProblem
from pillarbox.imap.tokens import Tokens
from pillarbox.imap.values import MAX_MODSEQ

MAX_PART_DEPTH: Final = 50
MAX_FIELDS: Final = 1000
MAX_CACHED_TOKENS: Final = 100
MAX_CACHED_OCTETS: Final = 1000

_WORDS: Final[dict[bytes, s.Item]] = {
    **{att.value: att for att in s.Att if att is not s.Att.PREVIEW_LAZY},
    b"RFC822": s.RFC822,
    b"RFC822.HEADER": s.RFC822_HEADER,
    b"RFC822.TEXT": s.RFC822_TEXT,
}
_MACROS: Final[dict[bytes, tuple[s.Item, ...]]] = {
    b"ALL": s.ALL,
    b"FAST": s.FAST,
    b"FULL": s.FULL,
}
_TEXTS: Final = {text.value.encode(): text for text in s.Text}
_FIELDS_FOLLOW: Final = (b"[HEADER.FIELDS", b".HEADER.FIELDS", b".FIELDS.NOT")
# A whole section without a field list is one word: BODY.PEEK[1.2.MIME]<0.100>
_SECTION: Final = re.compile(
    rb"(BODY|BINARY|BINARY\.SIZE)(\.PEEK)?\["
    rb"([1-9][0-9]{0,6}(?:\.[1-9][0-9]{0,6})*)?(?:(?:\A|(?<=[0-9])\.|(?<=\[))([A-Z.]+))?"
    rb"(\])?(?:<([0-9]{1,19})\.([0-9]{1,19})>)?"
)
_TAIL: Final = re.compile(rb"\](?:<([0-9]{1,19})\.([0-9]{1,19})>)?")


def fetch(*, uid: bool) -> Callable[[Tokens], c.Fetch]:
    """Return the parser of FETCH or UID FETCH.

    fetch = "FETCH" SP sequence-set SP (macro / fetch-att / "(" fetch-att *(SP fetch-att)
    ")") [SP "(" fetch-modifier *(SP fetch-modifier) ")"]
    """

    def parse_fetch(tokens: Tokens) -> c.Fetch:
        tokens.space()
        numbers = tokens.numbers()
        tokens.space()
        rest = tuple(tokens.items[tokens.at :])
        if len(rest) <= MAX_CACHED_TOKENS and len(b"".join(rest)) <= MAX_CACHED_OCTETS:
            # Clients ask for the same few lists of items again and again.
            known = _known_items(rest)
            if known is not None:
                tokens.at = len(tokens.items) - 1
                return c.Fetch(numbers, known, uid)
        command = c.Fetch(numbers, _items(tokens), uid)
        if tokens.peek() == b" " and tokens.items[tokens.at + 1]:
            tokens.space()
            _fetch_modifiers(tokens, command)
        tokens.end()
        return command

    return parse_fetch


def store(*, uid: bool) -> Callable[[Tokens], c.Store]:
    """Return the parser of STORE or UID STORE.

    store = "STORE" SP sequence-set [SP "(" "UNCHANGEDSINCE" SP modseq ")"] SP ["+" / "-"]
    "FLAGS" [".SILENT"] SP (flag-list / (flag *(SP flag)))
    """

    def parse_store(tokens: Tokens) -> c.Store:
        tokens.space()
        numbers = tokens.numbers()
        tokens.space()
        unchanged_since: int | None = None
        if tokens.peek() == b"(":
            tokens.open()
            if tokens.peek().upper() != b"UNCHANGEDSINCE":
                raise tokens.fail("UNCHANGEDSINCE")
            tokens.at += 1
            tokens.space()
            unchanged_since = tokens.number("a mod-sequence", MAX_MODSEQ)
            tokens.close()
            tokens.space()
        operation = _OPERATIONS.get(tokens.peek().upper())
        if operation is None:
            raise tokens.fail("FLAGS, +FLAGS or -FLAGS")
        tokens.at += 1
        tokens.space()
        flags = _store_flags(tokens)
        tokens.end()
        change, silent = operation
        return c.Store(numbers, change, flags, silent, uid, unchanged_since)

    return parse_store


def copy(*, uid: bool) -> Callable[[Tokens], c.Copy]:
    """Return the parser of COPY or UID COPY: SP sequence-set SP mailbox."""

    def parse_copy(tokens: Tokens) -> c.Copy:
        tokens.space()
        numbers = tokens.numbers()
        tokens.space()
        mailbox = tokens.mailbox()
        tokens.end()
        return c.Copy(numbers, mailbox, uid)

    return parse_copy


def move(*, uid: bool) -> Callable[[Tokens], c.Move]:
    """Return the parser of MOVE or UID MOVE (RFC 6851 §3)."""

    def parse_move(tokens: Tokens) -> c.Move:
        copied = copy(uid=uid)(tokens)
        return c.Move(copied.numbers, copied.mailbox, uid)

    return parse_move


_OPERATIONS: Final = {
    change.value.encode() + b"FLAGS" + suffix: (change, bool(suffix))
    for change in c.Change
    for suffix in (b"", b".SILENT")
}


def _store_flags(tokens: Tokens) -> tuple[str, ...]:
    start = tokens.at
    if tokens.peek() == b"(":
        flags = tokens.flag_list()
    else:
        found = [tokens.flag()]
        while tokens.peek() == b" " and tokens.items[tokens.at + 1]:
            tokens.space()
            found.append(tokens.flag())
        flags = tuple(dict.fromkeys(found))
    if "\\Recent" in flags:
        tokens.at = start
        raise tokens.fail("flags that a client may change")  # RFC 3501 §2.3.2
    return flags


@lru_cache(maxsize=256)
def _known_items(rest: tuple[bytes, ...]) -> tuple[s.Item, ...] | None:
    """Return the items when there is nothing else in `rest`, all tokens to the end.

    None for anything else, errors too: the caller then parses it again, with positions.
    """
    tokens = Tokens(list(rest[:-1]))
    try:
        items = _items(tokens)
        tokens.end()
    except SyntaxProblem:
        return None
    return items


def _items(tokens: Tokens) -> tuple[s.Item, ...]:
    macro = _MACROS.get(tokens.peek().upper())
    if macro is not None:
        tokens.at += 1
        return macro
    if tokens.peek() != b"(":
        return (_item(tokens),)
    tokens.open()
    items = [_item(tokens)]
    while not tokens.take(b")"):
        tokens.space()
        items.append(_item(tokens))
    tokens.depth -= 1
    return tuple(dict.fromkeys(items)) if len(items) > 1 else tuple(items)


def _item(tokens: Tokens) -> s.Item:
    """Pass one fetch-att (RFC 9051 §9)."""
    word = tokens.peek().upper()
    found = _WORDS.get(word)
    if found is None:
        return _section(tokens, word)
    tokens.at += 1
    if found is s.Att.PREVIEW and tokens.items[tokens.at : tokens.at + 2] == [b" ", b"("]:
        # RFC 8970 §3.1: the only modifier is LAZY.
        tokens.at += 1
        tokens.open()
        if tokens.peek().upper() != b"LAZY":
            raise tokens.fail("LAZY")
        tokens.at += 1
        tokens.close()
        return s.Att.PREVIEW_LAZY
    return found


def _section(tokens: Tokens, word: bytes) -> s.Item:
    start = tokens.at
    fields: tuple[bytes, ...] = ()
    tail = b""
    if word.endswith(_FIELDS_FOLLOW):
        tokens.at += 1
        tokens.space()
        fields = _fields(tokens)
        tail = tokens.peek()
    if not word.startswith(b"B"):
        raise tokens.fail("a FETCH item")
    found = _build(word, fields, tail)
    if isinstance(found, str):
        tokens.at = start
        raise tokens.fail(found)
    tokens.at += 1
    return found


def _build(word: bytes, fields: tuple[bytes, ...], tail: bytes) -> s.Item | str:
    """Return the item, or what was expected instead.

    word: in upper case. fields: of HEADER.FIELDS, () without. tail: what follows them.
    """
    match = _SECTION.fullmatch(word)
    if match is None:
        return "a FETCH item"
    kind, peek, numbers, name, closed, first, count = match.groups()
    part = tuple([int(number) for number in numbers.split(b".")]) if numbers else ()
    if len(part) > MAX_PART_DEPTH:
        return f"a part at most {MAX_PART_DEPTH} deep"
    if fields:
        end = _TAIL.fullmatch(tail)
        if end is None or closed or first:
            return 'a field list and "]"'
        first, count = end.groups()
    elif not closed:
        return 'a FETCH item with "]"'
    partial = None if first is None else (int(first), int(count))
    if partial and (partial[0] > MAX_MODSEQ or not 0 < partial[1] <= MAX_MODSEQ):
        return "a partial range with a count above 0"
    if kind != b"BODY":
        return _binary(kind, name, part, partial, peek=bool(peek))
    text = _TEXTS.get(name or b"")
    has_fields = text in (s.Text.HEADER_FIELDS, s.Text.HEADER_FIELDS_NOT)
    if text is None or (text is s.Text.MIME and not part) or has_fields is not bool(fields):
        return "a FETCH item"
    return s.section(part, text, fields, peek=bool(peek), partial=partial)


def _binary(
    kind: bytes,
    name: bytes | None,
    part: tuple[int, ...],
    partial: tuple[int, int] | None,
    *,
    peek: bool,
) -> s.Item | str:
    """Section-binary = "[" [section-part] "]" (RFC 3516 §7)."""
    if kind == b"BINARY" and not name:
        return s.binary(part, peek=peek, partial=partial)
    if name or peek or partial:
        return "a FETCH item"
    return s.binary_size(part)


def _fields(tokens: Tokens) -> tuple[bytes, ...]:
    """Header-list = "(" header-fld-name *(SP header-fld-name) ")"."""
    tokens.open()
    names = [tokens.astring("a header field name")]
    while not tokens.take(b")"):
        tokens.space()
        if len(names) >= MAX_FIELDS:
            raise tokens.fail(f"at most {MAX_FIELDS} field names")
        names.append(tokens.astring("a header field name"))
    tokens.depth -= 1
    return tuple(names)


def _fetch_modifiers(tokens: Tokens, command: c.Fetch) -> None:
    start = tokens.at
    tokens.open()
    while True:
        match tokens.peek().upper():
            case b"CHANGEDSINCE":
                tokens.at += 1
                tokens.space()
                command.changed_since = tokens.modseq()
            case b"VANISHED":
                tokens.at += 1
                command.vanished = True
            case _:
                raise tokens.fail("CHANGEDSINCE or VANISHED")
        if tokens.peek() == b")":
            break
        tokens.space()
    tokens.close()
    if command.vanished and (command.changed_since is None or not command.uid):
        tokens.at = start
        raise tokens.fail("VANISHED only with UID FETCH and CHANGEDSINCE")
