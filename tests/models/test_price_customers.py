"""One customer's answer to prices, against customers whose answer is known."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import ibis
import numpy as np
import pyarrow as pa
import pytest
from ibis.expr.types import Table
from pandas.testing import assert_frame_equal

from patron.errors import ContractError, NotEnoughData
from patron.models import PriceResponse
from patron.models.price_customers import customer_scores
from patron.simulate import planted_prices

CUSTOMERS = 600


@cache
def bought(spread: float = 0.8) -> tuple[PriceResponse, pa.Table, dict[str, float]]:
    """Return a model, who bought what, and how much more than others each heeds prices."""
    planted = planted_prices(categories=2, products=8, units=60.0, seed=1)
    model = PriceResponse(trees=False, cross=0).fit(planted.rows, as_of=planted.as_of, prices=["competitor_price"])
    rng = np.random.default_rng(2)
    own = rng.normal(0, spread, CUSTOMERS)
    weeks = planted.rows.group_by(["product_id", "period"]).aggregate([("units", "sum"), ("price", "mean")])
    name, log = np.array(weeks["product_id"].to_pylist()), np.log(weeks["price_mean"].to_numpy())
    middle = {one: log[name == one].mean() for one in set(name.tolist())}
    move = log - np.array([middle[one] for one in name.tolist()])
    who, row = [], []
    for place, units in enumerate(weeks["units_sum"].to_pylist()):
        chance = np.exp(own * move[place])
        who.append(rng.choice(CUSTOMERS, units, p=chance / chance.sum()))
        row.append(np.full(units, place))
    chosen = weeks.take(pa.array(np.concatenate(row)))
    purchases = pa.table({
        "customer_id": [f"c{one}" for one in np.concatenate(who).tolist()], "product_id": chosen["product_id"],
        "period": chosen["period"], "units": np.ones(len(chosen), dtype=np.int64),
    })  # fmt: skip
    return model, purchases, dict(zip((f"c{one}" for one in range(CUSTOMERS)), own.tolist(), strict=True))


def assert_said_alike(scores: Table, usual: Table) -> None:
    """Assert that two tables say the same; the order in which an engine's threads add changes the last digits."""
    frames = [one.order_by("customer_id").to_pandas() for one in (scores, usual)]
    assert_frame_equal(*frames, check_exact=False, rtol=1e-9)


def test_customers_are_ranked_and_their_intervals_cover() -> None:
    model, purchases, truth = bought()
    said = model.customers(purchases).to_pyarrow().to_pydict()
    true = np.array([truth[one] for one in said["customer_id"]]) - np.mean(list(truth.values()))
    shift, low, high = (np.array(said[name]) for name in ("shift", "low", "high"))
    assert len(shift) == CUSTOMERS
    assert np.corrcoef(shift, true)[0, 1] > 0.6
    assert np.polyfit(shift, true, 1)[0] == pytest.approx(1.0, abs=0.15)  # drawn to others by as much as is right
    assert 0.92 < np.mean((low <= true) & (true <= high)) < 0.98
    assert sum(said["purchases"]) == purchases.num_rows


def test_customers_who_do_not_differ_are_not_told_apart() -> None:
    model, purchases, _ = bought(0.0)
    shift = model.customers(purchases).to_pyarrow()["shift"].to_numpy()
    assert np.std(shift) < 0.1


def test_purchases_that_the_fit_does_not_know_are_left_out() -> None:
    model, purchases, _ = bought()
    some = purchases.slice(0, 50)
    later = pa.array([day + timedelta(days=9_999) for day in some["period"].to_pylist()], pa.date32())
    unknown = some.set_column(2, "period", later).set_column(1, "product_id", pa.array(["new"] * 50))
    assert_said_alike(model.customers(pa.concat_tables([some, unknown])), model.customers(some))


def test_a_saved_model_says_the_same_of_customers() -> None:
    model, purchases, _ = bought()
    some = purchases.slice(0, 500)
    again = PriceResponse.from_json(model.to_json())
    assert_said_alike(again.customers(some), model.customers(some))


def test_the_sums_compile_for_spark() -> None:
    assert ibis.pyspark
    bought = ibis.table({"customer_id": "string", "product_id": "string", "period": "date", "units": "int64"}, name="b")
    pulls = ibis.table({"product_id": "string", "period": "date", "pull": "float64", "told": "float64"}, name="p")
    assert "GROUP BY" in ibis.to_sql(customer_scores(bought, pulls), dialect="pyspark")


def test_purchases_without_a_column_and_rows_without_time_are_refused() -> None:
    model, purchases, _ = bought()
    with pytest.raises(ContractError, match="units"):
        model.customers(purchases.drop_columns(["units"]))
    rows = planted_prices(categories=1, products=2, weeks=60, seed=1).rows.drop_columns(["period"])
    with pytest.raises(NotEnoughData):
        PriceResponse(trees=False).fit(rows, as_of=None).customers(ibis.memtable(purchases))
