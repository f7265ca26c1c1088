"""The API's description, as a page for people; programs read /openapi.json."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from patron.language import listing
from patron.server.web.page import page

router = APIRouter(tags=["server"])


@router.get("/docs", summary="The description of this API, as a page", response_class=HTMLResponse)
def docs(request: Request) -> HTMLResponse:
    """List every route by its subject: what it answers, what it takes, who may ask."""
    described = request.app.openapi()
    subjects: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            subjects[operation.get("tags", ["-"])[0]].append(_shown(method, path, operation))
    return page("api", title=described["info"]["title"], about=described["info"]["description"], subjects=subjects)


def _shown(method: str, path: str, operation: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the page says of one route."""
    schemes = [name for one in operation.get("security", []) for name in one]
    return {
        "method": method.upper(), "path": path, "summary": operation["summary"],
        "about": operation.get("description", ""), "schemes": listing(schemes) if schemes else "",
        "takes": [
            {"name": one["name"], "where": one["in"], "about": one.get("description", ""),
             "required": one.get("required", False)}
            for one in operation.get("parameters", [])
        ],
        "bodies": list(operation.get("requestBody", {}).get("content", {})),
        "answers": {code: one["description"] for code, one in operation["responses"].items()},
    }  # fmt: skip
