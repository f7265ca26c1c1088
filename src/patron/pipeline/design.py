"""What an experiment takes, before anything starts: units, days, the smallest effect, per segment too."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.activation import Members
from patron.activation.free import free_of
from patron.activation.reachable import reachable
from patron.decisions.holdouts import Holdout, applying, held_out
from patron.engines.experiment_state import experiments
from patron.engines.state import State
from patron.errors import NotEnoughData
from patron.experiments.baseline import MEASURED, PAST, Base, Window, baseline, stretched
from patron.experiments.exclusion import part_of_group
from patron.experiments.power import power
from patron.experiments.start import UNIT_COLUMN
from patron.identity import events_with_customer, with_customer
from patron.language import failure
from patron.pipeline.eligible import eligible
from patron.pipeline.experiment_settings import METHOD_OF, ExperimentSettings
from patron.pipeline.experimenting import described
from patron.pipeline.guarding import guard_now
from patron.pipeline.project import Project
from patron.pipeline.step import has_rows
from patron.profile import known_by
from patron.profile.known import day_of
from patron.segments.tiers import BY_PREDICTED_VALUE
from patron.stats.difference import SMALLEST_ARM
from patron.stats.experiment_power import Plan, days_until
from patron.voice.surveys import TOTAL

ARRIVING_DAYS = 90  # over which it is counted how many become eligible


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What is planned of one metric among one segment's units."""

    metric: str
    segmentation: str
    segment: str
    units: int  # who could be drawn today
    base: float | None
    smallest_effect: float | None  # that so many show
    smallest_relative: float | None
    units_needed: int | None  # to see the effect that the settings ask for
    days: int | None  # from the start to the end, waiting for units included; none where they never come
    chance: float | None  # to see it with the units there are
    status: str  # planned, too_few, no_base, unknown


@dataclass(frozen=True, kw_only=True)
class Designed:
    """What an experiment takes."""

    name: str
    settings: ExperimentSettings
    as_of: date
    segment: str
    eligible: int
    reachable: int
    held: Mapping[str, int]  # by hold-out
    free: int
    units: int  # those of them who take part, in units
    arms: Mapping[str, int]
    per_day: float
    inflation: float  # units that several arms, and reading at any time, take more
    explained: float  # variance of the primary metric that the past takes off
    since: date  # from when on the baseline is taken
    rows: tuple[Planned, ...]
    cost: float | None

    @property
    def primary(self) -> Planned:
        """What is planned of the primary metric, among everybody."""
        return self.rows[0]

    def needed(self) -> dict[str, Any]:
        """Return what is kept with the promises."""
        return {"planned_units": self.primary.units_needed}


@dataclass(frozen=True, kw_only=True)
class _There:
    """Who could take part, counted."""

    segment: str
    eligible: int
    reachable: int
    held: Mapping[str, int]
    free: int
    people: ir.Table  # those who take part, one row per unit: customer_id
    part: float


def design(project: Project, name: str, *, today: date) -> Designed:
    """Say what an experiment of the settings takes; nothing is written down.

    Parameters
    ----------
    project : Project
        With a published run.
    name : str
        Under ``experiments`` of the settings.
    today : date
        The day on which consents are looked up.

    Raises
    ------
    ArgumentError
        The settings say nothing of it, its segment is not there, or its group has no room.
    NotEnoughData
        Nobody is eligible.
    """
    settings = project.settings
    said = described(settings, name)
    run, connection = project.last(), project.connection
    tables = {table: run.table(table, connection) for table in _TABLES}
    as_of = run.manifest.as_of
    with project.state() as state:
        part = _part(name, said, state, as_of)
        if said.unit == "visitor":
            there = _visitors(tables, said, as_of, part)
        else:
            chosen = eligible(run, connection, name=name, experiment=said, settings=settings)
            guard = guard_now(run, connection, state=state, settings=settings, today=today)
            there = _there(replace(chosen, guard=guard), said, settings.holdout_shares(), part)
    return _designed(name, said, there, tables, as_of)


_TABLES = (
    "memberships", "memberships_before", "profiles", "orders", "takings", "raw_tickets", "raw_events", "links",
)  # fmt: skip


def _part(name: str, said: ExperimentSettings, state: State, as_of: date) -> float:
    if said.exclusive is not None:
        others = [one for one in experiments(state) if one.name != name]
        part_of_group(said.part, others, group=said.exclusive, unit=said.unit, on=as_of)
    return said.part


def _there(
    chosen: Members, said: ExperimentSettings, shares: Mapping[str, tuple[float, str | None]], part: float
) -> _There:
    """Count who is eligible, may be reached, is held out, and is free."""
    every = [Holdout(name=name, share=share, programme=whose) for name, (share, whose) in shares.items()]
    holdouts = applying(every, programme=said.programme, trigger=said.trigger)
    allowed = reachable(chosen, purpose=said.purpose)
    judged = held_out(allowed, holdouts)
    counted = judged.group_by("held_by").aggregate(n=judged.count()).to_pyarrow().to_pylist()
    by = {row["held_by"]: int(row["n"]) for row in counted}
    free = free_of(allowed, holdouts, segment=chosen.source)
    column = UNIT_COLUMN[said.unit]
    units = free.select("customer_id", unit=free[column])
    return _There(
        segment=chosen.source if said.condition is None else said.condition, eligible=_count(chosen.table),
        reachable=sum(by.values()), held={name: by[name] for name in by if name is not None}, free=by.get(None, 0),
        people=units, part=part,
    )  # fmt: skip


def _visitors(tables: Mapping[str, ir.Table], said: ExperimentSettings, as_of: date, part: float) -> _There:
    """Count the customers whose browsers were seen in a time as long as the experiment's: more of them will come."""
    events = events_with_customer(tables["raw_events"], tables["links"])
    since = as_of - timedelta(days=said.duration)
    seen = known_by(events, as_of=as_of, column="occurred_at")
    seen = seen.filter(seen.anonymous_id.notnull(), seen.customer_id.notnull(), day_of(seen.occurred_at) > since)
    people = seen.select("customer_id", unit="customer_id").distinct()
    many = _count(people)
    if not many:
        raise failure(NotEnoughData, "experiments.no_visitors", days=said.duration)
    return _There(
        segment=f"{TOTAL}.{TOTAL}", eligible=many, reachable=many, held={}, free=many, people=people, part=part
    )


def _designed(
    name: str, said: ExperimentSettings, there: _There, tables: Mapping[str, ir.Table], as_of: date
) -> Designed:
    plan = Plan(shares=tuple(said.shares().values()), method=METHOD_OF[said.stop])  # type: ignore[arg-type]
    ways = said.strata or [BY_PREDICTED_VALUE]
    window, like = _like(there, said, tables, ways, as_of)
    tickets = tables["raw_tickets"]
    done = baseline(
        like, tables["orders"], tables["takings"], window,
        tickets=with_customer(tickets, tables["links"], source="tickets") if has_rows(tickets) else None,
    )  # fmt: skip
    sizes = _sizes(there, tables["memberships"], ways)
    per_day = _per_day(there, said, tables["profiles"], as_of)
    metrics = [said.metric, *(one for one in said.guardrails if one != said.metric)]
    found, rows = _bases(done, metrics, ways, window), []
    for metric in metrics:
        for cell in sizes if metric == said.metric else [(TOTAL, TOTAL)]:
            rows.append(_planned(metric, cell, sizes, found.get((metric, *cell)), plan, said, per_day))
    units = sizes[TOTAL, TOTAL]
    arms = {arm: round(units * share) for arm, share in said.shares().items()}
    primary = found.get((said.metric, TOTAL, TOTAL))
    return Designed(
        name=name, settings=said, as_of=as_of, segment=there.segment, eligible=there.eligible,
        reachable=there.reachable, held=there.held, free=there.free, units=units, arms=arms, per_day=per_day,
        inflation=plan.inflation, explained=primary.explained if primary else 0.0, since=window.since,
        rows=tuple(rows), cost=_cost(said, arms),
    )  # fmt: skip


def _like(
    there: _There, said: ExperimentSettings, tables: Mapping[str, ir.Table], ways: Sequence[str], as_of: date
) -> tuple[Window, ir.Table]:
    """Return over which days the baseline is taken, and people like those who could take part, by segment."""
    before, profiles = tables["memberships_before"], tables["profiles"]
    everybody = said.condition is None and said.segment in (None, TOTAL, f"{TOTAL}.{TOTAL}") and said.unit != "visitor"
    day = _day(before)
    known = set() if day is None else _segmentations(before)
    wanted = [part.partition(".")[0] for part in there.segment.split("+")]
    if everybody:
        since = as_of - timedelta(days=said.duration)
        people = profiles.filter(profiles.first_order_on <= ibis.literal(since)).select("customer_id")
        return Window(since=since, as_of=as_of, duration=said.duration), _divided(people, tables["memberships"], ways)
    if day is not None and said.condition is None and said.unit != "visitor" and known >= set(wanted):
        people = _in_all(before, there.segment)
        parts = before if known >= set(ways) else tables["memberships"]
        return Window(since=day, as_of=as_of, duration=said.duration), _divided(people, parts, ways)
    since = as_of - timedelta(days=said.duration)
    people = there.people.select("customer_id").distinct()
    return Window(since=since, as_of=as_of, duration=said.duration), _divided(people, tables["memberships"], ways)


def _day(before: ir.Table) -> date | None:
    found: date | None = before.as_of.max().to_pyarrow().as_py()
    return found


def _segmentations(before: ir.Table) -> set[str]:
    return set(before.select("segmentation").distinct().segmentation.to_pyarrow().to_pylist())


def _in_all(memberships: ir.Table, source: str) -> ir.Table:
    people = memberships.select("customer_id").distinct()
    for part in source.split("+"):
        outer, _, inner = part.partition(".")
        chosen = memberships.filter(memberships.segmentation == outer, memberships.segment == inner)
        people = people.semi_join(chosen, "customer_id")
    return people


def _divided(people: ir.Table, memberships: ir.Table, ways: Sequence[str]) -> ir.Table:
    """Add a column per segmentation: the segment that each is in."""
    for way in ways:
        chosen = memberships.filter(memberships.segmentation == way).select("customer_id", **{way: "segment"})
        people = people.left_join(chosen, "customer_id", rname="{name}_of")
        people = people.select(*(name for name in people.columns if not name.endswith("_of")))
    return people


def _sizes(there: _There, memberships: ir.Table, ways: Sequence[str]) -> dict[tuple[str, str], int]:
    """Return how many units take part, in all and by segment."""
    divided = _divided(there.people, memberships, ways)
    found = {(TOTAL, TOTAL): int(divided.unit.nunique().to_pyarrow().as_py())}
    for way in ways:
        counted = divided.group_by(way).aggregate(n=divided.unit.nunique()).order_by(way).to_pyarrow().to_pylist()
        found |= {(way, row[way]): int(row["n"]) for row in counted if row[way] is not None}
    return {cell: round(many * there.part) for cell, many in found.items()}


def _per_day(there: _There, said: ExperimentSettings, profiles: ir.Table, as_of: date) -> float:
    """Return how many units become eligible each day: new customers, or browsers of known customers."""
    if said.unit == "visitor":
        return there.free * there.part / said.duration
    since = ibis.literal(as_of - timedelta(days=ARRIVING_DAYS))
    new = profiles.filter(profiles.first_order_on > since).semi_join(there.people, "customer_id")
    return _count(new) * there.part / ARRIVING_DAYS


def _bases(
    done: ir.Table, metrics: Sequence[str], ways: Sequence[str], window: Window
) -> dict[tuple[str, str, str], Base]:
    """Return the baseline of each metric by segment, over the time that the experiment takes."""
    found: dict[tuple[str, str, str], Base] = {}
    columns = {MEASURED[one]: one for one in metrics if one in MEASURED}
    there = {text: one for text, one in columns.items() if all(part in done.columns for part in text.split(" / "))}
    if not there:
        return found
    for row in power(done, metric=list(there), covariates=PAST, by=list(ways)).to_pylist():
        metric = there[row["metric"]]
        if row["mean"] is not None and row["spread"]:
            found[metric, row["segmentation"], row["segment"]] = stretched(
                row["mean"], row["spread"], row["explained"], metric=metric, scale=window.scale
            )
    return found


def _planned(
    metric: str, cell: tuple[str, str], sizes: Mapping[tuple[str, str], int], base: Base | None, plan: Plan,
    said: ExperimentSettings, per_day: float,
) -> Planned:  # fmt: skip
    units, everybody = sizes[cell], max(sizes[TOTAL, TOTAL], 1)
    known: dict[str, Any] = {"metric": metric, "segmentation": cell[0], "segment": cell[1], "units": units}
    nothing: dict[str, Any] = dict.fromkeys(
        ("base", "smallest_effect", "smallest_relative", "units_needed", "days", "chance"), None
    )  # fmt: skip
    if base is None or base.mean == 0 or base.spread == 0:
        return Planned(**known, **nothing, status="unknown" if metric not in MEASURED else "no_base")
    smallest = float(plan.smallest_effect(units, base.spread, base.explained).item()) if units else math.inf
    facts = {**nothing, "base": base.mean}
    if math.isfinite(smallest):
        facts |= {"smallest_effect": smallest, "smallest_relative": smallest / abs(base.mean)}
    if said.smallest_effect is not None and metric == said.metric:
        effect = said.smallest_effect * abs(base.mean)
        needed = float(plan.units_for(effect, base.spread, base.explained).item())
        present = 0 if said.unit == "visitor" else units
        wait = float(days_until(needed, present, per_day * units / everybody).item())
        over = wait if said.unit == "visitor" else wait + said.duration
        facts |= {
            "units_needed": int(needed), "days": math.ceil(over) if math.isfinite(over) else None,
            "chance": float(plan.chance(effect, max(units, 1), base.spread, base.explained).item()),
        }  # fmt: skip
    few = min(plan.shares) * units < SMALLEST_ARM
    return Planned(**known, **facts, status="too_few" if few else "planned")


def _cost(said: ExperimentSettings, arms: Mapping[str, int]) -> float | None:
    if said.cost_per_contact is None and said.fixed_cost is None:
        return None
    treated = sum(many for arm, many in arms.items() if arm != said.control)
    return (said.fixed_cost or 0.0) + (said.cost_per_contact or 0.0) * treated


def _count(table: ir.Table) -> int:
    return int(table.count().to_pyarrow().as_py())


def rows_of(designed: Designed) -> Iterator[dict[str, Any]]:
    """Yield what is planned as plain rows."""
    yield from (dict(vars(row)) for row in designed.rows)
