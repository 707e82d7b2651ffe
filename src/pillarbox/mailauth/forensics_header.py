"""Trials on a header whose signature does not fit: undo a change to one or two fields."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
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
from pillarbox.mailauth.forensics_finding import Cause, Finding

MAX_RSA_TRIALS: Final = 4000
MAX_ED25519_TRIALS: Final = 200
MAX_FIELDS: Final = 200
MAX_FIELD_OCTETS: Final = 4096

_TAG: Final = re.compile(
    rb"\[[^\]\r\n]{1,60}\][ \t]*|\([^)\r\n]{1,30}\)[ \t]*|\*{2,5}[^*\r\n]{1,30}\*{2,5}[ \t]*"
)
_WORD_TAG: Final = re.compile(
    rb"(?i)^(subject:[ \t]*)(?:external|spam|suspicious|caution)[ \t]*:?[ \t]*"
)
_FOLD: Final = re.compile(rb"\r\n[ \t]+")
_ENCODINGS: Final = (b"7bit", b"8bit", b"quoted-printable", b"base64")
_PARAMETER: Final = re.compile(rb";\s*[A-Za-z-]+=(?:\"[^\"]*\"|[^;\s]+)")
_COMMENT: Final = re.compile(rb"(?<![ \t])[ \t]*+\([^()\r\n]*\)(?=\r\n$)")


@dataclass(slots=True)
class _Variant:
    """One field as it may have been. index: of the signed fields, -1 = the signature."""

    index: int
    octets: bytes
    cause: Cause
    confidence: float
    name: bytes
    how: str = ""


class _Judge:
    """Tells whether octets are what was signed, so many times and no more."""

    def __init__(self, key: Key, value: bytes) -> None:
        self._key = key
        self._value = value
        self.digest: bytes | None = None
        self.left = MAX_ED25519_TRIALS
        if isinstance(key.public, RSAPublicKey):
            self.left = MAX_RSA_TRIALS
            try:
                self.digest = key.public.recover_data_from_signature(value, PKCS1v15(), SHA256())
            except (InvalidSignature, ValueError):
                self.left = 0

    def fits(self, data: bytes) -> bool:
        self.left -= 1
        if self.digest is not None:
            return sha256(data).digest() == self.digest
        return self._key.verifies(self._value, data)


def diagnose_header(header: Header, signature: Signature, key: Key) -> Finding:
    """Return what happened to the signed fields, to the signature, or to the key."""
    judge = _Judge(key, signature.value)
    if isinstance(key.public, RSAPublicKey) and judge.digest is None:
        return _not_this_key(signature, key)
    if len(signature.headers) > MAX_FIELDS:
        return Finding(Cause.UNKNOWN, 0.0, "header")
    trials = _Trials(header, signature, judge)
    # An RSA signature that opens was made with this key, so the header did change.
    part = "header" if judge.digest is not None else ""
    return trials.run() or Finding(Cause.UNKNOWN, 0.0, part)


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
    def __init__(self, header: Header, signature: Signature, judge: _Judge) -> None:
        self._header = header
        self._signature = signature
        self._judge = judge
        self._relaxed = signature.header_canon is Canon.RELAXED
        index = header.fields.index(signature.raw) if signature.raw in header.fields else -1
        self._own = index
        self._fields = header.select(signature.headers, relaxed=False, omit=index).fields

    def run(self) -> Finding | None:
        found = self._whole()
        if found is not None:
            return found
        variants = list(self._variants())
        for variant in variants:
            if self._try(variant):
                return _finding(variant)
        for one, other in combinations(variants, 2):
            if one.index != other.index and self._try(one, other):
                first = min(one, other, key=lambda each: -each.confidence)
                second = other if first is one else one
                return _finding(first, also=second.name.decode(errors="replace"))
        return None

    def _try(self, *variants: _Variant) -> bool:
        if self._judge.left <= 0:
            return False
        fields, own = list(self._fields), self._signature.unsigned
        for variant in variants:
            if variant.index < 0:
                own = variant.octets
            else:
                fields[variant.index] = variant.octets
        return self._judge.fits(_join(fields, own, relaxed=self._relaxed))

    def _whole(self) -> Finding | None:
        """Changes to all fields at once, and errors of the signer."""
        own = self._signature.unsigned
        if self._judge.fits(_join(self._fields, own, relaxed=not self._relaxed)):
            used = "simple" if self._relaxed else "relaxed"
            return Finding(Cause.WRONG_CANONICALISATION, 1.0, "signature", params={"used": used})
        top = self._from_top()
        if top != self._fields and self._judge.fits(_join(top, own, relaxed=self._relaxed)):
            return Finding(Cause.SIGNED_FROM_TOP, 1.0, "signature")
        if not self._relaxed:
            for how, change in _REFOLDINGS:
                fields = [change(raw) for raw in self._fields]
                for signature in (own, change(own + b"\r\n")[:-2]):
                    if self._judge.fits(_join(fields, signature, relaxed=False)):
                        return Finding(Cause.HEADER_REFOLDED, 1.0, "header", params={"how": how})
        return None

    def _from_top(self) -> list[bytes]:
        used: dict[bytes, int] = {}
        fields = []
        for name in self._signature.headers:
            indexes = [at for at in self._header.positions.get(name, ()) if at != self._own]
            count = used.get(name, 0)
            if count < len(indexes):
                used[name] = count + 1
                fields.append(self._header.fields[indexes[count]])
        return fields

    def _variants(self) -> Iterator[_Variant]:
        for index, raw in enumerate(self._fields):
            name = _name(raw)
            if len(raw) > MAX_FIELD_OCTETS:
                continue
            for cause, confidence, how, octets in self._field_variants(name, raw):
                if octets != raw:
                    yield _Variant(index, octets, cause, confidence, name, how)
        if not self._relaxed:
            own = self._signature.unsigned
            for how, change in _REFOLDINGS:
                changed = change(own + b"\r\n")[:-2]
                if changed != own:
                    cause = Cause.SIGNATURE_REFOLDED
                    yield _Variant(-1, changed, cause, 1.0, b"dkim-signature", how)

    def _field_variants(self, name: bytes, raw: bytes) -> Iterator[tuple[Cause, float, str, bytes]]:
        for copied in self._copied(name):
            yield Cause.HEADER_CHANGED, 1.0, "copied", copied
        if name == b"subject":
            yield from _without_tags(raw)
        if name == b"from":
            for source in (b"x-original-from", b"original-from", b"x-mailfrom", b"reply-to"):
                for at in self._header.positions.get(source, ())[-2:]:
                    value = self._header.fields[at].partition(b":")[2]
                    yield Cause.FROM_REWRITTEN, 0.95, source.decode(), b"From:" + value
        yield Cause.HEADER_ADDED, 0.95, "", b""
        for at in self._header.positions.get(name, ())[-4:]:
            if self._header.fields[at] != raw and at != self._own:
                yield Cause.HEADER_ADDED, 0.9, "", self._header.fields[at]
        yield from _usual_changes(name, raw)
        if not self._relaxed:
            for how, change in _REFOLDINGS:
                yield Cause.HEADER_REFOLDED, 1.0, how, change(raw)
            label, _, value = raw.partition(b":")
            for other in (label.lower(), label.title(), label.upper(), _USUAL_CASE.get(name)):
                if other:
                    yield Cause.HEADER_NAME_CASE, 1.0, "", other + b":" + value

    def _copied(self, name: bytes) -> Iterator[bytes]:
        """What the signer copied into z=: RFC 6376 §3.5."""
        tag = self._signature.tags.get("z")
        for entry in (b"" if tag is None else tag.compact).split(b"|")[:MAX_FIELDS]:
            label, _, quoted = entry.partition(b":")
            value = decode_quoted(quoted)
            if label.lower() == name and value is not None:
                yield label + b":" + value + b"\r\n"


def _finding(variant: _Variant, also: str = "") -> Finding:
    params: dict[str, str | int] = {}
    if variant.how:
        params["how"] = variant.how
    if also:
        params["also"] = also
    part = "signature" if variant.index < 0 else "header"
    name = variant.name.decode(errors="replace")
    confidence = min(variant.confidence, 0.9) if also else variant.confidence
    return Finding(variant.cause, confidence, part, name, params=params)


def _name(raw: bytes) -> bytes:
    return raw.partition(b":")[0].rstrip(b" \t").lower()


def _join(fields: list[bytes], own: bytes, *, relaxed: bool) -> bytes:
    if relaxed:
        return b"".join([relax_field(raw) for raw in fields if raw]) + relax_field(own)[:-2]
    return b"".join(fields) + own


def _without_tags(raw: bytes) -> Iterator[tuple[Cause, float, str, bytes]]:
    for found in list(_TAG.finditer(raw))[:4]:
        yield Cause.SUBJECT_TAGGED, 1.0, "", raw[: found.start()] + raw[found.end() :]
    yield Cause.SUBJECT_TAGGED, 1.0, "", _WORD_TAG.sub(rb"\1", raw)


def _usual_changes(name: bytes, raw: bytes) -> Iterator[tuple[Cause, float, str, bytes]]:
    """What servers are known to do to the values of certain fields."""
    if name == b"content-transfer-encoding":
        for encoding in _ENCODINGS:
            yield (
                Cause.REENCODED,
                0.95,
                encoding.decode(),
                raw.partition(b":")[0] + b": " + encoding + b"\r\n",
            )
    if name == b"content-type":
        for found in list(_PARAMETER.finditer(raw))[:6]:
            rest = raw[: found.start()] + raw[found.end() :]
            yield Cause.HEADER_CHANGED, 0.95, "parameter", rest
        yield Cause.HEADER_CHANGED, 0.95, "quotes", raw.replace(b'"', b"")
        yield Cause.HEADER_CHANGED, 0.95, "quotes", re.sub(rb"=([^\";\s]+)", rb'="\1"', raw)
        yield Cause.HEADER_CHANGED, 0.95, "case", raw.lower()
    if name == b"date":
        yield Cause.HEADER_CHANGED, 0.95, "comment", _COMMENT.sub(b"", raw)
        yield Cause.HEADER_CHANGED, 0.95, "zone", raw.replace(b"+0000", b"GMT")
        yield Cause.HEADER_CHANGED, 0.95, "zone", raw.replace(b"GMT", b"+0000")
        yield Cause.HEADER_CHANGED, 0.95, "zone", raw.replace(b"+0000", b"-0000")
    if name in {b"from", b"to", b"cc", b"reply-to", b"sender"}:
        yield Cause.HEADER_CHANGED, 0.95, "quotes", raw.replace(b'"', b"")
        yield (
            Cause.HEADER_CHANGED,
            0.95,
            "quotes",
            re.sub(rb"(?<=[:,])[ \t]*+([^\"<,:\r\n]+?)[ \t]?<", rb' "\1" <', raw),
        )
        yield Cause.HEADER_CHANGED, 0.95, "brackets", re.sub(rb":[ \t]*<([^<>,]+)>", rb": \1", raw)
        yield (
            Cause.HEADER_CHANGED,
            0.95,
            "brackets",
            re.sub(rb":[ \t]*([^<>,\s]+)\r\n", rb": <\1>\r\n", raw),
        )
    yield Cause.HEADER_CHANGED, 0.95, "spaces", re.sub(rb",(?=\S)", b", ", raw)
    yield Cause.HEADER_CHANGED, 0.95, "spaces", raw.replace(b", ", b",")


def _unfold(raw: bytes) -> bytes:
    return raw.replace(b"\r\n\t", b"\t").replace(b"\r\n ", b" ")


# Other ways to fold and space a field, for simple canonicalisation.
_REFOLDINGS: Final[tuple[tuple[str, Callable[[bytes], bytes]], ...]] = (
    ("tab for space", lambda raw: raw.replace(b"\r\n\t", b"\r\n ")),
    ("space for tab", lambda raw: raw.replace(b"\r\n ", b"\r\n\t")),
    ("folded", _unfold),
    ("folded", lambda raw: _FOLD.sub(b" ", raw)),
    ("after the colon", lambda raw: re.sub(rb"^([^:\r\n]+):[ \t]+", rb"\1:", raw)),
    ("after the colon", lambda raw: re.sub(rb"^([^:\r\n]+):[ \t]*", rb"\1: ", raw)),
    ("at the end", lambda raw: re.sub(rb"(?<![ \t])[ \t]++(?=\r\n)", b"", raw)),
    ("runs", lambda raw: re.sub(rb"(?<=\S)[ \t]{2,}", b" ", raw)),
)

_USUAL_CASE: Final = {
    b"message-id": b"Message-ID",
    b"mime-version": b"MIME-Version",
    b"list-id": b"List-ID",
}
