"""After how many orders do more customers stop than the other numbers of orders lead to expect?

With a chance to stop that differs between customers (beta) and does not change for any of them, the odds to go on after
n orders rise in a straight line: (stay + n - 1) / leave (Fader & Hardie 2007, equation 6). It is fitted to all other n,
so that a stuck point cannot hide in its own expectation, and the row is held against it with the beta-binomial's spread
of what chance does.

Ref  Fader & Hardie (2007), Journal of Interactive Marketing 21(1), 76-90: equation 6
     Wilson (1927), JASA 22, 209-212: the interval of a share
     Benjamini & Yekutieli (2001), Annals of Statistics 29(4), 1165-1188: theorem 1.3
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import optimize, stats

from patron.contracts.segment import STUCK_POINTS
from patron.profile.known import day_of, known_by
from patron.stats.false_discovery import q_values

Floats = NDArray[np.float64]

MOST_ORDERS = 12
LEAST_DECIDED = 50  # customers of a row
LEAST_ROWS = 3  # that the expectation of another one is made of
POINTS = 0.02
LEVEL = 0.05
Z95 = 1.959963984540054


def stuck_points(stages: ir.Table, orders: ir.Table, *, as_of: date) -> ir.Table:
    """Count who stops after exactly n orders, and compare with what is expected.

    Parameters
    ----------
    stages : Table
        contracts.segment.STAGES.
    orders : Table
        contracts.customer.ORDERS.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per number of order days
        contracts.segment.STUCK_POINTS; without rows where nobody's further way is decided.
    """
    counted = _counted(stages, known_by(orders, as_of=as_of)).to_pyarrow().to_pylist()
    rows = judged(counted)
    return ibis.memtable(pa.Table.from_pylist(rows, schema=STUCK_POINTS.schema.to_pyarrow()))


def judged(counted: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows of STUCK_POINTS from how many customers lapsed, and are waiting, at each number of orders.

    Parameters
    ----------
    counted : sequence of dict
        ``order_days``, ``lapsed``, ``waiting`` and ``value`` (mean net amount of an order of those who lapsed), for
        every number of order days that somebody has.
    """
    lapsed, waiting, value = (np.zeros(max((int(row["order_days"]) for row in counted), default=0)) for _ in range(3))
    for row in counted:
        place = int(row["order_days"]) - 1
        lapsed[place], waiting[place], value[place] = row["lapsed"], row["waiting"], row["value"] or 0.0
    everybody = lapsed + waiting
    went_on = np.cumsum(everybody[::-1])[::-1] - everybody
    decided = went_on + lapsed
    use = [n for n in range(min(MOST_ORDERS, len(decided))) if decided[n] >= LEAST_DECIDED]
    rows = [_row(n, use, lapsed, decided, waiting, value) for n in use]
    tested = [row for row in rows if row["p_value"] is not None]
    found = q_values([row["p_value"] for row in tested]) if tested else np.empty(0)
    for row, q in zip(tested, found, strict=True):
        row["q_value"] = float(q)
        row["found"] = bool(q <= LEVEL and row["share"] - row["expected"] >= POINTS)
    return rows


def expected_share(stopped: Floats, decided: Floats, at: Floats, n: float) -> float | None:
    """Return the share that is expected to stop at `n` orders, from the others; none where too few tell.

    Examples
    --------
    >>> decided = np.array([1000.0, 500.0, 300.0, 200.0])
    >>> at = np.array([2.0, 3.0, 4.0, 5.0])
    >>> round(expected_share(decided / (at + 1), decided, at, 1.0), 3)  # leave 1, stay 1: 1 / (n + 1)
    0.5
    """
    if len(at) < LEAST_ROWS:
        return None

    def loss(logs: Floats) -> float:
        leave, stay = np.exp(logs)
        share = leave / (leave + stay + at - 1)
        return float(-(stopped * np.log(share) + (decided - stopped) * np.log1p(-share)).sum() / decided.sum())

    bounds = [(-6.0, 8.0), (-6.0, 8.0)]
    best = optimize.minimize(loss, np.zeros(2), method="L-BFGS-B", bounds=bounds)
    leave, stay = np.exp(best.x)
    return float(leave / (leave + stay + n - 1))


def _row(n: int, use: Sequence[int], lapsed: Floats, decided: Floats, waiting: Floats, value: Floats) -> dict[str, Any]:
    others = np.array([m for m in use if m != n], dtype=np.int64)
    expected = expected_share(lapsed[others], decided[others], (others + 1).astype(np.float64), n + 1.0)
    share = float(lapsed[n] / decided[n])
    low, high = wilson(lapsed[n], decided[n])
    extra = None if expected is None else float(lapsed[n] - expected * decided[n])
    return {
        "orders": n + 1, "customers": int(decided[n]), "stopped": int(lapsed[n]), "waiting": int(waiting[n]),
        "share": share, "low": low, "high": high, "expected": expected, "extra": extra,
        "p_value": None if expected is None else float(stats.binom.sf(lapsed[n] - 1, decided[n], expected)),
        "q_value": None, "found": False, "worth": None if extra is None else extra * float(value[n]),
    }  # fmt: skip


def wilson(hits: float, number: float) -> tuple[float, float]:
    """Return the 95 % interval of a share (Wilson 1927).

    Examples
    --------
    >>> [round(end, 3) for end in wilson(5, 10)]
    [0.237, 0.763]
    """
    share, square = hits / number, Z95**2
    middle = (share + square / (2 * number)) / (1 + square / number)
    half = Z95 * np.sqrt(share * (1 - share) / number + square / (4 * number**2)) / (1 + square / number)
    return float(middle - half), float(middle + half)


def _counted(stages: ir.Table, orders: ir.Table) -> ir.Table:
    """Count by order days who lapsed and who may still come, of customers who began in sight."""
    day = day_of(orders.ordered_at)
    began = orders.aggregate(begin=day.min())
    own = orders.group_by("customer_id").aggregate(
        first=day.min(), amount=orders.amount.sum().cast("float64"), number=orders.count()
    )
    both = stages.inner_join(own, "customer_id").cross_join(began)
    # Whoever lives by a rhythm as long as from the data's first day to hers may have ordered before it.
    seen = both.filter(both["first"].delta(both.begin, unit="day").cast("float64") > both.expected_interval_days)
    gone = seen.stage == "lapsed"
    each = seen.amount / seen.number.cast("float64")
    return seen.group_by("order_days").aggregate(
        lapsed=seen.count(where=gone), waiting=seen.count(where=~gone),
        value=ibis.ifelse(gone, each, ibis.null("float64")).mean(),
    )  # fmt: skip
