"""What all rows that are made of events share: moments and values as text, absent where nothing was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

Row = dict[str, str]
"""Columns of a source by our names; what is absent was not said."""

Rows = Iterator[tuple[str, Row]]
"""Rows, each with the source that it is a row of."""

MOMENT_PATTERN = "%Y-%m-%dT%H:%M:%S.%fZ"
"""How moments are written: UTC, read as the project's local time when a run reads them."""

_DAY = 10  # letters of an ISO 8601 day
_MILLISECONDS = 10**11  # a greater number of seconds since 1970 lies in the year 5138


def written(moment: datetime) -> str:
    """Write a moment in UTC, always with its microseconds: one shape for all of them."""
    utc = moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def row(**values: object) -> Row:
    """Return the values that are there, as text."""
    return {name: text for name, value in values.items() if (text := said(value)) is not None}


def said(value: object) -> str | None:
    """Return a value as text; none where it says nothing, or is no single value."""
    if value is None or isinstance(value, Mapping | list | tuple):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value).strip()
    return text or None


def any_of(values: Mapping[str, Any], *names: str) -> str | None:
    """Return the first of the values that says something."""
    return next((text for name in names if (text := said(values.get(name))) is not None), None)


def day_said(value: object) -> str | None:
    """Return a day as it was written, without the time beside it: a birthday has no time zone."""
    text = said(value)
    return text[:_DAY] if text else None


def moment_said(value: object) -> str | None:
    """Return a moment that a trait tells: ISO 8601, or seconds or milliseconds since 1970; none where it is neither."""
    text = said(value)
    if text is None:
        return None
    try:
        if text.lstrip("-").replace(".", "", 1).isdigit() and len(text) > _DAY - 1:
            seconds = float(text)
            found = datetime.fromtimestamp(seconds / 1000 if seconds > _MILLISECONDS else seconds, tz=UTC)
        else:
            found = datetime.fromisoformat(text)
        return written(found if found.tzinfo else found.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        return None
