"""The source `assignments` of the shop, and the truth about its campaigns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.calendar import Calendar
from patron.simulate.campaigns.draws import Drawn
from patron.simulate.campaigns.plans import TIERS, WINDOW
from patron.simulate.campaigns.reach import Base
from patron.simulate.campaigns.runs import Run
from patron.simulate.lines import DAY
from patron.simulate.tables import days_column, ids_column, moments_column, money_column, names_column

Ints = NDArray[np.int64]

HOUR = 3600
_TABLE = pa.schema([
    ("experiment", pa.string()), ("customer_id", pa.string()), ("household_id", pa.string()), ("arm", pa.string()),
    ("assigned_at", pa.timestamp("us")), ("ends_on", pa.date32()), ("propensity", pa.float64()),
    ("cost", pa.decimal128(18, 4)), ("programme", pa.string()),
])  # fmt: skip


def assignments(base: Base, every: Sequence[Drawn], *, ids: pa.Array, calendar: Calendar) -> pa.Table:
    """Return who was put into which arm; columns as in `contracts.raw.FIELDS`."""
    parts = [_assigned(base, drawn, ids, calendar) for drawn in every]
    return pa.concat_tables(parts) if parts else _TABLE.empty_table()


def _assigned(base: Base, drawn: Drawn, ids: pa.Array, calendar: Calendar) -> pa.Table:
    count = len(drawn.who)
    household = ids_column("H", base.household[drawn.who] + 1, digits=6)
    columns = {
        "experiment": pa.array([drawn.name] * count, pa.string()),
        "customer_id": ids.take(pa.array(base.customer[drawn.who])),
        "household_id": household if drawn.by_household else pa.nulls(count, pa.string()),
        "arm": names_column(drawn.arms, drawn.arm),
        "assigned_at": moments_column(calendar.first_day, np.full(count, drawn.day * DAY + 8 * HOUR)),
        "ends_on": pa.nulls(count, pa.date32())
        if drawn.days is None
        else days_column(calendar.first_day, np.full(count, drawn.day + drawn.days)),
        "propensity": np.array(drawn.shares)[drawn.arm],
        "cost": money_column(np.array(drawn.costs, np.int64)[drawn.arm], digits=4),
        "programme": pa.array([drawn.programme] * count, pa.string()),
    }
    return pa.table(columns, schema=_TABLE)


def truth(
    base: Base, holdouts: Sequence[Drawn], runs: Sequence[Run], *, tier: Ints, ids: pa.Array, calendar: Calendar
) -> dict[str, pa.Table]:
    """Tell what the campaigns changed.

    Returns
    -------
    dict of Table
        ``campaign_effects``, one row per campaign, arm (the control left out) and customer who was drawn, whichever
        arm she was in: ``customer_id, tier`` (on the day of the draw), ``in_arm`` (whether she was in this one),
        ``orders, revenue, margin`` (what the arm changes against the control, up to the last day), ``expected_orders,
        expected_margin`` (their means over the campaign's chance, given what she orders anyway).
        ``campaigns``, one row per campaign and arm, the control included: ``programme, unit, drawn_on, window_days,
        customers, share, cost`` (of all messages), ``orders, revenue, margin`` (what the arm changed for those in it),
        ``complaints, unsubscribed`` (by those in it), ``null`` (whether the whole campaign moves nobody).
        ``campaign_tiers``, one row per campaign, arm and tier: ``customers, orders, revenue, margin, expected_margin``
        of those in the arm.
        ``campaign_totals``, one row per tier (on the day of the hold-out) and one for ``all``: ``customers`` outside
        of the global hold-out, ``held_out``, and what all campaigns together changed for the former: ``orders, revenue,
        margin, cost``.
    """
    effects = [_effects(base, run, ids) for run in runs]
    by_arm = [_by_arm(run, calendar) for run in runs]
    return {
        "campaign_effects": pa.concat_tables(effects) if effects else _effects_schema().empty_table(),
        "campaigns": _table([row for rows in by_arm for row in rows], _CAMPAIGNS),
        "campaign_tiers": _table([row for run in runs for row in _by_tier(run)], _TIERS),
        "campaign_totals": _table(_totals(tier, holdouts, runs), _TOTALS),
    }


_MONEY = pa.decimal128(18, 2)
_CAMPAIGNS = {
    "campaign": pa.string(), "arm": pa.string(), "programme": pa.string(), "unit": pa.string(),
    "drawn_on": pa.date32(), "window_days": pa.int64(), "customers": pa.int64(), "share": pa.float64(),
    "cost": pa.decimal128(18, 4), "orders": pa.int64(), "revenue": _MONEY, "margin": _MONEY,
    "complaints": pa.int64(), "unsubscribed": pa.int64(), "null": pa.bool_(),
}  # fmt: skip
_TIERS = {
    "campaign": pa.string(), "arm": pa.string(), "tier": pa.string(), "customers": pa.int64(), "orders": pa.int64(),
    "revenue": _MONEY, "margin": _MONEY, "expected_margin": pa.float64(),
}  # fmt: skip
_TOTALS = {
    "tier": pa.string(), "customers": pa.int64(), "held_out": pa.int64(), "orders": pa.int64(), "revenue": _MONEY,
    "margin": _MONEY, "cost": pa.decimal128(18, 4),
}  # fmt: skip


def _effects_schema() -> pa.Schema:
    return pa.schema([
        ("campaign", pa.string()), ("arm", pa.string()), ("customer_id", pa.string()), ("tier", pa.string()),
        ("in_arm", pa.bool_()), ("orders", pa.int64()), ("revenue", _MONEY), ("margin", _MONEY),
        ("expected_orders", pa.float64()), ("expected_margin", pa.float64()),
    ])  # fmt: skip


def _effects(base: Base, run: Run, ids: pa.Array) -> pa.Table:
    """Return what each arm beside the control changes for each customer."""
    who, parts = run.drawn.who, []
    for place, (arm, moved) in enumerate(zip(run.plan.arms, run.moves.arms, strict=True)):
        if place:
            columns = {
                "campaign": pa.array([run.plan.name] * len(who), pa.string()),
                "arm": pa.array([arm.name] * len(who), pa.string()),
                "customer_id": ids.take(pa.array(base.customer[who])),
                "tier": names_column(TIERS, run.tier), "in_arm": run.drawn.arm == place, "orders": moved.orders,
                "revenue": money_column(moved.revenue, digits=2), "margin": money_column(moved.margin, digits=2),
                "expected_orders": moved.expected_orders, "expected_margin": moved.expected_margin,
            }  # fmt: skip
            parts.append(pa.table(columns, schema=_effects_schema()))
    return pa.concat_tables(parts)


def _by_arm(run: Run, calendar: Calendar) -> list[dict[str, Any]]:
    rows = []
    day = days_column(calendar.first_day, np.array([run.drawn.day]))[0]
    left = run.sent.messages.arm[run.sent.messages.unsubscribed_at >= 0]
    for place, (arm, moved) in enumerate(zip(run.plan.arms, run.moves.arms, strict=True)):
        mine = run.drawn.arm == place
        rows.append({
            "campaign": run.plan.name, "arm": arm.name, "programme": run.plan.programme,
            "unit": "household" if run.plan.by_household else "customer", "drawn_on": day.as_py(),
            "window_days": WINDOW, "customers": int(mine.sum()), "share": arm.share, "cost": arm.cost * int(mine.sum()),
            "orders": int(moved.orders[mine].sum()), "revenue": int(moved.revenue[mine].sum()),
            "margin": int(moved.margin[mine].sum()), "complaints": int((run.sent.complaint_of == place).sum()),
            "unsubscribed": int((left == place).sum()), "null": run.null,
        })  # fmt: skip
    return rows


def _by_tier(run: Run) -> list[dict[str, Any]]:
    rows = []
    for place, (arm, moved) in enumerate(zip(run.plan.arms, run.moves.arms, strict=True)):
        for level, name in enumerate(TIERS):
            mine = (run.drawn.arm == place) & (run.tier == level)
            rows.append({
                "campaign": run.plan.name, "arm": arm.name, "tier": name, "customers": int(mine.sum()),
                "orders": int(moved.orders[mine].sum()), "revenue": int(moved.revenue[mine].sum()),
                "margin": int(moved.margin[mine].sum()), "expected_margin": float(moved.expected_margin[mine].sum()),
            })  # fmt: skip
    return rows


def _totals(tiers: Ints, holdouts: Sequence[Drawn], runs: Sequence[Run]) -> list[dict[str, Any]]:
    if not holdouts:
        return []
    sums = {name: np.zeros(len(tiers), np.int64) for name in ("orders", "revenue", "margin", "cost")}
    for run in runs:
        for place, (arm, moved) in enumerate(zip(run.plan.arms, run.moves.arms, strict=True)):
            mine = run.drawn.arm == place
            who = run.drawn.who[mine]
            for name in ("orders", "revenue", "margin"):
                sums[name][who] += getattr(moved, name)[mine]
            sums["cost"][who] += arm.cost
    reached = holdouts[0].arm == 1
    rows = []
    for level, tier in [(-1, "all"), *enumerate(TIERS)]:
        mine = (tiers == level) | (level < 0)
        rows.append({
            "tier": tier, "customers": int((mine & reached).sum()), "held_out": int((mine & ~reached).sum()),
            **{name: int(value[mine].sum()) for name, value in sums.items()},
        })  # fmt: skip
    return rows


def _table(rows: list[dict[str, Any]], types: dict[str, pa.DataType]) -> pa.Table:
    """Return rows as a table; money comes as whole units of its last digit."""

    def column(name: str, kind: pa.DataType) -> pa.Array:
        values = [row[name] for row in rows]
        if pa.types.is_decimal(kind):
            return money_column(np.array(values, np.int64), digits=kind.scale)
        return pa.array(values, kind)

    return pa.table({name: column(name, kind) for name, kind in types.items()})
