"""An answer as JSON, with a tag by which whoever has it already need not be sent it again.

Days and moments are ISO 8601, exact amounts text (`"12.50"`), estimates numbers, and what is not known null.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson
from fastapi import Request, Response

OWN_EYES = "private, no-cache"
"""May be kept by who asked, and is asked for again each time; nobody in between keeps it."""


UNCHANGED: dict[int | str, dict[str, Any]] = {
    304: {"description": "The answer is the one whose ETag was sent as If-None-Match."}
}
"""What routes that read say of themselves besides their good answer."""


def answer(request: Request, content: Mapping[str, Any], *, status: int = 200) -> Response:
    """Return content as JSON; 304 without it where the caller's tag says that it is there already.

    The tag is a digest of the answer itself: it changes when the run or the database made another answer of it, and
    never else.
    """
    body = written(content)
    tag = f'"{sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": OWN_EYES, "Vary": "Authorization, Cookie"}
    if status == 200 and request.method in ("GET", "HEAD") and _has(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(body, status, headers=headers, media_type="application/json")


def written(content: Any) -> bytes:
    """Return content as JSON."""
    return orjson.dumps(content, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _has(request: Request, tag: str) -> bool:
    given = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    return tag in given or "*" in given


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(type(value).__name__)
