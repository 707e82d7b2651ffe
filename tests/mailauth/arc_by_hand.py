"""A sealer of its own, so that the validator is not tested against our own sealer alone.

Every choice that RFC 8617 leaves to a sealer can be made here: order of tags, names of signed
fields, canonicalisation, white space, order of fields in the message.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, field, replace

from tests.mailauth.dkim_lab import rsa_key

HEADER = (
    b"From: Ann <ann@example.org>\r\n",
    b"To: Bob <bob@example.net>\r\n",
    b"Subject:  The  figures,\r\n as promised \r\n",
    b"Date: Wed, 1 May 2024 12:00:00 +0000\r\n",
    b"DKIM-Signature: v=1; d=one.example; b=AA==\r\n",
    b"DKIM-Signature: v=1; d=two.example; b=BB==\r\n",
)
BODY = b"Hello Bob,\r\n\r\nhere  they are:\t1, 2 \r\n\r\n"


def relax(raw):
    """RFC 6376 §3.4.2, without the line end."""
    name, _, value = raw.partition(b":")
    value = re.sub(rb"\r\n(?=[ \t])", b"", value.removesuffix(b"\r\n"))
    return name.strip().lower() + b":" + re.sub(rb"[ \t]+", b" ", value).strip()


def relax_body(body):
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"\r\n".join(lines) + b"\r\n" if lines else b""


def simple_body(body):
    return re.sub(rb"(?:\r\n)*\Z", b"", body) + b"\r\n"


@dataclass
class Recipe:
    """How one set is made. tags: name -> value in order; "b" is where the signature goes."""

    instance: int = 1
    cv: str = "none"
    h: str = "from:to:subject:date"
    canon: str = "relaxed/relaxed"
    results: bytes = b"mx.example.org; spf=pass"
    ams_order: tuple[str, ...] = ("i", "a", "c", "d", "s", "t", "h", "bh", "b")
    seal_order: tuple[str, ...] = ("i", "a", "cv", "d", "s", "t", "b")
    extra: dict[str, str] = field(default_factory=dict)
    fold: bytes = b" "
    names: tuple[bytes, bytes, bytes] = (
        b"ARC-Authentication-Results", b"ARC-Message-Signature", b"ARC-Seal",
    )  # fmt: skip
    wrap: int = 0  # white space into base64 after so many characters
    alone: bool = False  # the seal covers its own set only


def make_set(recipe, header, body, earlier=()):
    """Return [AAR, AMS, AS] of a new set over a header and body. earlier: [AAR, AMS, AS] each."""
    aar_name, ams_name, seal_name = recipe.names
    aar = b"%s: i=%d; %s\r\n" % (aar_name, recipe.instance, recipe.results)
    header_canon, _, body_canon = recipe.canon.partition("/")
    digest = hashlib.sha256((relax_body if body_canon == "relaxed" else simple_body)(body))
    values = {
        "i": str(recipe.instance), "a": "rsa-sha256", "c": recipe.canon, "d": "example.org",
        "s": "s", "t": "12345", "h": recipe.h, "cv": recipe.cv, "b": "",
        "bh": base64.b64encode(digest.digest()).decode(), **recipe.extra,
    }  # fmt: skip
    if recipe.wrap:
        values["bh"] = "\r\n\t".join(
            values["bh"][at : at + recipe.wrap] for at in range(0, 44, recipe.wrap)
        )
    canon = relax if header_canon == "relaxed" else (lambda raw: raw.removesuffix(b"\r\n"))
    signed = [canon(raw) + b"\r\n" for raw in select(header, recipe.h)]
    ams = _sign(recipe, ams_name, recipe.ams_order, values, signed, canon)
    covered = [] if recipe.alone else [raw for one in earlier for raw in one]
    sealed = [relax(raw) + b"\r\n" for raw in (*covered, aar, ams)]
    seal = _sign(recipe, seal_name, recipe.seal_order, values, sealed, relax)
    return [aar, ams, seal]


def select(header, names):
    """RFC 6376 §5.4.2: each name takes the next field from the bottom."""
    left = list(header)
    for name in names.split(":"):
        for at in range(len(left) - 1, -1, -1):
            if left[at].partition(b":")[0].strip().lower() == name.strip().lower().encode():
                yield left.pop(at)
                break


def _sign(recipe, name, order, values, covered, canon):
    def text(value):
        tags = [f"{tag}={value if tag == 'b' else values[tag]}" for tag in order]
        return name + b": " + (b";" + recipe.fold).join(tag.encode() for tag in tags) + b"\r\n"

    data = b"".join(covered) + canon(text("")).removesuffix(b"\r\n")
    value = base64.b64encode(rsa_key().sign(data)).decode()
    if recipe.wrap:
        value = "\r\n ".join(
            value[at : at + recipe.wrap] for at in range(0, len(value), recipe.wrap)
        )
    return text(value)


def message(*sets, header=HEADER, body=BODY, top_first=True):
    """Return a message with sets on top, the newest first, each AS, AMS, AAR."""
    fields = [raw for one in (reversed(sets) if top_first else sets) for raw in reversed(one)]
    return b"".join([*fields, *header]) + b"\r\n" + body


def chain(*recipes):
    """Return the sets of several hops, none of which changes the message."""
    sets: list[list[bytes]] = []
    for number, recipe in enumerate(recipes, 1):
        cv = recipe.cv if number == 1 or recipe.cv != "none" else "pass"
        header = [raw for one in reversed(sets) for raw in reversed(one)] + list(HEADER)
        sets.append(make_set(replace(recipe, instance=number, cv=cv), header, BODY, sets))
    return sets
