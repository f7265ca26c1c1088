"""Advertising and prices of a shop whose truth is known, from its files through the run: what is found of them."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from patron.contracts.touch import CALIBRATED
from patron.pipeline import open_project
from patron.simulate import Shop, shop
from patron.simulate.marketing.plans import PAID, TESTS
from tests_support import TODAY, lean

pytestmark = pytest.mark.slow  # a run of some 40 seconds

CUSTOMERS, SEED = 5_000, 1
MONTHS = (0, 3, 6, 12)
TABLES = ("attribution", "channels", "acquisition", "payback", "channel_evidence", "elasticities")
SOURCES = ("order_lines", "customers", "products", "spend", "events", "assignments", "mix_model", "market")
SETTINGS = (
    "name: Shop\ncurrency: EUR\nsources:\n"
    + "".join(f"  {name}: {{path: data/{name}.parquet}}\n" for name in SOURCES)
    + "attribution:\n  lift_tests:\n"
    + "".join(f"    {test.channel}: {test.experiment}\n" for test in TESTS)
)
errors = runpy.run_path(
    str(Path(__file__).parents[2] / "benchmarks" / "references" / "credit_truth.py"), run_name="test"
)["errors"]

Row = dict[str, Any]
Found = tuple[Shop, Mapping[str, list[Row]]]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Return the shop, and what a run finds in it."""
    folder = tmp_path_factory.mktemp("marketing")
    made = shop(customers=CUSTOMERS, seed=SEED, mess=False, marketing=True)
    made.write(folder)
    steps = ("attribution", "channels", "channel_evidence", "prices")
    (folder / "patron.yaml").write_text(SETTINGS + lean(*steps), encoding="utf-8")
    project = open_project(folder)
    project.run(today=TODAY)
    return made, {name: project.table(name).to_pyarrow().to_pylist() for name in TABLES}


def test_calibrated_credit_is_nearer_to_what_was_caused_than_any_path_model(found: Found) -> None:
    """Of each model, and of the one that the run chooses against all; `credit_truth.py` repeats it on many shops."""
    made, tables = found
    error = errors(made, tables["attribution"])
    plain = [model for model in error if not model.endswith(CALIBRATED)]
    assert len(plain) == 8
    for model in plain:
        assert error[model + CALIBRATED] < error[model], model
    assert error["markov" + CALIBRATED] < min(error[model] for model in plain)


def test_the_incremental_return_of_tested_channels_is_told_with_the_truth_inside(found: Found) -> None:
    made, tables = found
    true = {row["channel"]: row for row in made.truth["channels"].to_pylist()}
    rows = {row["channel"]: row for row in tables["channels"]
            if (row["period"], row["segmentation"]) == ("latest", "all")}  # fmt: skip
    missed = []
    for test in TESTS:
        row, truth = rows[test.channel], true[test.channel]
        assert row["evidence"] == "measured"
        returned = float(truth["margin"]) / float(truth["spend"]) - 1
        missed += [test.channel] * (not row["incremental_low"] <= returned <= row["incremental_high"])
    assert len(missed) <= 1, missed
    assert rows["brand_search"]["roi"] > 1  # by its credit it earns more than any other; in truth it loses
    assert rows["brand_search"]["incremental_roi"] < 0.5 * rows["brand_search"]["roi"]


def test_what_a_customer_cost_and_is_worth_is_told_with_the_truth_inside(found: Found) -> None:
    """The truth is the same shop with so many customers that chance hardly matters.

    Of 25 intervals of 95 % three may miss; `acquisition_truth.py` repeats it on many shops.
    """
    made, tables = found
    rows, whole = _everybody(tables["acquisition"]), _expected(_since(tables))
    missed, asked = [], 0
    for row in rows:
        won, worth = whole[row["channel"]][:2]
        true = {"ltv": worth}
        if row["spend"] is not None:
            true["cac"] = float(row["spend"]) / (won * made.customers.num_rows)
            true["ltv_cac"] = worth / true["cac"]
        for name, value in true.items():
            asked += 1
            missed += [(name, row["channel"])] * (not row[f"{name}_low"] <= value <= row[f"{name}_high"])
    assert asked == 2 * len(PAID) + len(whole) == 25
    assert len(missed) <= 3, missed


def test_what_comes_back_by_month_is_told_with_the_truth_inside(found: Found) -> None:
    """Of 36 intervals, which hang together by channel, five may miss."""
    made, tables = found
    whole = _expected(_since(tables))
    spent = {row["channel"]: row["spend"] for row in _everybody(tables["acquisition"])}
    missed, asked = [], 0
    for row in tables["payback"]:
        if (row["cohort"], row["began_with"]) == ("all", "all") and row["channel"] in whole and row["month"] in MONTHS:
            won, _, *curve = whole[row["channel"]]
            true, ends = curve[MONTHS.index(row["month"])], ("margin_low", "margin_high")
            if spent[row["channel"]] is not None:
                true = true * won * made.customers.num_rows / float(spent[row["channel"]])
                ends = ("returned_low", "returned_high")
            asked += 1
            missed += [(row["channel"], row["month"])] * (not row[ends[0]] <= true <= row[ends[1]])
    assert asked == len(MONTHS) * len(whole)
    assert len(missed) <= 5, missed


def _everybody(rows: list[Row]) -> list[Row]:
    """Return the rows of `acquisition` of single channels, of all cohorts and segments."""
    return [row for row in rows if (row["cohort"], row["segmentation"]) == ("all", "all") and row["channel"] != "all"]


def _since(tables: Mapping[str, list[Row]]) -> str:
    """Return the first month whose first orders count."""
    return str(min(row["cohort"] for row in tables["acquisition"] if row["won"] > 0))


@cache
def _expected(since: str) -> dict[str, tuple[float, ...]]:
    """Return, by the records' channel, what is to be expected in the shop.

    Customers won for each customer of the shop; what one of them is worth to the last day and in the year after; and
    what one has brought by the end of each of MONTHS.
    """
    large = shop(customers=40_000, seed=SEED, mess=False, marketing=True)
    connection = duckdb.connect()
    for name in ("order_lines", "customers", "products"):
        connection.register(name, getattr(large, name))
    connection.register("truth", large.truth["customers"])
    by_month = ", ".join(f"avg(m{month}) FILTER (first <= DATE '{large.last_day}' - {30 * month})" for month in MONTHS)
    sums = ", ".join(f"sum(money) FILTER (day <= first + {30 * month}) AS m{month}" for month in MONTHS)
    rows = connection.execute(f"""
        WITH lines AS (
            SELECT customer_id, ordered_at::DATE AS day, min(ordered_at::DATE) OVER (PARTITION BY customer_id) AS first,
                   (quantity * unit_price - discount - quantity * unit_cost)::DOUBLE AS money
            FROM order_lines JOIN products USING (product_id)),
        brought AS (SELECT customer_id, first, sum(money) AS margin, {sums} FROM lines GROUP BY ALL)
        SELECT acquisition_channel, count(*), avg(margin + value_next_year::DOUBLE), {by_month}
        FROM brought JOIN customers USING (customer_id) JOIN truth USING (customer_id)
        WHERE strftime(first, '%Y-%m') >= ? GROUP BY ALL""", [since]).fetchall()  # fmt: skip
    return {channel: (count / large.customers.num_rows, *rest) for channel, count, *rest in rows}


def test_where_mix_model_and_paths_are_wrong_the_test_says_so(found: Found) -> None:
    made, tables = found
    rows = {(row["channel"], row["source"]): row for row in tables["channel_evidence"] if row["segmentation"] == "all"}
    true = sum(float(row["revenue"]) for row in made.truth["channels"].to_pylist() if row["channel"] == "brand_search")
    by_model, by_test = rows["brand_search", "mix_model"], rows["brand_search", "experiment"]
    assert float(by_model["low"]) > 2 * true
    assert float(by_test["low"]) <= true <= float(by_test["high"])
    assert rows["brand_search", "attribution"]["agrees"] == "no"
    assert float(by_model["gap"]) > 0


def test_elasticities_are_recovered_where_the_plain_regression_fails(found: Found) -> None:
    made, tables = found
    true = _elasticities(made)
    why = {row["product_id"]: row["prices"] for row in made.truth["elasticities"].to_pylist()}
    whole = [row for row in tables["elasticities"] if (row["level"], row["segmentation"]) == ("product", "all")]
    rows = [row for row in whole if row["elasticity"] is not None and why[row["product_id"]] == "tried"]
    off = np.array([[row[name] - true[row["product_id"]] for name in ("elasticity", "naive")] for row in rows])
    held = [row["low"] <= true[row["product_id"]] <= row["high"] for row in rows]
    assert len(rows) > 300
    assert np.mean(held) > 0.9
    own, naive = np.sqrt((off**2).mean(axis=0))
    assert own < 0.5 * naive
    assert abs(off[:, 0].mean()) < 0.2
    for reason, status in (("steady", "moved_too_little"), ("followed_demand", "followed_demand")):
        told = [row["status"] for row in whole if why[row["product_id"]] == reason]
        assert told.count(status) > 0.9 * len(told) > 20, reason


def _elasticities(made: Shop) -> dict[str, float]:
    """Return each product's elasticity: that of its units, whoever bought them."""
    connection = duckdb.connect()
    connection.register("lines", made.order_lines)
    connection.register("minds", made.truth["sensitivity"])
    connection.register("truth", made.truth["elasticities"])
    rows = connection.execute("""
        SELECT product_id, any_value(elasticity) * sum(quantity * sensitivity) / sum(quantity)
        FROM lines JOIN minds USING (customer_id) JOIN truth USING (product_id)
        WHERE quantity > 0 GROUP BY product_id""").fetchall()  # fmt: skip
    return dict(rows)
