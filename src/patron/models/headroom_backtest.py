"""Do customers with more headroom really grow more than others who spent the same?

Headroom falls with current spend by its making, and what follows falls back to the mean by itself. So customers are
compared only with others of nearly equal current spend: within each such group, how does the headroom rank with what
was spent in the next period, and how much more does its upper half spend than its lower half?

And is a capacity what four in five of such customers spend at most? The trees behind a customer's capacity have not
seen that customer's spend, so the customers themselves tell.

In   contracts.customer.HEADROOM as of an origin, contracts.customer.TAKINGS as known later
Out  contracts.outcome.BACKTEST, the rows of the target `headroom`
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.outcome import BACKTEST
from patron.models.estimator import NORMAL_95, check_number
from patron.stats.mid_ranks import mid_ranks

Floats = NDArray[np.float64]

GROUP_SIZE = 50  # customers of nearly equal spend who are compared with each other
MOST_GROUPS = 50
HEADROOM = "headroom"  # model and target of its rows


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """How headroom ranks with the spend that followed, among customers of equal current spend.

    `correlation` is the mean of the groups' rank correlations with its 95 % interval; `lift` is what the upper halves
    by headroom spent, over what the lower halves did.
    """

    correlation: float
    low: float
    high: float
    lift: float
    customers: int
    groups: int


def headroom_backtest(found: ir.Table, takings: ir.Table, *, origin: date, horizon_days: int) -> ir.Table:
    """Hold headroom as of an origin against the net revenue of the days after it.

    Parameters
    ----------
    found : Table
        Keeps the contract HEADROOM as of `origin`.
    takings : Table
        Keeps the contract TAKINGS as of the end of the horizon or later.
    origin : date
        The last day that `found` knows.
    horizon_days : int
        How many days after it are looked at.

    Returns
    -------
    Table
        Keeps the contract BACKTEST: `coverage`, of the customers whom no survey tells of, and with 100 customers and
        more `rank_correlation`. Empty where nobody has a headroom.
    """
    check_number("horizon", horizon_days)
    end = origin + timedelta(days=horizon_days)
    later = takings.filter((takings.day > ibis.literal(origin)) & (takings.day <= ibis.literal(end)))
    spent = later.group_by("customer_id").aggregate(_came=later.net_revenue.sum().cast("float64"))
    row = found.left_join(spent, "customer_id").drop("customer_id_right")
    table = row.select(
        "customer_id", "headroom", "capacity", "quantile", _current=row.current.cast("float64"),
        _came=row._came.fill_null(0.0),
    ).order_by("customer_id").to_pyarrow()  # fmt: skip
    key = {"origin": origin, "horizon_days": horizon_days, "model": HEADROOM, "target": HEADROOM, "decile": 0}
    ranked = foretold(*(table[name].to_numpy() for name in (HEADROOM, "_current", "_came")))
    rows = [
        *_coverage(*(np.asarray(table[name].to_numpy(), np.float64) for name in ("_current", "capacity", "quantile"))),
        *([] if ranked is None else [_ranked(ranked)]),
    ]
    records = [key | one for one in rows]
    return BACKTEST.shape(ibis.memtable(pa.Table.from_pylist(records, schema=BACKTEST.schema.to_pyarrow())))


def _coverage(current: Floats, capacity: Floats, quantile: Floats) -> Iterator[dict[str, Any]]:
    """Yield how many stayed within their capacity, beside how many should have."""
    by_peers = ~np.isnan(quantile)
    customers = int(by_peers.sum())
    if customers:
        share = float((current <= capacity)[by_peers].mean())
        reach = NORMAL_95 * float(np.sqrt(share * (1 - share) / customers))
        yield {
            "metric": "coverage", "customers": customers, "predicted": float(quantile[by_peers].mean()),
            "actual": share, "value": share, "low": share - reach, "high": share + reach,
        }  # fmt: skip


def _ranked(found: Foretold) -> dict[str, Any]:
    return {
        "metric": "rank_correlation", "customers": found.customers, "value": found.correlation, "low": found.low,
        "high": found.high,
    }  # fmt: skip


def foretold(headroom: Floats, current: Floats, came: Floats) -> Foretold | None:
    """Compare customers of nearly equal spend, given as arrays with one entry a customer; None with fewer than 100.

    Examples
    --------
    >>> current = np.repeat([10.0, 20.0], 50)
    >>> room = np.tile(np.arange(50.0), 2)
    >>> found = foretold(room, current, current + room)
    >>> round(found.correlation, 6), found.groups
    (1.0, 2)
    """
    if len(current) < 2 * GROUP_SIZE:
        return None
    order = np.lexsort((headroom, current))
    groups = np.array_split(order, min(MOST_GROUPS, len(order) // GROUP_SIZE))
    ranks = [_rank_correlation(headroom[group], came[group]) for group in groups]
    known = np.array([(rank, len(group)) for rank, group in zip(ranks, groups, strict=True) if np.isfinite(rank)])
    if not len(known):
        return None
    mean = float(np.average(known[:, 0], weights=known[:, 1]))
    error = float(1 / np.sqrt((known[:, 1] - 1).sum()))
    upper, lower = (float(total) for total in np.sum([_halves(headroom[g], came[g]) for g in groups], axis=0))
    return Foretold(
        correlation=mean, low=mean - NORMAL_95 * error, high=mean + NORMAL_95 * error,
        lift=upper / lower if lower > 0 else float("nan"), customers=len(current), groups=len(groups),
    )  # fmt: skip


def _rank_correlation(one: Floats, other: Floats) -> float:
    ranks = mid_ranks(one), mid_ranks(other)
    if min(np.ptp(rank) for rank in ranks) == 0:
        return float("nan")
    return float(np.corrcoef(*ranks)[0, 1])


def _halves(headroom: Floats, came: Floats) -> tuple[float, float]:
    """Return the total of what came of the upper and of the lower half by headroom, the middle one left out."""
    order = np.argsort(headroom, kind="stable")
    half = len(order) // 2
    return float(came[order[-half:]].sum()), float(came[order[:half]].sum())
