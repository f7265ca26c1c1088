"""How good was the forecast on days it had not seen, and was it better than doing nothing clever?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from patron.charts.records import Record
from patron.charts.tested import main_test

NAIVE = "naive"


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """The tested model, and its figures and the naive rule's: (model, target, metric) -> row."""

    model: str
    origin: date
    horizon_days: int
    rows: dict[tuple[str, str, str], Record]

    def value(self, model: str, target: str, metric: str) -> float | None:
        """Return one figure, or none when it was not made or is not defined."""
        row = self.rows.get((model, target, metric))
        return None if row is None or row["value"] is None else float(row["value"])

    def against_naive(self, target: str, metric: str = "mae") -> float | None:
        """Return the model's error as a share of the naive rule's, less one: -.2 is a fifth less error."""
        mine, naive = self.value(self.model, target, metric), self.value(NAIVE, target, metric)
        return None if mine is None or not naive else mine / naive - 1.0

    def ranking(self, target: str = "value") -> str:
        """Say whether the model ranks customers ``better``, ``worse`` or ``alike``, by the interval of the difference.

        Empty when one of the two forecasts was not made.
        """
        gain = self.rows.get((self.model, target, "gini_gain"))
        return "" if gain is None else side(gain)

    def error(self, target: str = "value") -> str:
        """Say whether the model's error is ``better``, ``worse`` or ``alike``, by the interval of the ratio."""
        gain = self.rows.get((self.model, target, "mae_gain"))
        return "" if gain is None else side(gain, low_is_better=True)


def side(gain: Record, *, low_is_better: bool = False) -> str:
    """Return on which side of nothing the interval of a gain lies; empty without one."""
    if gain["low"] is None or gain["high"] is None:
        return ""
    above, below = ("worse", "better") if low_is_better else ("better", "worse")
    return above if gain["low"] > 0 else below if gain["high"] < 0 else "alike"


def accuracy(backtest: Sequence[Record], *, preferred: str = "") -> Accuracy | None:
    """Return the figures of the main test: of `preferred` when it took part, else of the model with the least error.

    None when no model was tested.
    """
    tested = main_test(backtest)
    rows = {(row["model"], row["target"], row["metric"]): row for row in tested if row["decile"] == 0}
    models = sorted({row["model"] for row in tested} - {NAIVE})
    if not models:
        return None
    best = preferred if preferred in models else min(models, key=lambda model: _error(rows, model))
    first = tested[0]
    return Accuracy(model=best, origin=first["origin"], horizon_days=int(first["horizon_days"]), rows=rows)


def _error(rows: dict[tuple[str, str, str], Record], model: str) -> tuple[float, str]:
    row = rows.get((model, "value", "mae")) or rows.get((model, "orders", "mae"))
    return (float("inf") if row is None or row["value"] is None else float(row["value"]), model)
