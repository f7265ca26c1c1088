"""The kinds that a shop plants: as they were meant, in an otherwise usual shop, and none where nobody asked."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np
import pandas as pd
import pytest

from patron.errors import ArgumentError
from patron.simulate import Shop, shop
from patron.simulate.planted_segments import KINDS

CUSTOMERS = 1_200


@pytest.fixture(scope="module")
def planted() -> Shop:
    return shop(customers=CUSTOMERS, seed=4, kinds=0.5)


@pytest.fixture(scope="module")
def sales(planted: Shop) -> pd.DataFrame:
    lines = planted.order_lines.join(planted.truth["behaviour"], "customer_id").to_pandas()
    return lines[(lines.quantity > 0) & lines.segment.notna() & (lines.ordered_at < "2025-01-01")]


def test_kinds_are_as_many_as_they_are_meant_to_be(planted: Shop) -> None:
    counts = Counter(planted.truth["behaviour"]["segment"].to_pylist())
    for kind in KINDS:
        assert counts[kind.name] / CUSTOMERS == pytest.approx(kind.share, abs=0.04)
    assert planted.truth["behaviour"]["customer_id"].equals(planted.customers["customer_id"])


def test_kinds_show_in_what_is_ordered(planted: Shop, sales: pd.DataFrame) -> None:
    of_kind = sales.groupby("segment")
    price = (sales.unit_price.astype(float) * sales.quantity).groupby(sales.segment).sum()
    off = of_kind.discount.sum().astype(float) / price
    assert off["discount hunter"] == pytest.approx(0.45, abs=0.05)
    assert off.drop("discount hunter").max() < 0.15
    assert of_kind.channel.agg(lambda names: (names == "store").mean()).idxmax() == "saturday visitor"
    assert of_kind.ordered_at.agg(lambda moments: (moments.dt.hour >= 18).mean()).idxmax() == "evening app user"
    assert of_kind.ordered_at.agg(lambda moments: moments.dt.month.isin((11, 12)).mean()).idxmax() == "gift giver"
    lines = planted.order_lines.join(planted.truth["behaviour"], "customer_id").to_pandas()
    back = (lines.quantity < 0).groupby(lines.segment).mean()
    assert back.idxmax() == "serial returner"
    orders = sales.groupby(["segment", "customer_id"]).order_id.nunique().groupby("segment").mean()
    assert orders.idxmax() == "replenisher"
    products = sales.groupby(["segment", "customer_id"]).product_id.agg(lambda one: one.nunique() / len(one))
    assert products.groupby("segment").mean().idxmin() == "replenisher"
    worth = sales.assign(paid=sales.unit_price.astype(float) * sales.quantity).groupby(["segment", "order_id"]).paid
    assert worth.sum().groupby("segment").median().idxmax() == "bulk buyer"


def test_difficulty_spreads_customers_around_their_kind(sales: pd.DataFrame) -> None:
    other = shop(customers=CUSTOMERS, seed=4, kinds=2.0)
    lines = other.order_lines.join(other.truth["behaviour"], "customer_id").to_pandas()

    def spread(lines: pd.DataFrame) -> float:
        hunters = lines[(lines.segment == "discount hunter") & (lines.quantity > 0)].groupby("customer_id")
        price = hunters.apply(lambda one: (one.unit_price.astype(float) * one.quantity).sum(), include_groups=False)
        return float(np.std(hunters.discount.sum().astype(float) / price))

    assert spread(lines) > 1.5 * spread(sales)


def test_the_truth_is_that_of_the_kinds_and_the_rest_of_the_shop_stays(planted: Shop) -> None:
    plain = shop(customers=CUSTOMERS, seed=4)
    assert "behaviour" not in plain.truth
    assert planted.products.equals(plain.products)
    assert planted.spend.equals(plain.spend)
    assert planted.customers["country"].equals(plain.customers["country"])
    truth = planted.truth["customers"].join(planted.truth["behaviour"], "customer_id").to_pandas()
    # Nobody leaves before a year and a half, so that those who came last order on for some time.
    rate = truth.groupby("segment").rate.mean()
    assert rate["replenisher"] == pytest.approx(1 / 13, rel=0.2)
    assert truth.groupby("segment").orders_next_year.mean().idxmax() == "replenisher"
    again = shop(customers=CUSTOMERS, seed=4, kinds=0.5)
    assert again.order_lines.equals(planted.order_lines)


def test_kinds_in_a_short_shop_and_in_one_with_everything() -> None:
    short = shop(customers=30, seed=1, kinds=1.0, first_day=date(2024, 3, 1), last_day=date(2024, 4, 30))
    assert short.order_lines.num_rows > 0
    full = shop(customers=60, seed=1, kinds=0, identity=True, dealings=True, market=True, experience=True, wants=True)
    assert {"behaviour", "attitudes", "messages"} <= set(full.truth)


def test_a_difficulty_below_zero_is_refused() -> None:
    with pytest.raises(ArgumentError, match="difficulty"):
        shop(customers=10, seed=1, kinds=-1.0)
