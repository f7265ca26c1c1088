"""What does each customer prefer: products, categories, brands, own labels, channel, weekday and hour?

Her purchases of each value are counted, and drawn to the shop's shares as far as they are few. How far is learned kind
by kind (brands and own labels: category by category) from how much customers differ.

In   `kept_sales`, contracts.raw.RAW_PRODUCTS
Out  contracts.affinity.AFFINITY
Ref  Goodhardt, Ehrenberg & Chatfield (1984): see `stats.dirichlet_multinomial`
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ibis
import ibis.expr.types as ir

from patron.contracts.affinity import AFFINITY
from patron.engines.constant import constant
from patron.profile.affinity_counts import affinity_counts
from patron.profile.affinity_shares import interval_table, strength_tables

Keep = Callable[[str, ir.Table], ir.Table]

MOST_VALUES = {
    "product": 10, "category": 5, "brand": 5, "brand_in_category": 1, "own_label": 1, "channel": 2, "weekday": 2,
    "hour": 3,
}  # fmt: skip
"""Rows of one customer and kind; of brands and own labels in a category, of one category."""

MOST_CATEGORIES = 5
"""Categories of one customer in which brands and own labels are told; own labels also in all."""

GROUP = ("customer_id", "kind", "within")


def affinity(kept: ir.Table, products: ir.Table, *, own_labels: Sequence[str] = (), keep: Keep) -> ir.Table:
    """Tell what customers prefer.

    Parameters
    ----------
    kept : Table, one row per line
        `kept_sales` as of the day up to which we may know; `customer_id` is the customer's.
    products : Table, one row per product
        contracts.raw.RAW_PRODUCTS: whether a product is an own label.
    own_labels : sequence of str
        Brands that are the shop's own, for products of which the list does not say.
    keep : callable
        Writes a table and returns it as it is read again, so that it is not computed twice.

    Returns
    -------
    Table
        Keeps the contract AFFINITY; without rows where nothing was bought.
    """
    found = affinity_counts(kept, products, own_labels=own_labels)
    if found is None:
        return AFFINITY.empty()
    counts = keep("affinity_counts", found)
    totals = counts.group_by(*GROUP).aggregate(of_purchases=_total(counts.purchases))
    shares, strengths = strength_tables(counts, totals)
    best = keep("affinity_best", _best(counts, shares, strengths))
    named = _with_names(best, kept)
    return AFFINITY.shape(named.join(interval_table(best), ["kind", "within", "value", "purchases", "of_purchases"]))


def _best(counts: ir.Table, shares: ir.Table, strengths: ir.Table) -> ir.Table:
    """Return the rows that are kept, with all that needs no more than arithmetic."""
    with_shop = counts.join(shares, ["kind", "within", "value"])
    sums = with_shop.group_by(*GROUP).aggregate(
        of_purchases=_total(with_shop.purchases),
        squares=_total(with_shop.purchases * with_shop.purchases),
        with_shop=_total(with_shop.purchases * with_shop.shop_purchases),
    )
    # A product that was bought once is no preference, and so are no two purchases inside a category.
    likely = with_shop.filter((with_shop.kind != "product") | (with_shop.purchases >= 2))
    both = likely.join(sums, GROUP).join(strengths, ["kind", "within"])
    enough = (both.within == "") | (both.of_purchases >= 2)
    both = both.filter(enough & ((both.kind != "own_label") | (both["value"] == "own")))
    placed = both.mutate(
        _score=both.purchases.cast("float64") + both.strength * both.shop_share,
        _many=both.of_purchases * ibis.ifelse(both.within == "", 2, 1),
    )  # fmt: skip
    placed = placed.mutate(
        _place=ibis.row_number().over(
            ibis.window(group_by=list(GROUP), order_by=[placed._score.desc(), placed["value"]])
        ),
        _group=ibis.dense_rank().over(
            ibis.window(group_by=["customer_id", "kind"], order_by=[placed._many.desc(), placed.within])
        ),
    )  # fmt: skip
    most = ibis.cases(*((placed.kind == kind, most) for kind, most in MOST_VALUES.items()), else_=0)
    groups = ibis.ifelse(placed.kind == "own_label", MOST_CATEGORIES + 1, MOST_CATEGORIES)
    leads = (placed._place == 0) | (placed.purchases >= 2)
    chosen = placed.filter((placed._place < most) & (placed._group < groups) & leads)
    return chosen.mutate(place=chosen._place + 1, loyalty=_loyalty(chosen)).drop("_score", "_many", "_place", "_group")


def _loyalty(table: ir.Table) -> ir.FloatingValue:
    """Return `stats.dirichlet_multinomial.repeat_chance` as the engine computes it."""
    own = table.strength
    total = table.of_purchases.cast("float64") + own
    mixed = table.with_shop.cast("float64") / table.shop_total.cast("float64")
    squares = table.squares.cast("float64") + constant(2.0) * own * mixed + own * own * table.shop_squares
    return (squares + total) / (total * (total + constant(1.0)))


def _with_names(best: ir.Table, kept: ir.Table) -> ir.Table:
    names = kept.group_by(_id="product_id").aggregate(_name=kept.product_name.max())
    names = names.mutate(_of=ibis.literal("product"))
    named = best.left_join(names, [("value", "_id"), ("kind", "_of")])
    return named.mutate(name=ibis.coalesce(named._name, named["value"])).drop("_id", "_of", "_name")


def _total(value: ir.Value) -> ir.IntegerValue:
    """Return an exact sum of whole numbers: DuckDB's own is wider, and would be a float in a file."""
    return value.sum().cast("decimal(38, 0)").cast("int64")
