"""The steps `season_plan` and `budget_trials`: next season's money, and what trials say of the plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.contracts import TABLES
from patron.contracts.budget import BUDGET_TRIALS, EVERY, SEASON_PLAN
from patron.decisions.budget.acquisition import Curve, curves
from patron.decisions.budget.season import Retention, Season, season_plan
from patron.pipeline.launch import trial_rows
from patron.pipeline.step import Context, Step

Row = dict[str, Any]
Tables = Mapping[str, ir.Table]


def _season_plan(context: Context) -> Tables:
    wanted = context.settings.budget
    if wanted.amount is None:
        return {"season_plan": SEASON_PLAN.empty()}
    rows = season_plan(_retention(context), curves_of(context, wanted.season), _season(context, wanted.season))
    return {"season_plan": as_table("season_plan", rows)}


def _budget_trials(context: Context) -> Tables:
    if context.settings.budget.amount is None:
        return {"budget_trials": BUDGET_TRIALS.empty()}
    return {"budget_trials": as_table("budget_trials", trial_rows(context, context["budget_plan"].to_pyarrow()))}


def as_table(name: str, rows: list[Row]) -> ir.Table:
    """Return rows as a table of the run."""
    schema = TABLES[name].schema.to_pyarrow()
    return ibis.memtable(pa.Table.from_pylist([{key: row.get(key) for key in schema.names} for row in rows], schema))


def _retention(context: Context) -> Retention | None:
    """Return the plan's curve as if the plan were made again and again through a season."""
    wanted = context.settings.budget
    frontier, prices = context["budget_frontier"], context["budget_prices"]
    points = frontier.filter(frontier.side == "retention").order_by("place").to_pyarrow()
    plan = prices.filter(prices.part == "plan").to_pyarrow().to_pylist()
    if points.num_rows < 2 or not plan or not plan[0]["used"]:
        return None
    times = wanted.season / wanted.lasts
    return Retention(
        budget=np.maximum.accumulate(points["spent"].to_numpy()) * times, value=points["value"].to_numpy() * times,
        price=np.minimum.accumulate(points["price"].to_numpy()), now=plan[0]["used"] * times,
        customers=plan[0]["customers"], evidence=plan[0]["evidence"],
    )  # fmt: skip


def curves_of(context: Context, season_days: int) -> list[Curve]:
    """Return what each channel that wins customers would win with other spend."""
    acquisition, channels = context["acquisition"], context["channels"]
    everybody = acquisition.filter(acquisition.segmentation == EVERY).to_pyarrow().to_pylist()
    latest = channels.filter(channels.segmentation == EVERY, channels.period == "latest").to_pyarrow().to_pylist()
    months = whole_months(context.as_of, season_days)
    return curves(everybody, latest, months=months, season_days=season_days)


def whole_months(as_of: date, season_days: int) -> tuple[str, ...]:
    """Return the months of about a season that are over, as cohorts are named.

    Examples
    --------
    >>> whole_months(date(2011, 12, 9), 60)
    ('2011-10', '2011-11')
    """
    last = (as_of + timedelta(days=1)).replace(day=1)
    names: list[str] = []
    for _ in range(max(1, round(season_days / 30))):
        last = (last - timedelta(days=1)).replace(day=1)
        names.append(f"{last:%Y-%m}")
    return tuple(reversed(names))


def _season(context: Context, days: int) -> Season:
    """Return what the forecast says of the next season, over the last."""
    begin, last = context.as_of - timedelta(days=days), context.as_of + timedelta(days=days)
    ahead = context["revenue_forecast"]
    ahead = ahead.filter(
        ahead.origin == ibis.literal(context.as_of), ahead.span == "month", ahead.to_day <= ibis.literal(last)
    )
    rows = ahead.select("part", "from_day", "to_day", "revenue", "newcomers").to_pyarrow().to_pylist()
    first = context.as_of + timedelta(days=1)
    covered = max(((row["to_day"] - first).days + 1 for row in rows), default=0)
    if covered < days / 2:
        return Season(from_day=first, days=days)
    takings, profiles = context["takings"], context["profiles"]
    since = takings.filter(takings.day > ibis.literal(begin), takings.day <= ibis.literal(context.as_of))
    began = profiles.select("customer_id", "first_order_on")
    old = since.semi_join(began.filter(began.first_order_on <= ibis.literal(begin)), "customer_id")
    came = float(old.net_revenue.sum().to_pyarrow().as_py() or 0)
    new = int(began.filter(began.first_order_on > ibis.literal(begin)).count().to_pyarrow().as_py())
    part = covered / days
    expected = sum(float(row["revenue"]) for row in rows if row["part"] == "present")
    newcomers = sum(row["newcomers"] for row in rows if row["part"] == "new")
    return Season(
        from_day=first, days=days, present=expected / (came * part) if came > 0 else 1.0,
        newcomers=newcomers / (new * part) if new else 1.0,
    )  # fmt: skip


SEASON_STEPS = (
    Step(
        "season_plan",
        ("budget_frontier", "budget_prices", "acquisition", "channels", "revenue_forecast", "takings", "profiles"),
        ("season_plan",), _season_plan, ("budget",),
    ),
    Step(
        "budget_trials", ("budget_plan", "experiments", "assignments", "takings"), ("budget_trials",), _budget_trials,
        ("budget",),
    ),
)  # fmt: skip
"""Both, in the order in which they run."""
