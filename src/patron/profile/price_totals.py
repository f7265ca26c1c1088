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
"""Promotions are put into classes of a twentieth, 5 %."""

NOISE = 0.005
"""Share of a price below which what is left of a discount is its rounding to the cent."""

BASE, BOUGHT, EVER, PROMOTED, DEPTH, VOUCHERS = "base", "bought", "ever", "promoted", "depth", "vouchers"


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
        `ever` all sales likewise; `bought` the last `YEAR_DAYS` by category; `promoted` the lines of it that everybody
        would have had at a lower price that day, `depth` the same by class of the promotion (``depth``, in twentieths):
        their ``discount`` is the promotion alone; `vouchers` the lines with a discount beyond that. ``level, category,
        product_id, segmentation, segment`` name the cell, `all` where it is not divided; a category that is not known
        is "". ``customers``, ``lines``, of these ``costed`` with a cost that is known; ``units``, ``listed``,
        ``discount``, ``cost``.
    """
    sold = sold.mutate(category=sold.category.fill_null(""))
    recent = sold.filter(sold.day > ibis.literal(as_of - timedelta(days=PERIOD_DAYS)))
    year = _told_apart(sold.filter(sold.day > ibis.literal(as_of - timedelta(days=YEAR_DAYS))))
    promoted = year.filter(year.promoted > 0)
    share = promoted.promoted.cast("float64") / promoted.listed.cast("float64")
    deep = promoted.mutate(
        deep=(share * ibis.literal(DEPTHS, "float64")).round().cast("int64"), discount=promoted.promoted
    )
    own = year.filter(year.discount > year.promoted)
    parts = [
        *(_cells(part, table, *by) for part, table in ((BASE, recent), (EVER, sold)) for by in _LEVELS),
        _cells(BOUGHT, year, "category"), _cells(PROMOTED, deep), _cells(PROMOTED, deep, "category"),
        _cells(DEPTH, deep, "category", "deep"),
        _cells(VOUCHERS, own.mutate(discount=(own.discount - own.promoted).cast(WIDE))),
    ]  # fmt: skip
    if memberships is not None and segmentations:
        theirs = memberships.filter(memberships.segmentation.isin(list(segmentations)))
        theirs = theirs.select("customer_id", "segmentation", "segment")
        for part, table in ((BASE, recent), (EVER, sold)):
            divided = table.inner_join(theirs, "customer_id")
            parts += [_cells(part, divided, *_BY), _cells(part, divided, "category", *_BY)]
    cells = ibis.union(*parts)
    return cells.filter(cells.lines > 0)  # a sum over nothing is a row, too


_LEVELS: tuple[tuple[str, ...], ...] = ((), ("category",), ("category", "product_id"))
_BY = ("segmentation", "segment")


def _told_apart(year: ir.Table) -> ir.Table:
    """Add ``promoted``: the money by which a line was cheaper for everybody who bought the product on that day."""
    days = year.group_by(item="product_id", on="day").aggregate(everybody=year.promotion.min())
    both = year.inner_join(days, [("product_id", "item"), ("day", "on")]).drop("item", "on")
    share = ibis.ifelse(
        both.everybody < ibis.literal(NOISE, "float64"), ibis.literal("0").cast("float64"), both.everybody
    )
    return both.mutate(promoted=(both.listed.cast("float64") * share).round(2).cast(WIDE))


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
