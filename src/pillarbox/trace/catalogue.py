"""The catalogue of texts: every sentence about a trace, in each language, by a stable key.

Texts are Fluent files (projectfluent.org) in `locale/LANGUAGE/*.ftl`, packed with the program and
read when the first text is asked for: the one thing that `trace` reads. What is filled in is data,
never a pattern: nothing that a peer wrote can ask for another text.

Ids: "step-" and the step's key with dashes for dots; "phrase-" for clauses that steps carry as
codes; "verdict-", "action-", "reason-" (why a signature does not count), "cause-" (what forensics
found), "reply-" (what another server meant).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

PACKAGE: Final = "pillarbox.trace"
LANGUAGES: Final = ("en", "de")
DEFAULT: Final = "en"
MAX_WANTED: Final = 20  # languages of one Accept-Language field that are looked at
MAX_VALUE: Final = 2000  # characters of a value that are shown; Fluent gives up at 2500
UNKNOWN: Final = "?"  # for what is not given
NOTHING: Final = "none"  # for what is given and empty: patterns choose by it


def choose(*wanted: str) -> str:
    """Return the first language that exists of what people ask for, else English.

    wanted: "de_AT.UTF-8" as in LANG, or a whole Accept-Language field (RFC 9110 §12.5.4), whose
    order counts by its q. Anything else is passed over.
    """
    for text in wanted:
        for tag in _by_weight(text):
            language = tag.replace("_", "-").partition("-")[0].partition(".")[0].lower()
            if language in LANGUAGES:
                return language
    return DEFAULT


def _by_weight(text: str) -> list[str]:
    weighed = []
    for item in text.split(",")[:MAX_WANTED]:
        tag, _, parameter = item.partition(";")
        try:
            weight = float(parameter.strip().removeprefix("q=") or 1)
        except ValueError:
            weight = 0.0
        if weight > 0:
            weighed.append((weight, tag.strip()))
    return [tag for _, tag in sorted(weighed, key=lambda pair: -pair[0])]


class Catalogue:
    """The texts of one language. package: whose texts; it has a folder `locale`."""

    def __init__(self, language: str, package: str = PACKAGE) -> None:
        # Slow to load, and most commands tell no story.
        from fluent.runtime import FluentBundle, FluentResource  # noqa: PLC0415
        from fluent.runtime.types import fluent_number  # noqa: PLC0415

        self.language = language
        self._number = fluent_number
        self._bundle = FluentBundle([language], use_isolating=False)
        # The parameters that each text names, so that a missing one becomes a question mark, and
        # those by which it chooses, so that an empty one can be told from others.
        self._names: dict[tuple[str, str], frozenset[str]] = {}
        self._choosing: dict[tuple[str, str], frozenset[str]] = {}
        for text in _files(language, package):
            resource = FluentResource(text)
            self._bundle.add_resource(resource)
            for entry in resource.body:
                if type(entry).__name__ == "Message":
                    self._note(entry)

    def _note(self, entry: Any) -> None:
        patterns = {attribute.id.name: attribute.value for attribute in entry.attributes}
        if entry.value is not None:
            patterns[""] = entry.value
        for attribute, pattern in patterns.items():
            found: set[str] = set()
            choosing: set[str] = set()
            _collect(pattern, found, choosing)
            self._names[entry.id.name, attribute] = frozenset(found)
            self._choosing[entry.id.name, attribute] = frozenset(choosing)

    @property
    def keys(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """(id, attribute or "") -> the names of its parameters."""
        return self._names

    def has(self, id_: str, attribute: str = "") -> bool:
        """Tell whether there is such a text."""
        return (id_, attribute) in self._names

    def text(self, id_: str, params: Mapping[str, Any], attribute: str = "") -> str:
        """Return a text with its parameters filled in, "" if there is no such text.

        params: str or int; an int can choose a plural form. Missing ones become "?". A pattern
        that chooses by an empty one finds it as "none".
        """
        names = self._names.get((id_, attribute))
        if names is None:
            return ""
        message = self._bundle.get_message(id_)
        pattern = message.attributes[attribute] if attribute else message.value
        assert pattern is not None
        choosing = self._choosing[id_, attribute]
        given = {
            name: self._given(params.get(name, UNKNOWN), NOTHING if name in choosing else "")
            for name in names
        }
        text, _ = self._bundle.format_pattern(pattern, given)
        return str(text)

    def _given(self, value: Any, empty: str) -> Any:
        if isinstance(value, int) and not isinstance(value, bool):
            return self._number(value, useGrouping=False)
        text = str(value)
        return text[:MAX_VALUE] + "…" if len(text) > MAX_VALUE else text or empty


@cache
def catalogue(language: str, package: str = PACKAGE) -> Catalogue:
    """Return the texts of a language that `choose` gave."""
    return Catalogue(language, package)


def _files(language: str, package: str) -> Iterator[str]:
    folder = resources.files(package) / "locale" / language
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        if file.name.endswith(".ftl"):
            yield file.read_text("utf-8")


def _collect(node: Any, found: set[str], choosing: set[str]) -> None:
    """Collect the parameters below a node of a pattern, and those that it selects by."""
    kind = type(node).__name__
    if kind == "VariableReference":
        found.add(node.id.name)
    elif kind == "SelectExpression" and type(node.selector).__name__ == "VariableReference":
        choosing.add(node.selector.id.name)
    for child in vars(node).values():
        for each in child if isinstance(child, list) else (child,):
            if hasattr(each, "__dict__"):
                _collect(each, found, choosing)
