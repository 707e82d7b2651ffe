"""Uploads and downloads of blobs (RFC 8620 §6)."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import quote

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from pillarbox.base.errors import OverQuota, TooLarge
from pillarbox.jmap import blob_id, ids
from pillarbox.jmap.request import RequestError
from pillarbox.serve.jmap.blobs import Blob, Blobs
from pillarbox.serve.jmap.endpoints import JSON, NO_STORE, Guard, problem
from pillarbox.serve.jmap.uploading import Uploading
from pillarbox.serve.visitor import Visitor
from pillarbox.store import uploads

PAUSE_SECONDS: Final = 60.0  # between two pieces of an upload
MAX_NAME: Final = 255  # characters
DEFAULT_TYPE: Final = "application/octet-stream"
HEADERS: Final = {
    "cache-control": "private, immutable, max-age=31536000",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "accept-ranges": "bytes",
}

_TYPE: Final = re.compile(
    r"[\w!#$&^.+-]{1,127}/[\w!#$&^.+-]{1,127}"
    r"(\s*;\s*[\w!#$&^.+-]{1,50}=([\w!#$&^.+:-]{1,100}|\"[\w !#$&^.+:/-]{0,100}\"))*",
    re.ASCII,
)
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


class Transfer:
    """The two endpoints. at_once: uploads of one account at the same time."""

    def __init__(self, blobs: Blobs, uploading: Uploading, at_once: int) -> None:
        self._blobs = blobs
        self._uploading = uploading
        self._at_once = at_once
        self._running: Counter[int] = Counter()

    def routes(self, guard: Guard) -> list[Route]:
        """Return the routes."""
        where = "/jmap/download/{account_id}/{blob_id}/{name:path}"
        return [
            guard.route("/jmap/upload/{account_id}", self.upload, ("POST",)),
            guard.route("/jmap/upload/{account_id}/", self.upload, ("POST",)),
            guard.route(where, self.download, ("GET",)),
        ]

    async def upload(self, request: Request, visitor: Visitor) -> Response:
        """Keep the body, and say what its blob id is (§6.1)."""
        account_id = ids.make(ids.ACCOUNT, visitor.account_id)
        if request.path_params["account_id"] != account_id:
            return problem(404, "There is no such account.")
        media_type = checked_type(request.headers.get("content-type", ""))
        with self._counted(visitor):
            try:
                number, octets = await self._receive(request, visitor, media_type)
            except OverQuota:
                return problem(507, "Uploads of this account take too much room.", retry=True)
        made = {
            "accountId": account_id,
            "blobId": blob_id.upload(number),
            "type": media_type,
            "size": octets,
        }
        return Response(msgspec.json.encode(made), 201, NO_STORE, media_type=JSON)

    @contextmanager
    def _counted(self, visitor: Visitor) -> Iterator[None]:
        number = visitor.account_id
        if self._running[number] >= self._at_once:
            raise RequestError("limit", "too many uploads at once", limit="maxConcurrentUpload")
        self._running[number] += 1
        try:
            yield
        finally:
            self._running[number] -= 1
            if not self._running[number]:
                del self._running[number]

    async def _receive(
        self, request: Request, visitor: Visitor, media_type: str
    ) -> tuple[int, int]:
        """Return number and octets of the upload. Raises RequestError, OverQuota."""
        most = self._uploading.max_octets
        too_large = RequestError(
            "limit", f"at most {most} octets in an upload", limit="maxSizeUpload", status=413
        )
        length = request.headers.get("content-length", "")
        if length.isascii() and length.isdecimal() and int(length[:20]) > most:
            raise too_large
        try:
            return await self._uploading.keep(visitor.account_id, media_type, _pieces(request))
        except TooLarge:
            raise too_large from None
        except (TimeoutError, ClientDisconnect):
            raise RequestError("notRequest", "the upload did not arrive", status=408) from None

    async def download(self, request: Request, visitor: Visitor) -> Response:
        """Return a blob under a name and a type that the client chooses (§6.2)."""
        params = request.path_params
        found = None
        if params["account_id"] == ids.make(ids.ACCOUNT, visitor.account_id):
            found = await self._blobs.find(visitor.account_id, params["blob_id"])
        if found is None:
            return problem(404, "There is no such blob.")
        media_type = checked_type(request.query_params.get("type", ""))
        tag = f'"{params["blob_id"]}"'
        headers = {
            **HEADERS,
            "etag": tag,
            "content-type": media_type,
            "content-disposition": disposition(params["name"]),
        }
        if request.headers.get("if-none-match") == tag:
            return Response(None, 304, {**HEADERS, "etag": tag})
        return _whole_or_part(request, found, tag, headers)


def _whole_or_part(request: Request, blob: Blob, tag: str, headers: dict[str, str]) -> Response:
    """Return the blob or the one range of it that is asked for (RFC 9110 §14)."""
    start, stop, status = 0, blob.octets, 200
    if request.headers.get("if-range", tag) == tag and (asked := request.headers.get("range")):
        span = range_of(asked, blob.octets)
        if span is not None and span[0] >= span[1]:
            return Response(None, 416, {**headers, "content-range": f"bytes */{blob.octets}"})
        if span is not None:
            (start, stop), status = span, 206
            headers["content-range"] = f"bytes {start}-{stop - 1}/{blob.octets}"
    headers["content-length"] = str(stop - start)
    return StreamingResponse(blob.slices(start, stop), status, headers)


def range_of(field: str, octets: int) -> tuple[int, int] | None:
    """Return [start, stop) of a Range field; None where there is none, or several.

    It is empty (start >= stop) where it cannot be satisfied.
    """
    match = _RANGE.fullmatch(field.strip())
    if match is None or not (match[1] or match[2]):
        return None
    if not match[1]:
        return max(0, octets - int(match[2])), octets
    stop = int(match[2]) + 1 if match[2] else octets
    if match[2] and stop <= int(match[1]):
        return None
    return int(match[1]), min(stop, octets)


def checked_type(text: str) -> str:
    """Return a media type as it may stand in a header field; DEFAULT_TYPE for nonsense."""
    text = text.strip()
    good = len(text) <= uploads.MAX_MEDIA_TYPE and _TYPE.fullmatch(text)
    return text if good else DEFAULT_TYPE


def disposition(name: str) -> str:
    """Return the Content-Disposition of a download (RFC 6266)."""
    name = "".join(c for c in name[-MAX_NAME:] if c.isprintable() and c not in '/\\"') or "download"
    plain = name.encode("ascii", "replace").decode().replace("?", "_").replace("%", "_")
    octets = name.encode("utf-8", "replace")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(octets, safe='')}"


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """Yield the body as it comes. Raises TimeoutError, ClientDisconnect."""
    stream = aiter(request.stream())
    while True:
        async with asyncio.timeout(PAUSE_SECONDS):
            try:
                piece = await anext(stream)
            except StopAsyncIteration:
                return
        yield piece
