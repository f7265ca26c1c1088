"""Replenishment: hidden cycles are found again, intervals hold as often as they say, and no date is invented."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

import ibis
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from patron.errors import ArgumentError, ContractError, NotEnoughData, NotFitted
from patron.models import Replenishment
from patron.models.replenishment_likelihood import Rows, likelihood
from patron.simulate import Replenished, replenishment

DAY = date(2024, 6, 30)
KINDS = {"arrow": lambda t: t, "pandas": lambda t: t.to_pandas(), "polars": pl.from_arrow, "ibis": ibis.memtable}


@cache
def shop(seed: int = 1, **options: Any) -> Replenished:
    return replenishment(options.pop("customers", 3_000), options.pop("products", 30), seed=seed, **options)


@cache
def fitted(seed: int = 1, **options: Any) -> tuple[Replenished, Replenishment, dict[str, np.ndarray]]:
    """A shop, its model, and what is due beside the truth, as arrays."""
    drawn = shop(seed, **options)
    model = Replenishment().fit(drawn.order_lines, as_of=drawn.last_day)
    return drawn, model, beside_truth(drawn, model.due())


def beside_truth(drawn: Replenished, due: pa.Table) -> dict[str, np.ndarray]:
    keys = ["customer_id", "product_id"]
    last = {
        (who, what): packs
        for who, what, packs in zip(*(drawn.order_lines[c].to_pylist() for c in (*keys, "quantity")), strict=True)
    }  # the lines are in the order of the days
    both = due.join(drawn.truth, keys).sort_by([(key, "ascending") for key in keys])
    packs = np.array([last[key] for key in zip(*(both[key].to_pylist() for key in keys), strict=True)])
    arrays = {name: both[name].to_numpy() for name in both.column_names}
    return arrays | {"packs": packs, "true": arrays["cycle_days"] * packs ** arrays["exponent"]}


def errors(found: dict[str, np.ndarray], least: int) -> np.ndarray:
    return np.abs(found["interval_days"] / found["true"] - 1)[found["purchases"] >= least]


def held(found: dict[str, np.ndarray]) -> np.ndarray:
    """Whether the next purchase lay in the interval, of those who bought again."""
    came = ~found["stopped"]
    when = found["next_on"][came]
    return (when >= found["due_low"][came]) & (when <= found["due_high"][came])


def lines(rows: list[tuple[str, str, Any, float]]) -> pa.Table:
    names = ("customer_id", "product_id", "ordered_at", "quantity")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


def every(days: int, *, customers: int = 40, product: str = "soap") -> list[tuple[str, str, Any, float]]:
    """Customers who buy one piece every so many days, the last time on different days before DAY."""
    return [
        (f"c{who:03d}", product, DAY - timedelta(days=who % days + turn * days), 1.0)
        for who in range(customers)
        for turn in range(6)
    ]


def at(day: date, *, hour: int) -> datetime:
    return datetime.combine(day, time(hour))


# The likelihood


def one_row(gaps: list[float], packs: list[float], silence: float, last: float) -> Rows:
    y, x = np.log(gaps), np.log(packs)
    sums = (y.sum(), y @ y, x.sum(), x @ x, x @ y, np.log(silence), np.log(last))
    return Rows(
        product=np.zeros(1, dtype=np.int64), weight=np.ones(1), k=np.array([float(len(gaps))]),
        **{name: np.array([v]) for name, v in zip(("y", "yy", "x", "xx", "xy", "silence", "packs"), sums, strict=True)},
    )  # fmt: skip


CUSTOMERS = {
    "bought once": ([], [], 40.0, 2.0),
    "bought twice": ([31.0], [1.0], 12.0, 1.0),
    "bought often": ([20.0, 45.0, 33.0], [1.0, 2.0, 1.0], 90.0, 3.0),
}
THETA = np.array([[3.4, 0.8, np.log(0.07), np.log(0.15), -0.8, -2.9]])


@pytest.mark.parametrize("name", list(CUSTOMERS))
def test_the_likelihood_is_the_integral_over_the_customer_s_own_cycle(name: str) -> None:
    gaps, packs, silence, last = CUSTOMERS[name]
    mu, beta, within, between, p, q = 3.4, 0.8, 0.07, 0.15, 1 / (1 + np.exp(0.8)), 1 / (1 + np.exp(2.9))

    def given_own(a: float) -> float:
        closed = stats.norm.pdf(np.log(gaps), mu + beta * np.log(packs) + a, np.sqrt(within)).prod() if gaps else 1.0
        stop = q if gaps else p
        stays = stats.norm.sf(np.log(silence), mu + beta * np.log(last) + a, np.sqrt(within))
        goes_on = (1 - p) * (1 - q) ** (len(gaps) - 1) if gaps else 1.0
        return float(stats.norm.pdf(a, 0, np.sqrt(between)) * closed * goes_on * (stop + (1 - stop) * stays))

    truth = integrate.quad(given_own, -4, 4, epsabs=1e-14, points=[0.0])[0]
    height, _ = likelihood(THETA, one_row(gaps, packs, silence, last))
    constant = -len(gaps) / 2 * np.log(2 * np.pi)
    assert float(height[0]) + constant == pytest.approx(np.log(truth), rel=1e-8)


@given(
    st.lists(st.tuples(st.floats(1, 900), st.floats(0.2, 30)), max_size=6), st.floats(0.5, 2_000), st.floats(0.2, 30),
    st.tuples(*[st.floats(-1, 1)] * 6),
)  # fmt: skip
def test_the_gradient_is_the_slope(
    closed: list[tuple[float, float]], silence: float, last: float, moved: tuple[float, ...]
) -> None:
    row = one_row([gap for gap, _ in closed], [packs for _, packs in closed], silence, last)
    theta = THETA + np.array(moved)
    _, slopes = likelihood(theta, row)
    for place in range(6):
        step = np.eye(6)[place] * 1e-5
        up, down = (float(likelihood(theta + side * step, row)[0][0]) for side in (1, -1))
        assert (up - down) / 2e-5 == pytest.approx(float(slopes[place, 0]), rel=1e-4, abs=2e-4)


# Recovery


def test_the_parameters_that_made_the_data_are_found() -> None:
    _, model, _ = fitted(customers=12_000)
    products = model.products_
    middle = {name: float(np.median(products[name].to_numpy())) for name in products.column_names[5:]}
    assert middle["within"] == pytest.approx(0.25, abs=0.02)
    assert middle["between"] == pytest.approx(0.4, abs=0.03)
    assert middle["quantity_exponent"] == pytest.approx(1.0, abs=0.03)
    assert middle["stop_first"] == pytest.approx(0.3, abs=0.04)
    assert middle["stop_later"] == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cycles_are_within_15_percent_for_three_purchases_and_more(seed: int) -> None:
    _, _, found = fitted(seed)
    error = errors(found, 3)
    assert np.median(error) < 0.08  # it is .063; the bar is .15
    assert np.quantile(error, 0.9) < 0.2
    exactly = np.abs(found["interval_days"] / found["true"] - 1)[found["purchases"] == 3]
    assert np.median(exactly) < 0.15


def test_more_purchases_make_it_surer_and_shrinkage_beats_the_own_mean() -> None:
    drawn, _, found = fitted()
    by_count = [np.median(errors(found, least)) for least in (1, 2, 3, 6)]
    assert by_count == sorted(by_count, reverse=True)
    days: dict[tuple[str, str], list[int]] = {}
    rows = (drawn.order_lines[name].to_pylist() for name in ("customer_id", "product_id", "ordered_at", "quantity"))
    for who, what, day, _ in zip(*rows, strict=True):
        days.setdefault((who, what), []).append(day.toordinal())
    three = found["purchases"] == 3
    own = np.array(
        [
            np.ptp(days[who, what]) / 2
            for who, what in zip(found["customer_id"][three], found["product_id"][three], strict=True)
        ]
    )
    assert np.median(errors(found, 3)) < np.median(np.abs(own / found["true"][three] - 1)) * 0.6


@pytest.mark.parametrize(("level", "seed"), [(0.8, 1), (0.8, 2), (0.8, 3), (0.9, 1), (0.9, 2), (0.5, 1)])
def test_intervals_hold_as_often_as_they_say(level: float, seed: int) -> None:
    drawn = shop(seed)
    model = Replenishment(level=level).fit(drawn.order_lines, as_of=drawn.last_day)
    inside = held(beside_truth(drawn, model.due()))
    assert inside.mean() == pytest.approx(level, abs=3.5 * np.sqrt(level * (1 - level) / inside.size))


def test_the_chance_to_be_still_bought_is_calibrated() -> None:
    _, _, found = fitted(customers=12_000)
    chance, still = found["chance"], ~found["stopped"]
    for low, high in ((0.0, 0.1), (0.1, 0.5), (0.5, 0.8), (0.8, 1.0)):
        some = (chance >= low) & (chance < high)
        assert still[some].mean() == pytest.approx(chance[some].mean(), abs=0.035)


@pytest.mark.parametrize("exponent", [0.0, 0.5, 1.0])
def test_whether_two_packs_last_twice_as_long_is_learned(exponent: float) -> None:
    _, model, found = fitted(2, exponent=exponent)
    assert np.median(model.products_["quantity_exponent"].to_numpy()) == pytest.approx(exponent, abs=0.06)
    several = (found["packs"] > 1) & (found["purchases"] >= 3)
    assert np.median(found["interval_days"][several] / found["true"][several]) == pytest.approx(1.0, abs=0.03)


def test_stopped_customers_do_not_stretch_the_cycle_of_a_product() -> None:
    _, model, _ = fitted(3, stop=0.4, between_products=0.0, customers=6_000)
    assert np.median(model.products_["interval_days"].to_numpy()) == pytest.approx(30.0, rel=0.05)


# What is replenished at all


def test_what_nobody_buys_twice_and_what_has_no_rhythm_gets_no_date() -> None:
    goods = 12
    within = np.where(np.arange(goods) < 4, 2.0, 0.25)
    once = np.where(np.arange(goods) >= 8, 1.0, 0.3)
    drawn = replenishment(3_000, goods, seed=4, within=within, stop_first=once)
    model = Replenishment().fit(drawn.order_lines, as_of=drawn.last_day)
    said = dict(zip(model.products_["product_id"].to_pylist(), model.products_["verdict"].to_pylist(), strict=True))
    assert list(said.values()) == ["no_rhythm"] * 4 + ["replenished"] * 4 + ["once"] * 4
    assert model.left_out_ == {"no_rhythm": 4, "few": 0, "once": 4}
    assert set(model.due()["product_id"].to_pylist()) == {name for name, one in said.items() if one == "replenished"}
    once_only = model.products_.filter(pa.compute.equal(model.products_["verdict"], "once"))
    assert once_only["interval_days"].null_count == 4


def test_a_shop_where_nobody_buys_twice_is_told_so() -> None:
    rows = [(f"c{n}", f"p{n % 3}", DAY - timedelta(days=n), 1.0) for n in range(100)]
    with pytest.raises(NotEnoughData) as caught:
        Replenishment().fit(lines(rows), as_of=DAY)
    assert (caught.value.data["products"], caught.value.data["once"], caught.value.data["few"]) == (3, 3, 0)
    assert caught.value.remedy


def test_one_product_of_equal_baskets_has_the_interval_that_all_have() -> None:
    model = Replenishment().fit(lines(every(20)), as_of=DAY)
    due = model.due()
    assert due.num_rows == 40
    assert np.abs(due["interval_days"].to_numpy() - 20).max() < 1.0
    assert set(due["grade"].to_pylist()) == {"A"}
    left = dict(zip(due["customer_id"].to_pylist(), due["days_left"].to_pylist(), strict=True))
    assert left["c003"] == 17
    told = dict(zip(due["customer_id"].to_pylist(), due["sentence"].to_pylist(), strict=True))
    assert told["c003"] == "running out in 17 days"
    assert told["c019"] == "running out tomorrow"


def test_a_customer_of_50_000_lines_moves_nobody_else() -> None:
    rows = every(20)
    huge = [("robot", "soap", DAY - timedelta(days=n % 700), 1.0) for n in range(50_000)]
    plain, beside = (Replenishment().fit(lines(some), as_of=DAY).due() for some in (rows, rows + huge))
    others = beside.filter(pa.compute.not_equal(beside["customer_id"], "robot"))
    assert others["interval_days"].to_numpy() == pytest.approx(plain["interval_days"].to_numpy(), rel=0.1)
    robot = beside.filter(pa.compute.equal(beside["customer_id"], "robot")).to_pylist()[0]
    assert robot["purchases"] == 700
    assert robot["interval_days"] == pytest.approx(1.0, rel=0.3)


# How lines are read


def test_what_came_back_the_same_day_is_no_purchase_and_a_day_is_one() -> None:
    rows = every(20)
    timed = [(who, what, at(day, hour=12), packs) for who, what, day, packs in rows]
    more = [
        ("c001", "soap", at(date(2024, 6, 20), hour=9), 5.0),
        ("c001", "soap", at(date(2024, 6, 20), hour=21), -5.0),  # taken back: no purchase
        ("c002", "soap", at(date(2024, 6, 28), hour=7), 2.0),  # a second time that day: three pieces
        ("c003", "soap", at(date(2024, 6, 20), hour=21), -1.0),  # of an earlier day: left out
    ]
    model = Replenishment().fit(lines(timed), as_of=DAY)
    before, after = (model.predict(lines(some), as_of=DAY).to_pylist() for some in (timed, timed + more))
    rest = [{k: v for k, v in row.items() if k not in ("interval_days", "due_on")} for row in after]
    assert after[1] == before[1]
    assert after[3] == before[3]
    assert rest[2]["purchases"] == before[2]["purchases"]
    assert after[0] == before[0]


def test_the_order_of_rows_and_of_a_day_does_not_matter() -> None:
    drawn = shop()
    mixed = drawn.order_lines.take(pa.array(np.random.default_rng(1).permutation(drawn.order_lines.num_rows)))
    model, other = (Replenishment().fit(table, as_of=drawn.last_day) for table in (drawn.order_lines, mixed))
    assert other.to_json() == model.to_json()
    assert other.due() == model.due()


def test_nothing_later_than_the_day_is_used() -> None:
    drawn, day = shop(), date(2024, 3, 1)
    known = drawn.order_lines.filter(pa.compute.less_equal(drawn.order_lines["ordered_at"], pa.scalar(day)))
    assert known.num_rows < drawn.order_lines.num_rows
    whole, cut = (Replenishment().fit(table, as_of=day) for table in (drawn.order_lines, known))
    assert whole.to_json() == cut.to_json()
    assert whole.due() == cut.due()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "arrow"])
def test_all_kinds_of_table_give_the_same(kind: str) -> None:
    drawn, model, _ = fitted()
    other = Replenishment().fit(KINDS[kind](drawn.order_lines), as_of=drawn.last_day)
    assert other.to_json() == model.to_json()
    due = other.due()
    due = due.order_by("customer_id", "product_id").to_pyarrow() if kind == "ibis" else due
    assert due.equals(model.due())


# What is told


def test_dates_are_in_order_and_follow_from_each_other() -> None:
    drawn, model, _ = fitted()
    day = drawn.last_day
    for row in model.due().to_pylist():
        assert day < row["due_low"] <= row["due_high"]
        assert row["due_on"] == row["last_bought_on"] + timedelta(days=round(row["interval_days"]))
        assert row["days_left"] == (row["due_on"] - day).days
        assert row["grade"] in "ABCD"
        assert 0 <= row["chance"] <= 1
        assert np.isfinite(row["interval_days"])


def test_some_customers_are_the_same_rows() -> None:
    _, model, _ = fitted()
    whole = model.due()
    chosen = whole["customer_id"].to_pylist()[:50]
    some = model.due(customers=chosen)
    assert some == whole.filter(pa.compute.is_in(whole["customer_id"], pa.array(chosen)))


def test_what_is_saved_predicts_the_same() -> None:
    drawn, model, _ = fitted()
    loaded = Replenishment.from_json(model.to_json())
    assert loaded.to_json() == model.to_json()
    assert loaded.products_ == model.products_
    assert loaded.predict(drawn.order_lines, as_of=drawn.last_day) == model.due()
    with pytest.raises(NotFitted):
        loaded.due()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"model": "BgNbd"}', '{"model": "Replenishment"}'])
def test_a_broken_save_is_refused(text: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        Replenishment.from_json(text)
    assert caught.value.remedy


def test_asking_before_the_fit_is_an_error() -> None:
    model = Replenishment()
    for asked in ("products_", "left_out_", "log_likelihood_"):
        with pytest.raises(NotFitted, match="fit"):
            getattr(model, asked)
    for ask in (model.due, model.to_json, lambda: model.predict(shop().order_lines, as_of=DAY)):
        with pytest.raises(NotFitted):
            ask()


# What is refused

GOOD = every(20)


@pytest.mark.parametrize("column", ["customer_id", "product_id", "ordered_at", "quantity"])
def test_a_missing_column_and_a_hole_are_named(column: str) -> None:
    with pytest.raises(ContractError) as caught:
        Replenishment().fit(lines(GOOD).drop_columns([column]), as_of=DAY)
    assert caught.value.data["column"] == column
    table = lines(GOOD)
    values = table[column].to_pylist()
    values[3] = None
    holed = table.set_column(table.column_names.index(column), column, pa.array(values, table[column].type))
    with pytest.raises(ArgumentError) as hole:
        Replenishment().fit(holed, as_of=DAY)
    assert (hole.value.data["column"], hole.value.data["came"]) == (column, 1)


@pytest.mark.parametrize("quantity", [float("nan"), float("inf"), -float("inf"), 1e15])
def test_a_quantity_that_is_no_number_is_refused(quantity: float) -> None:
    with pytest.raises(ArgumentError, match="quantity"):
        Replenishment().fit(lines([*GOOD, ("x", "soap", DAY, quantity)]), as_of=DAY)


@pytest.mark.parametrize(
    ("column", "values"), [("ordered_at", ["2024-01-01"] * len(GOOD)), ("quantity", ["one"] * len(GOOD))]
)
def test_a_column_of_a_wrong_type_is_refused(column: str, values: list[str]) -> None:
    table = lines(GOOD)
    with pytest.raises(ArgumentError, match=column):
        Replenishment().fit(table.set_column(table.column_names.index(column), column, pa.array(values)), as_of=DAY)


@pytest.mark.parametrize("thing", [None, 7, [1, 2], {"quantity": [1]}])
def test_what_is_no_table_is_refused(thing: Any) -> None:
    with pytest.raises(ArgumentError, match="Ibis, Arrow, pandas or Polars"):
        Replenishment().fit(thing, as_of=DAY)


@pytest.mark.parametrize("rows", [GOOD[:0], GOOD])
def test_no_purchase_by_the_day_is_said(rows: list[tuple[str, str, Any, float]]) -> None:
    table = lines(GOOD).slice(0, len(rows))
    with pytest.raises(ArgumentError) as caught:
        Replenishment().fit(table, as_of=date(2020, 1, 1))
    assert caught.value.data["later"] == len(rows)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, float("nan")])
def test_a_level_is_a_share(level: float) -> None:
    with pytest.raises(ArgumentError, match="level"):
        Replenishment(level=level)
