"""What the world may read over HTTPS: the MTA-STS policies of our domains (RFC 8461 §3.3).

Nothing else is served there: status and metrics are for listeners without TLS, inside.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

PATH: Final = "/.well-known/mta-sts.txt"
PREFIX: Final = "mta-sts."

# Returns the policy file of one of our domains; None for any other name.
PolicyOf = Callable[[str], Awaitable[str | None]]


def routes(policy_of: PolicyOf) -> list[Route]:
    """Return what is served, also to a web server in front of us that does the TLS."""

    async def policy(request: Request) -> Response:
        host = request.url.hostname or ""
        text = None
        if host.lower().startswith(PREFIX):
            text = await policy_of(host.lower().removeprefix(PREFIX).removesuffix("."))
        if text is None:
            return PlainTextResponse("There is no policy for this name.\n", 404)
        return PlainTextResponse(text)

    return [Route(PATH, policy)]


def application(policy_of: PolicyOf) -> Starlette:
    """Return the ASGI application for the world."""
    return Starlette(routes=routes(policy_of))
