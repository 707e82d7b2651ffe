"""Why a signature fails, in words: the causes of `mailauth/forensics`, a sentence each.

The ids are "cause-" and the values of its `Cause`; a test holds the two together.
"""

from collections.abc import Mapping
from typing import Any, Final

from pillarbox.trace.catalogue import DEFAULT, catalogue

_SURE: Final = 0.9
_MAX_ALSO: Final = 10


def explain(
    cause: str, params: Mapping[str, str | int], where: str, language: str = DEFAULT
) -> str:
    """Return the sentence for a cause, with the place in brackets. params: shown as they are."""
    texts = catalogue(language)
    text = texts.text(f"cause-{cause}", {}) or texts.text("cause-unknown", {})
    details = [where, *(f"{name} {value}" for name, value in params.items())]
    shown = "; ".join(detail for detail in details if detail)
    return f"{text} ({shown})" if shown else text


def tell(kept: Mapping[str, Any], language: str = DEFAULT) -> str:
    """Return the sentences for what a step keeps of forensics, "" if that is nothing."""
    cause = str(kept.get("cause", "unknown"))
    if cause in {"unknown", "none"}:
        return ""
    details = kept.get("details")
    params = details if isinstance(details, Mapping) else {}
    told = explain(cause, params, str(kept.get("where", "")), language)
    certain = float(kept.get("confidence", 0)) >= _SURE
    word = catalogue(language).text("sure" if certain else "perhaps", {})
    more = [tell(each, language) for each in list(kept.get("also", ()))[:_MAX_ALSO]]
    return " ".join([f"{word} {told}", *filter(None, more)])
