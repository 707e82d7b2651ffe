"""THREAD: messages into trees (RFC 5256 §3, ORDEREDSUBJECT and REFERENCES).

Nothing here recurses: a thread may be as deep as the mailbox is long.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Final, Generic, Protocol, TypeVar

from pillarbox.imap.search import fold
from pillarbox.imap.subject import base_subject

MAX_REFERENCES: Final = 200  # of one message; the last ones count


class Message(Protocol):
    """What THREAD looks at.

    subject: decoded, "" for none. sent_date: aware; internal_date counts without one.
    message_id: "" for none. references: message ids of References, oldest first, or else
    the first one of In-Reply-To (RFC 5256 §3); all normalised, without angle brackets.
    """

    @property
    def seq(self) -> int: ...
    @property
    def uid(self) -> int: ...
    @property
    def internal_date(self) -> datetime: ...
    @property
    def sent_date(self) -> datetime | None: ...
    @property
    def subject(self) -> str: ...
    @property
    def message_id(self) -> str: ...
    @property
    def references(self) -> Sequence[str]: ...


M = TypeVar("M", bound="Message")


class Node(Generic[M]):
    """One place in a thread. message: None where it is missing. Compared by identity."""

    __slots__ = ("children", "message", "parent")

    def __init__(self, message: M | None = None) -> None:
        self.message = message
        self.parent: Node[M] | None = None
        self.children: dict[Node[M], None] = {}

    def adopt(self, child: "Node[M]") -> None:
        """Make `child` a child of this node, and of no other."""
        if child.parent is not None:
            del child.parent.children[child]
        child.parent = self
        self.children[child] = None

    def is_below(self, other: "Node[M]") -> bool:
        """Tell whether `other` is this node or above it."""
        node: Node[M] | None = self
        while node is not None:
            if node is other:
                return True
            node = node.parent
        return False


def ordered_subject(messages: Iterable[M]) -> list[Node[M]]:
    """Return one tree for each base subject: the oldest, and below it all others."""
    groups: dict[str, Node[M]] = {}
    for msg in sorted(messages, key=_age):
        subject = fold(base_subject(msg.subject)[0])
        if subject in groups:
            groups[subject].adopt(Node(msg))
        else:
            groups[subject] = Node(msg)
    return list(groups.values())


def references(messages: Iterable[M]) -> list[Node[M]]:
    """Return the trees that References and In-Reply-To make, joined by subject."""
    roots = _prune(_link(messages))
    roots.sort(key=_node_age)
    return _sort(_join_subjects(roots))


def format_threads(roots: Iterable[Node[M]], number: Callable[[M], int]) -> bytes:
    """Return `* THREAD ...` (RFC 5256 §4). number: gives sequence number or UID."""
    out: list[bytes] = []
    for root in roots:
        out.append(b"(")
        todo: list[Node[M] | bytes] = [b")", root]
        while todo:
            item = todo.pop()
            if isinstance(item, bytes):
                out.append(item)
                continue
            if item.message is not None:
                out.append(b"%d" % number(item.message))
                if item.children:
                    out.append(b" ")
            if len(item.children) == 1:
                todo.extend(item.children)
            else:
                for child in reversed(item.children):
                    todo += (b")", child, b"(")
    return b"* THREAD" + (b" " if out else b"") + b"".join(out) + b"\r\n"


def _age(msg: Message) -> tuple[float, int]:
    return (msg.sent_date or msg.internal_date).timestamp(), msg.seq


def _node_age(node: Node[M]) -> tuple[float, int]:
    """Return the age of the message, or of the oldest child of a missing one."""
    if node.message is not None:
        return _age(node.message)
    return min((_age(child.message) for child in node.children if child.message), default=(0.0, 0))


def _link(messages: Iterable[M]) -> list[Node[M]]:
    """Step 1 and 2 of RFC 5256 §3, REFERENCES: nodes for all ids; return the roots."""
    nodes: dict[str, Node[M]] = {}
    unnamed: list[Node[M]] = []
    for msg in sorted(messages, key=lambda m: m.seq):
        node = nodes.get(msg.message_id)
        if node is not None and node.message is None:
            node.message = msg  # somebody referred to it
        else:
            node = Node(msg)
            if msg.message_id and msg.message_id not in nodes:
                nodes[msg.message_id] = node
            else:
                # No id, or one that another message has: it counts as unique.
                unnamed.append(node)
        above: Node[M] | None = None
        for name in msg.references[-MAX_REFERENCES:]:
            reference = nodes.setdefault(name, Node())
            if above is not None and reference.parent is None and not above.is_below(reference):
                above.adopt(reference)
            above = reference
        if above is not None and not above.is_below(node):
            above.adopt(node)
    return [node for node in (*nodes.values(), *unnamed) if node.parent is None]


def _prune(roots: list[Node[M]]) -> list[Node[M]]:
    """Step 3: replace missing messages by their children, but keep siblings together."""
    kept: list[Node[M]] = []
    todo: list[Node[M]] = []
    for root in roots:
        _promote(root)
        if root.message is not None:
            kept.append(root)
        elif len(root.children) == 1:
            (child,) = root.children
            child.parent = None
            kept.append(child)
        elif root.children:
            kept.append(root)
        todo.extend(root.children)
    while todo:
        node = todo.pop()
        _promote(node)
        todo.extend(node.children)
    return kept


def _promote(node: Node[M]) -> None:
    """Give `node` the nearest real messages below it as children."""
    if all(child.message is not None for child in node.children):
        return
    found: list[Node[M]] = []
    todo = list(reversed(node.children))
    while todo:
        child = todo.pop()
        if child.message is not None:
            found.append(child)
        else:
            todo.extend(reversed(child.children))
    node.children = {}
    for child in found:
        child.parent = node
        node.children[child] = None


def _subject(root: Node[M]) -> tuple[str, bool]:
    """Return the folded base subject of a root, and whether it is a reply."""
    msg = root.message
    if msg is None:
        msg = min((c.message for c in root.children if c.message), key=_age, default=None)
    if msg is None:
        return "", False
    subject, is_reply = base_subject(msg.subject)
    return fold(subject), is_reply


def _join_subjects(roots: list[Node[M]]) -> list[Node[M]]:
    """Step 5: threads with the same base subject become one."""
    subjects = {root: _subject(root) for root in roots}
    table: dict[str, Node[M]] = {}
    for root, (subject, is_reply) in subjects.items():
        if not subject:
            continue
        held = table.setdefault(subject, root)
        if held.message is not None and (
            root.message is None or (subjects[held][1] and not is_reply)
        ):
            table[subject] = root
    joined: dict[Node[M], None] = dict.fromkeys(roots)
    for root, (subject, is_reply) in subjects.items():
        held = table.get(subject, root)
        if held is root:
            continue
        del joined[root]
        if held.message is None and root.message is None:
            for child in list(root.children):
                held.adopt(child)
        elif held.message is None or (is_reply and not subjects.get(held, ("", False))[1]):
            held.adopt(root)
        else:
            both: Node[M] = Node()
            del joined[held]
            both.adopt(held)
            both.adopt(root)
            joined[both] = None
            table[subject] = both
    return list(joined)


def _sort(roots: list[Node[M]]) -> list[Node[M]]:
    """Steps 4 and 6: oldest first, at every level."""
    todo = list(roots)
    while todo:
        node = todo.pop()
        if len(node.children) > 1:
            node.children = dict.fromkeys(sorted(node.children, key=_node_age))
        todo.extend(node.children)
    return sorted(roots, key=_node_age)
