"""Text whose lines were cut to be joined again: format=flowed (RFC 3676). Pure; never raises."""

import re
from typing import Final

SIGNATURE: Final = "-- "  # RFC 3676 §4.3: never joined

_QUOTES: Final = re.compile(r">*")


def join(text: str, *, delete_space: bool = False) -> str:
    """Return text with flowed lines joined (RFC 3676 §4.2 to §4.5).

    text: with LF line ends. delete_space: DelSp=yes, the space before a soft line end was added.
    Quoted lines keep one ">" for each level, and a space behind them.
    """
    found: list[str] = []
    depth_before, open_ = 0, False
    for line in text.split("\n"):
        depth = _QUOTES.match(line).end()  # type: ignore[union-attr] # matches anything
        content = line[depth:].removeprefix(" ")
        signature = content == SIGNATURE
        if open_ and depth == depth_before and not signature:
            found[-1] += content
        else:
            found.append(f"{'>' * depth} {content}" if depth else content)
        open_ = content.endswith(" ") and not signature
        if open_ and delete_space:
            found[-1] = found[-1][:-1]
        depth_before = depth
    return "\n".join(found)
