"""Seal a message that is passed on: RFC 8617 §5.1.

A sealer that changes a message (a list, a forwarder with a footer) seals it last, as it
leaves, with the chain status it found when the message came in.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from pillarbox.base.errors import Invalid, TooMany
from pillarbox.mailauth import authres as results_field
from pillarbox.mailauth.arc import (
    MAX_INSTANCE,
    MESSAGE_NAME,
    RESULTS_NAME,
    SEAL_NAME,
    ArcOutcome,
    ChainStatus,
    has_chain,
    read_chain,
)
from pillarbox.mailauth.authres import AuthresError
from pillarbox.mailauth.dkim_canon import Header, hash_body, relax_field, split_header
from pillarbox.mailauth.dkim_header import Canon, Signature, join_signed
from pillarbox.mailauth.dkim_sign import (
    DEFAULT_HEADERS,
    SigningKey,
    check_domain,
    check_names,
    check_selector,
    choose_headers,
    fold_base64,
    format_field,
)

# RFC 8617 §4.1.2: earlier DKIM-Signature fields should be covered; the fields of ARC and
# Authentication-Results must not.
DEFAULT_ARC_HEADERS: Final = (*DEFAULT_HEADERS, "DKIM-Signature")
_STATUSES: Final = frozenset(status.value for status in ChainStatus)
_FORBIDDEN: Final = frozenset(
    {"authentication-results", RESULTS_NAME.decode(), MESSAGE_NAME.decode(), SEAL_NAME.decode()}
)


def seal(  # noqa: PLR0913  # each is a tag of the set; all but two by name
    message: bytes,
    key: SigningKey,
    *,
    domain: str,
    selector: str,
    authres: bytes,
    cv: ChainStatus,
    now: datetime,
    headers: Sequence[str] | None = None,
    header_end: int | None = None,
) -> bytes:
    """Return the three fields of a new ARC set, to put on top of `message`.

    authres: the payload of Authentication-Results without the field name
    ("mx.example; spf=pass ..."). headers: h= as it shall be, names that repeat or do not
    exist included; those that ARC forbids are left out (`forbidden` tells them). None: all fields
    that matter. cv: what
    `arc.validate` said of the message as it came. When it is fail, the new seal covers its
    own set alone (RFC 8617 §5.1.2).

    Raises Invalid where a chain must not go on (its newest seal says cv=fail, or `cv` does
    not fit it), there is no From, or an argument is malformed; TooMany beyond 50 sets.
    """
    header = split_header(message, header_end)
    chain = read_chain(header)
    instance = _next_instance(header, chain, cv)
    if b"from" not in header.positions:
        raise Invalid("a signature needs a From field")
    signer = [f"d={check_domain(domain)}", f"s={check_selector(selector)}"]
    signer.append(f"t={int(now.timestamp())}")
    results = b"ARC-Authentication-Results: i=%d;\r\n\t%s\r\n" % (instance, _check_authres(authres))

    if headers is None:
        names = choose_headers(header, DEFAULT_ARC_HEADERS, ())
    else:
        left_out = forbidden(headers)
        names = check_names(header, [name for name in headers if name not in left_out])
    if b"from" not in (name.lower() for name in names):
        raise Invalid("From must be signed")
    digest = hash_body(message, header.body_start, relaxed=True).by_limit[None]
    first = [f"i={instance}", f"a={key.algorithm}"]
    tags = [*first, "c=relaxed/relaxed", *signer]
    field = format_field("ARC-Message-Signature", tags, names, digest)
    chosen = header.select([name.lower() for name in names], relaxed=True)
    message_signature = _finish(key, field, chosen.fields)

    covered = [results, message_signature]
    if cv is not ChainStatus.FAIL:
        covered = [raw for each in chain.sets for raw in each.fields] + covered
    field = format_field("ARC-Seal", [*first, f"cv={cv.value}", *signer], (), b"")
    return _finish(key, field, [relax_field(raw) for raw in covered]) + message_signature + results


def forbidden(headers: Sequence[str]) -> list[str]:
    """Return the names that a seal leaves out: ARC's own and Authentication-Results.

    The next server changes them (RFC 8617 §4.1.2).
    """
    return [name for name in headers if name.lower() in _FORBIDDEN]


def collect_results(message: bytes, authserv_id: str = "") -> tuple[bytes, ChainStatus | None]:
    """Return what our own Authentication-Results fields of a message say: (payload, arc=).

    For a sealer behind the server that checked. authserv_id: whose fields count, "" for that
    of the topmost one. Several fields become one payload (RFC 8617 §4.1.1); b"" when there is
    none. The second is None when they say nothing of ARC.
    """
    header = split_header(message)
    clauses: list[bytes] = []
    cv: ChainStatus | None = None
    for at in header.positions.get(b"authentication-results", ()):
        value = b"".join(header.fields[at].partition(b":")[2].splitlines()).strip()
        try:
            found = results_field.parse(value)
        except AuthresError:
            continue
        authserv_id = authserv_id or found.authserv_id
        if not results_field.is_same_id(found.authserv_id, authserv_id):
            continue
        rest = value.partition(b";")[2].strip().strip(b";").strip()
        if found.results:
            clauses.append(rest)
        for result in found.results:
            if result.method == "arc" and result.value in _STATUSES:
                cv = cv or ChainStatus(result.value)
    if not clauses:
        return b"", None
    return b"; ".join([authserv_id.encode(), *clauses]), cv


def _finish(key: SigningKey, field: bytes, fields: list[bytes]) -> bytes:
    signature = Signature(b"", unsigned=field, header_canon=Canon.RELAXED)
    return field + fold_base64(key.sign(join_signed(fields, signature))) + b"\r\n"


def _next_instance(header: Header, chain: ArcOutcome, cv: ChainStatus) -> int:
    """Return the number of the new set: RFC 8617 §5.1, step 2."""
    if has_chain(header) == (cv is ChainStatus.NONE):
        raise Invalid("cv=none is for messages without a chain, and for no others")
    if chain.sets and chain.sets[-1].seal_cv == "fail":
        raise Invalid("the chain has ended: its newest seal says cv=fail")
    if chain.cv is ChainStatus.FAIL and cv is ChainStatus.PASS:
        raise Invalid("a broken chain cannot be sealed with cv=pass")
    if chain.last_instance >= MAX_INSTANCE or chain.reason == "too_many":
        raise TooMany(f"the chain has {MAX_INSTANCE} sets")
    return chain.last_instance + 1


def _check_authres(authres: bytes) -> bytes:
    payload = authres.strip()
    unfolded = payload.replace(b"\r\n\t", b"").replace(b"\r\n ", b"")
    if not payload or b"\r" in unfolded or b"\n" in unfolded or b"\0" in payload:
        raise Invalid("no payload of Authentication-Results")
    return payload
