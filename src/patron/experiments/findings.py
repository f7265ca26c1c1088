"""What is wrong with an experiment before anything is read of it?

In   contracts.experiment.ASSIGNMENTS, contracts.customer.ORDERS, which arms were planned
Out  contracts.experiment.EXPERIMENT_FINDINGS, and how many customers each arm has
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis.expr.types as ir
import numpy as np
from scipy.special import chdtrc

from patron.profile.known import day_of, known_by
from patron.stats.sample_ratio import ALARM

LOOK_BACK_DAYS = 7
"""Up to and including the day of assignment: in so short a time nothing but the draw can tell the arms apart."""

FEWEST_BUYERS = 20
"""In the week up to the assignment, over all arms: with fewer the arms are not compared."""

MOST_MIXED = 0.05
"""Share of units in several arms beyond which an experiment is not read."""

Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What is to be judged of one experiment."""

    experiment: str
    arms: tuple[str, ...]  # planned, or seen where nobody planned them
    control: str | None
    begun: bool = True  # long enough ago that its arms could have been seen
    shares_told: bool = True
    placebo: bool = False  # whether the week before has to be alike: for draws that are not ours


def arm_counts(assignments: ir.Table, orders: ir.Table, *, as_of: date) -> dict[str, dict[str, Row]]:
    """Count the customers of each arm: in all, in several arms, and who ordered in the week up to the assignment.

    Returns
    -------
    dict of experiment to dict of arm to counts
        ``customers, mixed, buyers``.
    """
    known = known_by(orders, as_of=as_of)
    bought = known.select("customer_id", day=day_of(known.ordered_at)).distinct()
    drawn = assignments.select("experiment", "customer_id", "arm", "assigned_on", "contaminated")
    near = drawn.inner_join(bought, ["customer_id", bought.day <= drawn.assigned_on])
    near = near.filter(near.assigned_on.delta(near.day, unit="day") < LOOK_BACK_DAYS)
    buyers = near.group_by("experiment", "arm").aggregate(buyers=near.customer_id.nunique())
    counted = drawn.group_by("experiment", "arm").aggregate(
        customers=drawn.count(), mixed=drawn.contaminated.cast("int64").sum()
    )
    table = counted.left_join(buyers, ["experiment", "arm"], rname="{name}_near")
    found: dict[str, dict[str, Row]] = defaultdict(dict)
    rows = table.select("experiment", "arm", "customers", "mixed", buyers=table.buyers.fill_null(0)).to_pyarrow()
    for row in rows.to_pylist():
        found[row["experiment"]][row["arm"]] = {name: int(row[name]) for name in ("customers", "mixed", "buyers")}
    return dict(found)


def findings(planned: Sequence[Planned], counts: Mapping[str, Mapping[str, Row]]) -> list[Row]:
    """Return what is wrong, one row per experiment, finding and arm (`EXPERIMENT_FINDINGS`).

    Parameters
    ----------
    planned : sequence of Planned
        What is judged.
    counts : mapping of experiment to mapping of arm to counts
        From `arm_counts`.

    Examples
    --------
    >>> found = findings([Planned(experiment="mail", arms=("none", "mail"), control="none")],
    ...                  {"mail": {"mail": {"customers": 9, "mixed": 0, "buyers": 3}}})
    >>> [(row["finding"], row["arm"], row["blocks"]) for row in found]
    [('arm_unseen', 'none', True)]
    """
    return [row for one in planned for row in _of_one(one, counts.get(one.experiment, {}))]


def _of_one(one: Planned, counts: Mapping[str, Row]) -> list[Row]:
    everybody = sum(row["customers"] for row in counts.values())
    found = []
    if one.begun:
        found += [_row(one, "arm_unseen", arm, 0, blocks=True) for arm in one.arms if arm not in counts]
    if one.control is None:
        found.append(_row(one, "no_control", "all", everybody, blocks=True))
    if not one.shares_told:
        found.append(_row(one, "no_shares", "all", everybody, blocks=False))
    mixed = sum(row["mixed"] for row in counts.values())
    if mixed:
        found.append(_row(one, "two_arms", "all", mixed, blocks=mixed > MOST_MIXED * everybody))
    p_value = _placebo(counts) if one.placebo else None
    if p_value is not None and p_value < ALARM:
        found.append(_row(one, "assigned_late", "all", everybody, blocks=True, value=p_value))
    return found


def _row(one: Planned, finding: str, arm: str, units: int, *, blocks: bool, value: float | None = None) -> Row:
    return {
        "experiment": one.experiment, "finding": finding, "arm": arm, "units": units, "value": value, "blocks": blocks,
    }  # fmt: skip


def _placebo(counts: Mapping[str, Row]) -> float | None:
    """Return the chance of arms so different in who bought before the assignment (Pearson's chi-square)."""
    many, bought = (np.array([row[name] for row in counts.values()], dtype=float) for name in ("customers", "buyers"))
    share = bought.sum() / many.sum() if many.sum() else 0.0
    if len(many) < 2 or bought.sum() < FEWEST_BUYERS or not 0 < share < 1:
        return None
    statistic = float(((bought - many * share) ** 2 / (many * share * (1 - share))).sum())
    return float(chdtrc(len(many) - 1, statistic))
