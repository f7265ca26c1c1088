"""Demand: known rates are found again, intervals hold as often as they say, and what moved is told from chance."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import cache
from typing import Any

import ibis
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import ArgumentError, ContractError, NotEnoughData, NotFitted
from patron.models import Demand
from patron.models.demand_lines import STANDINGS, sold_days, sold_weeks
from patron.simulate import Shelf, shelf

DAY = date(2024, 6, 30)
KINDS = {"arrow": lambda t: t, "pandas": lambda t: t.to_pandas(), "polars": pl.from_arrow, "ibis": ibis.memtable}


@cache
def fitted(**options: Any) -> tuple[Shelf, Demand]:
    drawn = shelf(options.pop("products", 240), options.pop("weeks", 110), seed=options.pop("seed", 5), **options)
    return drawn, Demand().fit(drawn.order_lines, as_of=drawn.last_day)


def totals(drawn: Shelf, model: Demand) -> pd.DataFrame:
    """The forecasts of all weeks together, beside the truth."""
    told = model.forecast().to_pandas()
    whole = told[(told.week == 0) & (told.segment == "all")]
    return whole.merge(model.products_.to_pandas(), on="product_id").merge(drawn.truth.to_pandas(), on="product_id")


def lines(rows: list[tuple[str, str, date, float]]) -> pa.Table:
    names = ("customer_id", "product_id", "ordered_at", "quantity")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def weekly(product: str, weeks: int, *, units: float = 3.0, until: int = 0) -> list[tuple[str, str, date, float]]:
    """One purchase in each week, the last one `until` weeks before DAY."""
    return [(f"c{turn % 7}", product, DAY - timedelta(days=7 * turn), units) for turn in range(until, until + weeks)]


@pytest.mark.parametrize("season", [0.0, 2.0])
def test_hidden_rates_are_found_again(season: float) -> None:
    found = totals(*fitted(season=season))
    enough = found[found.expected >= 50]
    assert len(enough) > 100
    off = np.abs(enough.units / enough.expected - 1)
    assert off.median() < 0.12
    assert found.units.sum() == pytest.approx(found.expected.sum(), rel=0.06)


@pytest.mark.parametrize("options", [{}, {"season": 2.0}, {"purchases": 0.7, "pieces": 4.0}])
def test_what_comes_lies_in_the_interval_as_often_as_told(options: dict[str, float]) -> None:
    found = totals(*fitted(**options))
    inside = (found.came >= found.low) & (found.came <= found.high)
    low = 0.73  # 80 % less three standard errors of 240 products
    assert low < inside.mean() < 0.93, "whole numbers make intervals of small counts wider than asked for"
    assert 0.38 < (found.came < found.middle).mean() < 0.62


def test_the_season_is_worth_its_place() -> None:
    drawn, model = fitted(season=2.0)
    found = totals(drawn, model)
    table = drawn.order_lines.to_pandas()
    late = table[pd.to_datetime(table.ordered_at).dt.date > drawn.last_day - timedelta(days=56)]
    before = late.groupby("product_id").quantity.sum().reindex(found.product_id).fillna(0).to_numpy()
    errors = [np.abs(one - found.came).sum() for one in (found.units, before)]
    assert errors[0] < 0.75 * errors[1]


def test_a_product_that_left_is_said_to_have_left() -> None:
    found = totals(*fitted(planted=0.1))
    gone, others = found[found.kind == "gone"], found[found.kind == "steady"]
    assert (gone[gone.level > 2].verdict == "off_shelf").mean() > 0.95, "of slower ones 8 silent weeks tell too little"
    assert (others.verdict != "off_shelf").mean() > 0.97
    usual = others.units.sum() / others.rate.sum()
    assert gone.units.sum() < 0.2 * usual * gone.level.sum()


def test_a_new_product_is_told_to_be_new_and_leans_on_newcomers() -> None:
    found = totals(*fitted(planted=0.1))
    assert (found[found.kind == "new"].verdict == "new").mean() > 0.9
    rows = [row for one in range(30) for row in weekly(f"old{one:02d}", 80, units=10.0)]
    [much] = Demand().fit(lines([*rows, ("c1", "new", DAY, 500.0)]), as_of=DAY).products_.to_pandas().query(
        "product_id == 'new'"
    ).level  # fmt: skip
    assert 5 < much < 60, "one order of 500 is no rate of 500 a week"


@pytest.mark.parametrize("season", [0.0, 2.0])
def test_nothing_rises_or_falls_where_only_the_season_does(season: float) -> None:
    for seed in (1, 2, 3):
        _, model = fitted(season=season, seed=seed)
        found = model.trends().to_pandas()
        assert found[found.kind == "product"].found.mean() <= 0.02
        assert (found[found.kind == "product"].p_value < 0.05).mean() < 0.09


@pytest.mark.parametrize("season", [0.0, 2.0])
def test_what_was_planted_is_found_and_little_else(season: float) -> None:
    true = false = planted = 0
    for seed in (1, 2, 3):
        drawn, model = fitted(planted=0.06, season=season, seed=seed)
        found = model.trends().to_pandas().merge(drawn.truth.to_pandas(), left_on="item", right_on="product_id")
        right = (found.rising == (found.kind_y == "rising")) & found.kind_y.isin(["rising", "falling", "gone"])
        true += (found.found & right).sum()
        false += (found.found & ~right).sum()
        planted += found.kind_y.isin(["rising", "falling", "gone"]).sum()
    assert false / (true + false) < 0.10
    assert true / planted > 0.75


def test_many_that_leave_the_shelf_make_nothing_else_rise() -> None:
    for seed in (1, 2):
        drawn, model = fitted(planted=0.15, seed=seed)  # of each kind: twice as many fall or leave as rise
        found = model.trends().to_pandas().merge(drawn.truth.to_pandas(), left_on="item", right_on="product_id")
        steady = found[found.kind_y == "steady"]
        assert steady.purchases.sum() == pytest.approx(steady.expected_x.sum(), rel=0.03)


def test_one_large_order_is_no_trend() -> None:
    drawn, _ = fitted()
    first = drawn.truth.sort_by([("rate", "descending")])["product_id"][0].as_py()
    one = drawn.order_lines.slice(0, 1).to_pydict()
    extra = {**one, "product_id": [first], "ordered_at": [drawn.last_day], "quantity": [90_000.0]}
    more = pa.concat_tables([drawn.order_lines, pa.table(extra, schema=drawn.order_lines.schema)])
    found = Demand().fit(more, as_of=drawn.last_day).trends()
    [row] = found.filter(pc.equal(found["item"], first)).to_pylist()
    assert not row["found"]


def test_a_customer_of_50_000_lines_moves_only_what_she_buys() -> None:
    drawn, model = fitted(products=20, weeks=40)
    many = {name: [drawn.order_lines[name][0].as_py()] * 50_000 for name in drawn.order_lines.column_names}
    many |= {"customer_id": ["robot"] * 50_000, "ordered_at": [drawn.last_day] * 50_000}
    more = pa.concat_tables([drawn.order_lines, pa.table(many, schema=drawn.order_lines.schema)])
    told = Demand().fit(more, as_of=drawn.last_day).forecast().to_pandas().query("week == 0 and segment == 'all'")
    before = model.forecast().to_pandas().query("week == 0 and segment == 'all'").set_index("product_id").units
    change = told.set_index("product_id").units / before - 1
    robots = drawn.order_lines["product_id"][0].as_py()
    assert change.drop(robots).abs().max() < 0.1
    assert change[robots] < 10, "one day of one customer is no lasting rate"


def test_without_a_year_nothing_is_said_of_trends() -> None:
    drawn = shelf(30, 50, seed=1)
    model = Demand().fit(drawn.order_lines, as_of=drawn.last_day)
    assert model.trends().num_rows == 0
    assert model.forecast().num_rows > 0
    assert {one.model for one in model.judged()} >= {"demand", "croston", "tsb", "last_weeks", "past_year"}


def test_the_forecast_is_better_than_simple_rules() -> None:
    _, model = fitted(season=2.0)
    found = {(one.model, one.metric): one.value for one in model.judged() if one.volume == 0}
    assert found["demand", "pinball"] < 0.9 * found["past_year", "pinball"]
    for rule in ("last_weeks", "croston", "tsb"):
        assert found["demand", "mae"] < found[rule, "mae"]


def test_segments_add_up_to_the_product() -> None:
    _, model = fitted()
    told = model.forecast().to_pandas()
    parts = told[told.segment != "all"]
    assert set(parts.segment) == set(STANDINGS)
    sums = parts.groupby(["product_id", "week"]).units.sum()
    whole = told[told.segment == "all"].set_index(["product_id", "week"]).units
    np.testing.assert_allclose(sums, whole.reindex(sums.index), rtol=1e-9)
    assert sums.index.get_level_values("product_id").nunique() == 200


def test_weeks_add_up_to_the_horizon_and_quantiles_do_not() -> None:
    _, model = fitted()
    told = model.forecast().to_pandas().query("segment == 'all'")
    weeks, whole = told[told.week > 0], told[told.week == 0].set_index("product_id")
    np.testing.assert_allclose(weeks.groupby("product_id").units.sum(), whole.units.sort_index(), rtol=1e-9)
    width = weeks.high.groupby(weeks.product_id).sum() - weeks.low.groupby(weeks.product_id).sum()
    assert ((whole.high - whole.low) < width.reindex(whole.index)).mean() > 0.95
    assert (told.units > 0).all()
    assert (told.low <= told.middle).all()
    assert (told.middle <= told.high).all()
    assert set(told[told.week == 2].from_day) == {model.forecast()["from_day"][0].as_py() + timedelta(days=7)}


def test_later_sales_do_not_change_a_forecast() -> None:
    drawn, _ = fitted(season=2.0)
    day = drawn.last_day - timedelta(days=100)
    days = drawn.order_lines["ordered_at"]
    earlier = drawn.order_lines.filter(pc.less_equal(days, pa.scalar(day, pa.date32())))
    one, other = (Demand().fit(table, as_of=day) for table in (drawn.order_lines, earlier))
    assert one.forecast() == other.forecast()
    assert one.trends() == other.trends()
    assert one.judged() == other.judged()


def test_the_last_weeks_are_not_known_to_the_forecast_that_they_judge() -> None:
    drawn, model = fitted()
    horizon_ago = drawn.last_day - timedelta(days=56)
    then = Demand().fit(drawn.order_lines, as_of=horizon_ago)
    inside = {one.metric: one for one in model.judged() if one.model == "demand" and one.volume == 0}
    came = drawn.order_lines.filter(
        pc.greater(drawn.order_lines["ordered_at"], pa.scalar(horizon_ago, pa.date32()))
    ).to_pandas()  # fmt: skip
    told = then.forecast().to_pandas().query("week == 0 and segment == 'all'").set_index("product_id")
    units = came.groupby("product_id").quantity.sum().reindex(told.index).fillna(0)
    assert inside["coverage"].value == pytest.approx(((units >= told.low) & (units <= told.high)).mean())
    assert inside["bias"].value == pytest.approx(told.units.sum() / units.sum() - 1)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_table_gives_the_same(kind: str) -> None:
    drawn, model = fitted(products=20, weeks=40)
    assert Demand().fit(KINDS[kind](drawn.order_lines), as_of=drawn.last_day).forecast() == model.forecast()


def test_the_order_of_the_lines_changes_nothing() -> None:
    drawn, model = fitted(products=20, weeks=40)
    shuffled = drawn.order_lines.take(np.random.default_rng(1).permutation(drawn.order_lines.num_rows))
    assert Demand().fit(shuffled, as_of=drawn.last_day).forecast() == model.forecast()


def test_a_saved_model_forecasts_the_same() -> None:
    _, model = fitted(products=20, weeks=40)
    loaded = Demand.from_json(model.to_json())
    assert loaded.forecast() == model.forecast()
    assert loaded.products_ == model.products_
    assert loaded.params_ == model.params_
    assert loaded.to_json() == model.to_json()
    with pytest.raises(NotFitted):
        loaded.trends()


def test_text_of_another_model_is_refused() -> None:
    _, model = fitted(products=20, weeks=40)
    facts = json.loads(model.to_json())
    for broken in ("{", json.dumps({"model": "BgNbd"}), json.dumps({**facts, "fitted": {}})):
        with pytest.raises(ArgumentError):
            Demand.from_json(broken)


def test_fewer_weeks_can_be_asked_for_and_not_more() -> None:
    _, model = fitted(products=20, weeks=40)
    short = model.forecast(2).to_pandas()
    assert set(short.week) == {0, 1, 2}
    same = model.forecast().to_pandas().query("week == 1")
    pd.testing.assert_frame_equal(short.query("week == 1").reset_index(drop=True), same.reset_index(drop=True))
    for wrong in (0, 9, True, 2.0):
        with pytest.raises(ArgumentError, match="horizon_weeks"):
            model.forecast(wrong)  # type: ignore[arg-type]
    for wrong in (0, 27):
        with pytest.raises(ArgumentError, match="horizon_weeks"):
            Demand(horizon_weeks=wrong)
    with pytest.raises(NotFitted):
        Demand().forecast()


def test_a_week_of_data_and_a_product_long_silent_are_too_little() -> None:
    for rows in (weekly("tea", 1), weekly("tea", 5), weekly("tea", 20, until=30)):
        with pytest.raises(NotEnoughData, match="weeks"):
            Demand().fit(lines(rows), as_of=DAY)


def test_one_product_is_enough() -> None:
    told = Demand().fit(lines(weekly("tea", 60)), as_of=DAY).forecast().to_pandas()
    week = told.query("week == 1 and segment == 'all'").iloc[0]
    assert week.units == pytest.approx(3.0, rel=0.1)
    assert week.low <= 3 <= week.high


def test_returns_alone_and_missing_columns_are_refused() -> None:
    with pytest.raises(ArgumentError):
        Demand().fit(lines(weekly("tea", 20, units=-1.0)), as_of=DAY)
    with pytest.raises(ContractError, match="quantity"):
        Demand().fit(lines(weekly("tea", 20)).drop_columns("quantity"), as_of=DAY)


def test_what_came_back_on_the_day_was_not_sold_and_what_came_later_was() -> None:
    rows = weekly("tea", 20)
    same_day = [("c9", "tea", DAY - timedelta(days=9), 5_000.0), ("c9", "tea", DAY - timedelta(days=9), -5_000.0)]
    later = [("c0", "tea", DAY - timedelta(days=1), -2.0)]
    made = {name: ibis.memtable(lines(more)) for name, more in (("plain", rows), ("more", [*rows, *same_day, *later]))}
    plain, more = (
        sold_weeks(sold_days(one, as_of=DAY), as_of=DAY).order_by("week", "segment").to_pyarrow()
        for one in made.values()
    )
    assert plain == more


def test_standing_counts_the_customer_s_days_so_far() -> None:
    rows = [("c1", "tea", DAY - timedelta(days=10 * turn), 1.0) for turn in range(12)]
    rows += [("c1", "mug", DAY, 1.0), ("c2", "mug", DAY, 1.0)]
    days = sold_days(ibis.memtable(lines(rows)), as_of=DAY).order_by("customer_id", "product_id", "day").to_pyarrow()
    assert days["segment"].to_pylist() == [
        "tenth_on", "first", *["second_third"] * 2, *["fourth_to_ninth"] * 6, *["tenth_on"] * 3, "first"
    ]  # fmt: skip


def test_own_segments_are_taken_as_they_are() -> None:
    table = lines(weekly("tea", 30)).append_column("segment", pa.array(["north", "south"] * 15))
    told = Demand().fit(table, as_of=DAY).forecast()
    assert set(told["segment"].to_pylist()) == {"all", "north", "south"}


def test_it_compiles_for_spark() -> None:
    assert ibis.pyspark
    unbound = ibis.table(
        {"customer_id": "string", "product_id": "string", "ordered_at": "timestamp(6)", "quantity": "float64"}, name="l"
    )
    assert "ROW_NUMBER" in ibis.to_sql(sold_weeks(sold_days(unbound, as_of=DAY), as_of=DAY), dialect="pyspark")


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["c1", "c2", "c3"]), st.sampled_from(["tea", "mug", "oil"]), st.integers(0, 200),
            st.floats(-50, 1e6, allow_nan=False),
        ),
        min_size=1, max_size=40,
    )
)  # fmt: skip
def test_whatever_was_sold_the_forecast_is_whole_and_in_order(rows: list[tuple[str, str, int, float]]) -> None:
    made = lines([(who, what, DAY - timedelta(days=ago), units) for who, what, ago, units in rows])
    try:
        told = Demand().fit(made, as_of=DAY).forecast().to_pandas()
    except (NotEnoughData, ArgumentError):
        return
    figures = told[["units", "low", "middle", "high"]].to_numpy()
    assert np.isfinite(figures).all()
    assert (figures >= 0).all()
    assert (told.low <= told.middle).all()
    assert (told.middle <= told.high).all()
    parts = told[told.segment != "all"].groupby(["product_id", "week"]).units.sum()
    whole = told[told.segment == "all"].set_index(["product_id", "week"]).units.reindex(parts.index)
    np.testing.assert_allclose(parts, whole, rtol=1e-6)
