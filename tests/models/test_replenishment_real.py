"""Replenishment on Online Retail II: dates made on one day, held against the half year after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from patron.models import Replenishment

pytestmark = [pytest.mark.slow, pytest.mark.real_data]

END = date(2011, 12, 9)


@pytest.fixture(scope="module")
def lines(shared_data: Callable[[str], Path]) -> pd.DataFrame:
    files = sorted(shared_data("online_retail_ii").glob("*.csv.gz"))
    rows = pd.concat([pd.read_csv(file, dtype=str) for file in files]).drop_duplicates()
    rows = rows[rows["Customer ID"].notna() & ~rows["Invoice"].str.startswith("C")]
    return pd.DataFrame({
        "customer_id": rows["Customer ID"], "product_id": rows["StockCode"].str.upper(),
        "ordered_at": pd.to_datetime(rows["InvoiceDate"]).dt.normalize(), "quantity": rows["Quantity"].astype(float),
    })  # fmt: skip


@pytest.mark.parametrize("as_of", [date(2011, 3, 9), date(2011, 6, 9), date(2011, 9, 9)])
def test_the_next_purchase_lies_in_the_interval_of_most(lines: pd.DataFrame, as_of: date) -> None:
    model = Replenishment().fit(lines, as_of=as_of)
    due = model.due().to_pandas()
    later = lines[(lines["ordered_at"].dt.date > as_of) & (lines["quantity"] > 0)]
    came = later.groupby(["customer_id", "product_id"])["ordered_at"].min().rename("came_on").reset_index()
    both = due.merge(came, how="left", on=["customer_id", "product_id"])
    # Only intervals that ended before the data do can be judged.
    both = both[(pd.to_datetime(both["due_high"]).dt.date <= END) & (both["grade"] != "D")]
    again = both[both["came_on"].notna()]
    inside = (again["came_on"] >= pd.to_datetime(again["due_low"])) & (
        again["came_on"] <= pd.to_datetime(again["due_high"])
    )
    assert len(again) > 300
    print(  # noqa: T201 - the page docs/replenishment.md tells these figures
        as_of, len(both), f"{inside.mean():.3f} inside, chance {both['chance'].mean():.3f},"
        f" came again {len(again) / len(both):.3f}", model, model.left_out_,
        inside.groupby(again["grade"]).mean().round(3).to_dict(), due["grade"].value_counts().to_dict(),
    )  # fmt: skip
    assert 0.75 < inside.mean() < 0.92
    assert both["chance"].mean() == pytest.approx(len(again) / len(both), abs=0.12)


@pytest.mark.parametrize("as_of", [date(2010, 12, 9), date(2011, 3, 9), date(2011, 6, 9)])
def test_the_own_interval_is_better_than_the_product_s(lines: pd.DataFrame, as_of: date) -> None:
    model = Replenishment().fit(lines, as_of=as_of)
    due = model.due().to_pandas()
    products = model.products_.to_pandas().set_index("product_id")["interval_days"]
    bought = pd.to_datetime(due["last_bought_on"])
    # Of those who bought some weeks ago only the late ones are still waited for: the interval of these is no fair test.
    fresh = due[(due["purchases"] >= 4) & ((pd.Timestamp(as_of) - bought).dt.days <= 7)]
    later = lines[(lines["ordered_at"].dt.date > as_of) & (lines["quantity"] > 0)]
    came = later.groupby(["customer_id", "product_id"])["ordered_at"].min().rename("came_on").reset_index()
    both = fresh.merge(came, on=["customer_id", "product_id"])
    took = (both["came_on"] - pd.to_datetime(both["last_bought_on"])).dt.days
    plain = both["product_id"].map(products)
    own_error, plain_error = (np.abs(np.log(took / days)).median() for days in (both["interval_days"], plain))
    ranks = [float(took.corr(days, method="spearman")) for days in (both["interval_days"], plain)]
    print(as_of, len(both), f"error of the logarithm {own_error:.3f} and {plain_error:.3f}, rank", ranks)  # noqa: T201
    assert own_error < 0.9 * plain_error
    assert ranks[0] > ranks[1] + 0.1
    assert fresh["chance"].mean() == pytest.approx(len(both) / len(fresh), abs=0.1)
