"""The pure processes against what their papers expect, and against their own laws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.errors import ArgumentError
from patron.simulate import bg_cnbd, bg_nbd, gamma_gamma, mbg_cnbd, mbg_nbd, pareto_nbd

MANY = 300_000
BG = {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}  # CDNOW, Fader, Hardie & Lee 2005
PARETO = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
GAMMA = {"p": 6.25, "q": 3.74, "gamma": 15.44}


def numbers(table: pa.Table, column: str) -> np.ndarray[Any, Any]:
    return np.asarray(table[column].to_numpy(zero_copy_only=False))


def near(values: np.ndarray[Any, Any], expected: float, *, errors: float = 4.0) -> bool:
    """Whether a sample's mean lies within so many standard errors of the truth."""
    return bool(abs(values.mean() - expected) < errors * values.std() / np.sqrt(len(values)))


@pytest.mark.parametrize(("t", "expected"), [(1, 0.0532), (31.8571, 1.0405), (52, 1.444004), (78, 1.8576)])
def test_bg_nbd_buys_as_the_paper_expects(t: float, expected: float) -> None:
    assert near(numbers(bg_nbd(MANY, **BG, T=t, seed=1), "frequency"), expected)


@pytest.mark.parametrize(("t", "expected"), [(1, 0.05077821), (9, 0.38909211)])
def test_pareto_nbd_buys_as_the_paper_expects(t: float, expected: float) -> None:
    drawn = pareto_nbd(MANY, r=0.55, alpha=10.56, s=0.61, beta=11.64, T=t, seed=1)
    assert near(numbers(drawn, "frequency"), expected)


def test_pareto_nbd_buys_as_expected_in_a_year() -> None:
    assert near(numbers(pareto_nbd(MANY, **PARETO, T=52, seed=2), "frequency"), 1.473434)


def test_purchases_after_continue_the_same_process() -> None:
    drawn = bg_nbd(MANY, **BG, T=31.8571, horizon=78 - 31.8571, seed=3)
    assert near(numbers(drawn, "purchases_after"), 1.8576 - 1.0405)
    drawn = pareto_nbd(MANY, **PARETO, T=26, horizon=26, seed=3)
    assert near(numbers(drawn, "frequency") + numbers(drawn, "purchases_after"), 1.473434)


@pytest.mark.parametrize(("regular", "at_random"), [(bg_cnbd, bg_nbd), (mbg_cnbd, mbg_nbd)])
def test_the_first_arrival_of_one_is_a_purchase_at_random(regular: Callable[..., Any], at_random: Any) -> None:
    drawn = regular(1_000, k=1, **BG, T=52, seed=4, horizon=9)
    assert drawn.drop_columns(["litt"]).equals(at_random(1_000, **BG, T=52, seed=4, horizon=9))


def test_regular_purchases_keep_their_distance() -> None:
    drawn = bg_cnbd(MANY, k=4, r=5, alpha=5, a=1, b=1, T=30, seed=4)
    once = numbers(drawn, "frequency") == 1
    assert numbers(drawn, "litt")[once] == pytest.approx(np.log(numbers(drawn, "recency")[once]))
    assert not numbers(drawn, "litt")[numbers(drawn, "frequency") == 0].any()
    faithful = numbers(bg_cnbd(MANY, k=4, r=5, alpha=5, a=1e-9, b=1, T=400, seed=5), "frequency")
    assert near(faithful, 400 / 4 - 3 / 8)  # Cox (1962): the renewals of Erlang-k times lag by (k - 1) / 2k


def test_share_without_a_repeat_follows_the_closed_form() -> None:
    drawn = numbers(bg_nbd(MANY, **BG, T=52, seed=4), "frequency") == 0
    assert near(drawn, (BG["alpha"] / (BG["alpha"] + 52)) ** BG["r"])


def test_share_alive_follows_the_closed_form() -> None:
    drawn = numbers(pareto_nbd(MANY, **PARETO, T=39, seed=4), "alive")
    assert near(drawn, (PARETO["beta"] / (PARETO["beta"] + 39)) ** PARETO["s"])


def test_the_last_purchase_of_a_faithful_customer_is_the_largest_of_uniform_moments() -> None:
    faithful = [
        bg_nbd(MANY, r=5, alpha=50, a=1e-9, b=1, T=40, seed=5),
        pareto_nbd(MANY, r=5, alpha=50, s=1, beta=1e9, T=40, seed=5),
    ]
    for drawn in faithful:
        x, recency = numbers(drawn, "frequency"), numbers(drawn, "recency")
        for count in (1, 4):
            assert near(recency[x == count], 40 * count / (count + 1))


def test_gamma_gamma_spends_as_expected_whatever_the_frequency() -> None:
    for frequency in (1, 10):
        spent = gamma_gamma(np.full(MANY, frequency), **GAMMA, seed=6).to_numpy()
        assert near(spent, GAMMA["p"] * GAMMA["gamma"] / (GAMMA["q"] - 1))


def test_gamma_gamma_means_settle_as_purchases_grow() -> None:
    few, many = (gamma_gamma(np.full(MANY, x), **{**GAMMA, "q": 6.0}, seed=6).to_numpy() for x in (1, 50))
    between = GAMMA["p"] ** 2 * GAMMA["gamma"] ** 2 / ((6 - 1) ** 2 * (6 - 2))  # var(p / nu), nu ~ gamma(6, gamma)
    assert many.var() == pytest.approx(between, rel=0.05)
    assert few.var() > 1.3 * many.var()


def test_gamma_gamma_knows_no_spend_without_a_purchase() -> None:
    assert gamma_gamma([0, 2, 0], **GAMMA, seed=1).is_null().to_pylist() == [True, False, True]


def test_each_customer_may_have_an_age_of_its_own() -> None:
    ages = np.linspace(0, 100, 50)
    for drawn in (bg_nbd(50, **BG, T=ages, seed=1), pareto_nbd(50, **PARETO, T=ages, seed=1)):
        assert numbers(drawn, "T").tolist() == ages.tolist()
        assert numbers(drawn, "frequency")[0] == 0


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from(["bg", "pareto"]), st.integers(0, 1000), st.floats(0, 200), st.floats(0.05, 5), st.floats(0.05, 5)
)
def test_laws_of_a_purchase_history(model: str, seed: int, t: float, shape: float, drop: float) -> None:
    if model == "bg":
        drawn = bg_nbd(200, r=shape, alpha=10, a=drop, b=2, T=t, seed=seed, horizon=30)
    else:
        drawn = pareto_nbd(200, r=shape, alpha=10, s=drop, beta=20, T=t, seed=seed, horizon=30)
    x, recency, alive = (numbers(drawn, name) for name in ("frequency", "recency", "alive"))
    assert ((recency >= 0) & (recency <= t)).all()
    assert ((x > 0) == (recency > 0)).all()
    assert alive[numbers(drawn, "purchases_after") > 0].all()
    assert not drawn["rate"].null_count


def test_the_seed_decides() -> None:
    first, again, other = (bg_nbd(100, **BG, T=52, seed=seed) for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)
    assert gamma_gamma([1, 2], **GAMMA, seed=1) == gamma_gamma([1, 2], **GAMMA, seed=1)


@pytest.mark.parametrize(
    ("call", "argument"),
    [
        (lambda: bg_nbd(0, **BG, T=52, seed=1), "customers"),
        (lambda: bg_nbd(True, **BG, T=52, seed=1), "customers"),
        (lambda: bg_nbd(5, **{**BG, "r": -1.0}, T=52, seed=1), "r"),
        (lambda: bg_nbd(5, **{**BG, "b": float("nan")}, T=52, seed=1), "b"),
        (lambda: bg_nbd(5, **BG, T=-1, seed=1), "T"),
        (lambda: bg_nbd(5, **BG, T=[1, 2], seed=1), "T"),
        (lambda: bg_nbd(5, **BG, T=52, seed=1, horizon=-1), "horizon"),
        (lambda: bg_nbd(5, **BG, T=52, seed=-1), "seed"),
        (lambda: pareto_nbd(5, **{**PARETO, "beta": 0.0}, T=52, seed=1), "beta"),
        (lambda: pareto_nbd(5, **PARETO, T=float("inf"), seed=1), "T"),
        (lambda: gamma_gamma([1], **{**GAMMA, "q": 0.0}, seed=1), "q"),
        (lambda: gamma_gamma([-1], **GAMMA, seed=1), "frequency"),
    ],
)
def test_what_cannot_be_is_refused(call: Callable[[], object], argument: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        call()
    assert caught.value.data["argument"] == argument
    assert argument in caught.value.problem
    assert caught.value.remedy
