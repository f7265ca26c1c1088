"""Which customers make up the best 1 %, the next 4 %, and so on?

In   any table with a customer_id and a column of scores
Out  contracts.customer.MEMBERSHIPS  segmentation ``tier``, or another that the caller names
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import accumulate, pairwise

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import MEMBERSHIPS
from patron.errors import ArgumentError
from patron.language import did_you_mean, failure, listing, percent, say
from patron.segments.standing import standing

CUTS: Mapping[str, float] = {"platinum": 0.01, "gold": 0.04, "silver": 0.15, "bronze": 0.30, "basic": 0.50}
"""Each tier's share of the customers, best first. Bronze ends at the median: the large rest is cut once more."""

BY_PREDICTED_VALUE = "tier"
BY_PAST_VALUE = "past_tier"


def tiers(
    scores: ir.Table,
    *,
    by: str = "predicted_value",
    cuts: Mapping[str, float] = CUTS,
    segmentation: str = BY_PREDICTED_VALUE,
) -> ir.Table:
    """Cut customers into tiers by a score, best first.

    A customer belongs to the first tier whose lower end at least the right share of customers stands strictly
    below. Equals are never parted: where they straddle an end, all of them are in the lower tier. So a tier may be
    smaller than its share, the best 1 % of six customers is nobody, and where all are equal all are in the last tier.

    Parameters
    ----------
    scores : Table, one row per customer
        Columns ``customer_id`` and `by`, for example `FORECASTS`. Rows without a score are left out.
    by : str
        The column to cut; higher is better.
    cuts : mapping of name to share
        The tiers, best first, and each one's share of the customers; together 1.
    segmentation : str
        What to call the result: ``tier`` by predicted value, ``past_tier`` by margin to date.

    Returns
    -------
    Table, one row per customer with a score
        `MEMBERSHIPS`; detail says which part of the customers the tier is.

    Raises
    ------
    ArgumentError
        The table has no column `by`, or `cuts` are not shares that make up 1.

    Examples
    --------
    >>> import ibis
    >>> people = ibis.memtable({"customer_id": ["a", "b", "c", "d", "e"], "margin": [1, 9, 3, 3, 2]})
    >>> halves = tiers(people, by="margin", cuts={"upper": 0.4, "lower": 0.6}, segmentation="half")
    >>> halves.order_by("customer_id").segment.to_pyarrow().to_pylist()
    ['lower', 'upper', 'lower', 'lower', 'lower']
    """
    _check(scores, by=by, cuts=cuts)
    ends = _ends(cuts)
    scored = standing(scores.filter(scores[by].notnull()).select("customer_id", by), by)
    share = scored[f"{by}_standing"]
    lowest = {name: share >= ibis.literal(round(1.0 - end, 12), type="float64") for name, end in ends.items()}
    details = _details(ends, by=by)
    return MEMBERSHIPS.shape(
        scored.select(
            "customer_id",
            segmentation=ibis.literal(segmentation),
            segment=ibis.cases(*((inside, name) for name, inside in lowest.items())),
            detail=ibis.cases(*((inside, details[name]) for name, inside in lowest.items())),
        )
    )


def _ends(cuts: Mapping[str, float]) -> dict[str, float]:
    """Return each tier's lower end as the share of customers in it or above; the last tier takes what is left."""
    reached = [round(share, 12) for share in accumulate(cuts.values())]
    return dict(zip(cuts, [*reached[:-1], 1.0], strict=True))


def _details(ends: dict[str, float], *, by: str) -> dict[str, str]:
    """Return for each tier which part of the customers it is."""
    words = by.replace("_", " ")
    first, last = next(iter(ends)), next(reversed(ends))
    details = {first: say("segments.tiers.first", end=_share(ends[first]), by=words)}
    for above, name in pairwise(ends):
        key = "segments.tiers.last" if name == last else "segments.tiers.next"
        details[name] = say(key, start=_share(ends[above]), end=_share(ends[name]), by=words)
    return details


def _share(share: float) -> str:
    """Write a share with as many decimals as it needs, up to two."""
    return percent(share, digits=next(digits for digits in (0, 1, 2) if digits == 2 or _whole(share, digits)))


def _whole(share: float, digits: int) -> bool:
    """Tell whether a share in per cent has no more than `digits` decimals."""
    return math.isclose(share, round(share, digits + 2), abs_tol=1e-9)


def _check(scores: ir.Table, *, by: str, cuts: Mapping[str, float]) -> None:
    if by not in scores.columns:
        raise failure(ArgumentError, "segments.by", came=by, hint=did_you_mean(by, scores.columns))
    if not cuts or min(cuts.values()) <= 0 or not math.isclose(sum(cuts.values()), 1, abs_tol=1e-9):
        came = listing(f"{name} {share:g}" for name, share in cuts.items())
        raise failure(ArgumentError, "segments.cuts", came=came, total=f"{sum(cuts.values()):g}")
