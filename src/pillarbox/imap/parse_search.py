"""Arguments of SEARCH, SORT and THREAD (RFC 9051 §6.4.4, RFC 5256 §3).

Extensions: RFC 4731 (RETURN), RFC 5182 ($ and SAVE), RFC 5032 (OLDER, YOUNGER), RFC 7162
§3.1.5 (MODSEQ), RFC 8474 §6, RFC 8514 §4.3. Each function starts after the verb.
"""

import codecs
from collections.abc import Callable
from typing import Final

from pillarbox.imap import command as c
from pillarbox.imap import criteria as k
from pillarbox.imap.problem import SyntaxProblem
from pillarbox.imap.tokens import MAX_DEPTH, Tokens
from pillarbox.imap.values import MAX_MODSEQ, parse_date

# A list, not any codec that Python knows: some of them are no charsets at all.
_CHARSETS: Final = {
    name: codecs.lookup(name).name
    for name in (
        "US-ASCII",
        "UTF-8",
        *(f"ISO-8859-{n}" for n in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
        *(f"WINDOWS-125{n}" for n in range(9)),
        "KOI8-R",
        "KOI8-U",
        "ISO-2022-JP",
        "SHIFT_JIS",
        "EUC-JP",
        "EUC-KR",
        "GB2312",
        "GBK",
        "GB18030",
        "BIG5",
    )
}
_BAD_CHARSET: Final = b"BADCHARSET (US-ASCII UTF-8)"


class _Strings:
    """Decodes the strings of one command. codec: a name that Python knows."""

    __slots__ = ("codec",)

    def __init__(self, codec: str) -> None:
        self.codec = codec

    def text(self, tokens: Tokens) -> str:
        start = tokens.at
        try:
            return tokens.astring("a string to search").decode(self.codec)
        except UnicodeDecodeError:
            tokens.at = start
            raise tokens.fail(f"a string in {self.codec}") from None


_KeyParser = Callable[[Tokens, _Strings], k.Key]


def search(*, uid: bool) -> Callable[[Tokens], c.Search]:
    """Return the parser of SEARCH or UID SEARCH.

    search = "SEARCH" [SP "RETURN" SP "(" options ")"] [SP "CHARSET" SP charset]
    1*(SP search-key)
    """

    def parse_search(tokens: Tokens) -> c.Search:
        tokens.space()
        returns = _returns(tokens)
        strings = _Strings("utf-8")
        if tokens.peek().upper() == b"CHARSET":
            tokens.at += 1
            tokens.space()
            strings = _charset(tokens)
            tokens.space()
        return c.Search(_program(tokens, strings), uid, returns)

    return parse_search


def sort(*, uid: bool) -> Callable[[Tokens], c.Sort]:
    """Return the parser of SORT or UID SORT: [RETURN] criteria charset 1*search-key."""

    def parse_sort(tokens: Tokens) -> c.Sort:
        tokens.space()
        returns = _returns(tokens)
        criteria = _sort_criteria(tokens)
        tokens.space()
        strings = _charset(tokens)
        tokens.space()
        return c.Sort(criteria, _program(tokens, strings), uid, returns)

    return parse_sort


def thread(*, uid: bool) -> Callable[[Tokens], c.Thread]:
    """Return the parser of THREAD or UID THREAD: algorithm charset 1*search-key."""

    def parse_thread(tokens: Tokens) -> c.Thread:
        tokens.space()
        algorithm = _ALGORITHMS.get(tokens.peek().upper())
        if algorithm is None:
            raise tokens.fail("ORDEREDSUBJECT or REFERENCES")
        tokens.at += 1
        tokens.space()
        strings = _charset(tokens)
        tokens.space()
        return c.Thread(algorithm, _program(tokens, strings), uid)

    return parse_thread


_ALGORITHMS: Final = {item.value.encode(): item for item in k.Threading}
_SORT_BY: Final = {item.value.encode(): item for item in k.SortBy}
_RETURNS: Final = {item.value.encode(): item for item in k.Return}


def _sort_criteria(tokens: Tokens) -> tuple[tuple[k.SortBy, bool], ...]:
    """Sort-criteria = "(" ["REVERSE" SP] sort-key *(SP ["REVERSE" SP] sort-key) ")"."""
    tokens.open()
    criteria: list[tuple[k.SortBy, bool]] = []
    while not criteria or not tokens.take(b")"):
        if criteria:
            tokens.space()
        reverse = tokens.peek().upper() == b"REVERSE"
        if reverse:
            tokens.at += 1
            tokens.space()
        by = _SORT_BY.get(tokens.peek().upper())
        if by is None:
            raise tokens.fail("a sort key")
        tokens.at += 1
        criteria.append((by, reverse))
    tokens.depth -= 1
    return tuple(dict.fromkeys(criteria))


def _returns(tokens: Tokens) -> frozenset[k.Return] | None:
    """Return-opts = ["RETURN" SP "(" [option *(SP option)] ")" SP]; empty means ALL."""
    if tokens.peek().upper() != b"RETURN":
        return None
    tokens.at += 1
    tokens.space()
    tokens.open()
    found: set[k.Return] = set()
    while not tokens.take(b")"):
        if found:
            tokens.space()
        option = _RETURNS.get(tokens.peek().upper())
        if option is None:
            raise tokens.fail("MIN, MAX, ALL, COUNT or SAVE")
        tokens.at += 1
        found.add(option)
    tokens.depth -= 1
    tokens.space()
    return frozenset(found or {k.Return.ALL})


def _charset(tokens: Tokens) -> _Strings:
    """Charset = atom / quoted. Raises with NO [BADCHARSET] for one that is unknown."""
    start = tokens.at
    name = tokens.astring("a charset").upper().decode("latin-1")
    codec = _CHARSETS.get(name)
    if codec is None:
        tokens.at = start
        problem = tokens.fail("a known charset")
        raise SyntaxProblem(
            problem.position, problem.expected, problem.found, code=_BAD_CHARSET, refused=True
        )
    return _Strings(codec)


def _program(tokens: Tokens, strings: _Strings) -> k.Key:
    """Pass 1*(SP search-key) up to the end."""
    key = _keys(tokens, strings, b"")
    tokens.end()
    return key


def _keys(tokens: Tokens, strings: _Strings, end: bytes) -> k.Key:
    """Pass search-key *(SP search-key), up to the token `end`, which is not passed."""
    keys = [_key(tokens, strings)]
    while tokens.peek() != end:
        tokens.space()
        if not tokens.peek() and not end:
            break
        keys.append(_key(tokens, strings))
    return keys[0] if len(keys) == 1 else k.And(tuple(keys))


def _key(tokens: Tokens, strings: _Strings) -> k.Key:
    token = tokens.peek()
    parser = _KEYS.get(token.upper())
    if parser is not None:
        tokens.at += 1
        return parser(tokens, strings)
    if token[:1] in (b"*", b"$") or token[:1].isdigit():
        return k.Among(tokens.numbers(), uid=False)
    if token != b"(":
        raise tokens.fail("a search key")
    tokens.open()
    key = _keys(tokens, strings, b")")
    tokens.close()
    return key


def _deeper(tokens: Tokens, strings: _Strings) -> k.Key:
    tokens.space()
    tokens.depth += 1
    if tokens.depth > MAX_DEPTH:
        raise tokens.fail(f"at most {MAX_DEPTH} nested keys")
    key = _key(tokens, strings)
    tokens.depth -= 1
    return key


def _not(tokens: Tokens, strings: _Strings) -> k.Key:
    return k.Not(_deeper(tokens, strings))


def _or(tokens: Tokens, strings: _Strings) -> k.Key:
    left = _deeper(tokens, strings)
    return k.Or(left, _deeper(tokens, strings))


def _constant(key: k.Key) -> _KeyParser:
    return lambda _tokens, _strings: key


def _keyword(*, present: bool) -> _KeyParser:
    def parse_keyword(tokens: Tokens, _strings: _Strings) -> k.Key:
        tokens.space()
        key = k.Flag(tokens.flag())
        return key if present else k.Not(key)

    return parse_keyword


def _text(make: Callable[[str], k.Key]) -> _KeyParser:
    def parse_text(tokens: Tokens, strings: _Strings) -> k.Key:
        tokens.space()
        return make(strings.text(tokens))

    return parse_text


def _field(name: str) -> _KeyParser:
    return _text(lambda text: k.Header(name, text, envelope=True))


def _header(tokens: Tokens, strings: _Strings) -> k.Key:
    tokens.space()
    name = tokens.text("a header field name")
    tokens.space()
    return k.Header(name, strings.text(tokens))


def _size(*, larger: bool) -> _KeyParser:
    def parse_size(tokens: Tokens, _strings: _Strings) -> k.Key:
        tokens.space()
        return k.Size(larger, tokens.number("a size in octets", MAX_MODSEQ))

    return parse_size


def _age(*, younger: bool) -> _KeyParser:
    def parse_age(tokens: Tokens, _strings: _Strings) -> k.Key:
        tokens.space()
        if tokens.peek() == b"0":
            raise tokens.fail("seconds above 0")  # RFC 5032 §4: nz-number
        return k.Age(younger, tokens.number("seconds"))

    return parse_age


def _dated(which: k.Day, compare: k.Compare) -> _KeyParser:
    def parse_dated(tokens: Tokens, _strings: _Strings) -> k.Key:
        tokens.space()
        start = tokens.at
        token = tokens.peek()
        day = parse_date(tokens.string() if token[:1] == b'"' else tokens.next())
        if day is None:
            tokens.at = start
            raise tokens.fail("a date as 1-Feb-1994")
        return k.Dated(which, compare, day)

    return parse_dated


def _uid(tokens: Tokens, _strings: _Strings) -> k.Key:
    tokens.space()
    return k.Among(tokens.numbers(), uid=True)


def _modseq(tokens: Tokens, _strings: _Strings) -> k.Key:
    """Search-modsequence = "MODSEQ" [SP entry-name SP entry-type-req] SP modseq (RFC 7162 §7).

    The entry is checked and dropped: the mod-sequence is one for all of a message, as
    §3.1.5 allows.
    """
    tokens.space()
    if tokens.peek()[:1] == b'"':
        tokens.string()
        tokens.space()
        if tokens.peek().upper() not in (b"PRIV", b"SHARED", b"ALL"):
            raise tokens.fail("PRIV, SHARED or ALL")
        tokens.at += 1
        tokens.space()
    return k.ModSeq(tokens.modseq())


def _object_id(make: Callable[[str], k.Key]) -> _KeyParser:
    def parse_object_id(tokens: Tokens, _strings: _Strings) -> k.Key:
        tokens.space()
        return make(tokens.astring("an object id").decode("latin-1"))

    return parse_object_id


_RECENT: Final = k.Flag("\\Recent")
_SEEN: Final = k.Flag("\\Seen")
_SYSTEM: Final = ("Answered", "Deleted", "Draft", "Flagged", "Seen")

_KEYS: Final[dict[bytes, _KeyParser]] = {
    b"ALL": _constant(k.All()),
    b"NEW": _constant(k.And((_RECENT, k.Not(_SEEN)))),
    b"OLD": _constant(k.Not(_RECENT)),
    b"RECENT": _constant(_RECENT),
    **{n.upper().encode(): _constant(k.Flag("\\" + n)) for n in _SYSTEM},
    **{b"UN" + n.upper().encode(): _constant(k.Not(k.Flag("\\" + n))) for n in _SYSTEM},
    b"KEYWORD": _keyword(present=True),
    b"UNKEYWORD": _keyword(present=False),
    **{n.upper().encode(): _field(n) for n in ("Bcc", "Cc", "From", "Subject", "To")},
    b"HEADER": _header,
    b"BODY": _text(k.Body),
    b"TEXT": _text(k.AnyText),
    b"LARGER": _size(larger=True),
    b"SMALLER": _size(larger=False),
    **{e.value.encode(): _dated(k.Day.INTERNAL, e) for e in k.Compare},
    **{b"SENT" + e.value.encode(): _dated(k.Day.SENT, e) for e in k.Compare},
    **{b"SAVED" + e.value.encode(): _dated(k.Day.SAVED, e) for e in k.Compare},
    b"SAVEDATESUPPORTED": _constant(k.SaveDateSupported()),
    b"YOUNGER": _age(younger=True),
    b"OLDER": _age(younger=False),
    b"NOT": _not,
    b"OR": _or,
    b"UID": _uid,
    b"MODSEQ": _modseq,
    b"EMAILID": _object_id(k.EmailId),
    b"THREADID": _object_id(k.ThreadId),
}
