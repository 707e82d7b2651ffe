"""Who a message is from: SPF, DKIM, ARC, DMARC, and how to say so (Authentication-Results).

Every check is pure: octets, a Resolver and the time come in; a verdict with its
evidence comes out. Nothing here does I/O, reads a clock, or decides what happens to a
message: `delivery/` does.

`__all__` is what other programs may build upon (docs/library.md). Each name is loaded when it is
first asked for, so that importing the package costs nothing; `__init__.pyi` tells their types.
"""

from importlib import import_module
from typing import Final

_MODULES: Final = ("arc", "authres", "dkim", "dmarc", "forensics", "spf", "srs")
_NAMES: Final = {
    "ArcOutcome": "arc",
    "Authenticated": "authentication",
    "ChainStatus": "arc",
    "DkimOutcome": "dkim",
    "DkimResult": "dkim",
    "DmarcOutcome": "dmarc",
    "DmarcResult": "dmarc",
    "SigningKey": "dkim_sign",
    "SpfOutcome": "spf_outcome",
    "SpfResult": "spf_outcome",
    "authenticate": "authentication",
    "seal": "arc_sign",
    "sign": "dkim_sign",
}

__all__ = (*_NAMES, *_MODULES)  # noqa: PLE0604 - tuples of str


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
