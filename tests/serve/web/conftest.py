"""An installation with two accounts behind the routes of signing in."""

import functools

import pytest
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from pillarbox.base import password as passwords
from pillarbox.base.errors import RateLimited
from pillarbox.base.ratelimit import AuthLimiter
from pillarbox.base.token import Marker
from pillarbox.delivery.signing import Sealer
from pillarbox.serve.identify import Identifier
from pillarbox.serve.second_step import SecondStep
from pillarbox.serve.signin import SignIn
from pillarbox.serve.visitor import NotSignedIn
from pillarbox.serve.web import signing_in
from pillarbox.serve.web.auth import Auth
from pillarbox.serve.web.door import Door
from pillarbox.store import accounts, domains, verify
from pillarbox.store.connect import connect
from tests.fakes import FakeClock

from .client import Browser

ALICE, BOB = "alice@example.org", "bob@example.org"
PASSWORD = "correct horse battery"


@functools.cache
def credentials():
    return passwords.make(PASSWORD).encode()


class Place:
    """What the tests act on. changed: accounts that somebody was told of."""

    def __init__(self, db, clock):
        self.db = db
        self.clock = clock
        self.changed = []
        self.marker = Marker(b"k" * 32)
        self.sealer = Sealer(b"m" * 32)

    async def open(self):
        await self.db.write(self._fill)
        self.alice = (await self.db.read(accounts.find, ALICE)).account_id
        self.bob = (await self.db.read(accounts.find, BOB)).account_id
        self.app = self.worker()

    def worker(self):
        """Return the application as another worker has it."""
        signin = SignIn(
            self.db, self.clock, AuthLimiter(), self.marker, binding=b"", fake_key=b"f" * 32
        )
        second = SecondStep(self.db, self.clock, self.sealer, self.marker)
        door = Door(self.db, signin, self.marker, second, self.changed.append)
        self.identify = Identifier(self.db, self.clock, signin, self.marker)
        auth = Auth(door, self.identify, self.clock)

        async def who(request):
            try:
                visitor = await self.identify(request)
            except NotSignedIn as exc:
                return JSONResponse({"problem": str(exc)}, 401)
            except RateLimited:
                return JSONResponse({}, 429)
            return JSONResponse(
                {
                    "address": visitor.address,
                    "kind": visitor.kind,
                    "scopes": sorted(visitor.scopes),
                    "number": visitor.number,
                }
            )

        own = [Route("/who", who, methods=["GET", "POST"])]
        routes = [*own, *signing_in.routes(auth)]
        return Starlette(routes=routes, middleware=signing_in.middleware())

    def _fill(self, tx):
        domains.add(tx, "example.org")
        accounts.create(tx, ALICE, credentials())
        accounts.create(tx, BOB, credentials())

    def browser(self, **more):
        return Browser(self.app, **more)

    async def signed_in(self, username=ALICE, *, stay=True, **more):
        browser = self.browser(**more)
        answer = await browser.post(
            "/auth/sign-in", {"username": username, "password": PASSWORD, "stay": stay}
        )
        assert answer.json == {"signedIn": True}
        return browser


@pytest.fixture
async def place(tmp_path):
    clock = FakeClock()
    db = connect(tmp_path / "store", "", clock)
    await db.open()
    try:
        place = Place(db, clock)
        await place.open()
        yield place
        assert [str(finding) for finding in await db.scan(verify.check)] == []
    finally:
        await db.close()
