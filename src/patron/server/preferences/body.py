"""What a form sends, urlencoded or as multipart/form-data: mail programs use either (RFC 8058, section 3.2)."""

from __future__ import annotations

from collections.abc import Mapping
from email.errors import MessageError
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from fastapi import Request

LARGEST = 16_384  # bytes

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"

MOST_FIELDS = 100


async def posted(request: Request) -> Mapping[str, str]:
    """Return the fields of a form, of several of one name the last; none of what is no form, or too large a one."""
    body = await request.body()
    if not body or len(body) > LARGEST:
        return {}
    given = request.headers.get("content-type", "")
    kind = given.partition(";")[0].strip().lower()
    if kind == URLENCODED:
        return _urlencoded(body)
    return _multipart(given, body) if kind == MULTIPART else {}


def _urlencoded(body: bytes) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
    except ValueError:
        return {}


def _multipart(kind: str, body: bytes) -> Mapping[str, str]:
    """Read it as what it is by its format: a message of MIME (RFC 7578)."""
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    try:
        parts = list(BytesParser(policy=HTTP).parsebytes(head + body).iter_parts())
        return {name: text for part in parts[:MOST_FIELDS] for name, text in _field(part)}
    except (MessageError, ValueError, LookupError, AttributeError, TypeError):
        return {}


def _field(part: Any) -> list[tuple[str, str]]:
    name = part.get_param("name", header="content-disposition")
    payload = part.get_payload(decode=True)
    if not isinstance(name, str) or not isinstance(payload, bytes):
        return []
    return [(name, payload.decode("utf-8", "replace"))]


def describing_form(**texts: str) -> dict[str, Any]:
    """Return what the API's description says of such a body: its fields, with an example each."""
    schema = {
        "type": "object",
        "properties": {name: {"type": "string", "examples": [example]} for name, example in texts.items()},
        "required": list(texts),
    }
    return {"requestBody": {"required": True, "content": {URLENCODED: {"schema": schema}}}}


__all__ = ["describing_form", "posted"]
