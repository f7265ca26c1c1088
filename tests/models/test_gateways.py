"""Gateway products: planted ones are found; an old, a seasonal and a much-in-one-basket product are none."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import ibis
import numpy as np
import pyarrow as pa
import pytest

from patron.contracts.habit import GATEWAYS
from patron.errors import ArgumentError
from patron.models import gateways

START, AS_OF = date(2023, 1, 1), date(2024, 12, 31)
DAYS = (AS_OF - START).days
Tables = tuple[Any, Any]


def shop(
    customers: int, *, seed: int, lift: float = 0.0, large: float = 0.0, products: int = 20, drift: float = 0.0
) -> Tables:
    """Draw a shop in which product P00 raises the chance to come again by `lift`, each line above three by `large`.

    P01 is sold in the first year alone; with `drift` customers of the second year come again less.
    """
    rng = np.random.default_rng(seed)
    day = rng.integers(0, DAYS, customers)
    size = rng.integers(1, 8, customers)
    lines, orders = [], []
    for who in range(customers):
        choice = rng.permutation(products)[: size[who]]
        bought = [f"P{one:02d}" for one in choice if one != 1 or day[who] < 365]
        bought = bought or ["P02"]
        chance = 0.3 + lift * ("P00" in bought) + large * max(size[who] - 3, 0) - drift * (day[who] >= 365)
        lines += [(who, int(day[who]), one) for one in bought]
        orders.append((who, int(day[who]), 10.0))
        if rng.random() < chance:
            orders.append((who, int(day[who]) + 1 + int(rng.integers(0, 150)), 50.0))
    return tables(lines, [order for order in orders if order[1] <= DAYS])


def tables(lines: list[tuple[int, int, str]], orders: list[tuple[int, int, float]]) -> Tables:
    def moments(days: list[int]) -> pa.Array:
        return pa.array([START + timedelta(days=day) for day in days], pa.date32()).cast(pa.timestamp("us"))

    sold = pa.table({
        "customer_id": [f"c{who:05d}" for who, _, _ in lines],
        "ordered_at": moments([day for _, day, _ in lines]),
        "kind": ["sale"] * len(lines),
        **{name: [item for _, _, item in lines] for name in ("product_id", "product_name", "category")},
        "channel": ["web" if who % 2 else "app" for who, _, _ in lines],
    })  # fmt: skip
    bought = pa.table({
        "customer_id": [f"c{who:05d}" for who, _, _ in orders],
        "ordered_at": moments([day for _, day, _ in orders]),
        "amount": pa.array([Decimal(str(amount)) for _, _, amount in orders], pa.decimal128(18, 2)),
    })  # fmt: skip
    return ibis.memtable(sold), ibis.memtable(bought)


def rows(parts: Tables, *, kind: str = "product") -> dict[str, dict[str, Any]]:
    lines, orders = parts
    table = GATEWAYS.check(gateways(lines, orders, as_of=AS_OF, horizon_days=180)).to_pyarrow()
    return {row["item"]: row for row in table.to_pylist() if row["kind"] == kind}


def test_the_product_that_makes_customers_stay_is_found_with_its_effect() -> None:
    found = rows(shop(4_000, seed=1, lift=0.25))
    assert [item for item, row in found.items() if row["found"]] == ["P00"]
    best = found["P00"]
    assert best["low"] < 0.25 < best["high"]
    assert best["low"] > 0
    assert 0 < best["shrunk"] < best["difference"]
    assert best["value_low"] < 50 * 0.25 < best["value_high"]
    assert next(iter(found)) == "P00"
    assert "An association, not an effect." in best["sentence"]


def test_an_old_product_is_not_better_by_having_been_there_in_good_times() -> None:
    found = rows(shop(4_000, seed=2, drift=0.2))
    plain = found["P01"]["rate_again"] - np.mean([row["rate_again"] for row in found.values()])
    assert plain > 0.03  # it was sold when everybody came again more
    assert found["P01"]["low"] < 0 < found["P01"]["high"]
    assert not any(row["found"] for row in found.values())


def test_large_baskets_do_not_make_gateways_of_all_products() -> None:
    parts = shop(6_000, seed=3, large=0.1)
    found = rows(parts)
    assert not any(row["found"] for row in found.values())
    assert np.mean([row["difference"] for row in found.values()]) == pytest.approx(
        0, abs=0.03
    )  # sizes differ within a class
    baskets = rows(parts, kind="basket")
    assert baskets["4-7"]["found"]
    assert baskets["4-7"]["difference"] > 0.1
    assert baskets["1"]["difference"] < 0


def test_false_discoveries_stay_below_a_tenth_where_nothing_is_planted() -> None:
    """With nothing to find, a false discovery rate of 10 % is a finding in at most one shop of ten."""
    wrong = sum(any(row["found"] for row in rows(shop(800, seed=seed)).values()) for seed in range(10, 40))
    assert wrong <= 3


def test_who_began_too_late_to_be_watched_is_left_out() -> None:
    lines = [(who, DAYS - 100 if who < 100 else 10, "tea") for who in range(300)]
    lines += [(who, 10, "cups") for who in range(300, 400)]
    orders = [(who, day, 5.0) for who, day, _ in lines] + [(who, 60, 7.0) for who in range(200, 350)]
    found = rows(tables(lines, orders))
    assert (found["tea"]["customers"], found["tea"]["again"], found["tea"]["value_after"]) == (200, 100, 3.5)
    assert (found["cups"]["customers"], found["cups"]["again"]) == (100, 50)


def test_a_second_order_on_the_first_day_is_no_return() -> None:
    lines = [(who, 10, "tea" if who % 2 else "cups") for who in range(200)]
    orders = [(who, 10, 5.0) for who in range(200)] * 2 + [(who, 11, 5.0) for who in range(20)]
    found = rows(tables(lines, orders))
    assert {row["again"] for row in found.values()} == {10}


def test_a_catalogue_of_one_product_has_no_gateway() -> None:
    lines = [(who, 10, "tea") for who in range(200)]
    orders = [(who, 10, 5.0) for who in range(200)] + [(who, 50, 5.0) for who in range(100)]
    assert rows(tables(lines, orders)) == {}


def test_all_come_again_or_nobody_does_and_nothing_is_claimed() -> None:
    lines = [(who, 10, "tea" if who % 2 else "cups") for who in range(200)]
    once = [(who, 10, 5.0) for who in range(200)]
    assert rows(tables(lines, once)) == {}
    assert rows(tables(lines, once + [(who, 50, 5.0) for who in range(200)])) == {}


@pytest.mark.parametrize("horizon", [0, -3, 1.5, True])
def test_a_horizon_that_cannot_be_is_refused(horizon: Any) -> None:
    with pytest.raises(ArgumentError, match="whole number of days"):
        gateways(*tables([(1, 1, "tea")], [(1, 1, 5.0)]), as_of=AS_OF, horizon_days=horizon)


def test_nothing_later_is_used() -> None:
    lines, orders = shop(1_500, seed=5)
    day = AS_OF - timedelta(days=300)
    then = gateways(lines, orders, as_of=day, horizon_days=90).to_pyarrow()
    limit = ibis.literal(day)
    cut = [table.filter(table.ordered_at.date() <= limit) for table in (lines, orders)]
    assert then == gateways(*cut, as_of=day, horizon_days=90).to_pyarrow()
    assert then.num_rows > 0
