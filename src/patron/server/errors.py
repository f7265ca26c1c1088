"""Every failure as `application/problem+json` (RFC 9457), by the class of the error; no trace leaves the house.

What the caller did wrong is told in the words of the catalogue. What went wrong in here is logged by its class and
its place, never by its text, which may hold somebody's data, and is told with the request's id alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.responses import Response

from patron.errors import (
    ArgumentError,
    ConditionError,
    ContractError,
    MissingTable,
    NotEnoughData,
    PatronError,
)
from patron.language import say
from patron.server.refused import Refused

PROBLEM = "application/problem+json"

BY_CLASS: tuple[tuple[type[PatronError], int, str], ...] = (
    (MissingTable, 404, "server.missing_table"),
    (ArgumentError, 422, "server.argument"),
    (ConditionError, 422, "server.condition"),
    (ContractError, 422, "server.contract"),
    (NotEnoughData, 409, "server.not_enough_data"),
)
"""Errors that the caller made: the status, and the kind of problem. All others are ours."""

_UNSTORABLE = (DataError, UnicodeEncodeError, OverflowError)
"""What a database says of a value that it cannot hold: a NUL, half a character, a number out of any range."""


TITLES = {
    400: "server.status_400", 401: "server.status_401", 403: "server.status_403", 404: "server.status_404",
    405: "server.status_405", 409: "server.status_409", 413: "server.status_413", 421: "server.status_421",
    422: "server.status_422", 429: "server.status_429", 500: "server.status_500", 503: "server.status_503",
}  # fmt: skip
"""What each status says to a person."""

DETAILS = {
    400: "server.http_400", 404: "server.http_404", 405: "server.http_405", 413: "server.http_413",
    421: "server.http_421",
}  # fmt: skip
"""What is said of a refusal that comes from below the routes."""

SOON = {"Retry-After": "1"}


def problem(
    status: int,
    kind: str,
    detail: str,
    *,
    remedy: str = "",
    request_id: str = "",
    headers: Mapping[str, str] | None = None,
    **more: Any,
) -> Response:
    """Return the answer: ``type, title, status, detail``, and what of ``remedy, request_id`` and `more` is there."""
    facts = {
        "type": f"urn:patron:problem:{kind}",
        "title": say(TITLES.get(status, "server.status_other")),
        "status": status,
        "detail": detail,
        "remedy": remedy,
        "request_id": request_id,
        **more,
    }
    body = json.dumps({name: value for name, value in facts.items() if value not in ("", None)}, ensure_ascii=False)
    return Response(body.encode("utf-8", "replace"), status, headers=headers, media_type=PROBLEM)


def answer_to(error: Exception, request_id: str) -> Response:
    """Return the answer to an error of any kind."""
    if isinstance(error, RequestValidationError):
        return _invalid(error, request_id)
    if isinstance(error, PatronError):
        return _ours(error, request_id)
    if isinstance(error, HTTPException):
        key = DETAILS.get(error.status_code, "server.http_other")
        return problem(error.status_code, key, say(key), request_id=request_id, headers=error.headers)
    if isinstance(error, _UNSTORABLE):
        return problem(422, "server.unstorable", say("server.unstorable"), request_id=request_id)
    if isinstance(error, (OperationalError, PoolTimeout)):
        return problem(503, "server.no_database", say("server.no_database"), request_id=request_id, headers=SOON)
    return _failed(request_id)


def _ours(error: PatronError, request_id: str) -> Response:
    """Answer an error that was raised on purpose."""
    if isinstance(error, Refused):
        return problem(
            error.status, error.kind, error.problem, remedy=error.remedy, request_id=request_id, headers=error.headers
        )
    for kind, status, name in BY_CLASS:
        if isinstance(error, kind):
            return problem(status, name, error.problem, remedy=error.remedy, request_id=request_id)
    return _failed(request_id)


def _failed(request_id: str) -> Response:
    return problem(500, "server.failed", say("server.failed"), request_id=request_id)


def ours(error: Exception) -> bool:
    """Tell whether an error is to be logged: it was not the caller's."""
    known = (Refused, RequestValidationError, HTTPException, *(kind for kind, _status, _name in BY_CLASS), *_UNSTORABLE)
    return not isinstance(error, known)


def _invalid(error: RequestValidationError, request_id: str) -> Response:
    """Say where the request is not as it should be, and why; what came is not repeated."""
    places = [
        {"place": ".".join(str(part) for part in one["loc"]), "why": str(one["msg"])} for one in error.errors()[:20]
    ]
    return problem(422, "server.invalid", say("server.invalid"), request_id=request_id, places=places)
