"""Whom a campaign of the simulated shop moves is found from what could be seen of customers before it."""

from __future__ import annotations

from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest
from numpy.typing import NDArray

from patron.models import Response
from patron.simulate import shop

CUSTOMERS, SEED, CAMPAIGN = 40_000, 5, "Winter letter"

UNITS = f"""
    WITH drawn AS (SELECT customer_id, arm, assigned_at FROM assignments WHERE experiment = '{CAMPAIGN}'),
         lines AS (SELECT customer_id, ordered_at, order_id, channel, quantity * unit_price AS gross, discount,
                          quantity * (unit_price - unit_cost) - discount AS margin
                   FROM order_lines JOIN products USING (product_id)),
         days AS (SELECT *, date_diff('day', assigned_at, ordered_at) AS day
                  FROM drawn LEFT JOIN lines USING (customer_id))
    SELECT customer_id, arm, coalesce(sum(margin) FILTER (day BETWEEN 1 AND 41), 0)::DOUBLE AS outcome,
           coalesce(sum(gross - discount) FILTER (day BETWEEN -364 AND 0), 0)::DOUBLE AS spend,
           coalesce(sum(discount) FILTER (day <= 0) / nullif(sum(gross) FILTER (day <= 0), 0), 0)::DOUBLE AS discounts,
           coalesce(-max(day) FILTER (day <= 0), 999)::DOUBLE AS days_since_last,
           count(DISTINCT order_id) FILTER (day BETWEEN -364 AND 0)::DOUBLE AS orders,
           coalesce(avg((channel = 'app')::INT) FILTER (day <= 0), 0)::DOUBLE AS by_app
    FROM days GROUP BY ALL ORDER BY customer_id
"""
FEATURES = ["customer_id", "spend", "discounts", "days_since_last", "orders", "by_app"]


def units_of(growth: Any) -> tuple[pa.Table, NDArray[np.float64]]:
    """Return the units of the campaign, and the true expected effect of each."""
    made = shop(customers=CUSTOMERS, seed=SEED, mess=False, campaigns=True, growth=growth)
    connection = duckdb.connect()
    for name in ("order_lines", "products", "assignments"):
        connection.register(name, getattr(made, name))
    connection.register("effects", made.truth["campaign_effects"])
    told = connection.sql(UNITS).to_arrow_table()
    truth = connection.sql(f"""SELECT expected_margin FROM effects WHERE campaign = '{CAMPAIGN}' AND arm = 'mail'
                               ORDER BY customer_id""").to_arrow_table()  # fmt: skip
    return told, truth["expected_margin"].to_numpy()


def found_in(units: pa.Table) -> NDArray[np.float64]:
    model = Response("ensemble", held_out=False)
    model.fit(units.select(FEATURES), treatment=units["arm"], outcome=units["outcome"], propensity=0.5)
    return np.asarray(model.predict(units.select(FEATURES)))[:, 0]


@pytest.mark.slow
@pytest.mark.parametrize(("growth", "share", "agrees"), [("middle", 0.6, 0.5), ("top", 0.7, 0.55)])
def test_targeting_by_response_takes_most_of_what_can_be_had(growth: str, share: float, agrees: float) -> None:
    """At a cost that makes treating everybody worthless, so that only who is chosen pays."""
    units, truth = units_of(growth)
    found, cost = found_in(units), truth.mean()
    best, taken = np.maximum(truth - cost, 0).sum(), (truth - cost)[found > cost].sum()
    assert taken / best > share
    assert np.corrcoef(found, truth)[0, 1] > agrees


@pytest.mark.slow
def test_where_nobody_is_moved_hardly_anything_is_found() -> None:
    units, truth = units_of("nowhere")
    assert not truth.any()
    assert found_in(units).std() < 0.1 * units["outcome"].to_numpy().std()
