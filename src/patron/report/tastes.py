"""How loyal are customers to brands, how much do they take of own labels, and where and when do they buy?"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

ENOUGH = 3
"""Purchases of a customer from which the leading channel, weekday or hour is told."""

MOST = 20  # categories, those of most customers


def loyalties(affinity: ir.Table) -> ir.Table:
    """Return how customers with two purchases or more in a category keep to a brand and to own labels there.

    Parameters
    ----------
    affinity : Table
        Keeps the contract AFFINITY.

    Returns
    -------
    Table, one row per category
        ``category, customers``; ``loyalty``, the mean chance that two purchases are of one brand, and ``own_share``,
        the mean shrunk share of own labels; each none where the data do not tell.
    """
    inside = affinity.filter(affinity.within != "")
    brands, own = inside.kind == "brand_in_category", inside.kind == "own_label"
    found = inside.group_by(category="within").aggregate(
        customers=inside.customer_id.nunique(),
        loyalty=ibis.ifelse(brands, inside.loyalty, ibis.null("float64")).mean(),
        own_share=ibis.ifelse(own, inside.shrunk, ibis.null("float64")).mean(),
    )
    return found.order_by(found.customers.desc(), "category").limit(MOST)


def tastes(affinity: ir.Table) -> ir.Table:
    """Return where and when customers with three purchases or more mostly buy.

    Returns
    -------
    Table, one row per channel, weekday and hour
        ``kind, value, customers`` whose leading one it is, and ``shop_share`` of all purchases.
    """
    leading = affinity.filter(
        affinity.kind.isin(["channel", "weekday", "hour"]) & (affinity.place == 1) & (affinity.of_purchases >= ENOUGH)
    )
    found = leading.group_by("kind", "value").aggregate(
        customers=leading.count(), shop_share=leading.shop_share.max()
    )  # fmt: skip
    return found.order_by("kind", found.customers.desc(), "value")
