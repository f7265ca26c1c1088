"""What a run says of the months ahead, of customer equity and of new customers, against its other tables."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from patron.contracts import TABLES
from patron.models import LifetimeValue
from patron.pipeline import Project


def rows(project: Project, name: str) -> list[dict[str, Any]]:
    table = TABLES[name].check(project.table(name))
    found: list[dict[str, Any]] = table.to_pyarrow().to_pylist()
    return found


def test_equity_is_the_sum_of_the_forecasts(ran_project: Project) -> None:
    whole = {row["component"]: row for row in rows(ran_project, "equity") if row["segment"] == "all"}
    forecasts = rows(ran_project, "forecasts")
    value = sum((Decimal(str(row["predicted_value"])).quantize(Decimal("0.01")) for row in forecasts), Decimal(0))
    assert float(whole["closing"]["amount"]) == pytest.approx(float(value), abs=0.02)
    assert whole["closing"]["customers"] == len(forecasts)
    assert whole["closing"]["low"] < whole["closing"]["amount"] < whole["closing"]["high"]
    day = whole["opening"]["from_day"]
    assert (whole["opening"]["to_day"] - day).days == 30
    first = {row["customer_id"]: row["first_order_on"] for row in rows(ran_project, "profiles")}
    assert whole["acquired"]["customers"] == sum(one is not None and one > day for one in first.values())


def test_present_revenue_agrees_with_recalibrated_forecasts(ran_project: Project) -> None:
    whole = next(
        row for row in rows(ran_project, "revenue_forecast") if row["span"] == "horizon" and row["part"] == "present"
    )
    forecasts = rows(ran_project, "forecasts")
    assert {row["model"].endswith("recalibrated") for row in forecasts} == {True}
    revenue = sum(row["expected_orders"] * row["expected_spend"] for row in forecasts)
    # Takings hold returns without a known sale besides, so that the two differ by a little.
    assert float(whole["revenue"]) == pytest.approx(revenue, rel=0.05)


def test_the_months_ahead_begin_after_the_last_day_known(ran_project: Project) -> None:
    found = rows(ran_project, "revenue_forecast")
    as_of = max(row["origin"] for row in found)
    assert as_of == date(2024, 12, 31)
    assert min(row["from_day"] for row in found if row["origin"] == as_of) == as_of + timedelta(days=1)
    kpis = {row["month"]: row["value"] for row in rows(ran_project, "kpis")
            if row["metric"] == "revenue" and row["segment"] == "all"}  # fmt: skip
    tested = [row for row in found if row["actual"] is not None and row["part"] == "total"]
    assert tested
    for row in tested:
        assert float(row["actual"]) == pytest.approx(kpis[row["from_day"]], rel=0.1)


def test_tested_months_are_in_the_backtest(ran_project: Project) -> None:
    tested = {row["origin"] for row in rows(ran_project, "revenue_forecast") if row["actual"] is not None}
    found = [row for row in rows(ran_project, "backtest") if row["target"] == "monthly_revenue"]
    assert {row["origin"] for row in found} == tested
    assert {row["metric"] for row in found} == {"bias", "mae", "coverage"}


def test_new_customers_have_a_value_by_channel(ran_project: Project) -> None:
    found = {row["channel"]: row for row in rows(ran_project, "acquisition_value")}
    paid = {row["channel"] for row in rows(ran_project, "raw_spend")}
    assert paid <= set(found)
    assert all((row["cost"] is not None) == (channel in paid or channel == "all") for channel, row in found.items())
    assert sum(row["customers"] for channel, row in found.items() if channel != "all") == found["all"]["customers"]


def test_the_fitted_model_can_be_had_again(ran_project: Project) -> None:
    (row,) = rows(ran_project, "fitted_models")
    model = LifetimeValue.from_json(row["description"])
    told = ran_project.last().manifest.models
    assert any(model.purchases_.params_ == values for values in told.values())
    assert model.recalibration_ is not None
