"""The steps `touches` and `attribution`: what brought people to the shop, and which orders that is given for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.contracts import TABLES
from patron.contracts.touch import ATTRIBUTION, CALIBRATED, CHANNEL_LIFTS, MODELS, ORDER_CREDITS
from patron.experiments.units import drawn
from patron.identity import events_with_customer
from patron.kpis.attributed import Corrected, attributed, cents, order_credits
from patron.kpis.calibrated_shares import Calibrated, calibrated_shares
from patron.kpis.channel_lifts import LiftTest, about, lift_row, lift_tests
from patron.kpis.order_shares import Shares, order_shares
from patron.kpis.touch_paths import Ways, stream, ways
from patron.pipeline.step import Context, Step, has_rows
from patron.profile.touches import Touching, touches
from patron.segments.tiers import BY_PAST_VALUE, BY_PREDICTED_VALUE

EVENTS, MESSAGES = "raw_events", "raw_messages"
MADE = (ATTRIBUTION.name, CHANNEL_LIFTS.name, ORDER_CREDITS.name)
BY_VALUE = (BY_PREDICTED_VALUE, BY_PAST_VALUE, "value_map")
"""Segmentations by value, beside new and repeat orders."""

PREDICTED = "predicted_value"

Row = dict[str, Any]
Tables = Mapping[str, ir.Table]


def _touches(context: Context) -> Tables:
    wanted = context.settings.attribution
    events = messages = None
    if has_rows(context[EVENTS].filter(context[EVENTS].marketing_channel.notnull())):
        events = events_with_customer(context[EVENTS], context["links"])
    if has_rows(context[MESSAGES]):
        messages = context.of_customers("messages")
    counts = Touching(message=wanted.message_touch, direct=wanted.direct, aliases=wanted.aliases)
    return {"touches": touches(events, messages, as_of=context.as_of, counts=counts)}


def _attribution(context: Context) -> Tables:
    if not has_rows(context["touches"]):
        return {name: TABLES[name].empty() for name in MADE}
    wanted = context.settings.attribution
    known = stream(context["touches"], _orders(context), more=(PREDICTED, *BY_VALUE)).to_pyarrow()
    found = ways(known, as_of=context.as_of, lookback_days=wanted.lookback)
    if not found.orders.num_rows:
        return {name: TABLES[name].empty() for name in MADE}
    shares = {model: order_shares(found, model=model, half_life_days=wanted.half_life) for model in MODELS}
    lifts, corrected, models = _calibrated(context, found, shares)
    chosen = wanted.model
    since = pc.min(found.orders["ordered_on"]).as_py()
    table = attributed(
        found, models, segmentations=BY_VALUE, value=_value(found), corrected=corrected,
        days=(since, context.as_of),
    )  # fmt: skip
    singly = order_credits(found, chosen, shares[chosen], models.get(chosen + CALIBRATED, shares[chosen]))
    rows = pa.Table.from_pylist(lifts, schema=CHANNEL_LIFTS.schema.to_pyarrow())
    made = dict(zip(MADE, (table, rows, singly), strict=True))
    return {name: TABLES[name].shape(ibis.memtable(one)) for name, one in made.items()}


def _orders(context: Context) -> ir.Table:
    """Return the orders since the first touch with what is known of their customers."""
    orders, touched = context["orders"], context["touches"]
    row = ibis.row_number().over(ibis.window(group_by="customer_id", order_by=[orders.ordered_at, orders.order_id]))
    placed = orders.mutate(first_order=row == 0)
    since = placed.filter(placed.ordered_at.date() >= touched.touched_at.min().date().as_scalar())
    members, forecasts = context["memberships"], context["forecasts"]
    segment = {name: ibis.ifelse(members.segmentation == name, members.segment, ibis.null("string")).max()
               for name in BY_VALUE}  # fmt: skip
    whose = members.filter(members.segmentation.isin(BY_VALUE)).group_by(member="customer_id").aggregate(**segment)
    worth = forecasts.select(owner="customer_id", predicted_value=forecasts.predicted_value.cast("decimal(18, 2)"))
    told = since.left_join(whose, since.customer_id == whose.member)
    return told.left_join(worth, told.customer_id == worth.owner)


def _value(found: Ways) -> NDArray[np.int64]:
    """Return each customer's predicted value at the first of her orders that are counted, in cents."""
    orders = found.orders
    person = orders["customer_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    first = np.zeros(orders.num_rows, dtype=np.bool_)
    first[np.unique(person, return_index=True)[1]] = True  # the rows of a customer stand by moment
    return np.where(first, cents(orders[PREDICTED]), 0)


def _calibrated(
    context: Context, found: Ways, shares: Mapping[str, Shares]
) -> tuple[list[Row], dict[str, dict[str, Corrected]], dict[str, Shares]]:
    """Return what lift tests say of each channel and model, the ratios, and all models with those corrected by them."""
    wanted = context.settings.attribution.tests()
    tests = _tests(context, found, sorted({name for names in wanted.values() for name in names}))
    rows: list[Row] = []
    corrected: dict[str, dict[str, Corrected]] = {}
    models: dict[str, Shares] = {}
    for model, own in shares.items():
        models[model] = own
        told = {channel: _told(channel, names, tests, own, model) for channel, names in wanted.items()}
        ratios = {channel: one for channel, (_, one) in told.items() if one is not None}
        fitted = Calibrated(shares=own, unplaced={})
        if ratios:
            fitted = calibrated_shares(own, {channel: one.ratio for channel, one in ratios.items()})
            models[model + CALIBRATED] = fitted.shares
            corrected[model + CALIBRATED] = ratios
        rows += [row | {"unplaced": _unplaced(row, fitted, channel)} for channel, (row, _) in told.items()]
    return rows, corrected, models


def _tests(context: Context, found: Ways, names: list[str]) -> dict[str, list[LiftTest]]:
    """Return the readable arms of each experiment that the settings name and the run knows."""
    if not names or not has_rows(context["assignments"]):
        return {}
    effects = context["effects"]
    read = effects.filter(
        effects.experiment.isin(names), effects.metric == "orders", effects.segmentation == "all"
    ).to_pyarrow().to_pylist()  # fmt: skip
    everyone = drawn(context["experiments"], context["assignments"], as_of=context.as_of)
    people = everyone.filter(everyone.experiment.isin(names)).select(
        "experiment", "customer_id", "arm", "assigned_on", "last_day"
    ).to_pyarrow()  # fmt: skip
    known = {row["experiment"] for row in read}
    return {name: lift_tests(read, people, found.orders, [name]) for name in known}


def _told(
    channel: str, names: tuple[str, ...], tests: Mapping[str, list[LiftTest]], shares: Shares, model: str
) -> tuple[Row, Corrected | None]:  # fmt: skip
    if not set(names) & set(tests):
        return lift_row(channel, names, [], None, model)[0], None
    own = about([one for name in names for one in tests.get(name, [])], channel)
    row, ratio = lift_row(channel, names, own, shares, model)
    if ratio is None:
        return row, None
    return row, Corrected(ratio=ratio.shrunk, low=ratio.low, high=ratio.high, tests=row["tests"])


def _unplaced(row: Row, fitted: Calibrated, channel: str) -> float | None:
    return fitted.unplaced.get(channel, 0.0) if row["status"] == "calibrated" else None


TOUCH_STEP = Step("touches", (EVENTS, MESSAGES, "links"), ("touches",), _touches, ("attribution",))
ATTRIBUTION_STEP = Step(
    "attribution",
    ("touches", "orders", "memberships", "forecasts", "experiments", "assignments", "effects"),
    MADE, _attribution, ("attribution",),
)  # fmt: skip
