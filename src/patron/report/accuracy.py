"""How good was the forecast on days it had not seen, and was it better than doing nothing clever?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from patron.charts.records import Record

NAIVE = "naive"


@dataclass(frozen=True, kw_only=True)
class Accuracy:
    """The tested model, and its figures and the naive rule's: (model, target, metric) -> row."""

    model: str
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
        """Say whether the model ranks customers ``better``, ``worse`` or ``alike``: its Gini's interval against naive.

        Empty when one of them was not made.
        """
        mine, naive = self.rows.get((self.model, target, "gini")), self.value(NAIVE, target, "gini")
        if mine is None or naive is None or mine["low"] is None or mine["high"] is None:
            return ""
        return "better" if mine["low"] > naive else "worse" if mine["high"] < naive else "alike"


def accuracy(backtest: Sequence[Record], *, preferred: str = "") -> Accuracy | None:
    """Return the figures of the latest test: of `preferred` when it took part, else of the model with the least error.

    None when no model was tested.
    """
    latest = max((row["origin"] for row in backtest), default=None)
    rows = {
        (row["model"], row["target"], row["metric"]): row
        for row in backtest
        if row["origin"] == latest and row["decile"] == 0
    }
    models = sorted({row["model"] for row in backtest if row["origin"] == latest} - {NAIVE})
    if not models:
        return None
    best = preferred if preferred in models else min(models, key=lambda model: _error(rows, model))
    horizon = next(row["horizon_days"] for row in backtest if row["origin"] == latest)
    return Accuracy(model=best, horizon_days=int(horizon), rows=rows)


def _error(rows: dict[tuple[str, str, str], Record], model: str) -> tuple[float, str]:
    row = rows.get((model, "value", "mae")) or rows.get((model, "orders", "mae"))
    return (float("inf") if row is None or row["value"] is None else float(row["value"]), model)
