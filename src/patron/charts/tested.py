"""Which test of a forecast stands for all of them?"""

from __future__ import annotations

from collections.abc import Sequence

from patron.charts.records import Record


def main_test(rows: Sequence[Record]) -> list[Record]:
    """Return the rows of the test that looked farthest ahead, and of these the latest.

    Parameters
    ----------
    rows : sequence of rows of `BACKTEST`
        Of any origins, horizons, models and metrics.

    Examples
    --------
    >>> main_test([{"horizon_days": 91, "origin": 8}, {"horizon_days": 365, "origin": 1}])
    [{'horizon_days': 365, 'origin': 1}]
    """
    main = max(((row["horizon_days"], row["origin"]) for row in rows), default=None)
    return [row for row in rows if (row["horizon_days"], row["origin"]) == main]
