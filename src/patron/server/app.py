"""One ASGI application: the intake's paths go to the thin intake, everything else to the routes."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from patron.engines.state import State
from patron.errors import PatronError
from patron.language import say
from patron.pipeline import clock as real_clock
from patron.pipeline.project import Project
from patron.pipeline.server_settings import ServerSettings
from patron.server.errors import answer_to
from patron.server.guard import Guard, tell
from patron.server.hosts import hosts_of
from patron.server.metrics import Meter
from patron.server.mounted import MOUNTED
from patron.server.openapi import PROBLEMS, describing
from patron.server.parts import PARTS, WORKERS, Part
from patron.server.routers import ROUTERS
from patron.server.services import Clock, Services, make_services
from patron.server.short_way import ShortWay

Front = Callable[[Services, ASGIApp], ASGIApp]
"""Given the services and the routes, gives what answers in their place."""


class Application:
    """The server as uvicorn and the tests see it.

    `services` is what it works with; `running` starts and stops what runs beside the requests, as the lifespan does.
    """

    def __init__(self, services: Services, pages: ASGIApp, mounted: Mapping[str, ASGIApp], parts: tuple[Part, ...]):
        self.services, self.pages, self.mounted, self.parts = services, pages, mounted, parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through the process's beginning and end."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        app = self.mounted.get(scope["path"], self.pages)
        await app(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Application]:
        """Start the parts in their order, and stop them in the other, whatever happens."""
        begun: list[Part] = []
        try:
            for part in self.parts:
                await asyncio.to_thread(part.start)
                begun.append(part)
            yield self
        finally:
            for part in reversed(begun):
                await asyncio.to_thread(part.stop)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with self.running():
                # What was loaded stays: the collector need not walk through it again while requests wait.
                gc.collect()
                gc.freeze()
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:  # noqa: BLE001 - the protocol's own way to say so
            tell(error, "lifespan")
            await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
            return
        await send({"type": "lifespan.shutdown.complete"})


def create_app(
    project: Project,
    *,
    state: State | None = None,
    clock: Clock = real_clock.instant,
    workers_inside: bool = True,
    host: str | None = None,
    front: Front | None = None,
) -> Application:
    """Return the application that serves a project.

    Parameters
    ----------
    project : Project
    state : State, optional
        The open database; by default that of the settings, opened here.
    clock : callable
        Gives the moment that it is, aware, in UTC.
    workers_inside : bool
        Whether this process also does the work that no request waits for: live state, timers.
    host : str, optional
        The address on which it will listen. Where only this machine reaches it, it answers under no other machine's
        name: a page of a foreign site, whose name was made to lead here, learns nothing.

    front : callable, optional
        Stands before the routes, within the guard, and answers what is its own: ``front(services, below)``. The
        dashboard is one, which may know the server while the server does not know it.

    Raises
    ------
    SettingsError
        The settings say something that cannot be.
    RunError
        The database cannot be opened.
    """
    services = make_services(project, state=state, clock=clock)
    parts = tuple(make(services) for make in (*PARTS, *(WORKERS if workers_inside else ())))
    services.parts.update({type(part): part for part in parts})
    limits = services.limits
    below: ASGIApp = ShortWay(make_pages(services), services)
    pages = Guard(
        below if front is None else front(services, below), hosts=hosts_of(limits, host),
        largest=limits.largest_body_kb * 1024, log=limits.log,
        seconds=real_clock.seconds, seen=services.part(Meter).request,
    )  # fmt: skip
    mounted = {path: across_sites(app, limits) for mount in MOUNTED for path, app in mount(services).items()}
    return Application(services, across_sites(pages, limits), mounted, parts)


def across_sites(app: ASGIApp, limits: ServerSettings) -> ASGIApp:
    """Let pages of the sites that the settings name ask, too; never with somebody's cookies."""
    if not limits.origins:
        return app
    return CORSMiddleware(
        app, allow_origins=limits.origins, allow_methods=["GET", "POST"], max_age=600,
        allow_headers=["Authorization", "Content-Type", "Sec-GPC"],
    )  # fmt: skip


def make_pages(services: Services) -> FastAPI:
    """Return all routes but the intake's."""
    pages = FastAPI(title=say("server.title"), docs_url=None, redoc_url=None, responses=PROBLEMS)
    pages.openapi = describing(pages)  # type: ignore[method-assign]
    pages.state.services = services
    for router in ROUTERS:
        pages.include_router(router)
    for kind in (PatronError, RequestValidationError, HTTPException):
        pages.add_exception_handler(kind, _answered)
    pages.add_exception_handler(Exception, _failed)
    return pages


async def _answered(request: Request, error: Exception) -> Response:
    """Answer an error that a route raised on purpose."""
    request_id = str(request.scope["state"]["request_id"])
    tell(error, request_id)
    return answer_to(error, request_id)


async def _failed(request: Request, error: Exception) -> Response:
    """Answer an error that nobody expected; it goes on to the guard, which logs it."""
    return answer_to(error, str(request.scope["state"]["request_id"]))
