"""What each step of a trace says, at three levels, in the reader's language.

Level 1 is one sentence for the reader of the mail, without acronyms. Level 2 explains it to an
administrator. Level 3 is the raw evidence with the rule that was applied. The keys are stable, the
sentences are content (`catalogue`). The words "safe" and "trusted" never appear: a proven sender
may still lie.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from pillarbox.trace import causes
from pillarbox.trace.catalogue import DEFAULT, Catalogue, catalogue
from pillarbox.trace.phrase import is_phrase
from pillarbox.trace.step import Step

MAX_DEPTH: Final = 5  # of phrases in phrases
_WHOLE_IDS: Final = ("reply-", "reason-", "unit-")  # codes that are ids as they stand


def sentence(step: Step, language: str = DEFAULT) -> str:
    """Return level 1: one sentence for the reader."""
    texts = catalogue(language)
    return texts.text(_entry(texts, step.key), _params(texts, step))


def explanation(step: Step, language: str = DEFAULT) -> str:
    """Return level 2: for the administrator, with what is known of a broken signature."""
    texts = catalogue(language)
    text = texts.text(_entry(texts, step.key), _params(texts, step), "explanation").strip()
    kept = step.params.get("forensics")
    found = causes.tell(kept, language) if isinstance(kept, Mapping) else ""
    return f"{text} {found}" if found else text


def evidence(step: Step) -> str:
    """Return level 3: the raw evidence as indented JSON, and the rule that was applied."""
    lines = [f"rule: {step.rfc}"] if step.rfc else []
    if step.evidence:
        lines.append(json.dumps(step.evidence, indent=2, ensure_ascii=False, default=str))
    return "\n".join(lines)


def phrase(value: Any, language: str = DEFAULT, attribute: str = "") -> str:
    """Return a phrase in words, and any other parameter as text.

    attribute: "detail" for what a reader should know of it, "" if there is nothing.
    """
    texts = catalogue(language)
    if not attribute:
        return _show(texts, value, MAX_DEPTH)
    if not is_phrase(value):
        return ""
    return texts.text(_phrase_id(value), _filled(texts, value, MAX_DEPTH), attribute)


def text(id_: str, params: Mapping[str, Any], language: str = DEFAULT) -> str:
    """Return any text of the catalogue; its parameters may be phrases."""
    texts = catalogue(language)
    return texts.text(id_, _filled(texts, params, MAX_DEPTH))


def _entry(texts: Catalogue, key: str) -> str:
    """Return the most specific id: "dkim.fail.odd" falls back to "dkim.fail"."""
    while key:
        if texts.has(found := "step-" + key.replace(".", "-")):
            return found
        key = key.rpartition(".")[0]
    return "unknown"


def _params(texts: Catalogue, step: Step) -> dict[str, Any]:
    """Return what the texts of a step need, beside its own parameters."""
    given = dict(step.params)
    given["key"] = step.key
    given["params"] = json.dumps(step.params, ensure_ascii=False, default=str)
    code = given.get("code")
    if isinstance(code, int):
        given["class"] = code // 100
    if isinstance(reason := given.get("reason"), str):
        # Codes of signatures and chains have a text of their own.
        id_ = "reason-" + reason.replace(" ", "_")
        given["why"] = {"code": id_} if texts.has(id_) else reason
    return _filled(texts, given, MAX_DEPTH)


def _filled(texts: Catalogue, params: Mapping[str, Any], depth: int) -> dict[str, Any]:
    return {
        name: value
        if isinstance(value, int) and not isinstance(value, bool)
        else _show(texts, value, depth)
        for name, value in params.items()
    }


def _phrase_id(value: Mapping[str, Any]) -> str:
    code = str(value["code"])
    return code if code.startswith(_WHOLE_IDS) else f"phrase-{code}"


def _show(texts: Catalogue, value: Any, depth: int) -> str:
    """Return a parameter as text: lists with commas, control characters made visible."""
    if depth == 0:
        return "…"
    if isinstance(value, list | tuple):
        shown = ", ".join(_show(texts, item, depth - 1) for item in value)
    elif is_phrase(value):
        shown = texts.text(_phrase_id(value), _filled(texts, value, depth - 1))
        shown = shown or str(value["code"])
    elif isinstance(value, Mapping):
        shown = ", ".join(f"{k} {_show(texts, v, depth - 1)}" for k, v in value.items())
    else:
        shown = str(value)
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)
