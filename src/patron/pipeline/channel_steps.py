"""The step `channels`: from money spent to customers won, kept and grown."""

from __future__ import annotations

from collections.abc import Mapping

import ibis.expr.types as ir

from patron.contracts.channel import ACQUISITION, CHANNELS, COMEBACKS, PAYBACK
from patron.kpis.acquisition import acquisition
from patron.kpis.channel_causes import Caused, measured, modelled
from patron.kpis.channel_key import channel_key
from patron.kpis.channels import channels
from patron.kpis.comebacks import comebacks
from patron.kpis.first_purchase import first_purchases
from patron.kpis.payback import payback
from patron.kpis.won import Won, won
from patron.models.estimator import NORMAL_95
from patron.pipeline.step import Context, Step, has_rows

MADE = ("acquisition", "payback", "channels", "comebacks")
EMPTY = {contract.name: contract for contract in (ACQUISITION, PAYBACK, CHANNELS, COMEBACKS)}

CELLS = ("micro",)
"""Segmentations too fine for cohorts."""

Tables = Mapping[str, ir.Table]


def _channels(context: Context) -> Tables:
    """Make all four tables, or none where nothing tells of a channel: no spend, no origin and no touch."""
    if not _told(context):
        return {name: EMPTY[name].empty() for name in MADE}
    aliases, settings = context.settings.attribution.aliases, context.settings.attribution
    profiles, raw, memberships = context["profiles"], context["raw_spend"], context["memberships"]
    began = context.keep("first_purchases", first_purchases(context.of_customers("order_lines"), as_of=context.as_of))
    named = profiles.mutate(acquisition_channel=channel_key(profiles.acquisition_channel, aliases))
    found = won(
        named.left_join(began, "customer_id").drop("customer_id_right"), context["orders"], context["forecasts"],
        raw.mutate(channel=channel_key(raw.channel, aliases)), as_of=context.as_of, keep=context.keep,
        credited=context["order_credits"], memberships=memberships.filter(memberships.segmentation.notin(CELLS)),
    )  # fmt: skip
    error = _forecast_error(context["revenue_forecast"])
    curve = payback(found, context["takings"], horizon_days=context.settings.horizon)
    return {
        "acquisition": acquisition(found, payback=curve, forecast_error=error),
        "payback": curve,
        "channels": channels(found, caused=_caused(context, found), forecast_error=error),
        "comebacks": comebacks(found, touches=context["touches"], lookback_days=settings.lookback),
    }


def _told(context: Context) -> bool:
    if not has_rows(context["orders"]):
        return False
    profiles = context["profiles"]
    named = profiles.filter(profiles.acquisition_channel.notnull())
    return any(has_rows(table) for table in (context["raw_spend"], context["order_credits"], named))


def _caused(context: Context, won: Won) -> dict[str, Caused]:
    """Return what lift tests measured, and of other channels what a mix model says."""
    settings = context.settings.attribution
    found = measured(context["attribution"], model=settings.model)
    if won.times is None or not has_rows(context["raw_mix_model"]):
        return found
    takings = context["takings"]
    summed = takings.aggregate(margin=takings.margin.sum(), revenue=takings.net_revenue.sum())
    sums = summed.to_pyarrow().to_pylist()[0]
    if not sums["revenue"]:
        return found
    said = modelled(
        context["raw_mix_model"].to_pyarrow().to_pylist(), within=won.times.after,
        margin_rate=float(sums["margin"] / sums["revenue"]), aliases=settings.aliases,
    )  # fmt: skip
    return said | found


def _forecast_error(forecast: ir.Table) -> float:
    """Return the relative standard error of what all customers together are expected to bring; 0 where none is told."""
    whole = forecast.filter((forecast.span == "horizon") & (forecast.part == "present"))
    row = next(iter(whole.order_by(whole.origin.desc()).limit(1).to_pyarrow().to_pylist()), None)
    if row is None or row["revenue"] <= 0:
        return 0.0
    return float((row["revenue_high"] - row["revenue_low"]) / row["revenue"]) / (2 * NORMAL_95)


CHANNEL_STEP = Step(
    "channels",
    ("raw_order_lines", "raw_spend", "links", "orders", "takings", "profiles", "forecasts", "revenue_forecast",
     "memberships", "raw_mix_model", "touches", "attribution", "order_credits"),
    MADE, _channels, ("horizon", "attribution"),
)  # fmt: skip
