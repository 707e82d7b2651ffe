"""Are a domain's DKIM keys right (RFC 6376 §3.6)?"""

from collections.abc import Iterator, Sequence
from typing import Final

from pillarbox.dns.resolver import Resolver, RType, Status
from pillarbox.doctor.asking import problem_of, texts_of
from pillarbox.doctor.finding import Finding, make
from pillarbox.mailauth.dkim_header import Reason
from pillarbox.mailauth.dkim_key import read_key

MAX_SELECTORS: Final = 20
GOOD_BITS: Final = 2048
_SHORT: Final = frozenset({Reason.KEY_TOO_SHORT, Reason.KEY_TOO_LONG})
_UNUSABLE: Final = frozenset({Reason.KEY_HASH, Reason.KEY_SERVICE, Reason.KEY_TYPE})


async def check(resolver: Resolver, domain: str, selectors: Sequence[str]) -> list[Finding]:
    """Judge the key of each selector; without one, say whether there are keys at all."""
    if not selectors:
        return await _any(resolver, domain)
    found: list[Finding] = []
    for selector in list(dict.fromkeys(selectors))[:MAX_SELECTORS]:
        found += await _selector(resolver, domain, selector)
    return found


async def _any(resolver: Resolver, domain: str) -> list[Finding]:
    name = f"_domainkey.{domain}"
    answer = await resolver.resolve(name, RType.TXT)
    where = f"*.{name} TXT"
    if answer.failed:
        return [make("dkim.unknown", where, name=name, problem=problem_of(answer))]
    # RFC 8020: where nothing exists at a name, nothing exists below it.
    id_ = "dkim.none" if answer.status is Status.NXDOMAIN else "dkim.no-selector"
    return [make(id_, where)]


async def _selector(resolver: Resolver, domain: str, selector: str) -> list[Finding]:
    name = f"{selector}._domainkey.{domain}"
    where = f"{name} TXT"
    answer = await resolver.resolve(name, RType.TXT)
    if answer.failed:
        return [make("dkim.unknown", where, name=name, problem=problem_of(answer))]
    texts = texts_of(answer)
    if not texts:
        return [make("dkim.missing", where, selector=selector)]
    found: list[Finding] = []
    if len(texts) > 1:
        shown = " | ".join(texts)
        found.append(make("dkim.several", where, found=shown, selector=selector, count=len(texts)))
    for text in texts[:5]:
        found += _key(text, where, selector)
    return found


def _key(text: str, where: str, selector: str) -> Iterator[Finding]:
    key = read_key(text.encode("utf-8", "replace"))
    about = {"selector": selector, "problem": key.detail}
    if key.testing:
        yield make("dkim.testing", where, found=text, publish=_without_test(text), **about)
    if key.reason is None:
        if key.key_type == "rsa" and key.bits < GOOD_BITS:
            yield make("dkim.weak-key", where, found=text, bits=key.bits, **about)
        else:
            kind = {"rsa": "RSA", "ed25519": "Ed25519"}[key.key_type]
            yield make("dkim.ok", where, found=text, kind=kind, bits=key.bits, **about)
    elif key.reason is Reason.KEY_REVOKED:
        yield make("dkim.revoked", where, found=text, **about)
    elif key.reason in _SHORT:
        yield make("dkim.short-key", where, found=text, **about)
    elif key.reason in _UNUSABLE:
        yield make("dkim.unusable", where, found=text, **about)
    else:
        yield make("dkim.syntax", where, found=text, publish=_mended(text), **about)


def _without_test(text: str) -> str:
    """Return the record without t=y; other flags stay."""
    tags = []
    for tag in text.split(";"):
        name, _, value = tag.partition("=")
        if name.strip() != "t":
            tags.append(tag)
            continue
        flags = [flag for flag in value.replace(" ", "").split(":") if flag and flag != "y"]
        tags += [f" t={':'.join(flags)}"] if flags else []
    return ";".join(tags).strip()


def _mended(text: str) -> str:
    """Return the record as it was meant, "" if that cannot be told.

    Usual damage: quotation marks and backslashes from a zone file, lines of a PEM file around the
    key, v= not in front.
    """
    plain = text.replace("\\", "").replace('"', "")
    for line in ("-----BEGIN PUBLIC KEY-----", "-----END PUBLIC KEY-----"):
        plain = plain.replace(line, "")
    tags = [tag.strip() for tag in plain.split(";") if tag.strip()]
    first = [tag for tag in tags if tag.replace(" ", "").lower() == "v=dkim1"]
    others = [tag for tag in tags if tag not in first]
    others = [
        "p=" + "".join(tag.partition("=")[2].split()) if tag.startswith("p") else tag
        for tag in others
    ]
    mended = "; ".join(["v=DKIM1", *others])
    return mended if read_key(mended.encode("utf-8", "replace")).reason is None else ""
