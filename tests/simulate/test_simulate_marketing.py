"""Advertising of the simulated shop: the truth is what happened, and what the data say misleads the last click."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from patron.contracts.raw import FIELDS
from patron.simulate import Shop, shop
from patron.simulate.calendar import Calendar
from patron.simulate.lines import Lines
from patron.simulate.marketing import on_sale
from patron.simulate.marketing.demand import ELASTICITIES
from patron.simulate.marketing.plans import PAID, TESTS
from patron.simulate.marketing.pressure import pressed

FACTS: dict[str, Any] = {"customers": 6_000, "seed": 4, "mess": False}


@pytest.fixture(scope="module")
def made() -> Shop:
    return shop(**FACTS, marketing=True)


@pytest.fixture(scope="module")
def asked(made: Shop) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name in ("order_lines", "products", "events", "assignments", "spend", "customers", "mix_model"):
        connection.register(name, getattr(made, name))
    for name, table in made.truth.items():
        connection.register(f"true_{name}", table)
    connection.register("lines_without", shop(**FACTS).order_lines)
    return connection


def rows(asked: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return asked.execute(sql).fetchall()


def one(asked: duckdb.DuckDBPyConnection, sql: str) -> Any:
    return rows(asked, sql)[0]


def test_every_order_has_one_cause_and_the_truth_adds_up(asked: duckdb.DuckDBPyConnection) -> None:
    sold = "SELECT DISTINCT order_id FROM order_lines WHERE quantity > 0"
    assert one(asked, f"SELECT count(*) FROM ({sold}) FULL JOIN true_order_causes c USING (order_id) "
                      "WHERE c.order_id IS NULL OR cause IS NULL") == (0,)  # fmt: skip
    assert one(asked, "SELECT sum(revenue) FROM true_order_causes") == one(
        asked, "SELECT sum(quantity * unit_price - discount)::DECIMAL(18, 2) FROM order_lines"
    )
    late = "ordered_on > DATE '2024-12-31' - 365"
    assert rows(asked, f"""
        SELECT cause, count(*), sum(first_order::INT), sum(revenue), sum(margin) FROM true_order_causes WHERE {late}
        GROUP BY ALL ORDER BY ALL""") == rows(
        asked, "SELECT channel, orders, customers, revenue, margin FROM true_channels WHERE orders > 0 ORDER BY ALL"
    )  # fmt: skip


def test_no_order_is_new_and_advertising_takes_later_ones_alone(asked: duckdb.DuckDBPyConnection) -> None:
    per = "SELECT DISTINCT customer_id, ordered_at FROM {} WHERE quantity > 0"
    before, now = per.format("lines_without"), per.format("order_lines")
    lost, new = (f"SELECT count(*) FROM (({one}) EXCEPT ({two}))" for one, two in ((before, now), (now, before)))
    assert one(asked, new) == (0,)
    assert one(asked, lost)[0] > 3_000


def test_the_harder_a_channel_pushes_the_more_it_brings(asked: duckdb.DuckDBPyConnection) -> None:
    high, low = one(asked, """
        SELECT avg(orders) FILTER (half = 2), avg(orders) FILTER (half = 1)
        FROM (SELECT *, ntile(2) OVER (ORDER BY pressure) AS half FROM true_channel_weeks WHERE channel = 'paid_social')
    """)  # fmt: skip
    assert high > 1.2 * low
    brought = dict(rows(asked, "SELECT channel, margin / nullif(spend, 0) - 1 FROM true_channels"))
    assert brought["paid_social"] > 0.5
    assert brought["brand_search"] < -0.5
    assert brought["retargeting"] < -0.3
    assert {row[0] for row in rows(asked, "SELECT DISTINCT channel FROM spend")} == set(PAID)


def test_the_last_touch_is_of_channels_that_cause_little(asked: duckdb.DuckDBPyConnection) -> None:
    credit = dict(rows(asked, """
        WITH orders AS (SELECT DISTINCT order_id, customer_id, ordered_at FROM order_lines
                        WHERE quantity > 0 AND ordered_at >= TIMESTAMP '2024-01-01'),
             seen AS (SELECT DISTINCT anonymous_id, 'C' || right(anonymous_id, 6) AS customer_id FROM events),
             touch AS (SELECT s.customer_id, occurred_at, marketing_channel AS channel
                       FROM events e JOIN seen s USING (anonymous_id) WHERE marketing_channel IS NOT NULL),
             last AS (SELECT o.order_id, arg_max(channel, occurred_at) AS channel
                      FROM orders o JOIN touch t ON t.customer_id = o.customer_id AND t.occurred_at < o.ordered_at
                       AND t.occurred_at > o.ordered_at - INTERVAL 30 DAY GROUP BY ALL)
        SELECT channel, count(*) / (SELECT count(*) FROM orders) FROM last GROUP BY ALL
    """))  # fmt: skip
    true = dict(rows(asked, "SELECT channel, orders / sum(orders) OVER () FROM true_channels"))
    assert credit["brand_search"] > 5 * true["brand_search"]
    assert credit["retargeting"] > 4 * true["retargeting"]
    assert credit["paid_social"] < 0.5 * true["paid_social"]
    assert "catalogue" not in credit  # it has a price and effects, and no touch


def test_a_lift_test_withholds_touches_and_orders_from_its_control_group_alone(
    asked: duckdb.DuckDBPyConnection,
) -> None:
    for test in TESTS:
        within = f"BETWEEN DATE '2024-12-31' - {test.before - 1} AND DATE '2024-12-31' - {test.before - test.days}"
        arms = f"(SELECT customer_id, arm FROM assignments WHERE experiment = '{test.experiment}')"
        caused = dict(rows(asked, f"""
            SELECT arm, count(*) FROM true_order_causes JOIN {arms} USING (customer_id)
            WHERE cause = '{test.channel}' AND ordered_on {within} AND NOT first_order GROUP BY ALL"""))  # fmt: skip
        assert list(caused) == ["treated"]
        seen = rows(asked, f"""
            SELECT DISTINCT arm FROM events e JOIN {arms} a ON a.customer_id = 'C' || right(e.anonymous_id, 6)
            WHERE marketing_channel = '{test.channel}' AND occurred_at::DATE {within}""")  # fmt: skip
        assert seen == [("treated",)]
        told = one(asked, f"SELECT orders, withheld, treated, control FROM true_channel_tests WHERE channel = "
                          f"'{test.channel}'")  # fmt: skip
        assert told[0] == caused["treated"]
        assert abs(told[0] / told[2] - told[1] / told[3]) < 4 * (told[0] ** 0.5 + told[1] ** 0.5) / told[3]


def test_the_mix_model_is_right_but_for_one_channel(asked: duckdb.DuckDBPyConnection) -> None:
    ratio = dict(rows(asked, """
        SELECT m.channel, sum(m.contribution) / nullif(sum(w.revenue), 0)
        FROM mix_model m JOIN true_channel_weeks w ON w.channel = m.channel AND w.week = m.period_start GROUP BY ALL
    """))  # fmt: skip
    assert ratio.pop("brand_search") > 3
    assert all(0.6 < value < 1.6 for value in ratio.values())


def test_the_sources_have_the_columns_that_patron_reads(made: Shop) -> None:
    for name in ("spend", "assignments", "customers"):
        known = {column.name for column in FIELDS[name]}
        assert set(getattr(made, name).column_names) <= known


def digest(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*.parquet")
    }


def test_the_same_seed_gives_the_same_shop_and_a_young_one_has_no_tests(tmp_path: Path) -> None:
    facts: dict[str, Any] = {"customers": 200, "seed": 3, "identity": True, "dealings": True, "campaigns": True}
    first, second = (shop(**facts, marketing=True).write(tmp_path / name) for name in ("one", "two"))
    assert digest(first) == digest(second)
    young = shop(customers=50, seed=1, first_day=date(2024, 11, 1), last_day=date(2024, 12, 31), marketing=True)
    assert young.assignments.num_rows == 0
    assert young.truth["channel_tests"].num_rows == 0
    assert young.truth["order_causes"].num_rows > 0


@pytest.mark.parametrize(
    "facts",
    [
        {"customers": 1, "first_day": date(2024, 5, 1), "last_day": date(2024, 5, 1)},
        {"customers": 40, "first_day": date(2023, 1, 2), "last_day": date(2023, 9, 30), "campaigns": True},
        {"customers": 40, "kinds": 1.0, "dealings": True, "identity": True},
    ],
)
def test_small_and_young_shops_advertise_too(facts: dict[str, Any]) -> None:
    made = shop(seed=3, marketing=True, **facts)
    assert made.spend.num_rows == len(PAID) * ((made.last_day - made.first_day).days + 1)
    assert set(made.truth["order_causes"]["cause"].to_pylist()) <= {"baseline", *PAID}
    assert made.truth["channels"].num_rows == 1 + len(PAID)


@given(
    spend=arrays(np.int64, (20, len(PAID)), elements=st.integers(0, 10**7)), week=st.integers(0, 19),
    more=st.integers(1, 10**7),
)  # fmt: skip
def test_more_spend_never_pushes_less_and_nothing_pushes_beyond_one(
    spend: NDArray[np.int64], week: int, more: int
) -> None:
    """With the half point held, by weeks that are the same before and after."""
    channel, usual = 0, np.full(len(PAID), 10_000.0)
    raised = spend.copy()
    raised[week, channel] += more
    before, after = pressed(spend, usual), pressed(raised, usual)
    assert ((before >= 0) & (before < 1)).all()
    assert (after[week:, channel] >= before[week:, channel]).all()
    assert after[week, channel] > before[week, channel]
    assert (after[:, 1:] == before[:, 1:]).all()


# Prices


def test_units_answer_the_shelf_price_as_the_truth_says() -> None:
    calendar = Calendar(first_day=date(2022, 1, 1), days=1096)
    asks, goods = on_sale(np.random.default_rng(1), 1, calendar, moving=True)
    assert asks is not None
    product, day = int(np.flatnonzero((goods.category == 7) & (asks.rival < 0))[0]), np.array([40, 400])
    count = 100_000
    nothing = np.zeros(2 * count, np.int64)
    sales = Lines(
        order=nothing, customer=np.tile([0, 1], count), second=np.repeat(day, count) * 86_400,
        product=nothing + product, quantity=nothing + 2, price=nothing + 100, discount=nothing + 10, channel=nothing,
        country=nothing, origin=nothing - 1,
    )  # fmt: skip
    # Two customers, of whom the second always uses vouchers; the bases of two weeks differ by what all else adds.
    bought = asks.bought(np.random.default_rng(2), sales, SimpleNamespace(voucher=np.array([0.0, 1.0])))  # type: ignore[arg-type]
    week = (day + goods.begun) // 7
    for place, at in enumerate(week):
        for who, minds in enumerate((0.8, 2.0)):
            mine = (bought.day == day[place]) & (bought.customer == who)
            mean = bought.quantity[mine].sum() / (count / 2)
            log_units = minds * asks.elasticity[product] * asks.prices.shelf[product, at] + asks.other[product, at]
            assert mean == pytest.approx(2 * np.exp(log_units), rel=0.02)
    assert (bought.quantity > 0).all()
    assert bought.discount.sum() == pytest.approx(5 * bought.quantity.sum(), rel=1e-6)


def test_prices_stand_still_follow_demand_or_are_tried_by_category(
    made: Shop, asked: duckdb.DuckDBPyConnection
) -> None:
    asked.register("true_elasticities", made.truth["elasticities"])
    moved = dict(rows(asked, """
        SELECT prices, avg(spread) FROM (
            SELECT prices, product_id, stddev_samp(ln(unit_price::DOUBLE)) AS spread
            FROM order_lines JOIN true_elasticities USING (product_id) GROUP BY ALL) GROUP BY ALL"""))  # fmt: skip
    assert moved["steady"] == 0
    assert moved["followed_demand"] > 0.05
    assert moved["tried"] > 0.12


def test_a_plain_regression_finds_customers_calmer_than_they_are(asked: duckdb.DuckDBPyConnection) -> None:
    found = dict(rows(asked, """
        WITH weeks AS (SELECT category, product_id, date_trunc('week', ordered_at) AS week,
                              ln(sum(quantity)) AS units, ln(avg(unit_price)::DOUBLE) AS price
                       FROM order_lines JOIN products USING (product_id) WHERE quantity > 0 GROUP BY ALL),
             apart AS (SELECT category, units - avg(units) OVER (PARTITION BY product_id) AS units,
                              price - avg(price) OVER (PARTITION BY product_id) AS price FROM weeks)
        SELECT category, sum(units * price) / sum(price * price) FROM apart GROUP BY ALL"""))  # fmt: skip
    for category, true in ELASTICITIES.items():
        if category not in ("Baby care", "Garden"):
            assert found[category] > 0.95 * true + 0.5, category


def test_the_market_tells_of_competitors_and_of_demand(made: Shop) -> None:
    market = made.market.to_pandas()
    index = market[market["category"].notna()]
    assert index.groupby("category")["category_index"].std().between(0.1, 0.6).all()
    assert market[market["competitor"].notna()]["product_id"].nunique() == 60
    assert set(market.columns) == {column.name for column in FIELDS["market"]}
