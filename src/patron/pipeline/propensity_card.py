"""What is written down of a propensity's model: the rows of contracts.propensity.MODEL_CARDS."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.models.drift import SCORE, distributed, drifted, numbers_of
from patron.models.propensity import Propensity
from patron.models.propensity_judged import MODEL, PEER, figure
from patron.pipeline.step import Context

Floats = NDArray[np.float64]
Row = dict[str, Any]
Bins = Mapping[tuple[str, int, str], Sequence[Row]]
"""The `distribution` rows of the last run, by target, horizon and feature."""

ALL = "all"


def row(target: str, horizon: int, part: str, name: str, **facts: Any) -> Row:
    """Return one row; what it does not say is missing, but for its place and the customers behind it."""
    return {
        "target": target, "horizon_days": horizon, "part": part, "name": name, "place": 0, "customers": 0, **facts,
    }  # fmt: skip


def left_out_row(target: str, horizon: int, why: str, *, customers: int = 0) -> Row:
    """Return the row of a target that is not made."""
    return row(target, horizon, "status", "left_out", text=why, customers=customers)


def described(model: Propensity, *, days: int, base_rate: float, above: float, grade: str) -> Iterator[Row]:
    """Yield what a model was learned from, and how much each feature matters to it."""
    fitted = model.params_

    def fact(part: str, name: str, **facts: Any) -> Row:
        return row(model.target, model.horizon, part, name, customers=fitted.customers, **facts)

    yield fact("status", "made", text=grade)
    words = {
        "first_day": fitted.first_day, "last_day": fitted.last_day, "calibration": fitted.calibrator.kind,
        "calibrated_on": fitted.calibrated_on,
    }  # fmt: skip
    figures = {
        "days": float(days), "rows": float(fitted.rows), "outcomes": float(fitted.outcomes), "base_rate": base_rate,
        **({} if math.isnan(above) else {"above": above}),
    }  # fmt: skip
    yield from (fact("data", name, text=text) for name, text in words.items())
    yield from (fact("data", name, value=value) for name, value in figures.items())
    for rank, (name, share) in enumerate(model.importance_.items(), start=1):
        yield fact("feature", name, place=rank, value=share)


def score_rows(model: Propensity, chances: Floats, then: Bins) -> Iterator[Row]:
    """Yield how the probabilities are distributed, and how that changed since the last run."""
    before = then.get((model.target, model.horizon, SCORE), ())
    for facts in (*distributed(SCORE, chances), *drifted(SCORE, chances, before)):
        yield row(model.target, model.horizon, **facts)


def feature_rows(features: pa.Table, then: Bins) -> Iterator[Row]:
    """Yield how each feature is distributed, and how that changed since the last run."""
    for name, values in numbers_of(features).items():
        for facts in (*distributed(name, values), *drifted(name, values, then.get((ALL, 0, name), ()))):
            yield row(ALL, 0, **facts)


def earlier_bins(context: Context) -> Bins:
    """Read the bins of the last run; none where there is none."""
    cards = context.earlier.cards if context.earlier else None
    if cards is None:
        return {}
    found: dict[tuple[str, int, str], list[Row]] = {}
    for one in cards.filter(cards.part == "distribution").to_pyarrow().to_pylist():
        found.setdefault((one["target"], one["horizon_days"], one["name"]), []).append(one)
    return found


def figures(tests: list[Row], model: Propensity) -> dict[str, float]:
    """Return the few figures that stand in the run's manifest."""
    area, error, score = (figure(tests, part, MODEL) for part in ("auc", "ece", "brier"))
    found = {
        "auc": area["value"], "auc_low": area["low"], "auc_high": area["high"], "ece": error["value"],
        "ece_perfect": error["low"], "brier": score["value"], "auc_rfm": figure(tests, "auc", PEER).get("value"),
        "customers": model.params_.customers, "outcomes": model.params_.outcomes,
    }  # fmt: skip
    return {name: float(value) for name, value in found.items() if value is not None}
