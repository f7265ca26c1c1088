"""Where every customer stood on a day: the part of the loop that can be asked for any day.

The run asks for its own day; the backtest and the movements ask for earlier ones. All of them take what this file
returns, so that the past is computed by the very functions that compute the present.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import FORECASTS, MEMBERSHIPS
from patron.models import LifetimeValue, Lookback, fit_value_model, forecasts, seen_by
from patron.pipeline.own_segments import own_members
from patron.pipeline.settings import Settings
from patron.pipeline.subscribed import subscribed
from patron.profile import (
    Before,
    Parts,
    ServiceCosts,
    contribution,
    grown,
    join_covariates,
    orders,
    profiles,
    purchase_history,
    rhythm,
    shop_costs,
    takings,
    unsold,
)
from patron.segments import rfm, tiers, value_map
from patron.segments.tiers import BY_PAST_VALUE


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Tables as of one day; their contracts are those of the same names."""

    orders: ir.Table
    takings: ir.Table
    history: ir.Table
    contribution: ir.Table
    rhythm: ir.Table


def standing(
    lines: ir.Table,
    *,
    as_of: date,
    settings: Settings,
    keep: Callable[[str, ir.Table], ir.Table],
    before: Before | None = None,
) -> Standing:
    """Return what the customers' lines add up to as of a day.

    Parameters
    ----------
    lines : Table
        Raw order lines, with the customer's id.
    as_of : date
        The last day we may know about.
    settings : Settings
        The project's.
    keep : callable
        Writes a table aside and returns it as written, so that what is used twice is computed once.
    before : Before, optional
        What an earlier day's run says of the customers who have had no line since.
    """
    bought, taken, history = _sums(lines, as_of=as_of, service=settings.costs.service(), keep=keep, before=before)
    money = keep("contribution", contribution(lines, taken, as_of=as_of))
    pace = keep("rhythm", rhythm(bought, as_of=as_of, lapse_factor=settings.lapse_factor))
    return Standing(orders=bought, takings=taken, history=history, contribution=money, rhythm=pace)


def profiled(
    at: Standing, *, lines: ir.Table, customers: ir.Table, households: ir.Table, as_of: date, settings: Settings
) -> ir.Table:
    """Return the customers' profiles as of the standing's day: contracts.customer.PROFILES.

    Parameters
    ----------
    at : Standing
        Of the day, and only of people who may be profiled: what a household did is a sum over them.
    lines, customers : Table
        Raw order lines and customer records, with the customer's id.
    households : Table
        contracts.person.HOUSEHOLDS, as they are known today.
    as_of : date
        The day.
    settings : Settings
        The project's.
    """
    # Without a source of orders the customers are those of whom a record is known.
    people = at.contribution if settings.sells else unsold(customers, as_of=as_of)
    parts = Parts(
        lines=lines, orders=at.orders, contribution=people, rhythm=at.rhythm, customers=customers, households=households
    )
    return profiles(parts, as_of=as_of)


def _sums(
    lines: ir.Table,
    *,
    as_of: date,
    service: ServiceCosts,
    keep: Callable[[str, ir.Table], ir.Table],
    before: Before | None,
) -> tuple[ir.Table, ir.Table, ir.Table]:
    """Return orders, takings and history: of all customers, or only of those with a new line."""
    if before is None:
        bought = keep("orders", orders(lines, as_of=as_of))
        taken = keep("takings", takings(lines, as_of=as_of, service=service))
        return bought, taken, keep("history", purchase_history(bought, as_of=as_of))
    shop = keep("shop_costs", shop_costs(lines, as_of=as_of))
    today = grown(lines, before, as_of=as_of, shop=shop, service=service)
    return keep("orders", today.orders), keep("takings", today.takings), keep("history", today.history)


def predicted(
    at: Standing,
    *,
    as_of: date,
    settings: Settings,
    lookback: Lookback | None,
    households: ir.Table,
    subscriptions: ir.Table,
    covariates: ir.Table | None = None,
) -> tuple[ir.Table, LifetimeValue | None]:
    """Return the forecasts as of the standing's day, and the model behind them, recalibrated by the look back.

    Who subscribes is forecast, too. Where nobody has bought, there is nothing to fit. The model may tell customers
    apart by the covariates.
    """
    history = join_covariates(at.history, covariates)
    table, model = _bought(at, history, as_of=as_of, settings=settings, lookback=lookback, households=households)
    table = subscribed(table, subscriptions, at.contribution, as_of=as_of, settings=settings, households=households)
    return table, model


def _bought(
    at: Standing,
    history: ir.Table,
    *,
    as_of: date,
    settings: Settings,
    lookback: Lookback | None,
    households: ir.Table,
) -> tuple[ir.Table, LifetimeValue | None]:
    if not at.history.count().to_pyarrow().as_py():
        return FORECASTS.empty(), None
    model = fit_value_model(history, discount_rate=settings.discount_rate, lookback=lookback)
    seen = seen_by(model, history, at.orders, as_of=as_of)
    table = forecasts(
        seen, at.contribution, model=model, horizon_days=settings.horizon, discount_rate=settings.discount_rate,
        households=households,
    )  # fmt: skip
    return table, model


def divided(
    profiles: ir.Table,
    forecasts: ir.Table,
    *,
    settings: Settings,
    others: Mapping[str, ir.Table] = MappingProxyType({}),
    placed: ir.Table | None = None,
    absent: Collection[str] = (),
) -> ir.Table:
    """Return the customers' memberships in every segmentation; without any orders, in the project's own alone.

    Own segments may ask of `others`, tables with one row per customer; without them those that ask are left out, and so
    are those that ask of a segmentation that is `absent`. `placed` are memberships that are known already.
    """
    tables = {**others, "profiles": profiles, "forecasts": forecasts}
    known = MEMBERSHIPS.empty() if placed is None else placed
    if not settings.sells:
        return known.union(own_members(tables, settings=settings))
    made = ibis.union(
        known,
        rfm(profiles),
        value_map(profiles, forecasts, split=settings.value_map_split),
        tiers(forecasts, cuts=settings.tiers),
        tiers(profiles.filter(profiles.orders > 0), by="margin", cuts=settings.tiers, segmentation=BY_PAST_VALUE),
    )
    if not settings.segments:
        return made
    return made.union(own_members({**tables, "memberships": made}, settings=settings, absent=absent))
