"""What `compare` says of many experiments at once, from one pass over their units.

Each experiment is a segment of one large table here: the sums of an experiment are those of its own units, and its
arms are compared with its own control only. How far effects are drawn together, and how many tests are corrected for,
is decided experiment by experiment (`effect_families`), not here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir

from patron.experiments.compare import compare
from patron.experiments.metric import Metric
from patron.experiments.plans import Plan
from patron.experiments.unit_counts import CROSS, EVERYBODY, UNKNOWN
from patron.experiments.units import SPLIT
from patron.stats.contrast import TIGHTEST_AT
from patron.stats.difference import SMALLEST_ARM

PARTS: Mapping[str, tuple[str, str]] = {
    "orders": ("orders", "size"), "revenue": ("revenue", "size"), "margin": ("margin", "size"),
    "conversion": ("bought", "size"), "order_value": ("revenue", "orders"), "margin_per_order": ("margin", "orders"),
    "returns": ("returned", "sold"), "complaints": ("tickets", "size"), "unsubscribes": ("unsubscribes", "size"),
    "nps": ("promoted", "nps_answers"), "effort": ("eased", "effort_answers"),
}  # fmt: skip
"""Each metric: a sum over units, and what it is divided by."""

SUMMED = tuple(name for name, (_, below) in PARTS.items() if below == "size")
"""Metrics per customer: times the customers they make a total."""

TURN = "_turn"
CONTROL, OTHER = "control", "="
CODE = "code"

Row = dict[str, Any]
Key = tuple[str, str, str, str, str]


def measured(columns: Collection[str]) -> tuple[str, ...]:
    """Return the metrics that the columns of a table of units tell."""
    return tuple(name for name, parts in PARTS.items() if set(parts) <= set(columns))


def compared(units: ir.Table, plans: Sequence[Plan], segmentations: Sequence[str]) -> dict[Key, Row]:
    """Compare the arms of experiments with their controls.

    Parameters
    ----------
    units : Table, one row per experiment and unit
        As `experiments.units` makes it; of experiments that may be read.
    plans : sequence of Plan
        The experiments to read, each with its control.
    segmentations : sequence of str
        Ways of dividing, beside everybody.

    Returns
    -------
    dict
        By experiment, metric, arm, segmentation and segment, the row of `compare`. Metrics ``orders_turn`` and so on
        are the second half of the time less the first.
    """
    alike: dict[tuple[str, float], list[Plan]] = {}
    for plan in plans:
        alike.setdefault((plan.method, _tightest_at(plan)), []).append(plan)
    found: dict[Key, Row] = {}
    for (method, tightest_at), chosen in sorted(alike.items()):
        found |= _compared(units, chosen, segmentations, method, tightest_at)
    return found


def _tightest_at(plan: Plan) -> float:
    """Return where the intervals are narrowest: what may be read at any time was planned for that many units."""
    sequential = plan.method == "sequential" and plan.planned_units is not None
    return float(plan.planned_units or TIGHTEST_AT) if sequential else TIGHTEST_AT


def _compared(
    units: ir.Table, plans: Sequence[Plan], segmentations: Sequence[str], method: str, tightest_at: float
) -> dict[Key, Row]:
    names = {str(number): plan.experiment for number, plan in enumerate(plans)}
    coded = _coded(units, {plan.experiment: plan for plan in plans}, {name: code for code, name in names.items()})
    told = measured(units.columns)
    metrics = [Metric(" / ".join(PARTS[name]), name=name) for name in told]
    metrics += [Metric(f"{name}{TURN} / size", name=f"{name}{TURN}") for name in SPLIT if name in told]
    covariates = [f"{name} / size" for name in units.columns if name.startswith("past_")]
    table = compare(
        coded, metric=metrics, control=CONTROL, covariates=covariates,
        by=[CODE, *(f"{CODE}{CROSS}{name}" for name in segmentations)], method=method,  # type: ignore[arg-type]
        least=SMALLEST_ARM, correction="none", tightest_at=tightest_at,
    )  # fmt: skip
    rows = {}
    for row in table.to_pylist():
        code, _, segment = row["segment"].partition(CROSS)
        way = row["segmentation"].partition(CROSS)[2] or EVERYBODY
        key = (names[code], row["metric"], row["arm"].removeprefix(OTHER), way, segment or EVERYBODY)
        rows[key] = row
    return rows


def _coded(units: ir.Table, plans: Mapping[str, Plan], codes: Mapping[str, str]) -> ir.Table:
    """Return the units with a short name of their experiment, and ``control`` for its control arm."""
    chosen = ibis.memtable(
        {"experiment": list(codes), CODE: list(codes.values()), "base": [plans[name].control for name in codes]}
    )
    known = units.filter(units.assigned_on < units.last_day).inner_join(chosen, "experiment")
    texts = {
        name: known[name].fill_null(UNKNOWN)
        for name, kind in units.schema().items()
        if kind.is_string() and name not in ("experiment", "drawn", "arm")
    }
    arm = (known.arm == known.base).ifelse(ibis.literal(CONTROL), ibis.literal(OTHER).concat(known.arm))
    return known.mutate(arm=arm, **texts)
