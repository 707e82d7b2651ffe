"""The public suffix list, for display and to compare with RFC 7489's organisations.

No verdict depends on it: RFC 9989 finds organisations in DNS. The list is read when it is
first asked for (about 0.1 s).
"""

import functools

from publicsuffixlist import PublicSuffixList

from pillarbox.mailauth.alignment import normalise

_CACHED_NAMES = 4096


@functools.cache
def _list() -> PublicSuffixList:
    return PublicSuffixList()


@functools.lru_cache(_CACHED_NAMES)
def _suffix_labels(name: str) -> int:
    suffix = _list().publicsuffix(name)
    return str(suffix).count(".") + 1 if suffix else 0


def public_suffix(domain: str) -> str:
    """Return the public suffix in lower case, in the form given (A- or U-labels), or ""."""
    name = normalise(domain)
    if not name:
        return ""
    return ".".join(domain.removesuffix(".").lower().split(".")[-_suffix_labels(name) :])


def organisational_domain(domain: str) -> str:
    """Return the public suffix and one label more (RFC 7489 §3.2), or "".

    In lower case and the form given. "" for a public suffix itself and for no name.
    """
    name = normalise(domain)
    labels = _suffix_labels(name) + 1 if name else 0
    if not name or name.count(".") + 1 < labels:
        return ""
    return ".".join(domain.removesuffix(".").lower().split(".")[-labels:])
