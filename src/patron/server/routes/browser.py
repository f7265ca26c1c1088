"""What browsers ask for without a key: the snippet for a shop's pages, and the word that privacy signals are heard."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from patron.server.answer import answer

router = APIRouter(tags=["browser"])

HOUR = "public, max-age=3600"


class HearsGpc(BaseModel):
    """The site honours Global Privacy Control (W3C, section 4.2: the support resource)."""

    gpc: Literal[True] = Field(description="Requests with `Sec-GPC: 1` are taken as an objection.")


@router.get(
    "/patron.js",
    summary="The snippet for a shop's pages",
    response_class=Response,
    responses={200: {"content": {"text/javascript": {}}, "description": "JavaScript, less than 3 KB."}},
)
def snippet(request: Request) -> Response:
    """Return the snippet: pages of other sites may load it, and keep it for an hour."""
    body, tag = _snippet()
    headers = {"ETag": tag, "Cache-Control": HOUR, "Cross-Origin-Resource-Policy": "cross-origin"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="text/javascript; charset=utf-8")


@router.get("/.well-known/gpc.json", summary="Global Privacy Control is honoured", response_model=HearsGpc)
def gpc(request: Request) -> Response:
    """Say that Global Privacy Control is honoured."""
    return answer(request, {"gpc": True})


def snippet_text() -> str:
    """Return the snippet as it is served: without comments and indents."""
    text = (resources.files("patron.server") / "patron.js").read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def _snippet() -> tuple[bytes, str]:
    body = snippet_text().encode()
    return body, f'"{sha256(body).hexdigest()[:32]}"'
