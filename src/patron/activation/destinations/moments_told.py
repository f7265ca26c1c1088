"""A moment as other systems write it: seconds or milliseconds since 1970, or ISO 8601 with or without blanks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

_MILLIS_FROM = 100_000_000_000
"""A number as large as this counts milliseconds: as seconds it would be the year 5138."""


def moment_of(value: Any) -> datetime | None:
    """Return an aware moment; none where it is none.

    Examples
    --------
    >>> str(moment_of(1477502783)), moment_of("yesterday")
    ('2016-10-26 17:26:23+00:00', None)
    >>> str(moment_of("2026-02-28 10:00:00 +0000"))
    '2026-02-28 10:00:00+00:00'
    """
    try:
        if isinstance(value, bool):
            return None
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000 if value >= _MILLIS_FROM else value, UTC)
        if isinstance(value, str):
            read = datetime.fromisoformat(value.replace(" +", "+").replace(" -", "-"))
            return read if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


__all__ = ["moment_of"]
