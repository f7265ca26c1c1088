"""What do experiments claim, and how sure is each of them and all together?

In   the rows of `experiments` and `effects`, and what each customer brought since
Out  one claim an arm, as `effects` reads it; with its standard error, discounts given and how it fades
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from patron.decisions.holdouts import GLOBAL, PROGRAMME, TRIGGER
from patron.errors import ArgumentError
from patron.experiments.claim_outcomes import EDGES, Claim, Side
from patron.models.estimator import NORMAL_95
from patron.stats.decay import Decay, decay

Row = Mapping[str, Any]

HOLDOUT = "holdout"
METRIC, ALL = "margin", "all"
EARLY = EDGES.index(56)
"""Stretches that make up the first eight weeks."""


@dataclass(frozen=True, kw_only=True)
class Arm:
    """One arm of an experiment: its row of the settings, its reading of the margin, and the claim."""

    experiment: Row
    reading: Row
    claim: Claim
    several: bool

    @property
    def read(self) -> bool:
        """Whether there is a figure."""
        return self.reading["status"] == "read" and self.reading["total_low"] is not None

    @property
    def error(self) -> float:
        """The standard error of the total, by its interval."""
        return float(self.reading["total_high"] - self.reading["total_low"]) / (2 * NORMAL_95)


def arms_of(experiments: Iterable[Row], effects: Iterable[Row], *, as_of: date) -> list[Arm]:
    """Return the arms of all experiments that are no hold-outs, with what was read of their margin."""
    by_name = {row["experiment"]: row for row in experiments if not _withholds(row)}
    readings = [row for row in effects if row["metric"] == METRIC and _of_all(row) and row["experiment"] in by_name]
    arms: dict[str, int] = {}
    for row in readings:
        arms[row["experiment"]] = arms.get(row["experiment"], 0) + 1
    return [
        Arm(
            experiment=by_name[row["experiment"]], reading=row, several=arms[row["experiment"]] > 1,
            claim=Claim(
                entry=_entry(row, arms[row["experiment"]]), experiment=row["experiment"], arm=row["arm"],
                control=by_name[row["experiment"]].get("control") or "control", from_day=row["from_day"],
                to_day=min(row["to_day"], as_of),
            ),
        )
        for row in sorted(readings, key=lambda row: (row["experiment"], row["arm"]))
    ]  # fmt: skip


def campaign_of(arm: Arm) -> str:
    """Return as what campaign the messages of an experiment go out: of a trigger's hold-out, the trigger."""
    return str(arm.experiment["experiment"]).removeprefix(TRIGGER)


def holdouts_of(experiments: Iterable[Row], *, as_of: date) -> list[tuple[str, Claim]]:
    """Return by scope (`all` or a programme) the claim of each hold-out: everybody else against the held-out."""
    found = []
    for row in sorted(experiments, key=lambda row: str(row["experiment"])):
        if _withholds(row) and row["started_on"] < as_of:
            scope = ALL if row["experiment"] == GLOBAL else str(row["experiment"])
            ends = row.get("stopped_on") or as_of
            found.append((scope, Claim(
                entry=f"{HOLDOUT}: {row['experiment']}", experiment=row["experiment"], arm=None,
                control=row.get("control") or "control", from_day=row["started_on"] + timedelta(days=1),
                to_day=min(ends, as_of),
            )))  # fmt: skip
    return found


def _withholds(row: Row) -> bool:
    """Tell whether claims are compared with it: it holds out from everything, or from a programme."""
    return row["experiment"] == GLOBAL or str(row["experiment"]).startswith(PROGRAMME)


def _of_all(row: Row) -> bool:
    return bool(row.get("segmentation", ALL) == ALL)


def _entry(row: Row, arms: int) -> str:
    return f"{row['experiment']}: {row['arm']}" if arms > 1 else str(row["experiment"])


def total_of(sides: Mapping[bool, Side], name: str = "margin") -> tuple[float, float]:
    """Return ``n (mean of treated - mean of control)`` with its standard error, without any covariate.

    Examples
    --------
    >>> one = {"n": 2, "margin": 6.0, "margin_margin": 20.0}
    >>> none = {"n": 2, "margin": 2.0, "margin_margin": 4.0}
    >>> total_of({True: Side(row=one), False: Side(row=none)})
    (4.0, 2.8284271247461903)
    """
    treated, control = sides[True], sides[False]
    effect = treated.n * (treated.mean(name) - control.mean(name))
    parts = (side.variance(name) / side.n for side in (treated, control))
    return effect, treated.n * math.sqrt(sum(parts))


def able(sides: Mapping[bool, Side] | None, *, least: int = 2) -> bool:
    """Tell whether both sides have `least` customers or more."""
    return sides is not None and len(sides) == 2 and min(side.n for side in sides.values()) >= least


@dataclass(frozen=True, kw_only=True)
class Course:
    """How an effect went on: by stretch, how it fades, and what the first `EARLY` stretches brought in all."""

    rows: list[dict[str, Any]]
    decay: Decay
    early: tuple[float, float] | None = None  # with its standard error


def course_of(arm: Arm, sides: Mapping[bool, Side]) -> Course:
    """Return the effect per customer and week in each stretch that was watched to its end, and what becomes of it.

    Where households were drawn, errors are as much wider as those of the whole reading are: their members act alike.
    """
    entry = arm.claim.entry
    count = min(side.watched for side in sides.values())
    if not count:
        return Course(rows=[], decay=Decay(status="too_short"))
    (treated, spread, many), (control, spread_control, many_control) = (
        sides[side].stretches(count) for side in (True, False)
    )
    wider = arm.error / total_of(sides)[1] if arm.reading.get("unit") == "household" else 1.0
    effects, errors = treated - control, (spread + spread_control) * max(1.0, wider) ** 2
    rows = []
    for place in range(count):
        weeks = (EDGES[place + 1] - EDGES[place]) / 7
        reach = NORMAL_95 * math.sqrt(max(0.0, float(errors[place, place])))
        known = reach > 0
        rows.append({
            "entry": entry, "from_week": EDGES[place] // 7 + 1, "to_week": EDGES[place + 1] // 7,
            "customers": many[place], "control": many_control[place], "least": min(many[place], many_control[place]),
            "effect": float(effects[place]) / weeks if known else None,
            "effect_low": float(effects[place] - reach) / weeks if known else None,
            "effect_high": float(effects[place] + reach) / weeks if known else None,
        })  # fmt: skip
    return Course(rows=rows, decay=_decay(effects, errors, count), early=_early(effects, errors, sides[True].n))


def _early(effects: Any, errors: Any, customers: int) -> tuple[float, float] | None:
    """Return what the first stretches brought all treated customers: a span that is fixed before anything is seen."""
    if len(effects) < EARLY:
        return None
    error = math.sqrt(max(0.0, float(errors[:EARLY, :EARLY].sum())))
    return (customers * float(effects[:EARLY].sum()), customers * error) if error else None


def _decay(effects: Any, errors: Any, count: int) -> Decay:
    try:
        return decay(effects, errors, np.array(EDGES[: count + 1], dtype=np.float64))
    except ArgumentError:  # a stretch in which nobody bought has no spread
        return Decay(status="cannot_tell")


def among(rows: Sequence[Row], **where: Any) -> list[Row]:
    """Return the rows that have these values."""
    return [row for row in rows if all(row[name] == value for name, value in where.items())]
