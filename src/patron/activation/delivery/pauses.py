"""How long a delivery waits until it is tried again: longer each time, and never all at the same moment.

The longest pause grows by a factor with each try; the pause itself is drawn evenly below it ("full jitter"), so that
what failed together does not come back together. It is drawn from the delivery and the try: the same one waits as long
wherever it is computed.

Ref  Brooker, M. (2015), Exponential Backoff And Jitter, AWS Architecture Blog
"""

from __future__ import annotations

from hashlib import sha256

FIRST_S = 30.0
"""The longest pause after the first try."""

FACTOR = 4.0

LONGEST_S = 4 * 3600.0
"""No pause is longer, but for what a destination asks for."""


def pause_s(delivery_id: str, attempt: int) -> float:
    """Return how many seconds a delivery waits after its try number `attempt` failed.

    Examples
    --------
    >>> [pause_s("d1", attempt) < limit for attempt, limit in ((1, 30), (2, 120), (3, 480), (9, 14_400))]
    [True, True, True, True]
    >>> pause_s("d1", 3) == pause_s("d1", 3) != pause_s("d2", 3)
    True
    """
    drawn = int.from_bytes(sha256(f"pause\x1f{delivery_id}\x1f{attempt}".encode()).digest()[:8], "big") / 2**64
    return drawn * min(LONGEST_S, FIRST_S * FACTOR ** min(attempt - 1, 20))


__all__ = ["FACTOR", "FIRST_S", "LONGEST_S", "pause_s"]
