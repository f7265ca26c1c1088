"""How many units of each product were sold in each week, to customers of which standing?

In   order lines with ``customer_id, product_id, ordered_at, quantity``
Out  one row per customer, product and day, see `sold_days`; one per product, segment and week, see `sold_weeks`
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.models.demand_fit import Sales
from patron.models.replenishment_lines import EXACT
from patron.profile.known import day_of, known_by

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

STANDINGS = ("first", "second_third", "fourth_to_ninth", "tenth_on")
"""A customer's purchase days so far, the one of the sale included: the segment that needs no later day to be known."""

BOUNDS = (1, 3, 9)  # the last purchase day of each standing but the last
MOST_WEEKS = 156  # of the past: three years


def sold_days(lines: ir.Table, *, as_of: date) -> ir.Table:
    """Add up what a customer bought of a product on one day, less what came back on that day.

    Parameters
    ----------
    lines : Table, one row per order line
        ``customer_id, product_id, ordered_at, quantity``; ``segment`` and other columns may be there. Of what does not
        differ within a customer, product and day, one value is kept.
    as_of : date
        The last day we may know about.

    Returns
    -------
    Table, one row per customer, product and day with a purchase
        ``customer_id, product_id, day, units, segment`` and the other columns. A day on which as much came back as was
        bought is left out: that was a mistake, or an order that never left.
    """
    known = known_by(lines, as_of=as_of)
    others = [name for name in known.columns if name not in ("customer_id", "product_id", "ordered_at", "quantity")]
    sums = {name: known[name].sum() if known[name].type().is_decimal() else known[name].max() for name in others}
    days = known.group_by("customer_id", "product_id", day=day_of(known.ordered_at)).aggregate(
        units=known.quantity.cast(EXACT).sum().cast("float64"), **sums
    )
    days = days.filter(days.units > 0)
    return days if "segment" in others else _with_standing(days)


def sold_weeks(days: ir.Table, *, as_of: date) -> ir.Table:
    """Add up the days by product, segment and week.

    Returns
    -------
    Table
        ``product_id, segment``; ``week``, counted back from the run's day (0: the seven days that end on it), so that
        none is cut; ``units`` and ``purchases`` (customers and days).
    """
    ago = ibis.literal(as_of).delta(days.day, unit="day").cast("float64")
    dated = days.mutate(week=(ago / ibis.literal(7.0, "float64")).floor().cast("int64"))
    dated = dated.filter(dated.week < MOST_WEEKS)
    return dated.group_by("product_id", "segment", "week").aggregate(
        units=dated.units.cast(EXACT).sum().cast("float64"), purchases=dated.count().cast("int64")
    )


@dataclass(frozen=True, kw_only=True)
class Weeks:
    """What was sold, read to arrays: one entry per product, segment and week in `product`, `segment`, `place`."""

    product_id: tuple[str, ...]  # by alphabet
    segments: tuple[str, ...]
    product: Ints
    segment: Ints
    place: Ints  # the week, the first that was seen is 0
    units: Floats
    purchases: Floats
    weeks: int

    def by(self, of: Ints, groups: int) -> tuple[Floats, Floats]:
        """Return units and purchases by week and group, given each entry's group."""
        at = self.place * groups + of
        shape = (self.weeks, groups)
        units, purchases = (
            np.bincount(at, weights, minlength=self.weeks * groups).astype(np.float64).reshape(shape)
            for weights in (self.units, self.purchases)
        )
        return units, purchases

    def sales(self, of: Ints, groups: int, *, category: Ints, as_of: date) -> Sales:
        """Return them as series."""
        units, purchases = self.by(of, groups)
        shop = np.bincount(self.place, self.purchases, minlength=self.weeks).astype(np.float64)
        return Sales(units=units, purchases=purchases, shop=shop, group=category, as_of=as_of)


def read_weeks(sold: ir.Table) -> Weeks:
    """Read what `sold_weeks` made, in an order of its own, so that no sum depends on that of the rows."""
    table = sold.to_pyarrow().sort_by([(name, "ascending") for name in ("week", "product_id", "segment")])
    (products, product), (segments, segment) = (_coded(table[name]) for name in ("product_id", "segment"))
    ago = table["week"].to_numpy().astype(np.int64)
    weeks = int(ago.max()) + 1 if len(ago) else 0
    return Weeks(
        product_id=products, segments=segments, product=product, segment=segment, place=weeks - 1 - ago, weeks=weeks,
        units=table["units"].to_numpy().astype(np.float64),
        purchases=table["purchases"].to_numpy().astype(np.float64),
    )  # fmt: skip


def _coded(column: pa.ChunkedArray) -> tuple[tuple[str, ...], Ints]:
    """Return the texts of a column by alphabet, and the place of each entry among them."""
    coded = column.combine_chunks().dictionary_encode()
    texts = coded.dictionary.to_pylist()
    order = sorted(range(len(texts)), key=texts.__getitem__)
    rank = np.empty(len(texts), dtype=np.int64)
    rank[order] = np.arange(len(texts))
    return tuple(texts[one] for one in order), rank[coded.indices.to_numpy()]


def _with_standing(days: ir.Table) -> ir.Table:
    visits = days.select(_who="customer_id", _on="day").distinct()  # few, so that few are put in order
    nth = ibis.row_number().over(ibis.window(group_by=visits._who, order_by=visits._on)) + 1
    cases = [(nth <= bound, name) for bound, name in zip(BOUNDS, STANDINGS[:-1], strict=True)]
    standing = visits.mutate(segment=ibis.cases(*cases, else_=STANDINGS[-1]))
    return days.inner_join(standing, [("customer_id", "_who"), ("day", "_on")]).drop("_who", "_on")
