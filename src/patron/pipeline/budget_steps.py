"""The step `budget`: on whom money is best spent, what more of it would bring, and next season's plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.contracts import TABLES
from patron.contracts.budget import EVERY
from patron.contracts.raw_people import CHANNELS
from patron.decisions.budget import Allocation, allocate
from patron.decisions.budget.acquisition import Curve, curves
from patron.decisions.budget.possible import possible
from patron.decisions.budget.season import Retention, Season, season_plan
from patron.decisions.budget.told import curve_rows, mostly, plan_rows, price_rows
from patron.decisions.holdouts import GLOBAL, Holdout, held_out
from patron.pipeline.budget_settings import BudgetSettings
from patron.pipeline.launch import launch_rows
from patron.pipeline.step import Context, Step, has_rows
from patron.privacy import guard, permitted

MADE = ("budget_plan", "budget_frontier", "budget_prices", "season_plan")
PURPOSE = "marketing"

Row = dict[str, Any]
Tables = Mapping[str, ir.Table]


def _budget(context: Context) -> Tables:
    wanted = context.settings.budget
    if wanted.amount is None:
        return {name: TABLES[name].empty() for name in MADE}
    options = context.keep("budget_options", _grouped(context))
    plan = _planned(options, wanted)
    limits = _limits(wanted)
    prices = price_rows(plan, limits, more=float(wanted.more), candidates=options.count().to_pyarrow().as_py())
    won = _curves(context, wanted.season)
    season = _season(context, wanted.season)
    return {
        "budget_plan": ibis.memtable(plan_rows(plan)),
        "budget_frontier": _table("budget_frontier", curve_rows(plan, won)),
        "budget_prices": _table("budget_prices", [*prices, *launch_rows(context, plan)]),
        "season_plan": _table("season_plan", season_plan(_retention(plan, wanted), won, season)),
    }


def _table(name: str, rows: list[Row]) -> ir.Table:
    schema = TABLES[name].schema.to_pyarrow()
    return ibis.memtable(pa.Table.from_pylist([{key: row.get(key) for key in schema.names} for row in rows], schema))


def options_of(context: Context) -> ir.Table:
    """Return what could be done for whom."""
    free = _free(context, context["signals"].select("customer_id").distinct())
    return possible(
        context["decisions"], context["signals"], context["memberships"], context["action_effects"],
        _reachable(context, free),
    )  # fmt: skip


def _grouped(context: Context) -> ir.Table:
    """Return what could be done for whom, with the segment that must not go short."""
    rows = options_of(context)
    shares = context.settings.budget.least_share
    if not shares:
        return rows.mutate(group=ibis.null("string"))
    segmentation = next(iter(shares)).partition(".")[0]
    members = context["memberships"].filter(lambda t: t.segmentation == segmentation)
    mine = members.select("customer_id", group=ibis.literal(f"{segmentation}.") + members.segment)
    return rows.left_join(mine, "customer_id").drop("customer_id_right")


def _free(context: Context, people: ir.Table) -> ir.Table:
    """Return whom the shop's own hold-out does not hold."""
    shares = context.settings.holdouts.shares()
    held = [Holdout(name=name, share=share) for name, (share, _) in shares.items() if name == GLOBAL]
    told = held_out(people, held)
    return told.filter(told.held_by.isnull()).drop("held_by")


def _reachable(context: Context, people: ir.Table) -> ir.Table:
    """Return who may be written to by which of the channels that plays know."""
    policy = context.settings.privacy.policy().settled(statements_kept=has_rows(context["raw_consents"])).policy
    held = guard(context["consents"], policy=policy)
    names = sorted(context["action_effects"].select("channel").distinct().to_pyarrow()["channel"].to_pylist())
    if not names:
        return people.limit(0).mutate(channel=ibis.literal(""))
    opened = [
        permitted(people, purpose=PURPOSE, stage="decision", guard=held, channel=name if name in CHANNELS else None)
        .select("customer_id").mutate(channel=ibis.literal(name))
        for name in names
    ]  # fmt: skip
    return ibis.union(*opened) if len(opened) > 1 else opened[0]


def _planned(options: ir.Table, wanted: BudgetSettings) -> Allocation:
    """Allocate the budget; of a limit that names what nobody could get, nothing is asked."""
    rows = options.to_pyarrow()
    rows = rows.set_column(rows.column_names.index("cost"), "cost", pa.array(np.round(rows["cost"].to_numpy(), 2)))
    there = {name: set(rows[name].unique().to_pylist()) for name in ("channel", "product", "group")}
    capacity: Any = wanted.capacity
    if isinstance(capacity, Mapping):
        capacity = {name: limit for name, limit in capacity.items() if name in there["channel"]}
    return allocate(
        rows, budget=wanted.amount, capacity=capacity,
        stock={name: limit for name, limit in wanted.stock.items() if name in there["product"]},
        least_share={name: share for name, share in wanted.least_share.items() if name in there["group"]},
    )  # fmt: skip


def _limits(wanted: BudgetSettings) -> dict[str, float]:
    """Return how much there is of each limit, by the name of its price."""
    told: dict[str, float] = {"budget": float(wanted.amount or Decimal(0))}
    if isinstance(wanted.capacity, Mapping):
        told |= {f"capacity:{name}": float(limit) for name, limit in wanted.capacity.items()}
    elif wanted.capacity is not None:
        told["capacity"] = float(wanted.capacity)
    told |= {f"stock:{name}": float(limit) for name, limit in wanted.stock.items()}
    return told | {f"share:{name}": 0.0 for name in wanted.least_share}


def _retention(plan: Allocation, wanted: BudgetSettings) -> Retention | None:
    """Return the plan's frontier as if it were spent again and again through a season."""
    if plan.frontier.num_rows < 2 or not plan.cost:
        return None
    times = wanted.season / wanted.lasts
    spent = plan.frontier["spent"].to_numpy()
    return Retention(
        budget=np.maximum.accumulate(spent) * times, value=plan.frontier["value"].to_numpy() * times,
        price=np.minimum.accumulate(plan.frontier["price"].to_numpy()), now=plan.cost * times,
        customers=plan.chosen.num_rows, evidence=mostly(plan.chosen),
    )  # fmt: skip


def _curves(context: Context, season_days: int) -> list[Curve]:
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


BUDGET_STEP = Step(
    "budget",
    (
        "decisions", "signals", "memberships", "action_effects", "consents", "raw_consents", "acquisition", "channels",
        "revenue_forecast", "takings", "profiles", "experiments", "assignments", "effects",
    ),
    MADE, _budget, ("budget", "privacy", "holdouts"),
)  # fmt: skip
