"""What an Email/set wants of one email: patches read and checked (RFC 8621 §4.6, RFC 8620 §5.3).

Pure. Ids of mailboxes may be creation ids ("#new"), which `resolve` knows.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pillarbox.base.errors import Invalid, TooMany
from pillarbox.jmap import ids
from pillarbox.jmap.error import SetError
from pillarbox.jmap.patch import parse_patch
from pillarbox.store import keywords as kw

Resolve = Callable[[str], str]


@dataclass(slots=True)
class SetPatch:
    """A change of a set: replaced by `whole`, if that is not None, else `add` and `remove`."""

    whole: frozenset[Any] | None = None
    add: set[Any] = field(default_factory=set)
    remove: set[Any] = field(default_factory=set)

    def apply(self, before: Iterable[Any]) -> frozenset[Any]:
        """Return the set as it will be."""
        if self.whole is not None:
            return self.whole
        return frozenset(before) - self.remove | self.add

    @property
    def is_empty(self) -> bool:
        """Whether it changes nothing, whatever the set."""
        return self.whole is None and not self.add and not self.remove


@dataclass(slots=True)
class EmailPatch:
    """The changes of one email. same: properties that cannot change, and must be as given."""

    keywords: SetPatch
    mailboxes: SetPatch
    extras: dict[str, Any]
    same: dict[str, Any]


def wrong(*properties: str, why: str = "") -> SetError:
    """Return the error for properties that cannot be."""
    return SetError("invalidProperties", why, properties)


def keyword(name: str, path: str) -> str:
    """Return a keyword in lower case. Raises SetError."""
    try:
        return kw.canonical([name])
    except (Invalid, TooMany):
        raise wrong(path, why="not a keyword") from None


def keywords(value: Any) -> frozenset[str]:
    """Read a whole set of keywords. Raises SetError."""
    if not isinstance(value, dict) or any(one is not True for one in value.values()):
        raise wrong("keywords")
    found = frozenset(keyword(name, "keywords") for name in value)
    check_keywords(found)
    return found


def check_keywords(found: frozenset[str]) -> None:
    """Raise SetError for more keywords than an email may have."""
    if len(found) > kw.MAX_KEYWORDS:
        raise SetError("tooManyKeywords", f"more than {kw.MAX_KEYWORDS} keywords")


def mailbox(name: Any, path: str, resolve: Resolve) -> int:
    """Return a mailbox's number. Raises SetError."""
    number = ids.number(ids.MAILBOX, resolve(name)) if isinstance(name, str) else None
    if number is None:
        raise wrong(path, why="no such mailbox")
    return number


def mailbox_ids(value: Any, resolve: Resolve) -> frozenset[int]:
    """Read a whole set of mailboxes. Raises SetError."""
    if not isinstance(value, dict) or any(one is not True for one in value.values()):
        raise wrong("mailboxIds")
    return frozenset(mailbox(name, "mailboxIds", resolve) for name in value)


def read(patch: Mapping[str, Any], extras: Mapping[str, Any], resolve: Resolve) -> EmailPatch:
    """Read a patch. extras: properties of others that can be set. Raises SetError."""
    found = EmailPatch(SetPatch(), SetPatch(), {}, {})
    for (name, *inner), value in parse_patch(patch).items():
        if inner:
            _read_inner(found, name, inner, value, resolve)
        elif name == "keywords":
            found.keywords.whole = frozenset() if value is None else keywords(value)
        elif name == "mailboxIds":
            found.mailboxes.whole = mailbox_ids(value, resolve)
        elif name in extras:
            found.extras[name] = value
        else:
            found.same[name] = value
    return found


def _read_inner(
    found: EmailPatch, name: str, inner: Sequence[str], value: Any, resolve: Resolve
) -> None:
    """Read one "keywords/$seen" or "mailboxIds/m1"."""
    path = "/".join((name, *inner))
    if name not in {"keywords", "mailboxIds"} or len(inner) > 1:
        raise SetError("invalidPatch", path[:200])
    if value is not True and value is not None:
        raise wrong(path)
    if name == "keywords":
        item: Any = keyword(inner[0], path)
        target = found.keywords
    else:
        item = mailbox(inner[0], path, resolve)
        target = found.mailboxes
    (target.add if value else target.remove).add(item)
