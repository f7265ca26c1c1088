"""The one place of the client that reads the clock."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the moment that it is, in UTC."""
    return datetime.now(UTC)
