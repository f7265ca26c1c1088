"""One event as the server takes it: a call of the Segment specification, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from patron.client.outside import Outside
from patron.errors import ArgumentError
from patron.language import failure

MOST_BYTES = 32 * 1024
"""The largest event that a server takes."""


def event(
    kind: str, *, user_id: str | None, anonymous_id: str | None, at: datetime | None, message_id: str | None,
    outside: Outside, said: Mapping[str, Any],
) -> tuple[str, bytes]:  # fmt: skip
    """Return an event's id and its JSON.

    Parameters
    ----------
    kind : str
        ``track``, ``identify``, ``page``, ``screen``, ``group`` or ``alias``.
    user_id, anonymous_id : str, optional
        Whose it is; at least one.
    at : datetime, optional
        When it happened, with a time zone; by default now.
    message_id : str, optional
        Its id, by which the server takes it once; by default one that nobody has.
    outside : Outside
        The time and new ids.
    said : mapping
        What else it says; what is None is left out.

    Raises
    ------
    ArgumentError
        It is nobody's, its time has no zone, it cannot be written as JSON, or it is larger than 32 KB.
    """
    if not user_id and not anonymous_id:
        raise failure(ArgumentError, "client.nobody", argument="user_id")
    moment = at or outside.now()
    if moment.utcoffset() is None:
        raise failure(ArgumentError, "client.zone", argument="at")
    given = {
        "type": kind, "messageId": message_id or outside.new_id(), "timestamp": moment.isoformat(),
        "userId": user_id, "anonymousId": anonymous_id, **said,
    }  # fmt: skip
    written = _written({name: value for name, value in given.items() if value is not None})
    if len(written) > MOST_BYTES:
        raise failure(ArgumentError, "client.large", came=len(written), allowed=MOST_BYTES)
    return str(given["messageId"]), written


def _written(content: Mapping[str, Any]) -> bytes:
    try:
        return json.dumps(content, default=_plain, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        raise failure(ArgumentError, "client.not_json", reason=str(error)) from error


def _plain(value: object) -> str:
    """Write what JSON has no form for: an amount keeps its cents as text."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
