"""The short way of the one request that a page of the shop waits for: POST /v1/decisions, past FastAPI's own work.

To find a route and put its arguments together takes FastAPI about as long as the decision. What is asked properly is
read, let in and answered here, by the same model, the same permission and the same function as the route; everything
else goes to the route, with the body that was read, and is refused there.
"""

from __future__ import annotations

import json
from types import SimpleNamespace

from fastapi import FastAPI, Request
from pydantic import ValidationError
from starlette.types import Message, Receive, Scope, Send

from patron.server.access import Permission, needs
from patron.server.decisions.counter import Counter
from patron.server.routes.decisions import DecisionsAsked, decided
from patron.server.services import Services

PATH = "/v1/decisions"
JSON = "application/json"

_LET_IN = needs(Permission.DECIDE)
_ROUTE = SimpleNamespace(path=PATH)  # what the log calls it


class ShortWay:
    """Answers what is asked properly itself, and leaves all else to the routes.

    Parameters
    ----------
    app : FastAPI
        All routes.
    services : Services
        What they work with.
    """

    def __init__(self, app: FastAPI, services: Services) -> None:
        self.app, self.services = app, services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        body = await request.body()
        asked = _read(request, body)
        if asked is None:
            await self.app(scope, _again(body, receive), send)
            return
        scope["app"], scope["route"] = self.app, _ROUTE
        who = await _LET_IN(request)
        gpc = request.headers.get("sec-gpc")
        response = await self.services.part(Counter).in_turn(decided, asked, self.services, who, gpc)
        await response(scope, receive, send)


def _read(request: Request, body: bytes) -> DecisionsAsked | None:
    """Return what is asked; none where it is not as it should be, or not plainly JSON."""
    if request.headers.get("content-type") != JSON:
        return None
    try:
        return DecisionsAsked.model_validate(json.loads(body))
    except (ValidationError, ValueError, RecursionError):
        return None


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body that was read already, and then what comes."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receiving() -> Message:
        return waiting.pop() if waiting else await receive()

    return receiving
