"""The step `budget`: on whom money is best spent, and what more of it would bring."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.contracts import TABLES
from patron.contracts.raw_people import CHANNELS
from patron.decisions.budget import Allocation, allocate
from patron.decisions.budget.possible import possible
from patron.decisions.budget.told import curve_rows, plan_rows, price_rows
from patron.decisions.holdouts import GLOBAL, Holdout, held_out
from patron.pipeline.budget_settings import BudgetSettings
from patron.pipeline.season_steps import as_table, curves_of
from patron.pipeline.step import Context, Step, has_rows
from patron.privacy import guard, permitted

MADE = ("budget_plan", "budget_frontier", "budget_prices")
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
    won = curves_of(context, wanted.season)
    return {
        "budget_plan": ibis.memtable(plan_rows(plan)),
        "budget_frontier": as_table("budget_frontier", curve_rows(plan, won)),
        "budget_prices": as_table("budget_prices", prices),
    }


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


BUDGET_STEP = Step(
    "budget",
    (
        "decisions", "signals", "memberships", "action_effects", "consents", "raw_consents", "acquisition", "channels",
    ),
    MADE, _budget, ("budget", "privacy", "holdouts"),
)  # fmt: skip
