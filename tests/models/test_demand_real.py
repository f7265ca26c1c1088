"""Demand on Online Retail II: forecasts made on six days, held against the eight weeks after each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from patron.models import Demand

pytestmark = [pytest.mark.slow, pytest.mark.real_data]

END = date(2011, 12, 9)
NO_GOODS = (
    "POST", "DOT", "C2", "C3", "M", "D", "S", "B", "CRUK", "PADS", "ADJUST", "ADJUST2", "BANK CHARGES", "AMAZONFEE"
)  # fmt: skip


@pytest.fixture(scope="module")
def lines(shared_data: Callable[[str], Path]) -> pd.DataFrame:
    files = sorted(shared_data("online_retail_ii").glob("*.csv.gz"))
    rows = pd.concat([pd.read_csv(file, dtype=str) for file in files]).drop_duplicates()
    code = rows["StockCode"].str.upper()
    rows = rows[rows["Customer ID"].notna() & ~code.isin(NO_GOODS) & ~code.str.startswith(("TEST", "GIFT"), na=False)]
    return pd.DataFrame({
        "customer_id": rows["Customer ID"], "product_id": rows["StockCode"].str.upper(),
        "ordered_at": pd.to_datetime(rows["InvoiceDate"]).dt.normalize(), "quantity": rows["Quantity"].astype(float),
    })  # fmt: skip


def test_intervals_hold_and_simple_rules_are_beaten(lines: pd.DataFrame) -> None:
    found = []
    for back in (8, 14, 20, 26, 32, 38):
        as_of = END - timedelta(days=7 * (back - 8))
        for one in Demand().fit(lines, as_of=as_of).judged():
            found.append((as_of - timedelta(days=56), one.model, one.metric, one.volume, one.value, one.series))
    table = pd.DataFrame(found, columns=["origin", "model", "metric", "volume", "value", "products"])
    whole = table[table.volume == 0].pivot_table(index="origin", columns=["metric", "model"], values="value")
    quarters = table[table.metric.isin(["coverage", "coverage_pit"]) & (table.model == "demand")]
    with pd.option_context("display.width", 250, "display.max_columns", 40):
        print(whole.round(3).to_string())  # noqa: T201 - the page docs/demand.md tells these figures
        print(quarters.pivot_table(index="origin", columns=["metric", "volume"], values="value").round(2))  # noqa: T201
    assert ((whole["coverage_pit", "demand"] > 0.75) & (whole["coverage_pit", "demand"] < 0.86)).all()
    assert (whole["pinball", "demand"] < 0.85 * whole["pinball", "past_year"]).all()
    mean = whole["mae"].mean()
    assert all(mean["demand"] < 0.95 * mean[rule] for rule in ("last_weeks", "croston", "tsb", "year_before"))
    large = quarters[(quarters.metric == "coverage") & (quarters.volume >= 3)].value
    assert 0.75 < large.mean() < 0.87
    assert np.isfinite(table.value).all()
