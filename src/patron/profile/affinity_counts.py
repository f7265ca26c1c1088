"""How often did each customer buy each value of what she may prefer?

A purchase is a day on which she bought it: two lines of one day are one decision to come. Of own labels it is a product
on a day, because a day with ten products of which one is an own label tells more than yes.

In   `profile.kept_sales`, contracts.raw.RAW_PRODUCTS
Out  ``customer_id, kind, within, value, purchases``
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from patron.contracts.affinity import AFFINITY_KINDS
from patron.profile.known import day_of

OWN, OTHER = "own", "other"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MAY_BE_UNKNOWN = ("category", "brand", "own", "channel", "hour")
ALL = ""  # not within a category


def affinity_counts(kept: ir.Table, products: ir.Table, *, own_labels: Sequence[str]) -> ir.Table | None:
    """Count the purchases of each customer, kind and value; None where there are none.

    Parameters
    ----------
    kept : Table
        `kept_sales`.
    products : Table
        contracts.raw.RAW_PRODUCTS.
    own_labels : sequence of str
        Brands that are own labels where the products do not say so.
    """
    bought = _with_own_labels(kept, products, own_labels)
    at = bought.ordered_at
    bought = bought.mutate(
        day=day_of(at), weekday=_weekday(day_of(at)),
        hour=_hour(at) if at.type().is_timestamp() else ibis.null("string"),
    )  # fmt: skip
    told = bought.aggregate(
        _rows=bought.count(), **{name: bought[name].notnull().any() for name in MAY_BE_UNKNOWN}
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    if not told.pop("_rows"):
        return None
    has = {name for name, value in told.items() if value} | {"product_id", "weekday"}
    parts = [_days(bought, kind, column) for kind, column in _PLAIN.items() if column in has]
    if {"category", "brand"} <= has:
        parts.append(_days(bought.filter(bought.category.notnull()), "brand_in_category", "brand", within="category"))
    if "own" in has:
        parts += _own(bought, by_category="category" in has)
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


_PLAIN = {
    kind: column
    for kind, column in zip(
        AFFINITY_KINDS, ("product_id", "category", "brand", None, None, "channel", "weekday", "hour"), strict=True
    )
    if column
}
"""Kinds that are a column, compared in all that she buys."""


def _days(bought: ir.Table, kind: str, column: str, *, within: str | None = None) -> ir.Table:
    """Count the days on which each value of a column was bought."""
    named = bought.filter(bought[column].notnull())
    group = ibis.literal(ALL) if within is None else named[within]
    days = named.select("customer_id", "day", within=group, value=named[column]).distinct()
    counted = days.group_by("customer_id", "within", "value").aggregate(purchases=days.count())
    return counted.select("customer_id", "within", "value", "purchases", kind=ibis.literal(kind))


def _own(bought: ir.Table, *, by_category: bool) -> list[ir.Table]:
    """Count products on days that are own labels and those that are not; both stand there, none bought as 0."""
    told = bought.filter(bought.own.notnull())
    once = told.select("customer_id", "day", "product_id", "category", "own").distinct()
    parts = []
    groups = {ALL: once, "category": once.filter(once.category.notnull())} if by_category else {ALL: once}
    for column, some in groups.items():
        named = some.mutate(within=some[column] if column else ibis.literal(ALL))
        counted = named.group_by("customer_id", "within").aggregate(own=named.own.sum(), all_of=named.count())
        for value, purchases in ((OWN, counted.own), (OTHER, counted.all_of - counted.own)):
            parts.append(
                counted.select(
                    "customer_id", "within", value=ibis.literal(value),
                    purchases=purchases.cast("decimal(38, 0)").cast("int64"), kind=ibis.literal("own_label"),
                )
            )  # fmt: skip
    return parts


def _with_own_labels(kept: ir.Table, products: ir.Table, own_labels: Sequence[str]) -> ir.Table:
    """Add `own`: whether it is an own label, as the list of products says, else its brand; none where neither tells."""
    listed = products.filter(products.own_label.notnull()).select(_id="product_id", _own="own_label")
    both = kept.left_join(listed, [("product_id", "_id")])
    known = both["_own"]
    if own_labels:
        of_brand = both.brand.lower().isin([name.lower() for name in own_labels])
        known = ibis.coalesce(known, of_brand)
    return both.mutate(own=known).drop("_id", "_own")


def _weekday(day: ir.DateValue) -> ir.StringValue:
    number = day.day_of_week.index()
    return ibis.cases(*((number == place, name) for place, name in enumerate(WEEKDAYS)), else_=ibis.null("string"))


def _hour(at: ir.TimestampValue) -> ir.StringValue:
    """Return the hour; none at midnight sharp, which is what a day without a time looks like."""
    midnight = at.truncate("s") == at.truncate("D")
    return ibis.ifelse(midnight, ibis.null("string"), at.hour().cast("string").lpad(2, "0"))
