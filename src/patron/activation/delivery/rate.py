"""How fast a destination gets deliveries: a bucket of tokens that fills at a rate and holds so many at most.

Ref  Turner, J. (1986), New directions in communications, IEEE Communications Magazine 24(10): the leaky bucket
"""

from __future__ import annotations

from datetime import datetime


class Bucket:
    """Tokens for deliveries.

    Parameters
    ----------
    per_second : float
        So many come in a second.
    at_once : int
        It holds so many, and is full at first.

    Examples
    --------
    >>> from datetime import UTC
    >>> now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> bucket = Bucket(per_second=2, at_once=3)
    >>> bucket.holds(now), bucket.take(3), bucket.holds(now), bucket.wait_s(now)
    (3, None, 0, 0.5)
    """

    def __init__(self, *, per_second: float, at_once: int) -> None:
        self._per_second, self._most = per_second, float(at_once)
        self._tokens, self._at = float(at_once), None  # type: float, datetime | None

    def holds(self, now: datetime) -> int:
        """Return how many may be handed over now."""
        if self._at is not None and now > self._at:  # a clock that is set back gives nothing
            self._tokens = min(self._most, self._tokens + (now - self._at).total_seconds() * self._per_second)
        self._at = now
        return int(self._tokens + 1e-9)

    def take(self, deliveries: int) -> None:
        """Take tokens out."""
        self._tokens -= deliveries

    def wait_s(self, now: datetime) -> float:
        """Return how many seconds it takes until one more may be handed over."""
        self.holds(now)
        return max(0.0, (1 - self._tokens) / self._per_second)


__all__ = ["Bucket"]
