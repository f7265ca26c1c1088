"""What was sold in the last period and year, at which discount, and to how many: by product, category and segment.

In   contracts.raw.RAW_ORDER_LINES and contracts.customer.MEMBERSHIPS, with the run's own customer ids
Out  one row per cell: exact sums of money, and customers
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir

from patron.profile.price_weeks import ALL, QUANTITY, WIDE

PERIOD_DAYS = 91
"""Thirteen weeks: the period whose sales a new price is thought to meet again."""

YEAR_DAYS = 364
DEPTHS = 20
"""Discounts are put into classes of a twentieth, 5 %."""

BASE, BOUGHT, DISCOUNTED, DEPTH = "base", "bought", "discounted", "depth"


def price_totals(
    sold: ir.Table, memberships: ir.Table | None = None, *, as_of: date, segmentations: Sequence[str] = ()
) -> ir.Table:
    """Add up sales by cell.

    Parameters
    ----------
    sold, memberships, segmentations
        As for `price_weeks`.
    as_of : date
        The run's day, on which the periods end.

    Returns
    -------
    Table, one row per part and cell
        ``part``: `base` is the last `PERIOD_DAYS` by level, of everybody and of segments (these without products);
        `bought` the last `YEAR_DAYS` by category; `discounted` the lines of it with a discount, and `depth` the same
        by the class of the discount (``depth``, in twentieths). ``level, category, product_id, segmentation, segment``
        name the cell, `all` where it is not divided; a category that is not known is "". ``customers``, ``lines``, of
        these ``costed`` with a cost that is known; ``units``, ``listed``, ``discount``, ``cost``.
    """
    sold = sold.mutate(category=sold.category.fill_null(""))
    recent = sold.filter(sold.day > ibis.literal(as_of - timedelta(days=PERIOD_DAYS)))
    year = sold.filter(sold.day > ibis.literal(as_of - timedelta(days=YEAR_DAYS)))
    cut = year.filter(year.discount > 0)
    share = cut.discount.cast("float64") / cut.listed.cast("float64")
    deep = cut.mutate(deep=(share * ibis.literal(DEPTHS, "float64")).round().cast("int64"))
    parts = [
        _cells(BASE, recent), _cells(BASE, recent, "category"), _cells(BASE, recent, "category", "product_id"),
        _cells(BOUGHT, year, "category"), _cells(DISCOUNTED, cut), _cells(DISCOUNTED, cut, "category"),
        _cells(DEPTH, deep, "category", "deep"),
    ]  # fmt: skip
    if memberships is not None and segmentations:
        theirs = memberships.filter(memberships.segmentation.isin(list(segmentations)))
        divided = recent.inner_join(theirs.select("customer_id", "segmentation", "segment"), "customer_id")
        by = ("segmentation", "segment")
        parts += [_cells(BASE, divided, *by), _cells(BASE, divided, "category", *by)]
    return ibis.union(*parts)


def _cells(part: str, sold: ir.Table, *by: str) -> ir.Table:
    """Add up by some columns, and name the others `all`."""
    sums = sold.group_by(*by).aggregate(**_sums(sold)) if by else sold.aggregate(**_sums(sold))
    level = "product" if "product_id" in by else "category" if "category" in by else ALL
    return sums.select(
        part=ibis.literal(part),
        level=ibis.literal(level),
        **{
            name: sums[name] if name in by else ibis.literal(ALL)
            for name in ("category", "product_id", "segmentation", "segment")
        },
        depth=sums.deep if "deep" in by else ibis.literal(0, "int64"),
        **{name: sums[name] for name in ("customers", "lines", "costed", "units", "listed", "discount", "cost")},
    )


def _sums(sold: ir.Table) -> dict[str, ir.Scalar]:
    return {
        "customers": sold.customer_id.nunique().cast("int64"),
        "lines": sold.count().cast("int64"),
        "costed": sold.cost.count().cast("int64"),
        "units": sold.quantity.sum().cast(QUANTITY),
        **{name: sold[name].sum().cast(WIDE) for name in ("listed", "discount", "cost")},
    }
