"""`/auth/`: signing in and out, and the account's own security, as JSON.

Only a browser's session gets here, never an app password; what changes something comes from our
own pages (`serve/same_origin.py`) and is JSON. Changes that matter need a person who proved to be
there within the last ten minutes, else `403 {"type": "confirm"}`: see `confirmed`.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pillarbox.base.clock import Clock
from pillarbox.serve.visitor import Identify, NotSignedIn, Visitor
from pillarbox.serve.web.answer import Refused, guarded
from pillarbox.serve.web.door import Door
from pillarbox.store.ids import micros

CONFIRM_FOR: Final = timedelta(minutes=10)


class Auth:
    """What the handlers of `/auth/` work with. One for each worker."""

    def __init__(self, door: Door, identify: Identify, clock: Clock) -> None:
        self.door = door
        self.db = door.db
        self.marker = door.marker
        self.second = door.second
        self.signin = door.signin
        self.clock = clock
        self._identify = identify

    async def visitor(self, request: Request) -> Visitor:
        """Return whose browser it is. Raises NotSignedIn."""
        if "authorization" in request.headers:
            raise NotSignedIn("Only browsers come here.")
        return await self._identify(request)

    async def confirmed(self, request: Request) -> Visitor:
        """Return whose browser it is, if the person proved lately to be there.

        Raises NotSignedIn, Refused.
        """
        visitor = await self.visitor(request)
        if micros(self.clock.now() - CONFIRM_FOR) > visitor.confirmed_at:
            raise Refused("confirm", 403)
        return visitor

    async def change(self, fn: Callable[..., Any], visitor: Visitor, *args: Any) -> Any:
        """Run `fn(tx, account_id, *args)`, and tell who waits that the account changed."""
        write: Callable[..., Awaitable[Any]] = self.door.db.write
        done = await write(fn, visitor.account_id, *args)
        self.door.changed(visitor.account_id)
        return done


def get(path: str, handler: Callable[[Request], Awaitable[Response]]) -> Route:
    """Return a route that reads."""
    return Route(f"/auth/{path}", guarded(handler), methods=["GET"])


def post(path: str, handler: Callable[[Request], Awaitable[Response]]) -> Route:
    """Return a route that changes something."""
    return Route(f"/auth/{path}", guarded(handler), methods=["POST"])
