"""Blob/get, Blob/upload and Blob/lookup (RFC 9404)."""

import asyncio
import base64
import binascii
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from pillarbox.base.errors import OverQuota, TooLarge
from pillarbox.jmap import arguments, blob_id, ids
from pillarbox.jmap.blob_id import MessageBlob
from pillarbox.jmap.error import MethodError, SetError
from pillarbox.serve.jmap.blobs import Blob, Blobs
from pillarbox.serve.jmap.method import Capability, Context
from pillarbox.serve.jmap.transfer import checked_type
from pillarbox.serve.jmap.uploading import Uploading
from pillarbox.serve.visitor import Visitor
from pillarbox.store import placements
from pillarbox.store.database import Transaction
from pillarbox.store.ids import AccountId

URN: Final = "urn:ietf:params:jmap:blob"
TYPES: Final = ("Mailbox", "Thread", "Email")
DIGESTS: Final[Mapping[str, Any]] = {
    "sha": hashlib.sha1,
    "sha-256": hashlib.sha256,
    "sha-512": hashlib.sha512,
}
MAX_SOURCES: Final = 64
MAX_DATA: Final = 10_000_000  # octets in one response
MAX_WORK: Final = 100_000_000  # octets that one call may read
TEXT, BASE64, DIGEST = "data:asText", "data:asBase64", "digest:"
PROPERTIES: Final = frozenset({"id", "data", TEXT, BASE64, "size"}).union(
    DIGEST + name for name in DIGESTS
)
_DEFAULT: Final = ("data", "size")


class BlobMethods:
    """The methods."""

    def __init__(self, blobs: Blobs, uploading: Uploading) -> None:
        self._blobs = blobs
        self._uploading = uploading

    def capability(self) -> Capability:
        """Return the capability."""
        methods = {"Blob/get": self.get, "Blob/upload": self.upload, "Blob/lookup": self.lookup}
        return Capability(URN, methods, account=self._account)

    def _account(self, _: Visitor) -> Mapping[str, Any]:
        return {
            "maxSizeBlobSet": self._uploading.max_octets,
            "maxDataSources": MAX_SOURCES,
            "supportedTypeNames": list(TYPES),
            "supportedDigestAlgorithms": list(DIGESTS),
        }

    # Reading.

    async def get(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Blob/get (§4.2): octets [offset, offset + length) of blobs, or their digests."""
        asked = arguments.Get.read(
            args, PROPERTIES, context.limits.max_objects_in_get, ("offset", "length")
        )
        if asked.ids is None:
            raise arguments.invalid("ids is missing")
        offset = arguments.number(args, "offset")
        length = arguments.number_or_none(args, "length")
        wanted = tuple(_DEFAULT if asked.properties is None else asked.properties)
        reader = _Reader(wanted, offset, length)
        found, missing = [], []
        for one in asked.ids:
            blob = await self._blobs.find(context.visitor.account_id, one)
            if blob is None:
                missing.append(one)
            else:
                found.append({"id": one, **await reader.read(blob)})
        return {"accountId": asked.account_id, "state": "0", "list": found, "notFound": missing}

    # Writing.

    async def upload(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Blob/upload (§4.1): blobs made of text, of octets, and of other blobs."""
        arguments.check_names(args, ("accountId", "create"))
        create = arguments.objects(args, "create")
        if len(create) > context.limits.max_objects_in_set:
            raise MethodError("requestTooLarge", "too many objects")
        made: dict[str, Any] = {}
        refused: dict[str, Any] = {}
        for creation_id, wanted in create.items():
            try:
                made[creation_id] = await self._make(context, wanted)
                context.created[creation_id] = made[creation_id]["id"]
            except SetError as exc:
                refused[creation_id] = exc.as_object()
        return {
            "accountId": args["accountId"],
            "created": made or None,
            "notCreated": refused or None,
        }

    async def _make(self, context: Context, wanted: dict[str, Any]) -> dict[str, Any]:
        unknown = sorted(wanted.keys() - {"data", "type"})
        if unknown:
            raise SetError("invalidProperties", "unknown properties", unknown)
        sources, given = wanted.get("data"), wanted.get("type")
        if given is not None and not isinstance(given, str):
            raise SetError("invalidProperties", "type is not a string", ["type"])
        if not isinstance(sources, list) or not all(isinstance(one, dict) for one in sources):
            raise _wrong("data is not a list of sources")
        if len(sources) > MAX_SOURCES:
            raise SetError("tooLarge", f"more than {MAX_SOURCES} sources")
        pieces = [await self._source(context, one) for one in sources]
        media_type = checked_type(given or "")
        try:
            number, octets = await self._uploading.keep(
                context.visitor.account_id, media_type, _joined(pieces)
            )
        except TooLarge:
            raise SetError("tooLarge") from None
        except OverQuota:
            raise SetError("overQuota") from None
        return {"id": blob_id.upload(number), "type": given and media_type, "size": octets}

    async def _source(
        self, context: Context, source: dict[str, Any]
    ) -> bytes | tuple[Blob, int, int]:
        """Return the octets of a source, or the blob where they are, with start and stop."""
        kinds = [name for name in (TEXT, BASE64, "blobId") if source.get(name) is not None]
        if len(kinds) != 1 or not all(isinstance(source[name], str) for name in kinds):
            raise _wrong(f"a source has one of {TEXT}, {BASE64} and blobId")
        value = source[kinds[0]]
        if kinds == [TEXT]:
            return str(value).encode()
        if kinds == [BASE64]:
            try:
                return base64.b64decode(value, validate=True)
            except (binascii.Error, ValueError):
                raise _wrong(f"{BASE64} is no base64") from None
        name = context.created.get(value[1:], value) if value.startswith("#") else value
        blob = await self._blobs.find(context.visitor.account_id, name)
        if blob is None:
            raise SetError("blobNotFound", notFound=[value])
        try:
            start = arguments.number(source, "offset")
            length = arguments.number_or_none(source, "length")
        except MethodError as exc:
            raise _wrong(exc.description) from None
        stop = blob.octets if length is None else start + length
        if start > blob.octets or stop > blob.octets:
            raise _wrong("the range is not within the blob")
        return blob, start, stop

    # Looking up.

    async def lookup(self, context: Context, args: dict[str, Any]) -> dict[str, Any]:
        """Blob/lookup (§4.3): what refers to blobs."""
        arguments.check_names(args, ("accountId", "typeNames", "ids"))
        types = arguments.strings(args, "typeNames")
        wanted = arguments.ids(args, context.limits.max_objects_in_get)
        if types is None or wanted is None:
            raise arguments.invalid("typeNames or ids is missing")
        if not set(types) <= set(TYPES):
            raise MethodError("unknownDataType")
        found, missing = [], []
        for one in wanted:
            if await self._blobs.exists(context.visitor.account_id, one):
                matched = await context.db.read(_matches, context.visitor.account_id, one)
                found.append({"id": one, "matchedIds": {name: matched[name] for name in types}})
            else:
                missing.append(one)
        return {"accountId": args["accountId"], "list": found, "notFound": missing}


class _Reader:
    """Reads blobs for Blob/get, as much as one call may."""

    def __init__(self, wanted: Sequence[str], offset: int, length: int | None) -> None:
        self._wanted = wanted
        self._offset = offset
        self._length = length
        self._has_data = any(name.startswith("data") for name in wanted)
        self._digests = [name for name in wanted if name.startswith(DIGEST)]
        self._data_left, self._work_left = MAX_DATA, MAX_WORK

    async def read(self, blob: Blob) -> dict[str, Any]:
        """Return the properties of a blob. Raises MethodError requestTooLarge."""
        start = min(self._offset, blob.octets)
        end = blob.octets if self._length is None else self._offset + self._length
        stop = min(end, blob.octets)
        found: dict[str, Any] = {}
        if self._has_data or self._digests:
            data, digests = await self._octets(blob, start, max(start, stop))
            found |= digests
            if self._has_data:
                found |= self._data(data)
            if self._offset > blob.octets or end > blob.octets:
                found["isTruncated"] = True
        if "size" in self._wanted:
            found["size"] = blob.octets
        return found

    async def _octets(self, blob: Blob, start: int, stop: int) -> tuple[bytes, dict[str, str]]:
        self._work_left -= stop - start
        if self._has_data:
            self._data_left -= stop - start
        if min(self._work_left, self._data_left) < 0:
            raise MethodError("requestTooLarge", "too many octets for one call")
        kept: list[bytes] = []
        digests = {name: DIGESTS[name.removeprefix(DIGEST)]() for name in self._digests}
        async for piece in blob.slices(start, stop):
            for digest in digests.values():
                digest.update(piece)
            if self._has_data:
                kept.append(piece)
            await asyncio.sleep(0)  # others want to go on, too
        return b"".join(kept), {
            name: base64.b64encode(digest.digest()).decode() for name, digest in digests.items()
        }

    def _data(self, octets: bytes) -> dict[str, Any]:
        found: dict[str, Any] = {}
        text: str | None = None
        if "data" in self._wanted or TEXT in self._wanted:
            try:
                text = octets.decode()
            except UnicodeDecodeError:
                found["isEncodingProblem"] = True
        if TEXT in self._wanted or ("data" in self._wanted and text is not None):
            found[TEXT] = text
        if BASE64 in self._wanted or ("data" in self._wanted and text is None):
            found[BASE64] = base64.b64encode(octets).decode()
        return found


async def _joined(pieces: Sequence[bytes | tuple[Blob, int, int]]) -> AsyncIterator[bytes]:
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
        else:
            blob, start, stop = piece
            async for octets in blob.slices(start, stop):
                yield octets


def _wrong(what: str) -> SetError:
    return SetError("invalidProperties", what, ["data"])


def _matches(tx: Transaction, account_id: AccountId, text: str) -> dict[str, list[str]]:
    """Return the objects that a blob of the account is part of, by type."""
    found: dict[str, list[str]] = {name: [] for name in TYPES}
    named = blob_id.parse(text)
    if isinstance(named, MessageBlob):
        thread_id, mailbox_ids = placements.whereabouts(tx, account_id, named.message_id)
        found["Email"] = [ids.make(ids.EMAIL, named.message_id)]
        found["Thread"] = [ids.make(ids.THREAD, thread_id)]
        found["Mailbox"] = [ids.make(ids.MAILBOX, number) for number in mailbox_ids]
    return found
