"""What the application's own routes declare of access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from patron.server.access import Needs

PUBLIC, KNOWN = "public", "known"


def pages_of(served) -> FastAPI:
    app = served.pages
    while not isinstance(app, FastAPI):
        app = app.app
    return app


def needed(dependant: Dependant) -> Iterator[Needs]:
    """Yield what a route declares, also below other dependencies."""
    if isinstance(dependant.call, Needs):
        yield dependant.call
    for one in dependant.dependencies:
        yield from needed(one)


def flat(routes: Iterable[BaseRoute]) -> Iterator[Any]:
    """Yield routes, also those of included routers."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        yield from [route] if inner is None else flat(inner.routes)


def declared(served):
    """Return what each route of the application declares."""
    found = {}
    for route in flat(pages_of(served).routes):
        for method in sorted(route.methods - {"HEAD"}):
            rules = {one.permission for one in needed(route.dependant)} if isinstance(route, APIRoute) else set()
            words = {KNOWN if one is None else one.value for one in rules}
            found[method, route.path] = "+".join(sorted(words)) or PUBLIC
    return found
