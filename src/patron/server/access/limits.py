"""How often may somebody ask? A bucket of tokens each: a burst at once, then so many a second.

Ref  Turner (1986), New directions in communications, IEEE Communications Magazine 24(10): the leaky bucket as a meter
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

MOST = 50_000  # askers remembered at a time: whoever asked longest ago is forgotten


@dataclass
class Limiter:
    """The buckets of one process, by who asks.

    Parameters
    ----------
    per_second : float
        How fast a bucket fills; above zero.
    burst : float
        How much it holds; at least one.
    clock : callable
        Gives the moment that it is, aware.

    Examples
    --------
    >>> from datetime import UTC
    >>> limiter = Limiter(2, 2, lambda: datetime(2024, 1, 1, tzinfo=UTC))
    >>> [limiter.wait("ann") for _ in range(3)]
    [0.0, 0.0, 0.5]
    """

    per_second: float
    burst: float
    clock: Callable[[], datetime]
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)  # what is left, and when
    _lock: Lock = field(default_factory=Lock)

    def wait(self, who: str, cost: float = 1.0) -> float:
        """Take `cost` from the bucket of `who`; return 0, or for how many seconds it lacks that (nothing is taken)."""
        now = self.clock().timestamp()
        with self._lock:
            left = self._left(who, now)
            enough = left >= cost
            self._buckets[who] = (left - cost if enough else left, now)
            self._buckets.move_to_end(who)
            if len(self._buckets) > MOST:
                self._buckets.popitem(last=False)
        return 0.0 if enough else (min(cost, self.burst) - left) / self.per_second

    def empty(self, who: str) -> float:
        """Return for how many seconds the bucket of `who` lacks one, and take nothing."""
        with self._lock:
            left = self._left(who, self.clock().timestamp())
        return 0.0 if left >= 1 else (1 - left) / self.per_second

    def _left(self, who: str, now: float) -> float:
        left, then = self._buckets.get(who, (self.burst, now))
        return min(self.burst, left + max(0.0, now - then) * self.per_second)  # a clock set back fills nothing
