"""The processes of whole periods against what their papers expect, and against their own laws."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import special, stats

from patron.errors import ArgumentError
from patron.simulate import beta_discrete_weibull, bg_bb, shifted_beta_geometric

MANY = 200_000
DONORS = {"alpha": 1.2035, "beta": 0.7497, "gamma": 0.6567, "delta": 2.7834}  # Fader, Hardie & Shang 2010
REGULAR = {"alpha": 0.704, "beta": 1.182}  # Fader & Hardie 2007


def numbers(table: pa.Table, column: str) -> np.ndarray[Any, Any]:
    return np.asarray(table[column].to_numpy(zero_copy_only=False))


def near(values: np.ndarray[Any, Any], expected: float, *, errors: float = 4.0) -> bool:
    return bool(abs(values.mean() - expected) < errors * values.std() / np.sqrt(len(values)))


@pytest.mark.parametrize(("n", "expected"), [(1, 0.4985), (6, 2.2202), (11, 3.3887)])
def test_bg_bb_buys_as_the_authors_spreadsheet_expects(n: int, expected: float) -> None:
    drawn = bg_bb(MANY, **DONORS, T=n, seed=1)
    assert near(numbers(drawn, "frequency"), expected)
    first = bg_bb(MANY, **DONORS, T=n - 1, horizon=1, seed=2)
    assert near(numbers(first, "frequency") + numbers(first, "purchases_after"), expected)


def test_bg_bb_share_that_is_there_follows_the_closed_form() -> None:
    drawn = bg_bb(MANY, **DONORS, T=5, seed=3)
    share = np.exp(special.betaln(0.6567, 2.7834 + 6) - special.betaln(0.6567, 2.7834))
    assert near(numbers(drawn, "alive"), float(share))


def test_bg_bb_histories_can_be() -> None:
    T = np.random.default_rng(1).integers(0, 20, 5_000)
    drawn = bg_bb(5_000, **DONORS, T=T, seed=4, horizon=7)
    x, t, n, after = (numbers(drawn, name) for name in ("frequency", "recency", "T", "purchases_after"))
    assert ((x <= t) & (t <= n) & ((x > 0) == (t > 0)) & (after <= 7)).all()
    assert (n == T).all()
    assert not after[~numbers(drawn, "alive")].any()


@pytest.mark.parametrize("c", [0.6, 1.0, 1.8])
def test_lifetimes_follow_the_survival_of_the_papers(c: float) -> None:
    drawn = beta_discrete_weibull(MANY, **REGULAR, c=c, periods=9, seed=5)
    t = np.arange(10.0)
    survival = np.exp(special.betaln(0.704, 1.182 + t**c) - special.betaln(0.704, 1.182))
    came = np.bincount(np.minimum(numbers(drawn, "lifetime"), 10), minlength=11)[1:]
    assert stats.chisquare(came, -MANY * np.diff(np.append(survival, 0))).pvalue > 0.001


def test_tenure_and_loss_are_what_was_seen_of_the_lifetime() -> None:
    periods = np.random.default_rng(2).integers(0, 12, 5_000)
    drawn = shifted_beta_geometric(5_000, **REGULAR, periods=periods, seed=6)
    lifetime, tenure, lost = (numbers(drawn, name) for name in ("lifetime", "tenure", "lost"))
    assert (lost == (lifetime <= periods)).all()
    assert (tenure == np.minimum(lifetime - 1, periods)).all()
    same = beta_discrete_weibull(5_000, **REGULAR, c=1.0, periods=periods, seed=6)
    assert drawn.equals(same)


def test_extreme_chances_give_whole_lifetimes() -> None:
    for alpha, beta in ((1e-4, 1e-4), (1e-8, 1e3), (1e3, 1e-8)):
        lifetime = numbers(beta_discrete_weibull(2_000, alpha=alpha, beta=beta, c=0.1, periods=5, seed=7), "lifetime")
        assert (lifetime >= 1).all()


def test_the_same_seed_gives_the_same_customers() -> None:
    assert bg_bb(50, **DONORS, T=6, seed=8).equals(bg_bb(50, **DONORS, T=6, seed=8))
    assert not bg_bb(50, **DONORS, T=6, seed=8).equals(bg_bb(50, **DONORS, T=6, seed=9))


@pytest.mark.parametrize(
    "wrong", [{"alpha": 0.0}, {"delta": -1.0}, {"gamma": float("nan")}, {"T": -1}, {"T": [1, 2]}, {"horizon": 1.5}]
)  # fmt: skip
def test_impossible_arguments_of_bg_bb_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError) as caught:
        bg_bb(3, **({**DONORS, "T": 6, "seed": 1} | wrong))
    assert caught.value.data["argument"] == next(iter(wrong))


@pytest.mark.parametrize("wrong", [{"alpha": 0.0}, {"c": 0.0}, {"periods": -1}, {"periods": [1, 2]}])
def test_impossible_arguments_of_subscribers_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError) as caught:
        beta_discrete_weibull(3, **({**REGULAR, "c": 1.0, "periods": 6, "seed": 1} | wrong))
    assert caught.value.data["argument"] == next(iter(wrong))
