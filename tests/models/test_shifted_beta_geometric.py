"""The shifted beta-geometric model against its papers, at the edges, and simulated truth."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
import mpmath
import numpy as np
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.subscribers import DAY, HIGH_END, LATER, REGULAR, YEARLY, cohorts, subscriptions
from patron.errors import ArgumentError, ContractError, FitError, NotEnoughData
from patron.models import ShiftedBetaGeometric, running_subscriptions
from patron.simulate import shifted_beta_geometric

TRUTH = {"alpha": 0.7, "beta": 1.9}


# Fader & Hardie (2007): the estimates come from 1,000 customers of each kind and the first seven renewals


@pytest.mark.parametrize(
    ("shares", "alpha", "beta"), [(REGULAR, 0.704, 1.182), (HIGH_END, 0.668, 3.806)], ids=["regular", "high end"]
)
def test_parameters_of_the_paper(shares: list[float], alpha: float, beta: float) -> None:
    model = ShiftedBetaGeometric().fit(cohorts(shares))
    assert model.params_ == pytest.approx({"alpha": alpha, "beta": beta}, abs=5e-4)
    assert model.customers_ == 1_000


@pytest.mark.parametrize(("shares", "height"), [(REGULAR, -1680.2652), (HIGH_END, -1611.1582)])
def test_log_likelihood_is_that_of_the_multinomial(shares: list[float], height: float) -> None:
    model = ShiftedBetaGeometric().fit(cohorts(shares))
    assert model.log_likelihood_ == pytest.approx(height, abs=1e-4)
    table = cohorts(shares)
    left = np.append(1, model.survival(np.arange(1, 8)))
    terms = table["lost"].to_numpy() * np.log(left[:-1] - left[1:])
    stayed = shares[-1] * 1_000 * np.log(left[-1])
    assert terms.sum() + stayed == pytest.approx(model.log_likelihood_, rel=1e-12)


@pytest.mark.parametrize(("shares", "kind"), [(REGULAR, "regular"), (HIGH_END, "high end")])
def test_projection_of_the_next_five_years_is_close_to_what_came(shares: list[float], kind: str) -> None:
    model = ShiftedBetaGeometric().fit(cohorts(shares))
    assert model.survival(np.arange(8, 13)) == pytest.approx(LATER[kind], abs=0.017)


# Fader & Hardie (2010), table 3: DERL at 10 % by renewals, of two ways to have a mean retention rate of .8


@pytest.mark.parametrize(
    ("alpha", "beta", "expected"),
    [(3.80, 15.20, [3.31, 3.45, 3.59, 3.72, 3.84]), (0.067, 0.267, [7.68, 9.46, 9.86, 10.06, 10.19])],
)
def test_discounted_residual_lifetime_of_the_paper(alpha: float, beta: float, expected: list[float]) -> None:
    model = ShiftedBetaGeometric.from_params(alpha=alpha, beta=beta)
    # The second pair of parameters is printed with two digits, so the last digit of the answer may differ.
    found = model.discounted_residual_lifetime(range(5), discount_rate=0.1)
    assert found == pytest.approx(expected, abs=5e-3 if alpha > 1 else 1.1e-2)


@pytest.mark.parametrize("tenure", [0, 1, 40])
@pytest.mark.parametrize("rate", [1e-6, 0.01, 0.1, 2.0])
def test_discounted_residual_lifetime_is_the_closed_form(tenure: int, rate: float) -> None:
    """Equation 6, where n - 1 renewals have been passed."""
    a, b, n = 0.668, 3.806, tenure + 1
    with mpmath.workdps(40):
        series = mpmath.hyp2f1(1, b + n, a + b + n, 1 / (1 + mpmath.mpf(rate)))
    exact = (b + n - 1) / (a + b + n - 1) * float(series)
    model = ShiftedBetaGeometric.from_params(alpha=a, beta=b)
    assert model.discounted_residual_lifetime(tenure, discount_rate=rate)[0] == pytest.approx(exact, rel=1e-10)


# Laws


def test_retention_rates_are_ratios_of_survival_and_rise() -> None:
    model = ShiftedBetaGeometric.from_params(alpha=0.668, beta=3.806)
    t = np.arange(1, 200)
    rates = model.retention_rate(t)
    assert rates == pytest.approx(model.survival(t) / model.survival(t - 1), rel=1e-12)
    assert (np.diff(rates) > 0).all()
    assert model.survival(0) == 1


def test_periods_ahead_are_the_sum_of_the_chances_to_be_there() -> None:
    model = ShiftedBetaGeometric.from_params(alpha=0.668, beta=3.806)
    for tenure in (0, 3, 60):
        there = [model.probability_subscribed(tenure, horizon=k)[0] for k in range(1, 13)]
        assert model.expected_periods(tenure, horizon=12)[0] == pytest.approx(np.sum(there), rel=1e-12)
        given_that = model.survival(tenure + 12) / model.survival(tenure)
        assert there[-1] == pytest.approx(float(given_that), rel=1e-12)


def test_a_lifetime_without_end_is_not_a_number() -> None:
    endless = ShiftedBetaGeometric.from_params(alpha=0.668, beta=3.806)
    for ask in (endless.expected_residual_lifetime, lambda n: endless.discounted_residual_lifetime(n, discount_rate=0)):
        with pytest.raises(ArgumentError, match="no finite value") as caught:
            ask([0, 1])
        assert "expected_periods" in caught.value.remedy
    ending = ShiftedBetaGeometric.from_params(alpha=3.0, beta=4.0)
    assert ending.expected_residual_lifetime([0, 2]) == pytest.approx([2.0, 3.0])
    assert ending.discounted_residual_lifetime([0, 2], discount_rate=0) == pytest.approx([2.0, 3.0])


def test_interval_holds_its_share_and_not_much_more() -> None:
    model = ShiftedBetaGeometric.from_params(alpha=0.668, beta=3.806)
    for tenure in (0, 5):
        chances = [model.probability_subscribed(tenure, horizon=k)[0] for k in range(41)]  # of k renewals at least
        low, high = model.periods_interval(tenure, horizon=40, level=0.8)[0].astype(int)
        below, above = 1 - chances[low], chances[high + 1] if high < 40 else 0.0
        assert below < 0.1
        assert above <= 0.1
        assert 1 - chances[min(low + 1, 40)] >= 0.1
        assert high == 40 or chances[high] > 0.1


@settings(max_examples=80)
@given(
    alpha=st.floats(-6, 6).map(lambda p: 10.0**p), beta=st.floats(-6, 6).map(lambda p: 10.0**p),
    tenure=st.integers(0, 10**6), horizon=st.integers(0, 10**6), rate=st.floats(1e-6, 10),
)  # fmt: skip
def test_forecasts_are_finite_and_in_order(alpha: float, beta: float, tenure: int, horizon: int, rate: float) -> None:
    model = ShiftedBetaGeometric.from_params(alpha=alpha, beta=beta)
    stays = model.probability_subscribed(tenure, horizon=horizon)[0]
    periods = model.expected_periods(tenure, horizon=horizon)[0]
    low, high = model.periods_interval(tenure, horizon=horizon)[0]
    assert 0 <= stays <= 1
    assert stays * horizon * (1 - 1e-6) <= periods <= horizon * (1 + 1e-9)
    assert 0 <= low <= high <= horizon
    lifetime = model.discounted_residual_lifetime(tenure, discount_rate=rate)[0]
    assert 0 <= lifetime <= (1 + 1 / rate) * (1 + 1e-9)


# Simulated truth


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_parameters_are_recovered_within_three_standard_errors(seed: int) -> None:
    model = ShiftedBetaGeometric().fit(subscriptions(20_000, seed=seed), as_of=DAY)
    for name, truth in {"alpha": 0.8, "beta": 4.0}.items():
        assert abs(model.params_[name] - truth) < 3 * model.standard_errors_[name]


def counted(customers: int, seed: int) -> pa.Table:
    """Customers of seven renewals at most, as a table of one cohort."""
    lifetime = shifted_beta_geometric(customers, **TRUTH, periods=7, seed=seed)["lifetime"].to_numpy()
    return cohorts([float((lifetime > t).mean()) for t in range(1, 8)], size=customers)


@pytest.mark.slow
def test_95_percent_intervals_of_the_parameters_hold_the_truth_95_times_in_100() -> None:
    draws, held = 400, dict.fromkeys(TRUTH, 0)
    for seed in range(draws):
        intervals = ShiftedBetaGeometric().fit(counted(5_000, seed)).confidence_intervals_
        for name, truth in TRUTH.items():
            held[name] += intervals[name][0] <= truth <= intervals[name][1]
    assert all(0.92 <= count / draws <= 0.98 for count in held.values()), held


@pytest.mark.slow
def test_intervals_of_what_is_expected_hold_the_truth() -> None:
    truth, held = ShiftedBetaGeometric.from_params(**TRUTH), np.zeros(2)
    right = np.array([float(truth.survival(20)), truth.expected_periods(3, horizon=12)[0]])
    for seed in range(200):
        model = ShiftedBetaGeometric().fit(counted(3_000, seed))
        ends = np.array([model.survival_interval(20), model.expected_periods_interval(3, horizon=12)[0]], dtype=float)
        held += (ends[:, 0] <= right) & (right <= ends[:, 1])
    assert (held >= 180).all(), held
    assert (held < 200).all(), held


# Tables of subscriptions: what is known on a day


def test_subscriptions_and_their_cohorts_are_fitted_alike() -> None:
    """The same customers, told one by one and as counts by month of start."""
    table = subscriptions(3_000, seed=4)
    one = ShiftedBetaGeometric().fit(table, as_of=DAY)
    rows = []
    age = np.array([(DAY - day).days // 30 for day in table["started_on"].to_pylist()])
    ends = np.array([day is not None for day in table["ended_on"].to_pylist()])
    lifetime = table["lifetime"].to_numpy()
    for cohort in np.unique(age):
        for t in range(1, cohort + 1):
            chosen = (age == cohort) & (lifetime >= t)
            rows.append((int(cohort), t, int(chosen.sum()), int((chosen & ends & (lifetime == t)).sum())))
    names = ("cohort", "period", "customers", "lost")
    counts = pa.table({name: [row[column] for row in rows] for column, name in enumerate(names)})
    other = ShiftedBetaGeometric().fit(counts)
    assert one.params_ == pytest.approx(other.params_, rel=1e-9)
    assert one.log_likelihood_ == pytest.approx(other.log_likelihood_, rel=1e-12)
    assert (one.customers_, one.left_out_) == ((age > 0).sum(), (age == 0).sum())


def test_nothing_known_only_later_is_used() -> None:
    """A table that is read a year later, with ends and starts of that year, gives the same fit as of the day."""
    then = subscriptions(3_000, seed=5)
    now = subscriptions(3_000, seed=5, ahead_days=360)
    assert now["ended_on"].null_count < then["ended_on"].null_count
    started = pa.array([DAY + timedelta(days=1)] * 50, pa.date32())
    late = now.slice(0, 50).set_column(2, "started_on", started).set_column(3, "ended_on", pa.nulls(50, pa.date32()))
    both = pa.concat_tables([now, late])
    assert ShiftedBetaGeometric().fit(both, as_of=DAY).params_ == ShiftedBetaGeometric().fit(then, as_of=DAY).params_


@pytest.mark.parametrize(
    ("started", "ended", "tenure", "renews_in"),
    [
        (DAY, None, 0, 30),
        (DAY - timedelta(days=29), None, 0, 1),
        (DAY - timedelta(days=30), None, 1, 30),
        (DAY - timedelta(days=75), DAY + timedelta(days=14), 2, 15),
        (DAY - timedelta(days=89), DAY, 2, 1),
        (DAY - timedelta(days=90), DAY - timedelta(days=1), None, None),
        (DAY + timedelta(days=1), None, None, None),
    ],
)
def test_running_subscriptions_on_a_day(started: date, ended: date | None, tenure: int | None, renews_in: int) -> None:
    table = pa.table({
        "started_on": pa.array([started], pa.date32()), "ended_on": pa.array([ended], pa.date32()), "period_days": [30],
    })  # fmt: skip
    rows = running_subscriptions(table, as_of=DAY).to_pyarrow().to_pylist()
    assert [(row["tenure"], row["renews_in_days"]) for row in rows] == ([] if tenure is None else [(tenure, renews_in)])


def test_calendar_months_are_rounded_to_whole_periods() -> None:
    """Twelve calendar months are 365 days, one of them 28: each ends with the nearest number of periods of 30 days."""
    rows = [(date(2023, 1, 1), date(2023, 12, 31)), (date(2023, 2, 1), date(2023, 2, 28))] * 40
    rows += [(date(2023, 1, 1), None)] * 10
    table = pa.table({
        "started_on": pa.array([row[0] for row in rows], pa.date32()),
        "ended_on": pa.array([row[1] for row in rows], pa.date32()), "period_days": [30] * len(rows),
    })  # fmt: skip
    model = ShiftedBetaGeometric().fit(table, as_of=date(2024, 1, 5))
    left = np.append(1, model.survival([1, 11, 12]))
    exact = 40 * np.log(left[0] - left[1]) + 40 * np.log(left[2] - left[3]) + 10 * np.log(left[3])
    assert model.log_likelihood_ == pytest.approx(exact, rel=1e-12)


def test_timestamps_are_days_and_ends_may_all_be_empty_in_scoring() -> None:
    table = subscriptions(400, seed=6)
    moments = table.set_column(2, "started_on", table["started_on"].cast(pa.timestamp("us")))
    assert (
        ShiftedBetaGeometric().fit(moments, as_of=DAY).params_ == ShiftedBetaGeometric().fit(table, as_of=DAY).params_
    )
    running = running_subscriptions(table.set_column(3, "ended_on", pa.nulls(400)), as_of=DAY)
    assert running.count().execute() == 400


# Cohorts as they come


@pytest.mark.parametrize(
    "kind", [lambda t: t.to_pandas(), pl.from_arrow, ibis.memtable], ids=["pandas", "polars", "ibis"]
)
def test_all_kinds_of_table_of_cohorts_give_the_same(kind: Any) -> None:
    table = cohorts(REGULAR, HIGH_END[:3])
    model = ShiftedBetaGeometric().fit(table)
    assert ShiftedBetaGeometric().fit(kind(table)).params_ == model.params_
    order = np.random.default_rng(1).permutation(table.num_rows)
    assert ShiftedBetaGeometric().fit(kind(table.take(pa.array(order)))).params_ == model.params_
    assert model.customers_ == 2_000


def test_several_cohorts_add_up() -> None:
    apart = [cohorts(REGULAR), cohorts(REGULAR[:2]), cohorts(REGULAR[:4], size=500)]
    named = [
        table.set_column(0, "cohort", pa.array([f"{number}"] * table.num_rows)) for number, table in enumerate(apart)
    ]
    model = ShiftedBetaGeometric().fit(pa.concat_tables(named))
    total = sum(
        (t["lost"].to_numpy() * np.log(1 - model.retention_rate(t["period"].to_numpy()))).sum()
        + (
            (t["customers"].to_numpy() - t["lost"].to_numpy()) * np.log(model.retention_rate(t["period"].to_numpy()))
        ).sum()
        for t in apart
    )
    assert model.log_likelihood_ == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize(
    ("column", "row", "value", "words"),
    [
        ("customers", 0, None, "missing"),
        ("lost", 0, float("nan"), "missing"),
        ("lost", 0, -1.0, "whole number"),
        ("lost", 1, 0.5, "whole number"),
        ("customers", 1, float("inf"), "whole number"),
        ("period", 0, 0.0, "first renewal"),
        ("lost", 2, 900.0, "nobody can be lost"),
        ("customers", 3, 1000.0, "never grows"),
    ],
)
@pytest.mark.parametrize("engine", [False, True])
def test_cohorts_that_cannot_be_are_refused(column: str, row: int, value: Any, words: str, engine: bool) -> None:
    table = cohorts(REGULAR)
    values = [float(v) for v in table[column].to_pylist()]
    values[row] = value
    broken = table.set_column(table.column_names.index(column), column, pa.array(values, pa.float64()))
    with pytest.raises(ArgumentError, match=words) as caught:
        ShiftedBetaGeometric().fit(ibis.memtable(broken) if engine else broken)
    assert caught.value.data["column"] == column
    assert caught.value.data["came"] == 1
    assert caught.value.remedy


def test_a_column_that_lacks_is_named() -> None:
    for column in ("cohort", "period", "customers", "lost"):
        with pytest.raises(ContractError) as caught:
            ShiftedBetaGeometric().fit(cohorts(REGULAR).drop_columns([column]))
        assert caught.value.data["column"] == column


def test_words_are_no_numbers_and_numbers_are_no_days() -> None:
    with pytest.raises(ArgumentError, match="numbers are allowed"):
        ShiftedBetaGeometric().fit(cohorts(REGULAR).set_column(3, "lost", pa.array(["many"] * 7)))
    with pytest.raises(ArgumentError, match="days are allowed"):
        ShiftedBetaGeometric().fit(subscriptions(50, seed=1).set_column(2, "started_on", pa.array([3] * 50)), as_of=DAY)


def test_the_day_is_asked_for() -> None:
    with pytest.raises(ArgumentError, match="day") as caught:
        ShiftedBetaGeometric().fit(subscriptions(100, seed=1))
    assert "as_of" in caught.value.remedy


def test_periods_of_several_lengths_are_not_one_model() -> None:
    table = pa.concat_tables([subscriptions(100, seed=1), subscriptions(100, seed=2, plan=YEARLY)])
    with pytest.raises(ArgumentError, match="30, 365 days"):
        ShiftedBetaGeometric().fit(table, as_of=DAY)


@pytest.mark.parametrize(
    ("shares", "size", "words"),
    [
        ([1.0, 1.0, 1.0], 1_000, "None of 1000 subscriptions was lost"),
        ([0.0], 1_000, "passed a renewal"),
        ([0.0, 0.0], 1_000, "passed a renewal"),
        ([0.9], 1_000, "different renewals"),
        (REGULAR, 20, "Only 20"),
    ],
)
def test_too_little_is_said(shares: list[float], size: int, words: str) -> None:
    with pytest.raises(NotEnoughData, match=words) as caught:
        ShiftedBetaGeometric().fit(cohorts(shares, size=size))
    assert caught.value.remedy


def test_holders_who_do_not_differ_are_said() -> None:
    with pytest.raises(FitError, match="alpha, beta") as caught:
        ShiftedBetaGeometric().fit(cohorts([0.9**t for t in range(1, 9)], size=100_000))
    assert "do not differ" in caught.value.remedy


@pytest.mark.parametrize("tenure", [[-1], [float("nan")], ["new"], None])
def test_tenures_are_numbers(tenure: Any) -> None:
    model = ShiftedBetaGeometric.from_params(alpha=1.0, beta=1.0)
    with pytest.raises(ArgumentError, match="tenure"):
        model.expected_periods(tenure, horizon=3)


def test_tenures_and_horizons_are_whole() -> None:
    model = ShiftedBetaGeometric.from_params(alpha=1.0, beta=1.0)
    with pytest.raises(ArgumentError, match="whole number of renewals"):
        model.expected_periods([1.5], horizon=3)
    with pytest.raises(ArgumentError, match="whole number of periods"):
        model.expected_periods([1], horizon=2.5)
    with pytest.raises(ArgumentError, match="first renewal"):
        model.retention_rate(0)
