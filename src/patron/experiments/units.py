"""What did each unit of an experiment do, and what was known of it before? One row per unit that was drawn.

In   contracts.experiment.EXPERIMENTS and ASSIGNMENTS, what customers did (`acts`), what was known then (`known_then`)
Out  one row per unit: its arm and size, sums from the day after its assignment to the end, and what was known before

Everything of the day of assignment or before is known without the experiment; everything after it may be its effect.
So the first can explain differences (covariates, segments), and must not hold a single row of the second.
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.experiments.acts import COLUMNS, COUNT, WIDE, summed
from patron.experiments.known_then import VALUE_TIERS

SPLIT = ("orders", "revenue", "margin")
"""Outcomes of which it is asked whether the effect fades: the second half of the time less the first."""


def drawn(experiments: ir.Table, assignments: ir.Table, *, as_of: date) -> ir.Table:
    """Return who was drawn as part of which unit, and which days count.

    Parameters
    ----------
    experiments : Table, one row per experiment
        ``experiment``, and where an experiment ends ``ends_on`` and ``stopped_on``.
    assignments : Table, one row per experiment and customer
        ``experiment, customer_id, arm, assigned_on, unit, contaminated``, and ``propensity`` where it is known.
    as_of : date
        The last day that counts.

    Returns
    -------
    Table, one row per experiment and customer
        ``experiment, customer_id, drawn, arm, by_household, assigned_on, last_day, middle, contaminated, propensity``.
        ``drawn`` names the unit; ``last_day`` is `as_of` or the experiment's end; ``middle`` the last day of the first
        half of the days between.
    """
    ends = experiments.select("experiment", last_day=ibis.least(*_ends(experiments), ibis.literal(as_of)))
    known = assignments.inner_join(ends, "experiment")
    share = known.propensity.cast("float64") if "propensity" in assignments.columns else ibis.null("float64")
    days = known.last_day.delta(known.assigned_on, unit="day")
    return known.select(
        "experiment", "customer_id", "arm", "assigned_on", "last_day", "contaminated",
        drawn=ibis.coalesce(known.unit.cast("string"), known.customer_id),
        by_household=known.unit.notnull(),
        propensity=share,
        half=(days / 2).floor().cast("int32"),
    )  # fmt: skip


def units(drawn: ir.Table, acts: ir.Table, known_then: ir.Table) -> ir.Table:
    """Return the units of all experiments.

    Parameters
    ----------
    drawn : Table, one row per experiment and customer
        As `drawn` makes it.
    acts : Table, one row per customer and day
        As `acts` makes it.
    known_then : Table, one row per experiment and customer
        ``experiment, customer_id``, covariates called ``past_*``, and segments, each as of the day of assignment.

    Returns
    -------
    Table, one row per experiment and unit
        ``experiment, drawn, arm, by_household, assigned_on, last_day, contaminated, propensity``; ``size``, its
        customers; ``bought``, those of them who ordered; the columns of `acts` summed; ``orders_turn, revenue_turn,
        margin_turn``: the second half of the days less the first; the covariates summed, and each segment of its
        members: the best tier by value, else the first by name where they differ.
    """
    done = _done(drawn, acts)
    told = [name for name in COLUMNS if name in acts.columns]
    past = [name for name in known_then.columns if name.startswith("past_")]
    segments = [name for name in known_then.columns if name not in ("experiment", "customer_id", *past)]
    who = drawn.left_join(done, ["experiment", "customer_id"], rname="{name}_done")
    who = who.left_join(known_then, ["experiment", "customer_id"], rname="{name}_then")
    sums = [*told, *(f"{name}_turn" for name in SPLIT)]
    table = who.group_by("experiment", "drawn").aggregate(
        arm=who.arm.min(),
        # One unit in two arms has seen both: it is no evidence for either.
        contaminated=summed(who.contaminated.cast("int64"), COUNT),
        mixed=who.arm.min() != who.arm.max(),
        by_household=who.by_household.any(),
        assigned_on=who.assigned_on.min(),
        assigned_last=who.assigned_on.max(),
        last_day=who.last_day.max(),
        propensity=who.propensity.mean(),
        size=who.count(),
        bought=summed((who.orders > 0).ifelse(1, 0).fill_null(0).cast("int64"), COUNT),
        **{name: summed(who[name].fill_null(0), _kind(name)) for name in sums},
        **{name: summed(who[name].cast(WIDE).fill_null(0), WIDE) for name in past},
        **{name: who[name].min() for name in segments},
    )
    # Of a household the best tier of its members: the numbers rise from the best on.
    named = table.mutate(value_tier=ibis.cases(*((table.value_tier == n, name) for n, name in enumerate(VALUE_TIERS))))
    return named.order_by("experiment", "drawn")  # so that sums do not depend on the order in which rows came


def _ends(experiments: ir.Table) -> list[ir.Value]:
    return [experiments[name] for name in ("ends_on", "stopped_on") if name in experiments.columns]


def _kind(name: str) -> str:
    return COLUMNS[name.removesuffix("_turn")]


def _done(drawn: ir.Table, acts: ir.Table) -> ir.Table:
    """Return what each drawn customer did in the days that count."""
    told = [name for name in COLUMNS if name in acts.columns]
    after = drawn.inner_join(acts, ["customer_id", acts.day > drawn.assigned_on, acts.day <= drawn.last_day])
    since, left = after.day.delta(after.assigned_on, unit="day"), after.last_day.delta(after.day, unit="day")
    # Two spans of the same length; where the days are odd, the one in the middle is in neither.
    side = ibis.cases((since <= after.half, -1), (left < after.half, 1), else_=0)
    return after.group_by("experiment", "customer_id").aggregate(
        **{name: summed(after[name], COLUMNS[name]) for name in told},
        **{f"{name}_turn": summed(after[name] * side, COLUMNS[name]) for name in SPLIT},
    )
