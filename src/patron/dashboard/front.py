"""The dashboard's place in the server: who may come in, and what surrounds its answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from types import SimpleNamespace
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from patron.dashboard.asked import ASKER
from patron.dashboard.suites import PATH as SUITES
from patron.dashboard.suites import Suites
from patron.dashboard.views import VIEW_COOKIE, VIEWS
from patron.server.access import Who
from patron.server.access.access import Access
from patron.server.access.cookies import by_tls
from patron.server.access.needs import let_in, who_asks
from patron.server.access.sessions import Session
from patron.server.services import Services

OWN = "/_dash-"
CSRF_COOKIE = "patron_csrf"

Index = Callable[[Request], Awaitable[Response]]


class Front:
    """Answers the dashboard's paths, and leaves all others to the application below.

    Parameters
    ----------
    below : ASGI application
        The routes.
    services : Services
    dash : ASGI application
        Dash, for its own paths.
    index : callable
        Gives the page that loads Dash.
    holds : callable
        Tells whether an address is a page's.
    suites : Suites
        The scripts and styles.
    """

    def __init__(
        self, below: ASGIApp, services: Services, *, dash: ASGIApp, index: Index, holds: Callable[[str], bool],
        suites: Suites,
    ) -> None:  # fmt: skip
        self.below, self.services, self.dash = below, services, dash
        self.index, self.holds, self.suites = index, holds, suites

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.below(scope, receive, send)
            return
        path, looks = scope["path"], scope["method"] in ("GET", "HEAD")
        if looks and path.startswith(SUITES):
            _named(scope, SUITES)
            await self.suites(scope, receive, send)
        elif path.startswith(OWN):
            _named(scope, path)
            await self._own(scope, receive, send)
        elif looks and path == "/":
            _named(scope, "/")
            await RedirectResponse(_first(Request(scope)), 303)(scope, receive, send)
        elif looks and self.holds(path):
            _named(scope, "/")
            await self._page(scope, receive, send)
        else:
            await self.below(scope, receive, send)

    async def _own(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        who = await let_in(request, self.services.part(Access), person=True)
        token = ASKER.set(who)
        try:
            await self.dash(scope, receive, send)
        finally:
            ASKER.reset(token)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        found = await who_asks(request, self.services.part(Access))
        if found is None or found[1] is None:
            answer: Response = RedirectResponse(_sign_in(request), 303)
        else:
            answer = await self.index(request)
            _remember_csrf(request, answer, found)
        await answer(scope, receive, send)


def _named(scope: Scope, route: str) -> None:
    """Say what the log calls the request: never a path that may name somebody."""
    known: Collection[str] = (SUITES, "/", "/_dash-update-component", "/_dash-layout", "/_dash-dependencies")
    scope["route"] = SimpleNamespace(path=route if route in known else OWN)


def _first(request: Request) -> str:
    """Return the page that the department begins with whose view was chosen last in this browser."""
    view = VIEWS.get(request.cookies.get(VIEW_COOKIE, "")) or next(iter(VIEWS.values()))
    return f"/{view[0]}"


def _sign_in(request: Request) -> str:
    """Return the address of the form to sign in, which leads back to what was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/login?{urlencode({'next': asked})}"


def _remember_csrf(request: Request, answer: Response, found: tuple[Who, Session | None]) -> None:
    session = found[1]
    assert session is not None  # by the caller
    answer.set_cookie(CSRF_COOKIE, session.csrf, path="/", secure=by_tls(request), samesite="strict")
