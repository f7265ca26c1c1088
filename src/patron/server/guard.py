"""What stands around every request: an id, an answer to whatever fails, a size limit, safe headers, one line of log."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from patron.server.access.cookies import SET
from patron.server.errors import answer_to, ours
from patron.server.hosts import meant

LOG = logging.getLogger("patron.server")

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""Set on every answer that does not set them itself."""

STRICT_TRANSPORT = "max-age=31536000"


class Guard:
    """The outermost layer of all routes but the intake's.

    Parameters
    ----------
    app : ASGI application
    hosts : tuple of str
        Names under which it answers (`patron.server.hosts`); empty: any.
    largest : int
        Most bytes of a body.
    log : str
        ``text``, ``json`` or ``none``.
    seconds : callable
        A clock that only runs forward, for how long a request took.
    seen : callable
        Told of each answered request: the pattern of its address, method, status, seconds.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: tuple[str, ...], largest: int, log: str, seconds: Callable[[], float],
        seen: Callable[[str, str, int, float], None] = lambda *_facts: None,
    ) -> None:  # fmt: skip
        self.app, self.hosts, self.largest, self.log, self.seconds = app, hosts, largest, log, seconds
        self.seen = seen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, request_id = self.seconds(), secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        sent: dict[str, int] = {}

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent["status"] = message["status"]
                _complete(message, scope, request_id)
            await send(message)

        try:
            _refuse_nul(scope)
            if not meant(scope, self.hosts):
                raise HTTPException(421)
            await self.app(scope, _limited(scope, receive, self.largest), sending)
        except Exception as error:  # noqa: BLE001 - the last place where an answer can be given
            tell(error, request_id)
            if "status" not in sent:
                await answer_to(error, request_id)(scope, receive, sending)
        self._told(scope, sent.get("status", 500), request_id, self.seconds() - began)

    def _told(self, scope: Scope, status: int, request_id: str, took: float) -> None:
        """Log one request: by its route's pattern, for the path itself may name somebody."""
        route = getattr(scope.get("route"), "path", "-")
        self.seen(route, scope["method"], status, took)
        if self.log == "none":
            return
        facts: dict[str, Any] = {
            "method": scope["method"] if scope["method"].isalpha() else "-",
            "route": route, "status": status, "ms": round(took * 1000, 1), "request_id": request_id,
        }  # fmt: skip
        LOG.info(json.dumps(facts) if self.log == "json" else " ".join(str(value) for value in facts.values()))


def tell(error: Exception, request_id: str) -> None:
    """Log an error of ours by its class and its place."""
    if not ours(error):
        return
    trace, place = error.__traceback__, "-"
    while trace is not None:
        place = f"{trace.tb_frame.f_globals.get('__name__', '-')}:{trace.tb_lineno}"
        trace = trace.tb_next
    LOG.error("%s %s at %s", request_id, type(error).__name__, place)


def _complete(message: Message, scope: Scope, request_id: str) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers.setdefault(name, value)
    if scope.get("scheme") == "https":
        headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    for cookie in scope.get("state", {}).get(SET, ()):
        headers.append("Set-Cookie", cookie)
    headers["X-Request-ID"] = request_id


def _refuse_nul(scope: Scope) -> None:
    """Refuse a NUL in the address: no name holds one, and PostgreSQL cannot look for it."""
    if "\x00" in scope["path"] or b"%00" in scope.get("query_string", b""):
        raise HTTPException(400)


def _limited(scope: Scope, receive: Receive, largest: int) -> Receive:
    """Return `receive`, which refuses a body as soon as it is larger than allowed, whatever its header says."""
    told = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    if not told.isdigit() or len(told) > 15:
        raise HTTPException(400)
    if int(told) > largest:
        raise HTTPException(413)
    came = 0

    async def receiving() -> Message:
        nonlocal came
        message = await receive()
        if message["type"] == "http.request":
            came += len(message.get("body", b""))
            if came > largest:
                raise HTTPException(413)
        return message

    return receiving
