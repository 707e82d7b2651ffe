"""The lab's web page: domains, scenes, traces as they happen, mailboxes.

A small ASGI application on one loopback address. Server-rendered; the script only saves
reloads. State-changing requests must come from the page itself (Origin is checked), so
that no other web page can play with the lab.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from html import escape
from importlib import resources
from typing import Final, Protocol
from urllib.parse import parse_qs

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from pillarbox.lab import hosts, pages
from pillarbox.lab.pages import Letter, Row
from pillarbox.lab.scene import Mail, Result, Scene
from pillarbox.lab.scenes import SCENES, find
from pillarbox.lab.zones import Published
from pillarbox.trace import view
from pillarbox.trace.catalogue import choose
from pillarbox.trace.step import Trace

FEED_ROWS: Final = 30
MAX_TEXT: Final = 10_000  # characters of a message written on the page
MAX_FORM_OCTETS: Final = 64 * 1024
PORTS: Final = (
    ("SMTP from other servers", hosts.SMTP),
    ("Sending, STARTTLS", hosts.SUBMISSION),
    ("Sending, TLS", hosts.SUBMISSIONS),
    ("IMAP, STARTTLS", hosts.IMAP),
    ("IMAP, TLS", hosts.IMAPS),
    ("POP3, STARTTLS", hosts.POP3),
    ("POP3, TLS", hosts.POP3S),
    ("Webmail and JMAP", hosts.WEB),
)
_TYPES: Final = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # With "no-referrer" browsers would not say that a form is our own (Origin: null).
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Lab(Protocol):
    """What the page needs of a running lab."""

    network: hosts.Network
    results: dict[str, Result]

    async def play(self, scene: Scene) -> Result: ...
    async def send(self, mail: Mail) -> None: ...
    async def webmail(self, address: str) -> str: ...
    async def traces(self, limit: int) -> list[Row]: ...
    async def trace(self, domain: str, trace_id: str) -> Trace: ...
    async def earlier(self, domain: str, trace: Trace) -> view.Earlier | None: ...
    async def letters(self, address: str) -> list[tuple[str, list[Letter]]]: ...
    async def letter(
        self, address: str, mailbox: str, uid: int
    ) -> tuple[list[tuple[str, str]], str, Trace | None]: ...
    def records(self) -> dict[str, list[Published]]: ...
    def watch(self, tell: Callable[[str, str], None]) -> Callable[[], None]: ...


class Panel:
    """The page of one lab. origin: "http://127.0.0.1:8025"."""

    def __init__(self, lab: Lab, origin: str) -> None:
        self._lab = lab
        self._origin = origin

    def application(self) -> Starlette:
        """Return the ASGI application."""
        return Starlette(
            routes=[
                Route("/", self._scenes),
                Route("/domains", self._domains),
                Route("/mail", self._first_mail),
                Route("/mail/{address}", self._mail),
                Route("/mail/{address}/{mailbox:path}/{uid:int}", self._letter),
                Route("/traces", self._traces),
                Route("/traces/{domain}/{trace_id}", self._trace),
                Route("/play/{name}", self._play, methods=["POST"]),
                Route("/send/{address}", self._send, methods=["POST"]),
                Route("/webmail/{address}", self._webmail, methods=["POST"]),
                Route("/events", self._events),
                Route("/{asset}", self._asset),
            ],
            exception_handlers={HTTPException: _problem},  # type: ignore[dict-item]
        )

    async def _scenes(self, _: Request) -> Response:
        rows = await self._lab.traces(FEED_ROWS)
        return _html(pages.scenes_page(SCENES, self._lab.results, rows, _people()))

    async def _domains(self, _: Request) -> Response:
        records = self._lab.records()
        address = self._lab.network.address
        domains = [(d, address(d.host), records[d.name]) for d in hosts.DOMAINS]
        senders = [(s, records[s.name]) for s in (*hosts.SENDERS, *hosts.IMPOSTORS)]
        return _html(pages.domains_page(domains, senders, PORTS, hosts.PASSWORD))

    async def _first_mail(self, _: Request) -> Response:
        return RedirectResponse(f"/mail/{_people()[0].address}", 303)

    async def _mail(self, request: Request) -> Response:
        address = _address(request)
        letters = await self._lab.letters(address)
        form = pages.compose_form(_people(), address)
        return _html(pages.mail_page(_people(), address, letters, form))

    async def _letter(self, request: Request) -> Response:
        address = _address(request)
        mailbox, uid = request.path_params["mailbox"], request.path_params["uid"]
        fields, text, trace = await self._lab.letter(address, mailbox, uid)
        domain = address.rpartition("@")[2]
        told = None
        if trace is not None:
            earlier = await self._lab.earlier(domain, trace)
            told = view.story(trace, _language(request), earlier)
        return _html(pages.letter_page(address, mailbox, fields, text, told, domain))

    async def _traces(self, _: Request) -> Response:
        return _html(pages.traces_page(await self._lab.traces(200)))

    async def _trace(self, request: Request) -> Response:
        domain = request.path_params["domain"]
        trace = await self._lab.trace(domain, request.path_params["trace_id"])
        fields = [
            ("From", trace.header_from),
            ("Return address", trace.sender or "<>"),
            ("To", ", ".join(trace.recipients)),
            ("Subject", trace.subject),
            ("Message-ID", trace.message_id),
            ("Client", trace.client_ip),
            ("Signed in", trace.account),
            ("Size", f"{trace.size_octets} octets"),
        ]
        return _html(
            pages.trace_page(
                view.story(trace, _language(request), await self._lab.earlier(domain, trace)),
                domain,
                fields,
            )
        )

    async def _play(self, request: Request) -> Response:
        self._check_origin(request)
        name = request.path_params["name"]
        chosen = SCENES if name == "all" else [s for s in (find(name),) if s is not None]
        if not chosen:
            raise HTTPException(404, "There is no such scene.")
        await self._in_turn(chosen)
        if request.headers.get("accept") == "text/plain":
            return Response("played\n", media_type="text/plain")
        return RedirectResponse("/", 303)

    async def _in_turn(self, chosen: Sequence[Scene]) -> None:
        for scene in chosen:
            await self._lab.play(scene)

    async def _send(self, request: Request) -> Response:
        self._check_origin(request)
        address = _address(request)
        body = await request.body()
        if len(body) > MAX_FORM_OCTETS:
            raise HTTPException(413, "That is too long.")
        form = parse_qs(body.decode("utf-8", "replace"), max_num_fields=10)
        to, subject, text = (form.get(k, [""])[0] for k in ("to", "subject", "text"))
        if to not in {p.address for p in _people()}:
            raise HTTPException(400, "Only people of the lab can be written to from here.")
        subject = " ".join(subject.split())[:200]
        await self._lab.send(Mail(address, to, subject, text[:MAX_TEXT]))
        return RedirectResponse(f"/mail/{to}", 303)

    async def _webmail(self, request: Request) -> Response:
        """Lead to the webmail, with a link that signs in.

        Not by a redirect: `form-action` would have to name every server of the lab.
        """
        self._check_origin(request)
        address = _address(request)
        url = await self._lab.webmail(address)
        headers = {**_HEADERS, "Refresh": f"0; url={url}"}
        return HTMLResponse(pages.webmail_page(address, url), headers=headers)

    async def _events(self, request: Request) -> Response:
        return StreamingResponse(
            self._stream(request), media_type="text/event-stream", headers=dict(_HEADERS)
        )

    async def _stream(self, request: Request) -> AsyncIterator[str]:
        waiting: asyncio.Queue[tuple[str, str]] = asyncio.Queue(100)

        def tell(event: str, data: str) -> None:
            if not waiting.full():
                waiting.put_nowait((event, data))

        stop = self._lab.watch(tell)
        try:
            yield ": hello\n\n"
            while not await request.is_disconnected():
                try:
                    async with asyncio.timeout(5):
                        event, data = await waiting.get()
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                lines = "".join(f"data: {line}\n" for line in data.split("\n"))
                yield f"event: {event}\n{lines}\n"
        finally:
            stop()

    async def _asset(self, request: Request) -> Response:
        name = request.path_params["asset"]
        folder = resources.files("pillarbox.lab") / "assets"
        kind = _TYPES.get(name.rpartition(".")[2])
        if kind is None or name not in {item.name for item in folder.iterdir()}:
            raise HTTPException(404, "There is nothing here.")
        return Response((folder / name).read_bytes(), media_type=kind, headers=dict(_HEADERS))

    def _check_origin(self, request: Request) -> None:
        origin = request.headers.get("origin", self._origin)
        if origin.rstrip("/") != self._origin:
            raise HTTPException(403, "This request comes from another page.")


def _people() -> list[hosts.Person]:
    return [person for domain in hosts.DOMAINS for person in domain.people]


def _language(request: Request) -> str:
    return choose(request.headers.get("accept-language", ""))


def _address(request: Request) -> str:
    address: str = request.path_params["address"]
    if address not in {person.address for person in _people()}:
        raise HTTPException(404, "Nobody here has this address.")
    return address


def _html(text: str) -> Response:
    return HTMLResponse(text, headers=dict(_HEADERS))


async def _problem(_: Request, exc: HTTPException) -> Response:
    body = pages.page("Problem", f"<h1>{exc.status_code}</h1><p>{escape(exc.detail)}</p>")
    return HTMLResponse(body, exc.status_code, headers=dict(_HEADERS))
