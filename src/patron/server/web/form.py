"""What a browser's form or a program's JSON sends: a few short texts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

from patron.server.refused import refused

LARGEST = 8192  # bytes

FORM, JSON = "application/x-www-form-urlencoded", "application/json"


async def fields(request: Request) -> tuple[Mapping[str, str], bool]:
    """Return the fields of a body, and whether they came as JSON.

    Raises
    ------
    Refused
        413, 415 or 422: it is too large, of another kind, or no such fields.
    """
    body = await request.body()
    if len(body) > LARGEST:
        raise refused(413, "access.form")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON:
        return _of_json(body), True
    if kind != FORM:
        raise refused(415, "access.form")
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=20)), False
    except ValueError as error:
        raise refused(422, "access.form") from error


def _of_json(body: bytes) -> Mapping[str, str]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise refused(422, "access.form") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise refused(422, "access.form")
    return found


def described(**texts: str) -> dict[str, Any]:
    """Return what the API's description says of such a body: its fields, with an example each."""
    schema = {
        "type": "object",
        "properties": {name: {"type": "string", "examples": [example]} for name, example in texts.items()},
        "required": list(texts),
    }
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema} for kind in (JSON, FORM)}}}
