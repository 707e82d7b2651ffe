"""All routes of signing in, and the middleware without which they are not safe."""

from starlette.middleware import Middleware
from starlette.routing import Route

from pillarbox.serve.cookies import Cookies
from pillarbox.serve.same_origin import SameOrigin
from pillarbox.serve.web import sign_in_page
from pillarbox.serve.web.auth import Auth
from pillarbox.serve.web.auth_apps import AppRoutes
from pillarbox.serve.web.auth_passkeys import PasskeyRoutes
from pillarbox.serve.web.auth_session import SessionRoutes
from pillarbox.serve.web.auth_totp import TotpRoutes


def middleware() -> list[Middleware]:
    """Return what stands before every route of the listener, in order."""
    return [Middleware(SameOrigin), Middleware(Cookies)]


def routes(auth: Auth) -> list[Route]:
    """Return `/sign-in`, `/sign-out` and `/auth/*`."""
    return [
        *sign_in_page.routes(auth.door),
        *SessionRoutes(auth).routes(),
        *TotpRoutes(auth).routes(),
        *PasskeyRoutes(auth).routes(),
        *AppRoutes(auth).routes(),
    ]
