"""One thin ASGI application for the intake's paths: whose key, which body, on the disk, answered.

It stands beside the routes, not among them: a request here costs the parser, the key and a place in the next
transaction, and nothing else.

Ref  Segment, HTTP Tracking API: basic authentication with the write key as the user, 32 KB an event, 500 KB a batch
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from patron.engines.inbox_state import micros
from patron.language import say
from patron.pipeline import clock
from patron.server.access.access import Access
from patron.server.errors import SOON, problem
from patron.server.guard import tell
from patron.server.intake.body import DisconnectedError, TooLargeError, UnknownEncodingError, body_of
from patron.server.intake.calls import MalformedError
from patron.server.intake.committer import Committer
from patron.server.intake.keys import Sources, secret_of
from patron.server.intake.sorted import Came, Taken, lines, several, single
from patron.server.metrics import Meter
from patron.server.services import Services
from patron.sources.stream import BATCH_BYTES, EVENT_BYTES, KINDS

PATHS = (*(f"/v1/{kind}" for kind in KINDS), "/v1/batch", "/v1/import")

_GOOD = b'{"success": true}'
_FIXED = [(b"x-content-type-options", b"nosniff"), (b"cache-control", b"no-store")]
_GOOD_HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_GOOD)), *_FIXED]
_POST = {"Allow": "POST"}
_WANTED = frozenset((b"authorization", b"content-length", b"content-encoding", b"content-type", b"sec-gpc"))


def intake_paths(services: Services) -> Mapping[str, ASGIApp]:
    """Return the applications of the intake by their paths."""
    sources = Sources(services.part(Access).write_keys)
    return {path: Intake(path.rpartition("/")[2], services, sources) for path in PATHS}


@dataclass(frozen=True)
class Intake:
    """What answers on one of the paths.

    Parameters
    ----------
    name : str
        A kind of call, ``batch`` or ``import``.
    services : Services
        Its `Committer` runs.
    sources : Sources
    """

    name: str
    services: Services
    sources: Sources

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        began = clock.seconds()
        headers = {name: value for name, value in scope["headers"] if name in _WANTED}
        try:
            answer = (
                await self._answer(headers, receive) if scope["method"] == "POST" else _refused(405, "method", _POST)
            )
        except DisconnectedError:
            return
        except Exception as error:  # noqa: BLE001 - the last place where an answer can be given
            request_id = secrets.token_hex(8)
            tell(error, request_id)
            answer = problem(500, "server.failed", say("server.failed"), request_id=request_id)
        await _send(answer, send)
        status = answer.status_code if isinstance(answer, Response) else 200
        self.services.part(Meter).request(scope["path"], scope["method"], status, clock.seconds() - began)

    async def _answer(self, headers: Mapping[bytes, bytes], receive: Receive) -> bytes | Response:
        """Take in one request; return the body of the good answer, or another answer."""
        try:
            body = await body_of(
                receive,
                limit=EVENT_BYTES if self.name in KINDS else BATCH_BYTES,
                told=headers.get(b"content-length", b""),
                encoding=headers.get(b"content-encoding", b""),
            )
            in_body, sort = self._read(body, headers.get(b"content-type", b""))
        except TooLargeError:
            return _refused(413, "large")
        except UnknownEncodingError:
            return _refused(415, "encoding")
        except MalformedError as error:
            return _refused(400, str(error))
        now = micros(self.services.clock())
        try:
            source = await self.sources.source_of(secret_of(headers.get(b"authorization"), in_body), now)
        except SQLAlchemyError as error:
            return self._unwritten(error)
        if source is None:
            return _refused(401, "key", {"WWW-Authenticate": 'Basic realm="write key"'})
        came = Came(source, now, headers.get(b"sec-gpc") == b"1")
        sort(came)
        return await self._commit(came, len(body))

    def _read(self, body: bytes, content_type: bytes) -> Taken:
        if self.name in KINDS:
            return single(body, self.name)
        if self.name == "import" and (b"ndjson" in content_type or b"jsonl" in content_type):
            return lines(body)
        return several(body, history=self.name == "import")

    async def _commit(self, came: Came, size: int) -> bytes | Response:
        committer = self.services.part(Committer)
        if committer.full:
            return _refused(503, "busy", SOON)
        try:
            await committer.commit(came, size)
        except Exception as error:  # noqa: BLE001 - whatever the driver says: it was not accepted
            return self._unwritten(error)
        self.services.part(Meter).events(len(came.keys), came.reasons)
        if not came.reasons:
            return _GOOD
        if self.name in KINDS:
            reason = came.reasons[0]
            return problem(400, f"intake.reason_{reason}", say(f"intake.reason_{reason}"), remedy=say("intake.dead"))
        return b'{"success": true, "dead_letters": %d}' % len(came.reasons)

    def _unwritten(self, error: Exception) -> Response:
        """Say that nothing was accepted, and that it may be sent again."""
        request_id = secrets.token_hex(8)
        tell(error, request_id)
        return problem(503, "intake.unwritten", say("intake.unwritten"), request_id=request_id, headers=SOON)


def _refused(status: int, name: str, headers: Mapping[str, str] | None = None) -> Response:
    return problem(status, f"intake.{name}", say(f"intake.{name}"), headers=headers)


async def _send(answer: bytes | Response, send: Send) -> None:
    if answer is _GOOD:
        status, body, headers = 200, _GOOD, _GOOD_HEADERS
    elif isinstance(answer, bytes):
        status, body = 200, answer
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer)), *_FIXED]
    else:
        status, body = answer.status_code, bytes(answer.body)
        headers = [*answer.raw_headers, *_FIXED]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
