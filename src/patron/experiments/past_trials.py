"""Which experiments can a response be learned from, and what was known of their customers before their arm was drawn?

In   contracts.experiment.EXPERIMENTS, ASSIGNMENTS; contracts.customer.TAKINGS; `Facts`
Out  one row per customer: features as of the day before she was assigned, arm, chance of it, and what came after

What is known on the day of the assignment may already be the message's doing, so that features end the day before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from patron.profile.facts import Facts
from patron.profile.features import features

Keep = Callable[[str, ir.Table], ir.Table]

KINDS = ("audience", "experiment", "elsewhere")
"""What is learned from: a hold-out is kept from all that is sent, and says of no action by itself."""

LEAST_UNITS, LEAST_IN_ARM = 4_000, 400
"""With fewer an effect of a tenth of the spread of money cannot be told from none, let alone for whom it is."""

LEAST_DAYS, MOST_DAYS = 28, 60
MOST_UNITS = 200_000
MOST_CUT_DAYS = 6  # days as of which features are read, of one experiment
MOST_TRIALS = 3  # the latest

_SHARE = re.compile(r"^(.+) (0?\.\d+|[01](?:\.\d+)?)$")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """One experiment: what it says of itself, and whether it can be learned from (`status`)."""

    experiment: str
    control: str
    segment: str
    cost: float
    shares: Mapping[str, float] | None
    units: int
    last_day: date  # of assignment that counts
    window_days: int
    status: str

    def refused(self, status: str) -> Plan:
        """Return the plan of an experiment that cannot be learned from, and why."""
        return replace(self, status=status)


def planned(experiments: Sequence[Mapping[str, Any]], arms: Sequence[Mapping[str, Any]], *, as_of: date) -> list[Plan]:
    """Return the experiments that could be learned from, the latest first.

    Parameters
    ----------
    experiments : sequence of rows
        contracts.experiment.EXPERIMENTS.
    arms : sequence of rows
        What `arm_counts` returns.
    as_of : date
        The last day that counts.
    """
    mine: dict[str, list[Mapping[str, Any]]] = {one["experiment"]: [] for one in experiments}
    for row in arms:
        mine.get(row["experiment"], []).append(row)
    kept = [one for one in experiments if one["kind"] in KINDS and mine[one["experiment"]]]
    plans = [_plan(one, mine[one["experiment"]], as_of) for one in kept]
    return sorted(plans, key=lambda one: (one.last_day, one.experiment), reverse=True)[:MOST_TRIALS]


def arm_counts(assignments: ir.Table, *, as_of: date) -> ir.Table:
    """Count each arm's customers who can be watched for `LEAST_DAYS`: `experiment, arm, units, first, last`."""
    seen = _watched(assignments, as_of)
    return seen.group_by("experiment", "arm").aggregate(
        units=seen.count(), first=seen.assigned_on.min(), last=seen.assigned_on.max()
    )


def _watched(assignments: ir.Table, as_of: date) -> ir.Table:
    last = ibis.literal(as_of - timedelta(days=LEAST_DAYS))
    return assignments.filter(~assignments.contaminated, assignments.assigned_on <= last)


def _plan(one: Mapping[str, Any], arms: Sequence[Mapping[str, Any]], as_of: date) -> Plan:
    many = {row["arm"]: int(row["units"]) for row in arms}
    last = max(row["last"] for row in arms)
    ends = min(day for day in (one["stopped_on"], one["ends_on"], as_of) if day is not None)
    window = min(MOST_DAYS, max(LEAST_DAYS, (ends - last).days))
    status = "learned"
    if one["status"] == "faulty" or one["control"] not in many:
        status = "faulty"
    elif len(many) < 2 or sum(many.values()) < LEAST_UNITS or min(many.values()) < LEAST_IN_ARM:
        status = "too_few"
    return Plan(
        experiment=one["experiment"], control=one["control"], segment=one["segment"],
        cost=float(one["cost_per_contact"] or 0.0), shares=shares_of(one["arms"]), units=sum(many.values()),
        last_day=last, window_days=window, status=status,
    )  # fmt: skip


def shares_of(arms: str) -> dict[str, float] | None:
    """Return the planned share of each arm; none where they were not told.

    Examples
    --------
    >>> shares_of("control 0.1, mail 0.9"), shares_of("control, mail")
    ({'control': 0.1, 'mail': 0.9}, None)
    """
    found = [_SHARE.match(one.strip()) for one in arms.split(",")]
    known = [one for one in found if one is not None]
    return {one[1]: float(one[2]) for one in known} if len(known) == len(found) else None


def trial_rows(
    plan: Plan, assignments: ir.Table, takings: ir.Table, dated: Facts, *, as_of: date, keep: Keep
) -> pa.Table:
    """Return an experiment's customers with features from before their assignment, and their margin after it.

    Parameters
    ----------
    plan : Plan
        Of `planned`.
    assignments, takings : Table
        contracts.experiment.ASSIGNMENTS, contracts.customer.TAKINGS.
    dated : Facts
        Of `patron.profile.facts`.
    as_of : date
        The last day that counts.
    keep : callable
        Writes a table aside.

    Returns
    -------
    Table, one row per customer who had bought before her assignment
        contracts.propensity.FEATURES with ``arm``, ``propensity`` and ``outcome`` (money from the day after the
        assignment, for the plan's window).
    """
    drawn = _watched(assignments, as_of)
    drawn = drawn.filter(drawn.experiment == plan.experiment).select(
        "customer_id", "arm", "propensity", "assigned_on", assigned_to="customer_id"
    )
    drawn = keep(f"drawn_{plan.experiment}", drawn)
    people = drawn.to_pyarrow().sort_by("customer_id")
    people = people.take(np.arange(0, people.num_rows, max(1, -(-people.num_rows // MOST_UNITS))))
    cuts = cut_days(sorted(people["assigned_on"].unique().to_pylist()))
    place = pc.index_in(people["assigned_on"], pa.array(list(cuts), pa.date32()))
    people = people.append_column("as_of", pa.array(list(cuts.values()), pa.date32()).take(place.combine_chunks()))
    part = _part(dated, drawn)
    known = features(part, days=sorted(set(cuts.values()))).to_pyarrow()
    came = _came(drawn, takings, plan.window_days).to_pyarrow()
    rows = people.drop_columns(["assigned_on", "assigned_to"]).join(known, ["customer_id", "as_of"], join_type="inner")
    rows = rows.join(came, "customer_id", join_type="left outer").sort_by("customer_id")
    return rows.set_column(
        rows.schema.get_field_index("outcome"), "outcome", pc.fill_null(rows["outcome"].cast(pa.float64()), 0.0)
    )


def cut_days(days: Sequence[date]) -> dict[date, date]:
    """Return for each day of assignment the day as of which features are read: at the latest the day before.

    Where there are many days, neighbours share the day before the first of them.

    Examples
    --------
    >>> cut_days([date(2024, 5, 2), date(2024, 5, 9)])[date(2024, 5, 9)]
    datetime.date(2024, 5, 8)
    """
    groups = np.array_split(np.arange(len(days)), min(len(days), MOST_CUT_DAYS))
    return {days[place]: days[group[0]] - timedelta(days=1) for group in groups for place in group}


def _part(dated: Facts, drawn: ir.Table) -> Facts:
    """Return the facts of the customers of an experiment."""
    chosen = drawn.select("assigned_to")

    def of(table: ir.Table) -> ir.Table:
        return table.semi_join(chosen, [(table.customer_id, chosen.assigned_to)])

    return replace(dated, **{name: of(table) for name, table in vars(dated).items() if table is not None})


def _came(drawn: ir.Table, takings: ir.Table, window_days: int) -> ir.Table:
    """Return the margin of each customer who brought any, from the day after the assignment on."""
    after = drawn.inner_join(takings.select("customer_id", "day", "margin"), "customer_id")
    since = after.day.delta(after.assigned_on, unit="day")
    counted = after.filter(since > 0, since <= window_days)
    return counted.group_by("customer_id").aggregate(outcome=counted.margin.sum())
