"""What it takes to see an effect: the facts of the references, laws, and the chance as simulated."""

from __future__ import annotations

import ibis
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from patron.errors import ArgumentError
from patron.experiments import power
from patron.stats.experiment_power import Plan, days_until

TENTH = {"held out": 0.1, "treated": 0.9}


def shop(customers, buyers):
    return ibis.memtable({"bought": [1.0] * buyers + [0.0] * (customers - buyers)})


@pytest.mark.parametrize(("customers", "lift"), [(2_000, 0.91), (10_000, 0.41), (200_000, 0.09)])
def test_power_facts_of_the_references(customers, lift):
    """10 % held out, 5 % buy, two-sided 5 %, power 80 %."""
    found = power(shop(customers, customers // 20), metric="bought", shares=TENTH).to_pylist()[0]
    assert round(found["smallest_relative"], 2) == lift
    assert found["status"] == "planned"


@given(
    st.lists(st.floats(0.02, 1), min_size=2, max_size=5), st.floats(0.5, 0.99),
    st.sampled_from(["frequentist", "sequential"]),
    st.floats(0.001, 10), st.floats(0, 0.95),
)  # fmt: skip
def test_what_is_needed_shows_what_was_asked_for(parts, chance, method, spread, explained):
    plan = Plan(shares=[part / sum(parts) for part in parts], power=chance, method=method)
    needed = float(plan.units_for(0.3, spread, explained).item())
    assert plan.smallest_effect(needed, spread, explained) <= 0.3 * (1 + 1e-6)
    assert plan.chance(0.3, needed, spread, explained) >= chance - 1e-6
    if needed > 2:
        assert plan.smallest_effect(needed - 1, spread, explained) >= 0.3 * (1 - 1e-6)


def test_more_of_everything_helps():
    plan = Plan()
    assert plan.units_for(0.1, 1.0, 0.5) == np.ceil(plan.units_for(0.1, 1.0) / 2)  # CUPED: half of the variance
    assert plan.units_for(0.2, 1.0) < plan.units_for(0.1, 1.0) / 3.9
    assert Plan(shares=(0.1, 0.9)).units_for(0.1, 1.0) > 2.7 * plan.units_for(0.1, 1.0)
    assert Plan(method="sequential").inflation > 1.5
    assert Plan(shares=(1 / 3, 1 / 3, 1 / 3)).inflation == pytest.approx(
        ((ndtri(1 - 0.0125) + ndtri(0.8)) / (ndtri(0.975) + ndtri(0.8))) ** 2
    )


def test_a_sequential_reading_at_the_planned_size_is_as_wide_as_the_reference():
    """gbstats 0.8.0 at N* = 5,000 and 5,000 units: half width in standard errors."""
    n, level = 5_000, 0.05
    rho = np.sqrt((-2 * np.log(level) + np.log(-2 * np.log(level) + 1)) / n)
    half = np.sqrt(n) * np.sqrt(2 * (n * rho**2 + 1) / (n * rho) ** 2 * np.log(np.sqrt(n * rho**2 + 1) / level))
    assert Plan(method="sequential").half_width == pytest.approx(half, rel=1e-12)


def simulated(n, shares, effect, *, base=0.3, times=4_000, seed=7):
    """Return how often a planned effect on a share is seen, over `times` experiments at once."""
    random = np.random.default_rng(seed)
    sizes = [round(n * share) for share in shares]
    control = random.binomial(sizes[0], base, times) / sizes[0]
    seen = np.zeros(times, dtype=bool)
    for size in sizes[1:2]:
        treated = random.binomial(size, base + effect, times) / size
        error = np.sqrt(control * (1 - control) / sizes[0] + treated * (1 - treated) / size)
        seen |= np.abs(treated - control) > ndtri(1 - 0.025 / (len(shares) - 1)) * error
    return seen.mean()


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.1, 0.9), (0.4, 0.3, 0.3)])
def test_the_planned_number_sees_the_effect_as_often_as_it_says(shares):
    spread = np.sqrt(0.3 * 0.7)
    n = float(Plan(shares=shares).units_for(0.03, spread).item())
    assert abs(simulated(n, shares, 0.03) - 0.8) < 0.03


def units(n=4_000, seed=3):
    random = np.random.default_rng(seed)
    past = random.gamma(2, 10, n)
    orders = 1 + random.poisson(1.0, n)
    margin = past * 0.5 + random.normal(0, 5, n) + orders
    tier = np.where(np.arange(n) % 4 == 0, "gold", "silver")
    return pa.table({"past": past, "orders": orders, "margin": margin, "tier": tier})


def test_figures_are_those_counted_by_hand():
    table = units()
    rows = {(row["metric"], row["segment"]): row for row in power(
        table, metric=["margin", "margin / orders"], covariates=["past"], by="tier", relative=0.05, per_day=10.0,
    ).to_pylist()}  # fmt: skip
    assert [segment for metric, segment in rows if metric == "margin"] == ["all", "gold", "silver"]
    margin, orders, past = (table[name].to_numpy().astype(float) for name in ("margin", "orders", "past"))
    gold = table["tier"].to_numpy() == "gold"
    for segment, among in (("all", np.ones_like(gold)), ("gold", gold)):
        row, here = rows["margin", segment], margin[among]
        assert row["units"] == among.sum()
        assert row["mean"] == pytest.approx(here.mean())
        assert row["spread"] == pytest.approx(here.std(ddof=1))
        assert row["explained"] == pytest.approx(np.corrcoef(here, past[among])[0, 1] ** 2)
    ratio = margin.mean() / orders.mean()
    row = rows["margin / orders", "all"]
    assert row["mean"] == pytest.approx(ratio)
    assert row["spread"] == pytest.approx(((margin - ratio * orders) / orders.mean()).std(ddof=1))
    # A segment's part of those who come is its part of the units.
    gold_row = rows["margin", "gold"]
    waiting = max(gold_row["units_needed"] - gold_row["units"], 0) / (10 * gold.mean())
    assert gold_row["days"] == np.ceil(waiting)
    assert gold_row["smallest_effect"] > rows["margin", "all"]["smallest_effect"]


@pytest.mark.parametrize(
    ("rows", "status"),
    [({"x": [1.0] * 500}, "no_spread"), ({"x": [0.0, 1.0] * 10}, "too_few"), ({"x": [-1.0, 1.0] * 500}, "no_base")],
)
def test_what_cannot_be_planned_says_why(rows, status):
    found = power(ibis.memtable(rows), metric="x", relative=0.1).to_pylist()[0]
    assert found["status"] == status
    if status != "too_few":
        assert found["units_needed"] is None


def test_a_denominator_of_nothing_has_no_base():
    table = ibis.memtable({"x": [1.0, 2.0] * 50, "y": [0.0] * 100})
    assert power(table, metric="x / y").to_pylist()[0]["status"] == "no_base"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"metric": "margn"}, "Did you mean 'margin'"),
        ({"effect": 1.0, "relative": 0.1}, "one of the two"),
        ({"shares": (0.5, 0.6)}, "add up to 1"),
        ({"chance": 1.0}, "power"),
        ({"method": "peeking"}, "read once"),
    ],
)
def test_bad_input_is_told(options, words):
    with pytest.raises(ArgumentError, match=words):
        power(units(20), **{"metric": "margin", **options})


def test_days_until_enough_have_come():
    assert days_until([10, 100, np.inf, 100], [20, 20, 0, 20], [5, 30, 1, 0]).tolist() == [0, 3, np.inf, np.inf]
