"""What was told a horizon ago, of products, categories or segments, and what came since?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from patron.models.demand_fit import FIRST_ORIGIN, FittedSeries, fit_series
from patron.models.demand_lines import Weeks
from patron.models.week_season import LEAST

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

KINDS = ("product", "category", "segment")
OLD_WEEKS = 26  # the data's first: customers older than the data look new in them
LEAST_GROUPS = 2  # of one category there is nothing to compare


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a fit read; it is not part of a saved model."""

    weeks: Weeks
    category: tuple[str | None, ...]  # of each product of the weeks


@dataclass(frozen=True, kw_only=True)
class Before:
    """The series that were kept a horizon ago, what they had sold, the forecast then, and what came since."""

    item: tuple[str, ...]
    sold: Floats  # units or purchases, shape (weeks, series)
    fitted: FittedSeries
    came: Floats  # the same, shape (series,)


def coded(names: Sequence[str | None]) -> tuple[tuple[str, ...], Ints]:
    """Return the different names by alphabet and each one's place among them; one that is missing has an empty one."""
    texts, codes = np.unique(np.array([name or "" for name in names], dtype=object).astype(str), return_inverse=True)
    return tuple(texts.tolist()), codes.astype(np.int64)


def told_before(known: Known, kind: str, *, of_units: bool, horizon: int, as_of: date, most: int = 0) -> Before | None:
    """Fit what was known `horizon` weeks ago; none where that was too little.

    Parameters
    ----------
    known : Known
        What is known now.
    kind : {"product", "category", "segment"}
        Which series.
    of_units : bool
        Units; or purchases, which are held against the season, so that a year must be known.
    horizon : int
        Weeks.
    as_of : date
        The last day of what is known now.
    most : int
        So many series, evenly spread, where there are more; 0 for all of them.
    """
    weeks = known.weeks
    category, codes = coded(known.category)
    names, of = {
        "product": (weeks.product_id, weeks.product),
        "category": (category, codes[weeks.product]),
        "segment": (weeks.segments, weeks.segment),
    }[kind]
    skipped = OLD_WEEKS if kind == "segment" else 0
    cut = weeks.weeks - skipped - horizon
    least = FIRST_ORIGIN if of_units else LEAST
    if cut < least or (kind != "product" and len(names) < LEAST_GROUPS):
        return None
    group = codes if kind == "product" else np.zeros(len(names), dtype=np.int64)
    sales = weeks.sales(of, len(names), category=group, as_of=as_of).since(skipped)
    if not of_units:
        sales = replace(sales, units=sales.purchases)
    earlier = sales.until(horizon)
    kept = np.flatnonzero(earlier.kept)
    kept = kept[:: max(-(-len(kept) // most), 1)] if most else kept
    if not len(kept):
        return None
    then = earlier.only(kept)
    return Before(
        item=tuple(names[one] for one in kept.tolist()), sold=then.units, fitted=fit_series(then, horizon=horizon),
        came=sales.units[cut:, kept].sum(axis=0),
    )  # fmt: skip
