"""The step `teams`: goals, what each team brought, its pace, who waits for whom, and whom nobody speaks to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.contract import Contract
from patron.contracts.team import APPROVALS, TEAM_STAGES, TEAMS
from patron.decisions.teams import Goal, brought, pace, second_order_rate, spoken_to, stands
from patron.decisions.teams.brought import MARGIN, READ
from patron.decisions.teams.spoken_to import of_teams
from patron.decisions.triggers.trigger import LIVE
from patron.kpis.metrics import metric
from patron.pipeline.approved import WAITING, approval_rows
from patron.pipeline.check_teams import team_of
from patron.pipeline.step import Context, Step, has_rows
from patron.pipeline.team_settings import SECOND_ORDER, GoalSettings, TeamSettings

MADE = (TEAMS, TEAM_STAGES, APPROVALS)
RETIRED = "retired"

Row = dict[str, Any]
Tables = Mapping[str, ir.Table]


def _teams(context: Context) -> Tables:
    settings = context.settings
    if not settings.teams and not settings.launched:
        return {contract.name: contract.empty() for contract in MADE}
    asked = approval_rows(settings, context.kept.approvals, as_of=context.as_of)
    whose = [(name, team) for name in settings.launched if (team := team_of(settings, name)) is not None]
    today = {row["team"]: row for row in of_teams(context["decisions"], whose)}
    triggers, iterations = _rows(context["triggers"]), _rows(context["trigger_iterations"])
    rows = [
        _team(
            context, name, one,
            _Own(
                [row for row in triggers if (row["trigger"], name) in whose],
                [row for row in iterations if (row["trigger"], name) in whose],
                today.get(name, {}), sum(row["state"] == WAITING and row["team"] == name for row in asked),
            ),
        )
        for name, one in settings.teams.items()
    ]  # fmt: skip
    stages = has_rows(context["stages"]) and settings.launched
    return {
        "teams": _table(rows, TEAMS),
        "team_stages": _stages(context) if stages else TEAM_STAGES.empty(),
        "approvals": _table(asked, APPROVALS),
    }


class _Own:
    """What is a team's own."""

    def __init__(self, triggers: list[Row], iterations: list[Row], today: Row, waiting: int) -> None:
        self.triggers, self.iterations, self.today, self.waiting = triggers, iterations, today, waiting


def _team(context: Context, name: str, team: TeamSettings, own: _Own) -> Row:
    by_margin = {row["trigger"] for row in own.triggers if row["metric"] == MARGIN}
    sums = brought(row for row in own.iterations if row["trigger"] in by_margin)
    live = [row for row in own.triggers if row["state"] in LIVE]
    speed = pace(own.iterations, as_of=context.as_of)
    return {
        "team": name, "title": team.title or name, **_goal(context, team.goal),
        "triggers": sum(row["state"] != RETIRED for row in own.triggers), "live": len(live),
        "customers": sums.customers, "effect": sums.effect, "effect_low": sums.low, "effect_high": sums.high,
        "cost": sums.cost, "evidence": None if sums.effect is None else "measured",
        "unread": sum(row["reading"] != READ or row["metric"] != MARGIN for row in live),
        "expected": own.today.get("expected"), "weeks": speed.weeks, "shipped_per_week": speed.shipped_per_week,
        "iterations_per_trigger": speed.iterations_per_trigger, "hours_to_send": own.today.get("hours"),
        "waiting": own.waiting,
        "least": min(filter(None, (sums.least, own.today.get("customers", 0), _behind(context, team.goal))), default=0),
    }  # fmt: skip


def _goal(context: Context, wanted: GoalSettings | None) -> Row:
    if wanted is None:
        blank = ("metric", "segmentation", "segment", "since", "until", "began_at", "stands_at", "target", "progress")
        return {**dict.fromkeys(blank), "time_passed": None, "standing": "no_goal"}
    better = "up" if wanted.metric == SECOND_ORDER else metric(wanted.metric).better
    goal = Goal(since=wanted.since, days=wanted.days, better=better, target=wanted.target, change=wanted.change)
    began_at, stands_at = (_metric(context, wanted, day) for day in (min(wanted.since, context.as_of), context.as_of))
    found = stands(goal, began_at=began_at, stands_at=stands_at, as_of=context.as_of)
    return {
        "metric": wanted.metric, "segmentation": wanted.segmentation, "segment": wanted.segment, "since": goal.since,
        "until": goal.until, "began_at": began_at, "stands_at": stands_at, "target": found.target,
        "progress": found.progress, "time_passed": found.time_passed, "standing": found.standing,
    }  # fmt: skip


def _behind(context: Context, wanted: GoalSettings | None) -> int:
    """Return how many customers bought in the month and segment that a goal is about."""
    if wanted is None or wanted.metric == SECOND_ORDER:  # which is told of twenty and more
        return 0
    kpis = context["kpis"]
    own = kpis.filter((kpis.segmentation == wanted.segmentation) & (kpis.segment == wanted.segment))
    rows = _rows(own.filter((own.metric == "active") & own.complete))
    return int(max(rows, key=lambda row: row["month"])["value"] or 0) if rows else 0


def _metric(context: Context, wanted: GoalSettings, day: date) -> float | None:
    """Return where a metric stood: in the last whole month before a day."""
    if wanted.metric == SECOND_ORDER:
        return second_order_rate(context["orders"], within_days=wanted.within, as_of=day)
    kpis = context["kpis"]
    own = kpis.filter(
        (kpis.metric == wanted.metric)
        & (kpis.segmentation == wanted.segmentation)
        & (kpis.segment == wanted.segment)
        & (kpis.complete if not metric(wanted.metric).on_the_day else ibis.literal(True))
    )
    before = date(day.year, day.month, 1)  # a month that has begun is not whole, unless the day is its last
    rows = [row for row in _rows(own) if row["value"] is not None and _over(row["month"], day, before)]
    return max(rows, key=lambda row: row["month"])["value"] if rows else None


def _over(month: date, day: date, before: date) -> bool:
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return month < before or (following - day).days == 1


def _stages(context: Context) -> ir.Table:
    return ibis.memtable(spoken_to(context["stages"], context["forecasts"], context["decisions"]))


def _rows(table: ir.Table) -> list[Row]:
    return list(table.to_pyarrow().to_pylist())


def _table(rows: list[Row], contract: Contract) -> ir.Table:
    return ibis.memtable(pa.Table.from_pylist(rows, schema=contract.schema.to_pyarrow()))


def _state(context: Context) -> Any:
    return [str(one) for one in context.kept.approvals]


TEAM_STEP = Step(
    "teams",
    ("orders", "kpis", "stages", "forecasts", "triggers", "trigger_iterations", "decisions"),
    tuple(contract.name for contract in MADE), _teams,
    ("teams", "triggers", "sequences", "campaigns", "messages"), state=_state,
)  # fmt: skip
