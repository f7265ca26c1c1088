"""Online Retail II: the next order of the last month, foretold from what was known before it (docs/next_product.md)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.engines import connect
from patron.models import NextProduct

FILES = Path(__file__).parents[3] / "shared" / "data" / "online_retail_ii"
AS_OF, K = date(2011, 11, 9), 10
LAST = AS_OF + timedelta(days=30)


@pytest.fixture(scope="module")
def goods() -> pa.Table:
    """Lines of known customers; what is no product (postage, fees) has no number of five digits."""
    if not FILES.exists():
        pytest.skip(f"needs {FILES}: put the public data set there")
    table = connect().read_csv(str(FILES / "*.csv.gz"), all_varchar=True)
    lines = table.select(
        customer_id=table["Customer ID"], product_id=table.StockCode, quantity=table.Quantity.cast("float64"),
        ordered_at=table.InvoiceDate.cast("timestamp"),
        price=table.Price.cast("float64"),
    )  # fmt: skip
    known = lines.customer_id.length() > 0
    return lines.filter(known & (lines.price > 0) & lines.product_id.re_search("^[0-9]{5}")).to_pyarrow()


@pytest.fixture(scope="module")
def following(goods: pa.Table) -> dict[str, set[str]]:
    """The products of each known customer's first order day within the month after."""
    table = ibis.memtable(goods).mutate(day=ibis._.ordered_at.date())
    bought = table.filter(table.quantity > 0)
    before = bought.filter(bought.day <= AS_OF)
    after = bought.filter((bought.day > AS_OF) & (bought.day <= LAST)).semi_join(before, "customer_id")
    first = after.mutate(first=after.day.min().over(ibis.window(group_by="customer_id")))
    found: dict[str, set[str]] = {}
    for row in first.filter(first.day == first["first"]).select("customer_id", "product_id").to_pyarrow().to_pylist():
        found.setdefault(row["customer_id"], set()).add(row["product_id"])
    return found


def judged(table: pa.Table, following: dict[str, set[str]]) -> np.ndarray[Any, Any]:
    """Return recall, share of the list that is bought, and whether anything is, of each customer in order."""
    told: dict[str, set[str]] = {}
    for row in table.select(["customer_id", "product_id"]).to_pylist():
        told.setdefault(row["customer_id"], set()).add(row["product_id"])
    figures = []
    for who, products in sorted(following.items()):
        hits = len(products & told.get(who, set()))
        figures.append((hits / len(products), hits / K, float(hits > 0)))
    return np.array(figures)


@pytest.mark.slow
def test_the_next_order_of_the_last_month(goods: pa.Table, following: dict[str, set[str]]) -> None:
    customers = sorted(following)
    model = NextProduct().fit(goods.drop_columns("price"), as_of=AS_OF)
    table = model.recommend(K, customers=customers)
    popular = model.recommend(K, customers=["a stranger"])["product_id"].to_pylist()
    same = pa.table({"customer_id": np.repeat(customers, K), "product_id": popular * len(customers)})
    ours, theirs = judged(table, following), judged(same, following)
    draws = np.random.default_rng(1).integers(0, len(customers), (2_000, len(customers)))
    lift = ours[draws, 1].mean(axis=1) / theirs[draws, 1].mean(axis=1)
    low, high = np.quantile(lift, [0.025, 0.975])
    print(ours.mean(axis=0), theirs.mean(axis=0), f"lift {lift.mean():.2f} ({low:.2f} to {high:.2f})")  # noqa: T201
    assert len(customers) > 1_400
    assert low > 3
    assert ours[:, 0].mean() > 0.18  # own frequency finds .163
    assert table["score"].to_numpy().mean() == pytest.approx(ours[:, 1].mean(), abs=0.025)
