"""Elasticities against those that made the sales, and what is said where nothing can be."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

import ibis
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.contracts.price import ELASTICITIES
from patron.errors import ArgumentError, ContractError, NotEnoughData, NotFitted
from patron.models import PriceResponse
from patron.simulate import PlantedPrices, planted_prices

Row = dict[str, Any]


@cache
def shop(**options: Any) -> PlantedPrices:
    return planted_prices(**({"seed": 3, "categories": 2, "products": 8} | options))


def fitted(planted: PlantedPrices, **options: Any) -> PriceResponse:
    return PriceResponse(**({"trees": False, "cross": 0} | options)).fit(
        planted.rows, as_of=planted.as_of, segments=["segment"], prices=["competitor_price"]
    )


def rows_of(model: PriceResponse, level: str, segmentation: str = "all") -> list[Row]:
    rows: list[Row] = model.elasticities_.to_pylist()
    return [row for row in rows if row["level"] == level and row["segmentation"] == segmentation]


def covered(rows: list[Row], truth: dict[str, float], key: str) -> list[bool]:
    return [row["low"] <= truth[row[key]] <= row["high"] for row in rows if row["status"] == "learned"]


def test_elasticities_are_recovered_where_a_plain_regression_fails() -> None:
    inside, apart, plain = [], [], []
    for seed in range(3):
        planted = shop(seed=seed)
        products = [row for row in rows_of(fitted(planted), "product") if row["status"] == "learned"]
        inside += covered(products, planted.products, "product_id")
        apart += [row["raw"] - planted.products[row["product_id"]] for row in products]
        plain += [row["naive"] - planted.products[row["product_id"]] for row in products]
    # Of about 45 intervals at 95 % 37 or fewer cover once in a hundred thousand.
    assert np.mean(inside) > 0.82
    assert abs(np.mean(apart)) < 0.2
    assert np.mean(plain) > 0.8


@pytest.mark.slow
def test_intervals_cover_and_trees_change_little() -> None:
    inside: dict[bool, list[bool]] = {False: [], True: []}
    groups, plain = [], []
    for seed in range(100, 125):
        planted = planted_prices(seed=seed)
        for trees in inside:
            model = fitted(planted, trees=trees)
            inside[trees] += covered(rows_of(model, "product"), planted.products, "product_id")
        groups += covered(rows_of(model, "category"), planted.categories, "category")
        plain += [row["naive"] - planted.products[row["product_id"]] for row in rows_of(model, "product")]
    assert 0.90 < np.mean(inside[False]) < 0.98
    assert 0.89 < np.mean(inside[True]) < 0.98
    assert np.mean(groups) > 0.90
    assert np.mean(plain) > 0.8


def test_prices_that_stand_still_or_follow_demand_are_told_as_such() -> None:
    planted = shop(products=10, constant=2, followers=2, follow=0.1)
    model = fitted(planted)
    status = {row["product_id"]: row for row in rows_of(model, "product")}
    assert all(status[name]["status"] == "moved_too_little" for name in planted.constant)
    assert all(status[name]["status"] == "followed_demand" for name in planted.followers)
    for name in planted.constant | planted.followers:
        assert {status[name][column] for column in ("elasticity", "low", "high", "raw", "own_weight")} == {None}
    assert all(status[name]["demand_followed"] >= 0.75 for name in planted.followers)
    others = [row for name, row in status.items() if name not in planted.constant | planted.followers]
    assert all(row["status"] == "learned" and row["demand_followed"] < 0.75 for row in others)
    assert model.statuses_ == {"learned": 16, "moved_too_little": 2, "followed_demand": 2, "too_few": 0}


def test_segments_are_told_apart() -> None:
    planted = shop(units=200.0, follow=0.1)
    model = fitted(planted)
    found = {row["segment"]: row["elasticity"] for row in rows_of(model, "all", "segment")}
    assert found["loyal"] - found["others"] > 0.1  # 0.4 in truth, drawn to none
    for row in rows_of(model, "category", "segment"):
        assert row["low"] < planted.categories[row["category"]] + planted.segments[row["segment"]] < row["high"]


@pytest.mark.slow
def test_neighbours_are_found_among_all_pairs() -> None:
    planted = planted_prices(seed=3, categories=2, products=8, units=400.0, weeks=208, follow=0.1, cross=0.8)
    pairs = rows_of(fitted(planted, cross=8), "cross")
    true = [(row["product_id"], row["other_product_id"]) in planted.cross for row in pairs]
    value, low = (np.array([row[name] for row in pairs]) for name in ("elasticity", "low"))
    assert len(pairs) == 2 * 8 * 7
    assert value[np.array(true)].mean() > 0.25  # 0.8 in truth, drawn to nought as most of the others are
    assert np.mean(np.array(true)[np.argsort(-value)[:16]]) > 0.8
    assert abs(value[~np.array(true)].mean()) < 0.1
    assert (low[~np.array(true)] > 0).mean() < 0.05


def test_a_promotion_that_is_told_is_not_taken_for_a_price() -> None:
    planted = shop(follow=0.0)
    rng = np.random.default_rng(1)
    promoted = planted.rows["promotion"].to_numpy(zero_copy_only=False)
    # Posters go with promotions, and bring as much again.
    units = rng.poisson(planted.rows["units"].to_numpy() * np.where(promoted, 1.5, 1.0))
    rows = planted.rows.set_column(planted.rows.column_names.index("units"), "units", pa.array(units))
    plain, knowing = (
        PriceResponse(trees=False, cross=0).fit(rows, as_of=planted.as_of, prices=["competitor_price"], covariates=told)
        for told in ([], ["promotion"])
    )
    true = float(np.mean(list(planted.categories.values())))
    assert rows_of(knowing, "all")[0]["elasticity"] == pytest.approx(true, abs=0.4)
    assert rows_of(plain, "all")[0]["elasticity"] < true - 0.6


def test_trees_see_what_a_line_does_not() -> None:
    planted = shop(follow=0.0, categories=1, products=12)
    rng = np.random.default_rng(2)
    rows = planted.rows.to_pandas()
    heat = rng.normal(size=len(rows))
    # The price is raised where it is very warm or very cold, and that is where much is sold.
    rows["heat"], rows["price"] = heat, rows["price"] * np.exp(0.1 * (heat**2 - 1))
    mean = rows["units"] * np.exp(-2.0 * 0.1 * (heat**2 - 1) + 0.4 * (np.minimum(heat**2, 6) - 1))
    rows["units"] = rng.poisson(mean.clip(upper=1e6))
    true = np.mean(list(planted.products.values()))
    said = {}
    for trees in (False, True):
        model = PriceResponse(trees=trees, cross=0).fit(rows, as_of=planted.as_of, covariates=["heat"])
        said[trees] = abs(rows_of(model, "all")[0]["elasticity"] - true)
    assert said[False] > 0.8
    assert said[True] < said[False] / 2


def test_nothing_later_is_known() -> None:
    planted = shop()
    day = planted.as_of - timedelta(weeks=40)
    then = PriceResponse(trees=False, cross=0).fit(planted.rows, as_of=day)
    cut = planted.rows.filter(pc.less_equal(planted.rows["period"], pa.scalar(day)))
    assert then.elasticities_ == PriceResponse(trees=False, cross=0).fit(cut, as_of=day).elasticities_


def test_past_demand_of_a_week_has_nothing_of_the_week_in_it() -> None:
    planted = shop(categories=1, products=3)
    last = pc.max(planted.rows["period"])
    later = pc.equal(planted.rows["period"], last)
    units = pc.if_else(later, pc.multiply(planted.rows["units"], 50), planted.rows["units"])
    from patron.models.price_past import past_demand

    def past(sold: Any) -> Any:
        days = np.unique(planted.rows["period"].to_numpy(), return_inverse=True)[1]
        product = np.unique(planted.rows["product_id"].to_numpy(zero_copy_only=False), return_inverse=True)[1]
        ones = np.ones(len(days))
        return past_demand(product, days, sold.to_numpy().astype(float), 10 * ones, 0 * ones, periods_a_week=1.0).demand

    assert np.array_equal(past(planted.rows["units"]), past(units))


@given(order=st.permutations(range(6)), rate=st.floats(0.1, 100.0))
@settings(max_examples=2, deadline=None)
def test_order_of_rows_and_unit_of_money_mean_nothing(order: list[int], rate: float) -> None:
    planted = shop(categories=1, products=3, weeks=40)
    usual = PriceResponse(trees=False).fit(planted.rows, as_of=planted.as_of).elasticities_.to_pandas()
    places = np.concatenate([np.arange(planted.rows.num_rows)[place::6] for place in order])
    mixed = planted.rows.take(pa.array(places))
    price = pa.array(mixed["price"].to_numpy() * rate)
    mixed = mixed.set_column(mixed.column_names.index("price"), "price", price)
    other = PriceResponse(trees=False).fit(mixed, as_of=planted.as_of).elasticities_.to_pandas()
    for name in ("elasticity", "low", "high", "raw", "naive"):
        np.testing.assert_allclose(other[name].astype(float), usual[name].astype(float), rtol=1e-5, atol=1e-6)


@given(seed=st.integers(0, 10_000), apart=st.sampled_from([0.0, 0.01, 0.3, 3.0]), usual=st.sampled_from([0.05, 5000.0]))
@settings(max_examples=8, deadline=None)
def test_whatever_comes_elasticities_are_numbers_or_none(seed: int, apart: float, usual: float) -> None:
    rng = np.random.default_rng(seed)
    many, weeks = int(rng.integers(1, 6)), int(rng.integers(1, 70))
    rows = planted_prices(categories=1, products=many, weeks=weeks, seed=seed).rows
    rows = rows.set_column(4, "units", pa.array(rng.poisson(usual, rows.num_rows)))
    rows = rows.set_column(5, "price", pa.array(np.exp(rng.normal(1.0, apart, rows.num_rows))))
    model = PriceResponse().fit(rows, as_of=shop().as_of, segments=["segment"], demand=["competitor_price"])
    for name in ("elasticity", "low", "high", "raw", "naive"):
        values = model.elasticities_[name].drop_null().to_numpy()
        assert np.isfinite(values).all()
        assert (np.abs(values) < 100).all() or name != "elasticity"


@pytest.mark.parametrize("kind", [pl.from_arrow, ibis.memtable])
def test_any_table_will_do(kind: Any) -> None:
    planted = shop(categories=1, products=3, weeks=60)
    usual = PriceResponse(trees=False).fit(planted.rows, as_of=planted.as_of)
    other = PriceResponse(trees=False).fit(kind(planted.rows), as_of=planted.as_of)
    assert other.elasticities_ == usual.elasticities_
    assert ELASTICITIES.check(ibis.memtable(usual.elasticities_)) is not None


def test_it_is_saved_and_read_back() -> None:
    model = fitted(shop())
    again = PriceResponse.from_json(model.to_json())
    assert again.elasticities_ == model.elasticities_
    assert (repr(again), again.statuses_) == (repr(model), model.statuses_)
    with pytest.raises(ArgumentError):
        PriceResponse.from_json('{"model": "BgNbd"}')
    with pytest.raises(ArgumentError):
        PriceResponse.from_json('{"model": "PriceResponse"}')


def test_one_brand_has_an_elasticity_of_its_own() -> None:
    planted = shop(categories=1, products=1, weeks=156, units=100.0, follow=0.0)
    (row,) = rows_of(fitted(planted), "product")
    assert row["status"] == "learned"
    assert row["low"] < planted.products["c0p00"] < row["high"]


@pytest.mark.parametrize(("change", "status"), [("constant", "moved_too_little"), ("few", "too_few")])
def test_nothing_is_made_up(change: str, status: str) -> None:
    planted = shop()
    rows = planted.rows
    if change == "constant":
        rows = rows.set_column(rows.column_names.index("price"), "price", pa.array([2.5] * rows.num_rows))
    else:
        rows = rows.filter(pc.less(rows["period"], pa.scalar(pc.min(rows["period"]).as_py() + timedelta(weeks=10))))
    model = PriceResponse(trees=False).fit(rows, as_of=planted.as_of, segments=["segment"])
    assert {row["status"] for row in rows_of(model, "product")} == {status}
    assert model.elasticities_["elasticity"].null_count == model.elasticities_.num_rows
    with pytest.raises(NotEnoughData, match="customers cannot be compared"):
        model.customers(pa.table({"customer_id": ["a"]}))


@pytest.mark.parametrize(
    ("column", "value", "error"),
    [
        ("price", -1.0, ArgumentError), ("price", 0.0, ArgumentError), ("price", float("nan"), ArgumentError),
        ("units", -1, ArgumentError), ("units", None, ArgumentError), ("product_id", None, ArgumentError),
        ("category", "other", ArgumentError), ("competitor_price", -1.0, ArgumentError),
    ],
)  # fmt: skip
def test_bad_rows_are_refused(column: str, value: Any, error: type[Exception]) -> None:
    rows = shop(categories=1, products=3, weeks=30).rows
    values = rows[column].to_pylist()
    values[5] = value
    wrong = rows.set_column(rows.column_names.index(column), column, pa.array(values, rows[column].type))
    with pytest.raises(error):
        PriceResponse().fit(wrong, as_of=shop().as_of, prices=["competitor_price"])


def test_bad_questions_are_refused() -> None:
    rows, as_of = shop().rows, shop().as_of
    with pytest.raises(ArgumentError, match="as_of"):
        PriceResponse().fit(rows, as_of=None)
    with pytest.raises(ArgumentError, match="no rows"):
        PriceResponse().fit(rows, as_of=as_of - timedelta(days=9_999))
    with pytest.raises(ContractError, match="segmnt"):
        PriceResponse().fit(rows, as_of=as_of, segments=["segmnt"])
    with pytest.raises(ContractError, match="period"):
        PriceResponse().fit(rows.set_column(2, "period", pa.array(["x"] * rows.num_rows)), as_of=as_of)
    with pytest.raises(ContractError, match="category"):
        PriceResponse().fit(rows, as_of=as_of, covariates=["category"])
    with pytest.raises(ArgumentError, match="blocks"):
        PriceResponse(blocks=1)
    with pytest.raises(NotFitted):
        _ = PriceResponse().elasticities_


def test_a_missing_covariate_says_nothing() -> None:
    planted = shop(categories=1, products=3, weeks=60)
    none = pa.nulls(planted.rows.num_rows, pa.float64())
    rows = planted.rows.append_column("rain", none)
    with_it = PriceResponse(trees=False).fit(rows, as_of=planted.as_of, covariates=["rain"])
    without = PriceResponse(trees=False).fit(planted.rows, as_of=planted.as_of)
    said = [one.elasticities_["elasticity"].to_numpy() for one in (with_it, without)]
    np.testing.assert_allclose(said[0], said[1], rtol=1e-6)
