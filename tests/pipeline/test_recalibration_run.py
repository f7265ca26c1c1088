"""Where a run learns its recalibration, and that its backtest judges the same procedure without knowing more."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from patron.identity import with_customer
from patron.models import Lookback
from patron.pipeline import Project, open_project
from patron.pipeline.look_back import look_back
from tests_support import TODAY

LAST = date(2024, 12, 31)


def looked(project: Project, *, days: int, horizon: int = 365) -> Lookback | None:
    lines = with_customer(project.table("raw_order_lines"), project.table("links"), source="order_lines")

    def keep(_: str, table: ir.Table) -> ir.Table:
        return table

    return look_back(lines, project.table("orders"), as_of=LAST, days=days, horizon_days=horizon, keep=keep)


def model_of(project: Project, table: str) -> set[str]:
    """What forecast the purchases: without the naive rule, subscriptions and the shop's months."""
    named = set(project.table(table).model.to_pyarrow().to_pylist()) - {"naive", "revenue_forecast"}
    return {name for name in named if "geometric" not in name and "weibull" not in name and "constant" not in name}


def test_three_years_recalibrate_the_forecast_and_the_backtest_alike(ran_project: Project) -> None:
    (forecast,) = model_of(ran_project, "forecasts")
    assert forecast.endswith("+recalibrated")
    (tested,) = model_of(ran_project, "backtest")
    assert tested.endswith("+recalibrated")
    assert "log_forecast" in ran_project.last().manifest.models["recalibration"]


@pytest.mark.slow
def test_two_years_leave_the_backtest_with_the_model_as_it_is(ran: Path) -> None:
    lines = ran / "data" / "order_lines.parquet"
    table = pq.read_table(lines)
    young = pa.compute.greater(table["ordered_at"].cast(pa.date32()), pa.scalar(LAST - timedelta(days=760)))
    pq.write_table(table.filter(young), lines)
    project = open_project(ran)
    project.run(today=TODAY)
    assert {name.endswith("+recalibrated") for name in model_of(project, "forecasts")} == {True}
    assert {name.endswith("+recalibrated") for name in model_of(project, "backtest")} == {False}


def test_the_past_is_seen_as_it_was_known(ran_project: Project) -> None:
    back = looked(ran_project, days=365, horizon=90)
    assert back is not None
    assert back.origin == date(2024, 1, 1)
    assert back.orders.ordered_at.max().to_pyarrow().as_py().date() <= back.origin
    orders = ran_project.table("orders")
    day = orders.ordered_at.date()
    since = orders.filter((day > back.origin) & (day <= back.origin + timedelta(days=90)))
    since = since.semi_join(back.history, "customer_id")
    bought = since.select("customer_id", day=since.ordered_at.date()).distinct().count().to_pyarrow().as_py()
    assert back.outcome.orders.sum().to_pyarrow().as_py() == bought > 0


@pytest.mark.parametrize(("days", "there"), [(365, True), (547, True), (730, False)])
def test_it_needs_as_much_before_the_origin_as_after(ran_project: Project, days: int, there: Any) -> None:
    assert (looked(ran_project, days=days) is not None) == there
