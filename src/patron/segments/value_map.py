"""Who is worth much so far, and who is going to be?

In   contracts.customer.PROFILES     margin to date
     contracts.customer.FORECASTS    predicted value
Out  contracts.customer.MEMBERSHIPS  segmentation ``value_map``: four quarters
"""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import MEMBERSHIPS
from patron.errors import ArgumentError
from patron.language import failure, say
from patron.segments.rfm import NO_ORDERS
from patron.segments.standing import standing

SEGMENTATION = "value_map"

QUARTERS: dict[tuple[str, str], str] = {
    ("high", "high"): "stars",
    ("low", "high"): "rising",
    ("high", "low"): "fading",
    ("low", "low"): "small",
}
"""(past value, predicted value) and the quarter's name."""

ORDER: tuple[str, ...] = (*QUARTERS.values(), NO_ORDERS)
"""The segments, best first."""


def value_map(profiles: ir.Table, forecasts: ir.Table, *, split: float = 0.8) -> ir.Table:
    """Cross past with predicted value, each split into high and low.

    A value is high when at least the share `split` of all customers with an order stand strictly below it: with .8
    the best fifth, or fewer when equals straddle the line, because equals are never parted. Where all are equal,
    all are low.

    Parameters
    ----------
    profiles : Table, one row per customer
        `PROFILES`; past value is the margin to date. Customers without an order are not counted; their segment is
        ``no_orders``.
    forecasts : Table, one row per customer with a purchase
        `FORECASTS`.
    split : float
        The share of customers below the line, between 0 and 1.

    Returns
    -------
    Table, one row per customer
        `MEMBERSHIPS`; detail names both halves.

    Raises
    ------
    ArgumentError
        `split` is out of its range.
    """
    if not 0 < split < 1:
        raise failure(ArgumentError, "segments.split", came=split)
    bought = profiles.orders > 0
    predicted = forecasts.select(_customer=forecasts.customer_id, predicted=forecasts.predicted_value)
    table = profiles.left_join(predicted, profiles.customer_id == predicted["_customer"]).select(
        "customer_id",
        bought=bought,
        past=ibis.ifelse(bought, profiles.margin, ibis.null(profiles.margin.type())),
        predicted=ibis.ifelse(bought, predicted.predicted, ibis.null("float64")),
    )
    table = standing(standing(table, "past"), "predicted")
    return MEMBERSHIPS.shape(
        table.select(
            "customer_id",
            segmentation=ibis.literal(SEGMENTATION),
            segment=ibis.cases((~table.bought, NO_ORDERS), *_by_quarter(table, QUARTERS, split)),
            detail=ibis.cases(*_by_quarter(table, {halves: _detail(*halves) for halves in QUARTERS}, split)),
        )
    )


def _by_quarter(
    table: ir.Table, texts: Mapping[tuple[str, str], str], split: float
) -> list[tuple[ir.BooleanValue, str]]:
    """Return a branch for each quarter; none holds for a customer without an order."""
    line = ibis.literal(split, type="float64")
    past = {"high": table.past_standing >= line, "low": table.past_standing < line}
    predicted = {"high": table.predicted_standing >= line, "low": table.predicted_standing < line}
    return [(past[before] & predicted[ahead], text) for (before, ahead), text in texts.items()]


def _detail(past: str, predicted: str) -> str:
    """Return a quarter's two halves in words."""
    words = {half: say(f"segments.value_map.{half}") for half in ("high", "low")}
    return say("segments.value_map.detail", past=words[past], predicted=words[predicted])
