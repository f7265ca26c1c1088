"""What the responses that were foretold person by person come to, among those for whom a signal is fresh."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from patron.decisions.opportunity.trials import Trial

ENOUGH = 0.5
"""Share of a cell's customers of whom something has to be foretold."""


@dataclass(frozen=True, kw_only=True)
class Foretold:
    """Mean effect in money of one action on the customers of one cell, over the days of its experiment."""

    experiment: str
    customers: int
    effect: float
    low: float
    high: float
    window_days: int


Key = tuple[str, str, str, str, str]
"""Signal, segmentation, segment, action, channel."""


def foretold(rows: ir.Table, responses: ir.Table | None, trials: Sequence[Trial]) -> Mapping[Key, Foretold]:
    """Return what responses foretell of cells whose action and channel an experiment tried.

    The errors of a model are common to its customers, so the ends of the intervals are averaged like the effects: as
    wide as those of one customer, not narrower by their number.

    Parameters
    ----------
    rows : Table, one row per customer, signal and segment
        As `patron.decisions.opportunity.cells.placed`.
    responses : Table, optional
        `RESPONSES`.
    trials : sequence of Trial
        Which say what was done by what channel in an experiment's arm.
    """
    done = {
        (one.experiment, one.arm): (one.action, one.channel)
        for one in trials
        if one.action is not None and one.channel is not None
    }
    if responses is None or not done:
        return {}
    told = responses.filter(responses.experiment.isin(sorted({experiment for experiment, _ in done})))
    told = told.select("experiment", "window_days", "effect", "effect_low", "effect_high", "customer_id", arm="action")
    joined = rows.inner_join(told, "customer_id")
    means = joined.group_by("signal", "segmentation", "segment", "experiment", "arm").aggregate(
        customers=joined.count(),
        window_days=joined.window_days.max(),
        **{name: _mean(joined, name) for name in ("effect", "effect_low", "effect_high")},
    )
    found: dict[Key, Foretold] = {}
    for row in means.order_by("experiment", "arm").to_pyarrow().to_pylist():
        action, channel = done.get((row["experiment"], row["arm"]), (None, None))
        if action is not None and channel is not None:
            found[row["signal"], row["segmentation"], row["segment"], action, channel] = _of(row)
    return found


def _mean(table: ir.Table, name: str) -> ir.FloatingScalar:
    return table[name].round(9).cast("decimal(28, 9)").sum().cast("float64") / table.count().cast("float64")


def _of(row: Mapping[str, Any]) -> Foretold:
    return Foretold(
        experiment=row["experiment"], customers=row["customers"], effect=row["effect"], low=row["effect_low"],
        high=row["effect_high"], window_days=row["window_days"],
    )  # fmt: skip
