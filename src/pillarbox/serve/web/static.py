"""The webmail's own files: built into `pillarbox/web/`, compressed then, the same for everybody.

The page itself holds nothing of anybody, so it is given to whoever asks; its script finds out who
is signed in. A browser that comes here without a session of its own accord is sent to sign in.
"""

from collections.abc import Mapping
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from pillarbox.serve import cookies

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; worker-src 'self'; "
    "manifest-src 'self'; media-src 'none'; object-src 'none'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types app"
)
SCREENS: Final = ("mail", "search", "compose", "settings", "contacts", "refused", "trace")
FOREVER: Final = "public, max-age=31536000, immutable"
ASK_AGAIN: Final = "no-cache"
MISSING: Final = (
    "The webmail is not built into this installation. Any mail program works, too.\n"
    "In a checkout, type: make webmail\n"
)
_TYPES: Final = {
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "svg": "image/svg+xml",
    "json": "application/json",
    "png": "image/png",
    "webmanifest": "application/manifest+json",
}
_PAGE_HEADERS: Final = {
    "content-security-policy": POLICY,
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class File:
    """A file as it is sent: plain, and compressed if it was when built."""

    def __init__(self, plain: bytes, packed: bytes | None, media_type: str) -> None:
        self.plain = plain
        self.packed = packed
        self.media_type = media_type


def load(folder: Traversable | None = None) -> Mapping[str, File]:
    """Return the files of the webmail by path ("assets/index-1a2b.js"); none if it is not built.

    folder: None for the one that was built.
    """
    root = folder if folder is not None else resources.files("pillarbox") / "web"
    found: dict[str, bytes] = {}
    waiting = [("", root)] if root.is_dir() else []
    while waiting:
        prefix, place = waiting.pop()
        for entry in place.iterdir():
            path = prefix + entry.name
            if entry.is_dir():
                waiting.append((path + "/", entry))
            else:
                found[path] = entry.read_bytes()
    return {
        path: File(octets, found.get(path + ".gz"), _TYPES[kind])
        for path, octets in found.items()
        if (kind := path.rpartition(".")[2]) in _TYPES
    }


class Webmail:
    """Serves them. files: of `load`."""

    def __init__(self, files: Mapping[str, File]) -> None:
        self._files = files

    def routes(self) -> list[Route]:
        """Return the page at each of its addresses, and its files."""
        pages = ["/", *(f"/{name}{rest}" for name in SCREENS for rest in ("", "/{rest:path}"))]
        return [
            *(Route(path, self._page) for path in pages),
            Route("/assets/{name}", self._asset),
            Route("/{name}", self._file),
        ]

    async def _page(self, request: Request) -> Response:
        # Browsers leave our cookie out when another site leads here (SameSite=Strict), so only
        # whoever came by themselves certainly has none.
        by_itself = request.headers.get("sec-fetch-site", "none") in {"none", "same-origin"}
        if by_itself and cookies.read(request) is None:
            query = f"?{request.url.query}" if request.url.query else ""
            wanted = quote(request.url.path + query, safe="")
            return RedirectResponse(f"/sign-in?next={wanted}", 303, {"cache-control": "no-store"})
        return self._send(request, "index.html", ASK_AGAIN)

    async def _asset(self, request: Request) -> Response:
        return self._send(request, "assets/" + request.path_params["name"], FOREVER)

    async def _file(self, request: Request) -> Response:
        return self._send(request, request.path_params["name"], ASK_AGAIN)

    def _send(self, request: Request, path: str, keep: str) -> Response:
        file = self._files.get(path)
        if file is None:
            missing = path == "index.html"
            return PlainTextResponse(MISSING if missing else "Not found\n", 503 if missing else 404)
        headers = {**_PAGE_HEADERS, "cache-control": keep, "vary": "accept-encoding"}
        body = file.plain
        if file.packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
            body = file.packed
            headers["content-encoding"] = "gzip"
        return Response(body, headers=headers, media_type=file.media_type)
