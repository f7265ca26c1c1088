"""How good would the forecast have been, made on an earlier day and judged by what came since?

In   contracts.customer.HISTORY as of the origin; one row per customer of what came after, and before
Out  contracts.outcome.BACKTEST
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.outcome import BACKTEST
from patron.models.estimator import check_number
from patron.models.lifetime_value import LifetimeValue
from patron.models.lookback import Lookback
from patron.models.value_model import fit_value_model, model_name, seen_by
from patron.stats.forecast_error import Figure, bias, error_against, mean_absolute_error
from patron.stats.ranking import gini, gini_gain, group_means, quantile_groups

Floats = NDArray[np.float64]

TARGETS = ("orders", "value")
OUTCOME = ("orders", "value", "previous_orders", "previous_value")


def backtest(
    history: ir.Table,
    outcome: ir.Table,
    *,
    origin: date,
    horizon_days: int,
    orders: ir.Table | None = None,
    lookback: Lookback | None = None,
) -> ir.Table:
    """Fit as of `origin`, forecast, and compare with what came; the naive forecast is what came before.

    Parameters
    ----------
    history : Table
        Keeps the contract HISTORY as of `origin`.
    outcome : Table, one row per customer
        ``customer_id``; ``orders`` (purchase days) and ``value`` (net amount) within `horizon_days` after `origin`;
        ``previous_orders`` and ``previous_value`` of the equally long period that ends on `origin`. A customer of the
        history who is not there had none.
    origin : date
        The last day that the forecast may know.
    horizon_days : int
        How far ahead it looks.
    orders : Table, one row per order
        Keeps the contract ORDERS as of `origin`: what a recalibrated model needs to see the customers as it learned to.
    lookback : Lookback, optional
        From the origin back: what the forecast's recalibration is learned from, so that it is judged as it is made.

    Returns
    -------
    Table
        Keeps the contract BACKTEST: value is net revenue, not discounted. Calibration's value is actual / predicted.
        When no model can be fitted only the naive rows are there.
    """
    check_number("horizon", horizon_days)
    model = fit_value_model(history, discount_rate=0.0, lookback=lookback)
    history = seen_by(model, history, orders, as_of=origin)
    columns = _judged(history, outcome, model, horizon_days)
    forecasts = {"naive": {target: columns[f"previous_{target}"] for target in TARGETS}}
    if model is not None:
        forecasts[model_name(model)] = {target: columns[f"predicted_{target}"] for target in TARGETS}
    rows = [
        {"origin": origin, "horizon_days": horizon_days, "model": name, "target": target, **metric}
        for name, predicted in sorted(forecasts.items())
        for target in TARGETS
        for metric in measure(
            predicted[target], columns[target], None if name == "naive" else forecasts["naive"][target]
        )
    ]
    return BACKTEST.shape(ibis.memtable(pa.Table.from_pylist(rows, schema=BACKTEST.schema.to_pyarrow())))


def measure(predicted: Floats, actual: Floats, naive: Floats | None = None) -> Iterator[dict[str, Any]]:
    """Yield the metrics of one forecast, as rows of BACKTEST without their key.

    Parameters
    ----------
    predicted, actual : array of float, one entry a customer
        What was forecast, and what came.
    naive : array of float, one entry a customer; optional
        The forecast to compare with in pairs.
    """
    groups = group_means(quantile_groups(predicted), predicted, actual)
    forecast, mean = float(predicted.mean()), float(actual.mean())
    for i, decile in enumerate(groups.group.tolist()):
        size, expected, came = int(groups.customers[i]), float(groups.score[i]), float(groups.outcome[i])
        ends = {"low": _number(groups.low[i]), "high": _number(groups.high[i])}
        yield _row("calibration", decile, size, expected, came, _ratio(came, expected), **ends)
        yield _row("decile_lift", decile, size, expected, came, _ratio(came, mean))
    figures = {
        "gini": gini(predicted, actual),
        "bias": bias(predicted, actual),
        "mae": mean_absolute_error(predicted, actual),
        "rmse": Figure(value=float(np.sqrt(((predicted - actual) ** 2).mean())), low=None, high=None),
    }
    if naive is not None:
        figures["gini_gain"] = gini_gain(predicted, naive, actual)
        figures["mae_gain"] = error_against(predicted, naive, actual)
    for name, figure in figures.items():
        yield _row(name, 0, len(actual), forecast, mean, figure.value, low=figure.low, high=figure.high)


def _judged(history: ir.Table, outcome: ir.Table, model: LifetimeValue | None, horizon_days: int) -> dict[str, Floats]:
    """Return, one value a customer in the order of customer_id, what was forecast and what came."""
    forecast = history.select("customer_id") if model is None else _forecast(history, model, horizon_days)
    came = outcome.select("customer_id", **{name: outcome[name].cast("float64") for name in OUTCOME})
    both = forecast.left_join(came, "customer_id").drop("customer_id_right").order_by("customer_id")
    both = both.mutate(**{name: both[name].fill_null(0.0) for name in OUTCOME}).drop("customer_id")
    table = both.to_pyarrow()
    return {name: table[name].to_numpy() for name in table.column_names}


def _forecast(history: ir.Table, model: LifetimeValue, horizon_days: int) -> ir.Table:
    patterns = model.count(history)
    purchases, _ = model.expected(patterns, horizon=horizon_days)
    scored = patterns.restore(predicted_orders=purchases)
    return scored.select(
        "customer_id", "predicted_orders", predicted_value=scored.predicted_orders * model.spend_of(scored)
    )


def _row(metric: str, decile: int, customers: int, predicted: float, actual: float, value: float | None, *,
         low: float | None = None, high: float | None = None) -> dict[str, Any]:  # fmt: skip
    return {
        "metric": metric, "decile": decile, "customers": customers, "predicted": predicted, "actual": actual,
        "value": value, "low": low, "high": high,
    }  # fmt: skip


def _ratio(above: float, below: float) -> float | None:
    return above / below if below else None


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
