"""How good would a propensity have been, on days it had not seen?

In   probabilities of the model and of its peers for the same customers, and what came
Out  rows of contracts.propensity.MODEL_CARDS, without target and horizon
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.stats.auc import Auc, auc, auc_difference
from patron.stats.calibration_error import brier_score, calibration_error, perfect_calibration_error
from patron.stats.ranking import group_means, quantile_groups

Floats = NDArray[np.float64]
Row = dict[str, Any]

MODEL, PEER, NAIVE = "lightgbm", "rfm_logistic", "naive"
TOLERATED = 0.02
"""Points of calibration error above a perfect forecast's that still count as calibrated."""

SEED = 20_240_701


def tested(forecasts: Mapping[str, Floats], outcome: Floats, *, origin: date) -> list[Row]:
    """Return the figures of each forecast, and by how much the model's ranking beats the others'.

    Parameters
    ----------
    forecasts : mapping of str to array
        Probabilities by the forecast's name: `MODEL`, and any of `PEER` and `NAIVE`.
    outcome : array of 0 and 1
        What came to the same customers.
    origin : date
        The last day that the forecasts knew.
    """
    rows = [row for name, chances in forecasts.items() for row in _figures(name, chances, outcome)]
    for name in forecasts:
        if name != MODEL:
            gain = auc_difference(forecasts[MODEL], forecasts[name], outcome)
            rows.append(_row("auc_gain", name, forecasts[MODEL], outcome, **_ends(gain)))
    return [row | {"origin": origin} for row in rows]


def grade(rows: list[Row]) -> str:
    """Return the grade that a test is worth (contracts.propensity.PROPENSITIES).

    Examples
    --------
    >>> fine = {"name": "lightgbm", "part": "ece", "value": 0.03, "low": 0.015}
    >>> ranks = {"name": "lightgbm", "part": "auc", "value": 0.8, "low": 0.78}
    >>> grade([fine, ranks, {"name": "rfm_logistic", "part": "auc_gain", "value": 0.02, "low": 0.01}])
    'A'
    >>> grade([fine | {"value": 0.04}, ranks])
    'C'
    """
    area, error = figure(rows, "auc", MODEL), figure(rows, "ece", MODEL)
    if area["low"] is None or area["low"] <= 0.5:
        return "D"
    if error["value"] - error["low"] > TOLERATED:
        return "C"
    gain = figure(rows, "auc_gain", PEER)
    return "A" if (gain.get("low") or 0.0) > 0 else "B"


def figure(rows: list[Row], part: str, name: str) -> Row:
    """Return one row of a test; an empty one when it was not made."""
    return next((row for row in rows if (row["part"], row["name"]) == (part, name)), {})


def _figures(name: str, chances: Floats, outcome: Floats) -> Iterator[Row]:
    groups = group_means(quantile_groups(chances), chances, outcome)
    mean = float(outcome.mean())
    for i, place in enumerate(groups.group.tolist()):
        expected, came, size = float(groups.score[i]), float(groups.outcome[i]), int(groups.customers[i])
        shared = {"part": "", "name": name, "place": place, "customers": size, "predicted": expected, "actual": came}
        ends = {"low": _number(groups.low[i]), "high": _number(groups.high[i])}
        yield shared | {"part": "calibration", "value": came / expected if expected else None, **ends}
        yield shared | {"part": "decile_lift", "value": came / mean if mean else None}
    yield _row("auc", name, chances, outcome, **_ends(auc(chances, outcome)))
    floor = perfect_calibration_error(chances, seed=SEED)
    yield _row("ece", name, chances, outcome, value=calibration_error(chances, outcome), low=floor)
    yield _row("brier", name, chances, outcome, value=brier_score(chances, outcome))


def _row(part: str, name: str, chances: Floats, outcome: Floats, **figures: float | None) -> Row:
    return {
        "part": part, "name": name, "place": 0, "customers": len(outcome), "predicted": float(chances.mean()),
        "actual": float(outcome.mean()), **figures,
    }  # fmt: skip


def _ends(area: Auc) -> dict[str, float | None]:
    return {"value": area.value, "low": area.low, "high": area.high}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
