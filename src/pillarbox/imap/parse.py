"""Octets to commands: the table of all commands (RFC 9051 §6, RFC 3501 §6).

`parse` takes the tokens of a whole command, literals included, and returns its value, or
raises SyntaxProblem that says what was expected where. Nothing here knows states.
"""

import binascii
from collections.abc import Callable
from typing import Final

from pillarbox.imap import command as c
from pillarbox.imap import parse_fetch, parse_mailbox, parse_search
from pillarbox.imap.problem import SyntaxProblem
from pillarbox.imap.tokens import Tokens

MAX_ID_PAIRS: Final = 30  # RFC 2971 §3.3


def parse(tokens: Tokens) -> c.Command:
    """Return the command whose verb is the next token. Raises SyntaxProblem."""
    parser = _PARSERS.get(tokens.peek().upper())
    if parser is None:
        raise tokens.fail("a command")
    tokens.at += 1
    return parser(tokens)


def verb(tokens: Tokens) -> type[c.Command] | None:
    """Return the class of command that begins here, None when unknown; passes nothing."""
    word = tokens.peek().upper()
    if word == b"UID":
        items = tokens.items[tokens.at + 1 : tokens.at + 3]
        if len(items) < 2 or items[0] != b" ":
            return None
        return _UID_CLASSES.get(items[1].upper())
    return _CLASSES.get(word)


def decode_base64(data: bytes) -> bytes | None:
    """Return the octets of one AUTHENTICATE line, or None (RFC 9051 §9, base64)."""
    try:
        return binascii.a2b_base64(data, strict_mode=True)
    except binascii.Error:
        return None


def _bare(make: Callable[[], c.Command]) -> Callable[[Tokens], c.Command]:
    """Return the parser of a command without arguments."""

    def parse_bare(tokens: Tokens) -> c.Command:
        tokens.end()
        return make()

    return parse_bare


def _authenticate(tokens: Tokens) -> c.Authenticate:
    """Authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] (RFC 4959 §7)."""
    tokens.space()
    mechanism = tokens.atom("a mechanism").decode().upper()
    initial: bytes | None = None
    if tokens.peek() == b" " and tokens.items[tokens.at + 1]:
        tokens.space()
        word = tokens.peek()
        initial = b"" if word == b"=" else decode_base64(word)
        if initial is None or word[:1] in b'"{\0':
            raise SyntaxProblem(tokens.fail("").position, "base64")
        tokens.at += 1
    tokens.end()
    return c.Authenticate(mechanism, initial)


def _login(tokens: Tokens) -> c.Login:
    """Login = "LOGIN" SP userid SP password."""
    tokens.space()
    try:
        user = tokens.text("a user name")
        tokens.space()
        password = tokens.text("a password")
        tokens.end()
    except SyntaxProblem as exc:
        # What stands there may be a secret: it is not repeated in the answer.
        raise SyntaxProblem(exc.position, exc.expected) from None
    return c.Login(user, password)


def _enable(tokens: Tokens) -> c.Enable:
    """Enable = "ENABLE" 1*(SP capability)."""
    names: list[str] = []
    while not names or tokens.peek() == b" ":
        tokens.space()
        if names and not tokens.peek():
            break
        names.append(tokens.atom("a capability").decode().upper())
    tokens.end()
    return c.Enable(tuple(names))


def _id(tokens: Tokens) -> c.Id:
    """Id = "ID" SP ("(" [string SP nstring *(SP string SP nstring)] ")" / nil)."""
    tokens.space()
    if tokens.peek().upper() == b"NIL":
        tokens.at += 1
        tokens.end()
        return c.Id(None)
    params: dict[str, str | None] = {}
    tokens.open()
    while not tokens.take(b")"):
        if params:
            tokens.space()
        if len(params) >= MAX_ID_PAIRS:
            raise tokens.fail(f"at most {MAX_ID_PAIRS} fields")
        name = tokens.string("a field name")
        tokens.space()
        value = tokens.nstring()
        text = None if value is None else value.decode("utf-8", "replace")
        params[name.decode("utf-8", "replace").lower()] = text
    tokens.end()
    return c.Id(params)


def _append(tokens: Tokens) -> c.Append:
    """Refuse an APPEND that ended without a message: server.py reads those that have one."""
    parse_mailbox.append(tokens)
    raise tokens.fail("a message literal")


def _get_quota(tokens: Tokens) -> c.GetQuota:
    """Getquota = "GETQUOTA" SP quota-root-name."""
    tokens.space()
    root = tokens.text("a quota root")
    tokens.end()
    return c.GetQuota(root)


def _expunge(tokens: Tokens) -> c.Expunge:
    tokens.end()
    return c.Expunge()


def _uid(tokens: Tokens) -> c.Command:
    """Uid = "UID" SP (copy / move / fetch / search / store / uid-expunge / sort / thread)."""
    tokens.space()
    parser = _UID_PARSERS.get(tokens.peek().upper())
    if parser is None:
        raise tokens.fail("a command that takes UIDs")
    tokens.at += 1
    return parser(tokens)


def _uid_expunge(tokens: Tokens) -> c.Expunge:
    """Uid-expunge = "UID" SP "EXPUNGE" SP sequence-set."""
    tokens.space()
    uids = tokens.numbers()
    tokens.end()
    return c.Expunge(uids)


# Verb, class, parser. Not getattr(self, verb): the peer must not choose names in our code.
_TABLE: Final[tuple[tuple[bytes, type[c.Command], Callable[[Tokens], c.Command]], ...]] = (
    (b"CAPABILITY", c.Capability, _bare(c.Capability)),
    (b"NOOP", c.Noop, _bare(c.Noop)),
    (b"LOGOUT", c.Logout, _bare(c.Logout)),
    (b"STARTTLS", c.StartTls, _bare(c.StartTls)),
    (b"AUTHENTICATE", c.Authenticate, _authenticate),
    (b"LOGIN", c.Login, _login),
    (b"ENABLE", c.Enable, _enable),
    (b"ID", c.Id, _id),
    (b"SELECT", c.Select, parse_mailbox.select),
    (b"EXAMINE", c.Select, parse_mailbox.examine),
    (b"CREATE", c.Create, parse_mailbox.create),
    (b"DELETE", c.Delete, parse_mailbox.only_name(c.Delete)),
    (b"RENAME", c.Rename, parse_mailbox.rename),
    (b"SUBSCRIBE", c.Subscribe, parse_mailbox.only_name(c.Subscribe)),
    (b"UNSUBSCRIBE", c.Unsubscribe, parse_mailbox.only_name(c.Unsubscribe)),
    (b"LIST", c.List, parse_mailbox.list_),
    (b"LSUB", c.Lsub, parse_mailbox.lsub),
    (b"NAMESPACE", c.Namespace, _bare(c.Namespace)),
    (b"STATUS", c.Status, parse_mailbox.status),
    (b"APPEND", c.Append, _append),
    (b"IDLE", c.Idle, _bare(c.Idle)),
    (b"CHECK", c.Check, _bare(c.Check)),
    (b"CLOSE", c.Close, _bare(c.Close)),
    (b"UNSELECT", c.Unselect, _bare(c.Unselect)),
    (b"EXPUNGE", c.Expunge, _expunge),
    (b"SEARCH", c.Search, parse_search.search(uid=False)),
    (b"SORT", c.Sort, parse_search.sort(uid=False)),
    (b"THREAD", c.Thread, parse_search.thread(uid=False)),
    (b"FETCH", c.Fetch, parse_fetch.fetch(uid=False)),
    (b"STORE", c.Store, parse_fetch.store(uid=False)),
    (b"COPY", c.Copy, parse_fetch.copy(uid=False)),
    (b"MOVE", c.Move, parse_fetch.move(uid=False)),
    (b"GETQUOTA", c.GetQuota, _get_quota),
    (b"GETQUOTAROOT", c.GetQuotaRoot, parse_mailbox.only_name(c.GetQuotaRoot)),
)
_UID_TABLE: Final[tuple[tuple[bytes, type[c.Command], Callable[[Tokens], c.Command]], ...]] = (
    (b"EXPUNGE", c.Expunge, _uid_expunge),
    (b"SEARCH", c.Search, parse_search.search(uid=True)),
    (b"SORT", c.Sort, parse_search.sort(uid=True)),
    (b"THREAD", c.Thread, parse_search.thread(uid=True)),
    (b"FETCH", c.Fetch, parse_fetch.fetch(uid=True)),
    (b"STORE", c.Store, parse_fetch.store(uid=True)),
    (b"COPY", c.Copy, parse_fetch.copy(uid=True)),
    (b"MOVE", c.Move, parse_fetch.move(uid=True)),
)
_CLASSES: Final = {name: kind for name, kind, _ in _TABLE}
_UID_CLASSES: Final = {name: kind for name, kind, _ in _UID_TABLE}
_UID_PARSERS: Final = {name: parser for name, _, parser in _UID_TABLE}
_PARSERS: Final[dict[bytes, Callable[[Tokens], c.Command]]] = {
    **{name: parser for name, _, parser in _TABLE},
    b"UID": _uid,
}
