"""Clauses that steps carry as codes: why something was decided, what was meant. Pure.

A phrase is a JSON object: "code", and what the text needs by name. It is stored in the parameters
of a step and told when somebody reads it, in the reader's language; a phrase may hold others.
"""

from collections.abc import Mapping
from typing import Any

Phrase = Mapping[str, Any]


def phrase(code: str, **params: Any) -> dict[str, Any]:
    """Return the phrase `code` of the catalogue ("phrase-CODE", or a whole id with `reply-`)."""
    return {"code": code, **params}


def is_phrase(value: object) -> bool:
    """Tell whether a parameter is a phrase."""
    return isinstance(value, Mapping) and isinstance(value.get("code"), str)
