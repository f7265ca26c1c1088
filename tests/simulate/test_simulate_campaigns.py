"""Campaigns of the simulated shop: what the truth says is what changed, and what the data say but for chance."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from patron.contracts.raw import FIELDS
from patron.errors import ArgumentError
from patron.simulate import Shop, shop
from patron.simulate.campaigns.plans import PLANS, TIERS, WINDOW

LAST = date(2024, 12, 31)
TABLES = ("order_lines", "products", "assignments", "messages", "tickets")
MARGIN = "l.quantity * (l.unit_price - p.unit_cost) - l.discount"


def asked_of(made: Shop, without: Shop | None = None) -> duckdb.DuckDBPyConnection:
    """Return the shop's tables, its truth under names with `true_`, and the lines `without` campaigns."""
    connection = duckdb.connect()
    for name in TABLES:
        connection.register(name, getattr(made, name))
    for name, table in made.truth.items():
        connection.register(f"true_{name}", table)
    if without is not None:
        connection.register("lines_without", without.order_lines)
    return connection


@pytest.fixture(scope="module")
def asked() -> duckdb.DuckDBPyConnection:
    facts: dict[str, Any] = {"customers": 12_000, "seed": 6, "mess": False, "dealings": True}
    return asked_of(shop(**facts, campaigns=True), shop(**facts))


def rows(asked: duckdb.DuckDBPyConnection, sql: str) -> list[tuple[Any, ...]]:
    return asked.execute(sql).fetchall()


# The truth is exact: it is the difference between the shop with campaigns and the same shop without


def brought(lines: str) -> str:
    return f"""
        SELECT customer_id, sum({MARGIN}) AS margin, sum(l.quantity * l.unit_price - l.discount) AS revenue,
               count(DISTINCT order_id) FILTER (order_id LIKE 'S%') AS orders
        FROM {lines} l JOIN products p USING (product_id) GROUP BY customer_id
    """


def test_what_changed_for_each_customer_is_the_sum_of_what_her_arms_changed(asked: duckdb.DuckDBPyConnection) -> None:
    wrong = rows(asked, f"""
        WITH said AS (SELECT customer_id, sum(margin) AS margin, sum(revenue) AS revenue, sum(orders) AS orders
                      FROM true_campaign_effects WHERE in_arm GROUP BY customer_id),
             every AS (SELECT * FROM ({brought("order_lines")}) w FULL JOIN ({brought("lines_without")}) o
                       USING (customer_id) FULL JOIN said USING (customer_id))
        SELECT count(*) FILTER (abs(coalesce(w.margin, 0) - coalesce(o.margin, 0) - coalesce(said.margin, 0)) > 0.001
                             OR abs(coalesce(w.revenue, 0) - coalesce(o.revenue, 0) - coalesce(said.revenue, 0)) > 0.001
                             OR coalesce(w.orders, 0) - coalesce(o.orders, 0) <> coalesce(said.orders, 0)),
               count(*) FILTER (said.orders <> 0)
        FROM ({brought("order_lines")}) w FULL JOIN ({brought("lines_without")}) o USING (customer_id)
        FULL JOIN said USING (customer_id)
    """)  # fmt: skip
    assert wrong[0][0] == 0
    assert wrong[0][1] > 500


def test_the_tables_of_truth_add_up(asked: duckdb.DuckDBPyConnection) -> None:
    by_arm, by_tier, by_customer = (
        rows(asked, f"SELECT campaign, arm, sum(orders), sum(revenue), sum(margin) FROM {table} WHERE arm <> 'control' "
                    f"{more} GROUP BY ALL ORDER BY ALL")
        for table, more in (("true_campaigns", ""), ("true_campaign_tiers", ""),
                            ("true_campaign_effects", "AND in_arm"))
    )  # fmt: skip
    assert by_arm == by_tier == by_customer
    totals = {
        row[0]: row[1:] for row in rows(asked, "SELECT tier, customers, orders, margin, cost FROM true_campaign_totals")
    }
    assert totals["all"] == tuple(sum(column) for column in zip(*(totals[tier] for tier in TIERS), strict=True))
    assert totals["all"][1:] == rows(asked, "SELECT sum(orders), sum(margin), sum(cost) FROM true_campaigns")[0]


# The draw


def test_the_draw_is_by_lot_of_the_planned_shares_and_nobody_is_in_two_arms(asked: duckdb.DuckDBPyConnection) -> None:
    twice = "SELECT experiment, customer_id FROM assignments GROUP BY ALL HAVING count(*) > 1"
    assert rows(asked, twice) == []
    counts = rows(asked, "SELECT experiment, arm, any_value(propensity), count(*), sum(count(*)) OVER (PARTITION BY "
                         "experiment) FROM assignments GROUP BY experiment, arm")  # fmt: skip
    for experiment, arm, share, count, of in counts:
        units = 0.75 if experiment == "Household bonus" else 1.0  # several of one household are one draw
        assert abs(count - share * int(of)) < 4 * np.sqrt(share * (1 - share) * int(of) / units), (experiment, arm)
    apart = """SELECT count(*) FROM (SELECT household_id FROM assignments WHERE experiment = 'Household bonus'
               GROUP BY household_id HAVING count(DISTINCT arm) > 1)"""
    assert rows(asked, apart) == [(0,)]


def test_who_is_held_out_gets_nothing_and_the_arms_were_alike_before(asked: duckdb.DuckDBPyConnection) -> None:
    held = "(SELECT customer_id FROM assignments WHERE experiment = '{}' AND arm = 'control')"
    names = ", ".join(f"'{plan.name}'" for plan in PLANS)
    got = f"SELECT count(*) FROM {{}} WHERE customer_id IN {held.format('global')}"
    assert rows(asked, got.format("assignments") + f" AND experiment IN ({names})") == [(0,)]
    assert rows(asked, got.format("messages") + f" AND campaign IN ({names})") == [(0,)]
    programmes = f"SELECT count(DISTINCT programme) FROM assignments WHERE experiment IN ({names}) AND customer_id IN "
    assert rows(asked, programmes + held.format("programme:growth")) == [(2,)]
    before = rows(asked, f"""
        WITH past AS (SELECT customer_id, sum({MARGIN})::DOUBLE AS margin
                      FROM order_lines l JOIN products p USING (product_id)
                      WHERE ordered_at < TIMESTAMP '2024-01-25' GROUP BY customer_id)
        SELECT experiment, (avg(margin) FILTER (arm = 'control') - avg(margin) FILTER (arm <> 'control'))
               / sqrt(var_samp(margin) / count(*) FILTER (arm = 'control')
                    + var_samp(margin) / count(*) FILTER (arm <> 'control'))
        FROM assignments JOIN past USING (customer_id) GROUP BY experiment ORDER BY experiment
    """)  # fmt: skip
    assert len(before) == len(PLANS) + 2
    assert max(abs(z) for _, z in before) < 3.5


# What the data say


def differences(asked: duckdb.DuckDBPyConnection, metric: str) -> list[tuple[str, str, float, float, float]]:
    """Return for each arm the difference of its mean in the window from the control's, its error, and the truth."""
    value = {"orders": "count(DISTINCT order_id) FILTER ({})", "margin": f"coalesce(sum({MARGIN}) FILTER ({{}}), 0)"}
    inside = f"l.order_id LIKE 'S%' AND date_diff('day', assigned_at, ordered_at) BETWEEN 1 AND {WINDOW}"
    return rows(asked, f"""
        WITH unit AS (SELECT experiment, arm, a.customer_id, {value[metric].format(inside)}::DOUBLE AS value
                      FROM assignments a LEFT JOIN order_lines l USING (customer_id)
                      LEFT JOIN products p USING (product_id)
                      WHERE experiment IN (SELECT campaign FROM true_campaigns) GROUP BY ALL),
             arms AS (SELECT experiment, arm, avg(value) AS mean, var_samp(value) / count(*) AS square
                      FROM unit GROUP BY ALL),
             worth AS (SELECT campaign AS experiment, arm, avg({metric}) AS worth
                       FROM true_campaign_effects GROUP BY ALL)
        SELECT t.experiment, t.arm, t.mean - c.mean, sqrt(t.square + c.square), worth
        FROM arms t JOIN arms c ON t.experiment = c.experiment AND c.arm = 'control' AND t.arm <> 'control'
        JOIN worth ON worth.experiment = t.experiment AND worth.arm = t.arm ORDER BY ALL
    """)  # fmt: skip


@pytest.mark.parametrize(("metric", "returned"), [("orders", 0.0), ("margin", 0.6)])  # returns are in the truth alone
def test_differences_in_means_are_the_truth_but_for_chance_and_nulls_are_null(
    asked: duckdb.DuckDBPyConnection, metric: str, returned: float
) -> None:
    found = differences(asked, metric)
    assert len(found) == sum(len(plan.arms) - 1 for plan in PLANS)
    nulls = {plan.name for plan in PLANS if plan.null}
    for experiment, arm, difference, error, worth in found:
        assert abs(difference - worth) < 3.5 * error + returned, (experiment, arm)
        assert (worth == 0) == (experiment in nulls)
    clear = {experiment for experiment, _, difference, error, _ in found if difference > 2.5 * error}
    assert metric == "margin" or {"Winter letter", "Spring offer", "Household bonus"} <= clear


def test_the_global_hold_out_tells_the_total(asked: duckdb.DuckDBPyConnection) -> None:
    _, _, orders, error = rows(asked, """
        WITH unit AS (SELECT customer_id, arm, count(DISTINCT order_id) FILTER (order_id LIKE 'S%'
                             AND ordered_at > assigned_at) AS orders
                      FROM assignments LEFT JOIN order_lines USING (customer_id)
                      WHERE experiment = 'global' GROUP BY ALL)
        SELECT avg(orders) FILTER (arm = 'treated'), avg(orders) FILTER (arm = 'control'),
               avg(orders) FILTER (arm = 'treated') - avg(orders) FILTER (arm = 'control'),
               sqrt(var_samp(orders) FILTER (arm = 'treated') / count(*) FILTER (arm = 'treated')
                  + var_samp(orders) FILTER (arm = 'control') / count(*) FILTER (arm = 'control')) FROM unit
    """)[0]  # fmt: skip
    total, customers = rows(asked, "SELECT orders, customers FROM true_campaign_totals WHERE tier = 'all'")[0]
    assert abs(orders - total / customers) < 3.5 * error


def test_readiness_goes_with_what_can_be_seen(asked: duckdb.DuckDBPyConnection) -> None:
    """Who took more discounts before is moved more, among those who can be moved at all."""
    corr = rows(asked, """
        WITH seen AS (SELECT customer_id, sum(discount)::DOUBLE / sum(quantity * unit_price)::DOUBLE AS rate
                      FROM order_lines WHERE order_id LIKE 'S%' AND ordered_at < TIMESTAMP '2024-01-25'
                      GROUP BY customer_id)
        SELECT corr(rate, expected_orders) FROM true_campaign_effects JOIN seen USING (customer_id)
        WHERE campaign = 'Winter letter' AND tier = 'middle'
    """)  # fmt: skip
    assert corr[0][0] > 0.25
    away = rows(
        asked, "SELECT count(*) FROM true_campaign_effects WHERE campaign = 'Daily deals' AND expected_orders < 0"
    )
    assert away[0][0] > 100


def test_loud_campaigns_make_people_complain_and_unsubscribe(asked: duckdb.DuckDBPyConnection) -> None:
    shares = dict(
        rows(
            asked,
            "SELECT campaign, sum(complaints) / sum(customers) FROM true_campaigns WHERE arm <> 'control' GROUP BY ALL",
        )
    )
    assert shares["Daily deals"] > 4 * shares["Loyalty news"]
    told = rows(asked, "SELECT count(*) FROM tickets WHERE topic = 'complaint' AND ticket_id LIKE 'Q%'")
    said = rows(asked, "SELECT sum(complaints) FROM true_campaigns")
    assert 0.9 * said[0][0] <= told[0][0] <= said[0][0]  # those of the last days come after the last day
    assert rows(asked, "SELECT count(unsubscribed_at) FROM messages WHERE campaign = 'Autumn letter'") == [(0,)]
    after = """SELECT count(*) FROM messages m JOIN (SELECT customer_id, min(unsubscribed_at) AS gone FROM messages
               WHERE message_id LIKE 'N%' GROUP BY customer_id) g USING (customer_id)
               WHERE sent_at > gone AND channel <> 'post'"""
    assert rows(asked, after) == [(0,)]
    assert rows(asked, "SELECT count(*) FROM (SELECT message_id FROM messages GROUP BY ALL HAVING count(*) > 1)") == [
        (0,)
    ]


# Where the growth is


@pytest.mark.parametrize("growth", [*TIERS, "nowhere"])
def test_growth_is_where_it_was_asked_for(growth: Any) -> None:
    made = shop(customers=3_000, seed=2, mess=False, campaigns=True, growth=growth)
    said = asked_of(made)
    margin = dict(rows(said, "SELECT tier, sum(margin) FROM true_campaign_tiers GROUP BY tier"))
    if growth == "nowhere":
        assert set(margin.values()) == {0}
        assert made.order_lines.equals(shop(customers=3_000, seed=2, mess=False).order_lines)
        assert rows(said, 'SELECT bool_and("null") FROM true_campaigns') == [(True,)]
    else:
        assert {tier for tier, value in margin.items() if value > 0} == {growth}


def test_growth_elsewhere_is_refused() -> None:
    with pytest.raises(ArgumentError, match="growth"):
        shop(customers=20, seed=1, campaigns=True, growth="best")  # type: ignore[arg-type]


# The same and not the same


def test_the_same_seed_gives_the_same_bytes_and_people_are_not_parted(tmp_path: Path) -> None:
    every: dict[str, Any] = {
        "identity": True,
        "dealings": True,
        "experience": True,
        "journeys": True,
        "campaigns": True,
    }
    folders = [shop(customers=300, seed=3, **every).write(tmp_path / name) for name in ("one", "two")]
    first, again = (
        {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.rglob("*.*")}
        for folder in folders
    )
    assert first == again
    connection = duckdb.connect()
    data = folders[0]
    two = connection.execute(f"""
        SELECT count(*) FROM (SELECT experiment, person_id FROM '{data}/data/assignments.parquet' a
        JOIN '{data}/truth/people.parquet' p ON a.customer_id = p.record_id
        GROUP BY ALL HAVING count(DISTINCT arm) > 1)""").fetchall()
    assert two == [(0,)]
    visitors = connection.execute(f"""SELECT count(*), count(DISTINCT arm), count(customer_id)
        FROM '{data}/data/assignments.parquet' WHERE anonymous_id IS NOT NULL""").fetchall()[0]
    assert visitors[0] > 10
    assert visitors[1:] == (2, 0)


@pytest.mark.parametrize(
    ("customers", "first", "last"),
    [(1, date(2022, 1, 1), LAST), (60, date(2024, 12, 31), LAST), (60, date(2024, 2, 1), LAST),
     (60, date(2024, 1, 20), LAST)],
)  # fmt: skip
def test_a_shop_that_is_small_or_young_has_tables_all_the_same(customers: int, first: date, last: date) -> None:
    made = shop(customers=customers, seed=1, first_day=first, last_day=last, campaigns=True)
    fields = {field.name for field in FIELDS["assignments"]}
    assert set(made.assignments.column_names) <= fields
    assert set(made.messages.column_names) <= {field.name for field in FIELDS["messages"]}
    assert {"campaigns", "campaign_effects", "campaign_tiers", "campaign_totals"} <= set(made.truth)
