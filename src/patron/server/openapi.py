"""The API's own description (OpenAPI 3.1): of every route, of the thin applications beside them, and of problems."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from patron.language import say
from patron.server.errors import PROBLEM
from patron.server.mounted import DESCRIBED

PROBLEMS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "What stands in the way (RFC 9457).",
        "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
"""The answer of every route when it is not the good one."""

TEXT = {"type": "string"}
PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "description": "Why a request was not answered as asked (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": TEXT | {"description": "Names the kind of problem, for programs."},
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": TEXT | {"description": "What is wrong."},
        "remedy": TEXT | {"description": "What to do about it."},
        "request_id": TEXT | {"description": "By this the server's log names the request."},
        "places": {
            "description": "Where the request is not as it should be, and why.",
            "type": "array",
            "items": {"type": "object", "required": ["place", "why"], "properties": {"place": TEXT, "why": TEXT}},
        },
    },
    "examples": [
        {
            "type": "urn:patron:problem:server.http_404", "title": "Not found", "status": 404,
            "detail": "There is nothing at this address.", "request_id": "a187cec679879be8",
        }
    ],
}  # fmt: skip


def describing(pages: FastAPI) -> Callable[[], dict[str, Any]]:
    """Return the function by which FastAPI describes the API; the description is made once."""
    made: dict[str, Any] = {}

    def described() -> dict[str, Any]:
        if not made:
            made.update(_describe(pages))
        return made

    return described


def _describe(pages: FastAPI) -> dict[str, Any]:
    found = get_openapi(
        title=pages.title, version=version("patron"), description=say("server.about"), routes=pages.routes
    )
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    schemas["Problem"] = PROBLEM_SCHEMA
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)  # FastAPI's own form of a problem, which is never sent
    for describe in DESCRIBED:
        found["paths"].update(describe())
    for operations in found["paths"].values():
        for operation in operations.values():
            operation["responses"] = {**PROBLEMS, **operation.get("responses", {})}
    return found
