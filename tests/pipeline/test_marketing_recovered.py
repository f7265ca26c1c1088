"""Advertising and prices of a shop whose truth is known, from its files through the run: what is found of them."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from patron.contracts.touch import CALIBRATED
from patron.pipeline import open_project
from patron.simulate import Shop, shop
from patron.simulate.marketing.plans import TESTS
from tests_support import TODAY, lean

pytestmark = pytest.mark.slow  # a run of some 40 seconds

CUSTOMERS, SEED = 5_000, 1
TABLES = ("attribution", "channels", "acquisition", "payback", "channel_evidence", "elasticities")
SOURCES = ("order_lines", "customers", "products", "spend", "events", "assignments", "mix_model", "market")
SETTINGS = (
    "name: Shop\ncurrency: EUR\nsources:\n"
    + "".join(f"  {name}: {{path: data/{name}.parquet}}\n" for name in SOURCES)
    + "attribution:\n  lift_tests:\n"
    + "".join(f"    {test.channel}: {test.experiment}\n" for test in TESTS)
)
REFERENCES = Path(__file__).parents[2] / "benchmarks" / "references"
errors = runpy.run_path(str(REFERENCES / "credit_truth.py"), run_name="test")["errors"]
asked = runpy.run_path(str(REFERENCES / "acquisition_truth.py"), run_name="test")["asked"]

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


def test_what_a_customer_costs_is_worth_and_brings_back_is_told_with_the_truth_inside(found: Found) -> None:
    """The truth is the same shop with so many customers that chance hardly matters.

    Of 25 intervals of costs and worth three may miss. Those of months hang together: one channel that
    had luck misses in all four, with and without its cost. So of the 68 fourteen may.
    `acquisition_truth.py` repeats it on many shops.
    """
    _, tables = found
    held = asked(tables["acquisition"], tables["payback"], customers=CUSTOMERS, seed=SEED)
    figures = [*held["ltv"], *held["cac"], *held["ltv_cac"]]
    months = [*held["margin by month"], *held["cost paid back by month"]]
    assert (len(figures), len(months)) == (25, 68)
    assert figures.count(False) <= 3
    assert months.count(False) <= 14


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
