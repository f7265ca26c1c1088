"""How many customers and units are in each arm and segment of each experiment, and were they drawn as planned?

In   units (`experiments.units`)
Out  counts that add up, from one pass of the engine
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir

CROSS = " x "
EVERYBODY = "all"
UNKNOWN = "none"

ASKED = ("nps", "effort")
"""Metrics of those who answered."""

COUNTED = ("n", "units", "drawn", "drawn_units", "mixed", "contaminated", *ASKED)

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class ArmCount:
    """One arm of one experiment, or of one segment of it."""

    n: int = 0  # customers of whom at least one day counts
    units: int = 0
    drawn: int = 0  # customers put into the arm
    drawn_units: int = 0
    mixed: int = 0  # units that were in another arm, too
    contaminated: int = 0  # customers who were
    by_household: bool = False
    assigned_on: date = date.max
    assigned_last: date = date.min
    last_day: date = date.min
    least_chance: float | None = None
    most_chance: float | None = None
    chances: float = 0.0  # sum over units
    nps: int = 0  # units with an answer
    effort: int = 0

    def __add__(self, other: ArmCount) -> ArmCount:
        lows = [c for c in (self.least_chance, other.least_chance) if c is not None]
        highs = [c for c in (self.most_chance, other.most_chance) if c is not None]
        return ArmCount(
            n=self.n + other.n, units=self.units + other.units, drawn=self.drawn + other.drawn,
            drawn_units=self.drawn_units + other.drawn_units, mixed=self.mixed + other.mixed,
            contaminated=self.contaminated + other.contaminated, by_household=self.by_household or other.by_household,
            assigned_on=min(self.assigned_on, other.assigned_on),
            assigned_last=max(self.assigned_last, other.assigned_last), last_day=max(self.last_day, other.last_day),
            least_chance=min(lows, default=None), most_chance=max(highs, default=None),
            chances=self.chances + other.chances, nps=self.nps + other.nps, effort=self.effort + other.effort,
        )  # fmt: skip


NOBODY = ArmCount()

Counts = Mapping[tuple[str, str, str], Mapping[str, ArmCount]]
"""By experiment, segmentation and segment: each arm's count."""


def unit_counts(units: ir.Table, segmentations: Sequence[str]) -> Counts:
    """Count everybody in each arm, for all and for each segment of each way of dividing.

    Parameters
    ----------
    units : Table, one row per experiment and unit
        As `experiments.units` makes it.
    segmentations : sequence of str
        Columns, or two with " x " between.
    """
    columns = sorted({column for name in segmentations for column in name.split(CROSS)})
    watched = units.assigned_on < units.last_day
    found = units.group_by("experiment", "arm", *columns).aggregate(
        n=watched.ifelse(units["size"], 0).sum(), units=watched.ifelse(1, 0).sum(),
        drawn=units["size"].sum(), drawn_units=units.count(), mixed=units.mixed.ifelse(1, 0).sum(),
        contaminated=units.contaminated.sum(), by_household=units.by_household.any(),
        assigned_on=units.assigned_on.min(), assigned_last=units.assigned_last.max(), last_day=units.last_day.max(),
        least_chance=units.propensity.min(), most_chance=units.propensity.max(),
        chances=units.propensity.sum().fill_null(0.0),
        **{name: _answered(units, name, watched) for name in ASKED},
    )  # fmt: skip
    counts: dict[tuple[str, str, str], dict[str, ArmCount]] = {}
    for row in found.to_pyarrow().to_pylist():
        one = ArmCount(**{name: _value(row, name) for name in ArmCount.__dataclass_fields__})
        for segmentation, segment in _places(row, segmentations):
            arms = counts.setdefault((row["experiment"], segmentation, segment), {})
            arms[row["arm"]] = arms.get(row["arm"], NOBODY) + one
    return counts


def _answered(units: ir.Table, metric: str, watched: ir.BooleanValue) -> ir.Value:
    name = f"{metric}_answers"
    if name not in units.columns:
        return ibis.literal(0)
    return (watched & (units[name] > 0)).ifelse(1, 0).sum()


def _value(row: Row, name: str) -> Any:
    value = row[name]
    return int(value) if name in COUNTED else value


def _places(row: Row, segmentations: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Return every segment that a row belongs to."""
    yield EVERYBODY, EVERYBODY
    for name in segmentations:
        yield name, CROSS.join(UNKNOWN if row[part] is None else str(row[part]) for part in name.split(CROSS))
