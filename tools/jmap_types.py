"""Writes webmail/src/jmap/types.ts: the objects of JMAP as TypeScript, from their one definition.

Every msgspec Struct of `pillarbox.jmap.types` and of the preferences becomes an interface.
"""

import importlib
import pkgutil
import sys
import types as python_types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from pillarbox import jmap
from pillarbox.jmap import types as jmap_types

PAGE = Path(__file__).parents[1] / "webmail" / "src" / "jmap" / "types.ts"
PLAIN = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}


def typescript(kind: Any) -> str:
    """Return the TypeScript type of a Python type."""
    origin, args = get_origin(kind), get_args(kind)
    if kind is Any:
        return "any"
    if kind in PLAIN:
        return PLAIN[kind]
    if origin is Literal:
        return " | ".join(f'"{one}"' for one in args)
    if origin in {Union, python_types.UnionType}:
        return " | ".join(typescript(one) for one in args)
    if origin in {list, tuple, frozenset}:
        inner = typescript(args[0])
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if origin is dict:
        return f"Record<string, {typescript(args[1])}>"
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind.__name__
    raise TypeError(f"no TypeScript for {kind!r}")


def interface(struct: type[msgspec.Struct]) -> str:
    """Return the interface of a Struct, with the first line of its docstring."""
    first = (struct.__doc__ or "").strip().splitlines()[0]
    hints = get_type_hints(struct)
    pairs = zip(struct.__struct_fields__, struct.__struct_encode_fields__, strict=True)
    fields = "\n".join(f"  {name}: {typescript(hints[field])};" for field, name in pairs)
    return f"/** {first} */\nexport interface {struct.__name__} {{\n{fields}\n}}\n"


def structs() -> list[type[msgspec.Struct]]:
    """Return every Struct that travels, in the order of modules and definitions."""
    names = [
        f"{jmap_types.__name__}.{found.name}" for found in pkgutil.iter_modules(jmap_types.__path__)
    ]
    names.append(f"{jmap.__name__}.preferences")
    found: dict[str, type[msgspec.Struct]] = {}
    for name in names:
        for value in vars(importlib.import_module(name)).values():
            is_struct = isinstance(value, type) and issubclass(value, msgspec.Struct)
            if is_struct and value.__module__ == name:
                found.setdefault(value.__name__, value)
    return list(found.values())


def render() -> str:
    """Return the file's text."""
    head = "// Made by `make docs` from pillarbox.jmap.types: change it there.\n\n"
    return head + "\n".join(interface(struct) for struct in structs())


if __name__ == "__main__":
    sys.stdout.write(f"{PAGE.name}\n")
    PAGE.write_text(render(), "utf-8")
