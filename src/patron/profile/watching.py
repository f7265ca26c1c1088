"""For how many days are customers watched, where the data decide it?"""

from __future__ import annotations

from datetime import date

HORIZONS = (180, 90, 30)
"""How long customers are watched, in days: the longest that the data hold three times."""


def horizon_of(first: date, as_of: date) -> int | None:
    """Return for how many days customers are watched; none where the data are too short for the shortest.

    Examples
    --------
    >>> horizon_of(date(2024, 1, 1), date(2024, 12, 31)), horizon_of(date(2024, 1, 1), date(2024, 2, 1))
    (90, None)
    """
    span = (as_of - first).days
    return next((days for days in HORIZONS if 3 * days <= span), None)
