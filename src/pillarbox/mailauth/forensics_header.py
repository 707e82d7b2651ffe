"""Trials on a header whose signature does not fit: undo a change to one field, or to a few."""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import combinations
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from pillarbox.mailauth.dkim_canon import Header, relax_field
from pillarbox.mailauth.dkim_header import Canon, Signature, decode_quoted
from pillarbox.mailauth.dkim_key import Key
from pillarbox.mailauth.forensics_field import (
    REFOLDINGS,
    Variant,
    absent_variants,
    field_variants,
    sources,
)
from pillarbox.mailauth.forensics_finding import Cause, Effort, Finding

MAX_FIELDS: Final = 200
MAX_FIELD_OCTETS: Final = 4096
MAX_USUAL: Final = 90  # variants that are tried in pairs

# What a mailing list adds, or replaces.
_LIST_FIELDS: Final = frozenset(
    b"reply-to sender errors-to precedence list-id list-help list-unsubscribe list-subscribe"
    b" list-post list-owner list-archive list-unsubscribe-post".split()
)


class _Judge:
    """Tells whether octets are what was signed, so many times and no more."""

    def __init__(self, key: Key, value: bytes, effort: Effort) -> None:
        self._key = key
        self._value = value
        self.digest: bytes | None = None
        self.left = effort.ed25519_trials
        if isinstance(key.public, RSAPublicKey):
            self.left = effort.rsa_trials
            try:
                self.digest = key.public.recover_data_from_signature(value, PKCS1v15(), SHA256())
            except (InvalidSignature, ValueError):
                self.left = 0

    def fits(self, data: bytes) -> bool:
        self.left -= 1
        if self.digest is not None:
            return sha256(data).digest() == self.digest
        return self._key.verifies(self._value, data)


def diagnose_header(header: Header, signature: Signature, key: Key, effort: Effort) -> Finding:
    """Return what happened to the signed fields, to the signature, or to the key."""
    judge = _Judge(key, signature.value, effort)
    if isinstance(key.public, RSAPublicKey) and judge.digest is None:
        return _not_this_key(signature, key)
    if len(signature.headers) > MAX_FIELDS:
        return Finding(Cause.UNKNOWN, 0.0, "header")
    # An RSA signature that opens was made with this key, so the header did change.
    part = "header" if judge.digest is not None else ""
    return _Trials(header, signature, judge).run() or Finding(Cause.UNKNOWN, 0.0, part)


def _not_this_key(signature: Signature, key: Key) -> Finding:
    octets = len(signature.value)
    params: dict[str, str | int] = {"signature_bits": octets * 8, "key_bits": key.bits}
    if octets * 8 == (key.bits + 7) // 8 * 8:
        # Another key, or a damaged b=: more likely the former, keys change every day.
        return Finding(Cause.WRONG_KEY, 0.8, "key", params=params)
    if octets in {128, 256, 384, 512}:
        return Finding(Cause.WRONG_KEY, 1.0, "key", params=params)
    return Finding(Cause.SIGNATURE_DAMAGED, 0.9, "signature", params=params)


class _Trials:
    """Trials on one header. Fields that h= names and that are absent are b""."""

    def __init__(self, header: Header, signature: Signature, judge: _Judge) -> None:
        self._header = header
        self._signature = signature
        self._judge = judge
        self._relaxed = signature.header_canon is Canon.RELAXED
        self._own = header.fields.index(signature.raw) if signature.raw in header.fields else -1
        self._fields = self._chosen(from_top=False)
        self._forms = [self._form(raw) for raw in self._fields]
        self._own_form = self._form(signature.unsigned + b"\r\n")[:-2]

    def _chosen(self, *, from_top: bool) -> list[bytes]:
        """Return the field for each name of h=, in order: RFC 6376 §5.4.2."""
        used: dict[bytes, int] = {}
        fields = []
        for name in self._signature.headers:
            indexes = [at for at in self._header.positions.get(name, ()) if at != self._own]
            count = used[name] = used.get(name, -1) + 1
            place = count if from_top else -1 - count
            fields.append(self._header.fields[indexes[place]] if count < len(indexes) else b"")
        return fields

    def _form(self, raw: bytes) -> bytes:
        return relax_field(raw) if self._relaxed and raw else raw

    def run(self) -> Finding | None:
        found = self._whole()
        if found is not None:
            return found
        variants = list(self._variants())
        for variant in variants:
            if self._try(variant):
                return _finding(variant)
        usual = [variant for variant in variants if variant.usual][:MAX_USUAL]
        listed = self._listed()
        return (
            self._listed_and(usual, listed, 1)
            or self._pair(usual)
            or (self._listed_and(usual, listed, 2))
        )

    def _pair(self, usual: list[Variant]) -> Finding | None:
        for one, other in combinations(usual, 2):
            if one.index != other.index and self._try(one, other):
                return _finding(one, other)
        return None

    def _listed_and(self, usual: list[Variant], listed: list[Variant], most: int) -> Finding | None:
        """Try the removal of all that lists add, with up to `most` other changes."""
        if len(listed) < 2:
            return None
        places = {variant.index for variant in listed}
        others = [variant for variant in usual if variant.index not in places]
        for count in (0, 1) if most == 1 else (most,):
            for chosen in combinations(others, count):
                distinct = len({variant.index for variant in chosen}) == count
                if distinct and self._try(*chosen, *listed):
                    return _finding(*chosen, *listed)
        return None

    def _listed(self) -> list[Variant]:
        """Return the removal of every field that a mailing list may have added."""
        return [
            Variant(index, b"", Cause.HEADER_ADDED, 0.95, name)
            for index, name in enumerate(self._signature.headers)
            if name in _LIST_FIELDS and self._fields[index]
        ]

    def _try(self, *variants: Variant) -> bool:
        if self._judge.left <= 0:
            return False
        forms, own = self._forms.copy(), self._own_form
        for variant in variants:
            if variant.index < 0:
                own = variant.octets
            else:
                forms[variant.index] = self._form(variant.octets)
        return self._judge.fits(b"".join(forms) + own)

    def _whole(self) -> Finding | None:
        """Changes to all fields at once, and errors of the signer."""
        own = self._signature.unsigned
        plain, relaxed = b"".join(self._fields) + own, b"".join(map(_relax, self._fields))
        other = plain if self._relaxed else relaxed + relax_field(own)[:-2]
        if self._judge.fits(other):
            used = "simple" if self._relaxed else "relaxed"
            return Finding(Cause.WRONG_CANONICALISATION, 1.0, "signature", params={"used": used})
        top = self._chosen(from_top=True)
        if top != self._fields and self._judge.fits(
            b"".join([self._form(raw) for raw in top]) + self._own_form
        ):
            return Finding(Cause.SIGNED_FROM_TOP, 1.0, "signature")
        if not self._relaxed:
            for how, change in REFOLDINGS:
                fields = b"".join([change(raw) for raw in self._fields])
                for signature in (own, change(own + b"\r\n")[:-2]):
                    if self._judge.fits(fields + signature):
                        return Finding(Cause.HEADER_REFOLDED, 1.0, "header", params={"how": how})
        return None

    def _variants(self) -> Iterator[Variant]:
        """Yield what single fields may have been, likely ones first."""
        later: list[Iterator[Variant]] = []
        for index, (name, raw) in enumerate(
            zip(self._signature.headers, self._fields, strict=True)
        ):
            if not raw:
                later.append(absent_variants(index, name))
            elif len(raw) <= MAX_FIELD_OCTETS:
                yield from self._replaced(index, name, raw)
                later.append(field_variants(index, name, raw, relaxed=self._relaxed))
        yield from self._own_variants()
        for variants in later:
            for variant in variants:
                if variant.index < 0 or variant.octets != self._fields[variant.index]:
                    yield variant

    def _own_variants(self) -> Iterator[Variant]:
        if self._relaxed:
            return
        own = self._signature.unsigned
        for how, change in REFOLDINGS:
            changed = change(own + b"\r\n")[:-2]
            if changed != own:
                yield Variant(-1, changed, Cause.SIGNATURE_REFOLDED, 1.0, b"dkim-signature", how)

    def _replaced(self, index: int, name: bytes, raw: bytes) -> Iterator[Variant]:
        """Yield what other fields say that this one was, and its absence."""
        for copied in self._copied(name):
            yield Variant(index, copied, Cause.HEADER_CHANGED, 1.0, name, "copied", usual=True)
        for source in sources(name):
            for at in self._header.positions.get(source, ())[-2:]:
                label, _, value = self._header.fields[at].partition(b":")
                octets = raw.partition(b":")[0] + b":" + value
                cause = Cause.FROM_REWRITTEN if name == b"from" else Cause.HEADER_CHANGED
                how = label.decode(errors="replace").strip().lower()
                yield Variant(index, octets, cause, 0.95, name, how, usual=True)
        yield Variant(index, b"", Cause.HEADER_ADDED, 0.95, name, usual=True)
        for at in self._header.positions.get(name, ())[-4:]:
            if self._header.fields[at] != raw and at != self._own:
                octets = self._header.fields[at]
                yield Variant(index, octets, Cause.HEADER_ADDED, 0.9, name, usual=True)

    def _copied(self, name: bytes) -> Iterator[bytes]:
        """What the signer copied into z=: RFC 6376 §3.5."""
        tag = self._signature.tags.get("z")
        for entry in (b"" if tag is None else tag.compact).split(b"|")[:MAX_FIELDS]:
            label, _, quoted = entry.partition(b":")
            value = decode_quoted(quoted)
            if label.lower() == name and value is not None:
                yield label + b":" + value + b"\r\n"


def _relax(raw: bytes) -> bytes:
    return relax_field(raw) if raw else b""


def _finding(*variants: Variant) -> Finding:
    """Return the surest of the changes, with the others that it needs."""
    ordered = sorted(variants, key=lambda variant: -variant.confidence)
    findings = [_one(variant, alone=len(ordered) == 1) for variant in ordered]
    return replace(findings[0], also=tuple(findings[1:]))


def _one(variant: Variant, *, alone: bool) -> Finding:
    params: dict[str, str | int] = {"how": variant.how} if variant.how else {}
    part = "signature" if variant.index < 0 else "header"
    name = variant.name.decode(errors="replace")
    confidence = variant.confidence if alone else min(variant.confidence, 0.9)
    return Finding(variant.cause, confidence, part, name, params=params)
