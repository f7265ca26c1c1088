"""How good would forecasts of the monthly revenue have been, made on earlier days and judged by what came since?

In   contracts.outcome.REVENUE_FORECAST    each forecast of what was known on its day, beside what came
Out  contracts.outcome.BACKTEST            the rows of the target `monthly_revenue`
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.outcome import BACKTEST

TARGET = "monthly_revenue"
MODEL = "revenue_forecast"


def revenue_backtest(forecast: ir.Table) -> ir.Table:
    """Judge the forecasts of earlier days by the months that came.

    Parameters
    ----------
    forecast : Table
        Keeps the contract REVENUE_FORECAST; it is small, and read.

    Returns
    -------
    Table
        Keeps the contract BACKTEST, held in memory: of each origin `bias` of the sum of its months, `mae` of a month
        and, of the forecast, `coverage`: the share of months inside their intervals. `naive` is the same month of the
        year before where the data show it, else the mean of the months before, as many as are judged.
    """
    tested = forecast.filter((forecast.part == "total") & forecast.actual.notnull()).order_by("origin", "from_day")
    records = tested.to_pyarrow().to_pylist()
    rows = [row for _, months in groupby(records, lambda row: row["origin"]) for row in _judged(list(months))]
    return BACKTEST.shape(ibis.memtable(pa.Table.from_pylist(rows, schema=BACKTEST.schema.to_pyarrow())))


def _judged(months: list[dict[str, Any]]) -> list[dict[str, Any]]:
    key = {
        "origin": months[0]["origin"], "horizon_days": (months[-1]["to_day"] - months[0]["origin"]).days,
        "target": TARGET, "decile": 0, "customers": months[0]["customers"],
    }  # fmt: skip
    inside = [row["revenue_low"] <= row["actual"] <= row["revenue_high"] for row in months]
    told, usual, actual = ([float(row[name]) for row in months] for name in ("revenue", "naive", "actual"))
    rows = [
        _row(MODEL, "coverage", told, actual, sum(inside) / len(inside)),
        *(_row(model, "bias", each, actual, _bias(each, actual)) for model, each in ((MODEL, told), ("naive", usual))),
        *(_row(model, "mae", each, actual, _mae(each, actual)) for model, each in ((MODEL, told), ("naive", usual))),
    ]
    return [key | row for row in rows]


def _bias(told: list[float], actual: list[float]) -> float | None:
    return sum(told) / sum(actual) - 1 if sum(actual) else None


def _mae(told: list[float], actual: list[float]) -> float:
    return sum(abs(one - other) for one, other in zip(told, actual, strict=True)) / len(actual)


def _row(model: str, metric: str, told: list[float], actual: list[float], value: float | None) -> dict[str, Any]:
    return {
        "model": model, "metric": metric, "predicted": sum(told) / len(told), "actual": sum(actual) / len(actual),
        "value": value, "low": None, "high": None,
    }  # fmt: skip
