"""The likelihood of Pareto/NBD against the papers' formulas in 60-digit arithmetic, and its gradient."""

from __future__ import annotations

import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patron.models.pareto_nbd_likelihood import by_cell, log_likelihood, objective, scores, tabulate, thinned
from patron.models.pareto_nbd_scores import ParetoNbdParams, expected_purchases, log_likelihoods, probability_alive
from patron.simulate import pareto_nbd

PARAMS = st.builds(
    ParetoNbdParams,
    r=st.floats(0.01, 20), alpha=st.floats(0.5, 50), s=st.floats(0.01, 20), beta=st.floats(0.5, 50),
)  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, float, float]:
    x = draw(st.sampled_from([0, 1, 2, 7, 60, 900, 20_000]))
    T = draw(st.sampled_from([0.0, 1e-3, 0.7, 38.86, 730.0]) | st.floats(0.01, 2_000))
    share = draw(st.sampled_from([0.0, 1e-6, 0.5, 1 - 1e-9, 1.0]) | st.floats(0, 1))
    return x, share * T if x else 0.0, T


def exact(params: ParetoNbdParams, x: int, t_x: float, T: float) -> tuple[mp.mpf, mp.mpf]:
    """Return log-likelihood and P(alive): Fader & Hardie (2005), A note on deriving ..., equations 17 to 20 and 36."""
    with mp.workdps(60):
        r, alpha, s, beta = (mp.mpf(getattr(params, name)) for name in ("r", "alpha", "s", "beta"))
        k, t, end = r + x, mp.mpf(t_x), mp.mpf(T)
        large, small, second = (alpha, beta, s + 1) if alpha >= beta else (beta, alpha, k)
        parts = [
            gauss(k + s, second, k + s + 1, (large - small) / (large + u)) / (large + u) ** (k + s) for u in (t, end)
        ]
        stays = (alpha + end) ** -k * (beta + end) ** -s
        whole = stays + s / (k + s) * (parts[0] - parts[1])
        factor = mp.loggamma(k) - mp.loggamma(r) + r * mp.log(alpha) + s * mp.log(beta)
        return factor + mp.log(whole), stays / whole


def gauss(a: mp.mpf, b: mp.mpf, c: mp.mpf, z: mp.mpf) -> mp.mpf:
    """2F1(a, b; c; z) with c = a + 1, moved by Euler's transformation to a series that a large a does not slow down."""
    term = total = mp.mpf(1)
    for n in range(1_000_000):
        term *= (c - b + n) / (c + n) * z
        total += term
        if term < total * (1 - z) * mp.mpf(10) ** -50:
            break
    return (1 - z) ** (c - a - b) * total


@settings(max_examples=70, deadline=None)
@given(params=PARAMS, history=histories())
def test_ten_digits_of_likelihood_and_probability_alive(
    params: ParetoNbdParams, history: tuple[int, float, float]
) -> None:
    height, alive = exact(params, *history)
    assert float(log_likelihoods(params, *history)) == pytest.approx(float(height), rel=1e-10, abs=1e-10)
    assert float(probability_alive(params, *history)) == pytest.approx(float(alive), rel=1e-10, abs=1e-300)


@pytest.mark.parametrize(
    ("params", "history"),
    [
        ({"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 10.6}, (3, 20.0, 38.86)),  # alpha = beta
        ({"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 10.6 * (1 + 1e-13)}, (3, 20.0, 38.86)),
        ({"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}, (20_000, 38.86, 38.86)),
        ({"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}, (20_000, 38.0, 38.86)),  # gone for certain
        ({"r": 0.55, "alpha": 10.6, "s": 0.6, "beta": 11.7}, (20_000, 38.86 - 1e-6, 38.86)),
        ({"r": 1e-6, "alpha": 0.5, "s": 1e-6, "beta": 40.0}, (0, 0.0, 5_000.0)),
        ({"r": 1e-6, "alpha": 400.0, "s": 30.0, "beta": 0.5}, (1, 0.0, 5_000.0)),
        ({"r": 50.0, "alpha": 4000.0, "s": 1e4, "beta": 1e5}, (9, 30.0, 60.0)),  # all leave at one rate
    ],
)
def test_ten_digits_where_it_is_hard(params: dict[str, float], history: tuple[int, float, float]) -> None:
    test_ten_digits_of_likelihood_and_probability_alive.hypothesis.inner_test(ParetoNbdParams(**params), history)


def test_the_formula_is_the_integral_over_the_moment_of_leaving() -> None:
    """Schmittlein, Morrison & Colombo (1987), section 3: the same by numerical integration of the definition."""
    params, (x, t_x, T) = ParetoNbdParams(r=0.55, alpha=10.6, s=0.6, beta=11.7), (4, 11.0, 38.86)
    r, alpha, s, beta = 0.55, 10.6, 0.6, 11.7
    with mp.workdps(30):
        left = mp.quad(lambda u: (alpha + u) ** -(r + x) * (beta + u) ** -(s + 1), [t_x, 20, T])
        whole = (alpha + T) ** -(r + x) * (beta + T) ** -s + s * left
        height = mp.loggamma(r + x) - mp.loggamma(r) + r * mp.log(alpha) + s * mp.log(beta) + mp.log(whole)
    assert float(log_likelihoods(params, x, t_x, T)) == pytest.approx(float(height), rel=1e-13)


def test_likelihood_is_a_probability() -> None:
    """Over one week, the chances of no purchase and of the first one at any moment and what follows add up to one."""
    params = ParetoNbdParams(r=0.6, alpha=1.0, s=0.8, beta=0.5)
    moments = (np.arange(4000) + 0.5) / 4000
    total = np.exp(log_likelihoods(params, 0, 0, 1.0))
    for x in range(1, 60):
        # Given the last of x purchases at t, the other x - 1 lie anywhere before: a factor t^(x - 1) / (x - 1)!.
        volume = (x - 1) * np.log(moments) - np.log(np.arange(1, x)).sum()
        total += np.exp(log_likelihoods(params, x, moments, 1.0) + volume).mean()
    assert total == pytest.approx(1, abs=1e-6)


# The fit's own sum


def shop(customers: int = 400) -> list[np.ndarray]:
    drawn = pareto_nbd(customers, r=0.6, alpha=10.0, s=0.7, beta=12.0, T=np.linspace(5, 60, customers), seed=3)
    return [drawn[name].to_numpy().astype(float) for name in ("frequency", "recency", "T")]


SHOP = shop()
ANY = st.floats(-4, 4).map(math.exp)


@settings(max_examples=30, deadline=None)
@given(r=ANY, alpha=ANY, s=ANY, beta=ANY)
def test_the_fit_s_sum_is_that_of_the_customers_and_so_is_its_gradient(
    r: float, alpha: float, s: float, beta: float
) -> None:
    params, weights = ParetoNbdParams(r=r, alpha=alpha, s=s, beta=beta), np.arange(len(SHOP[0])) % 4 + 1.0
    height, [gradient] = log_likelihood(tabulate(*SHOP, weights), np.array([[r, alpha, s, beta]]))
    assert height == pytest.approx(weights @ log_likelihoods(params, *SHOP), rel=1e-11)
    each = scores(params, *SHOP)
    assert gradient * [r, alpha, s, beta] == pytest.approx(weights @ each, rel=1e-8, abs=1e-7)


@settings(max_examples=20, deadline=None)
@given(r=ANY, s=ANY, scales=st.lists(st.tuples(ANY, ANY), min_size=1, max_size=5))
def test_cells_with_scales_of_their_own_add_up(r: float, s: float, scales: list[tuple[float, float]]) -> None:
    """Cells that are asked together give what each gives by itself, in height and in every slope."""
    weights, cell = np.arange(len(SHOP[0])) % 4 + 1.0, np.arange(len(SHOP[0])) // 2 % len(scales)
    values = np.array([[r, alpha, s, beta] for alpha, beta in scales])
    height, gradient = by_cell((SHOP[0], SHOP[1], SHOP[2]), weights, cell, len(scales))(values)
    alone = [
        objective(*(column[cell == number] for column in SHOP), weights[cell == number])(values[number])
        for number in range(len(scales))
    ]
    assert height == pytest.approx(sum(total for total, _ in alone), rel=1e-12)
    assert gradient == pytest.approx(np.array([slopes for _, slopes in alone]), rel=1e-9, abs=1e-8 * len(SHOP[0]))


@settings(max_examples=8, deadline=None)
@given(params=PARAMS, history=histories())
def test_scores_are_the_slopes_of_the_exact_likelihood(
    params: ParetoNbdParams, history: tuple[int, float, float]
) -> None:
    came = scores(params, *(np.array([float(value)]) for value in history))[0]
    values = {name: getattr(params, name) for name in ("r", "alpha", "s", "beta")}
    for place, name in enumerate(values):
        up, down = (exact(ParetoNbdParams(**values | {name: values[name] * f}), *history)[0] for f in (1.0001, 0.9999))
        slope = float(up - down) / 2e-4
        assert came[place] == pytest.approx(slope, rel=1e-6, abs=1e-6 * (1 + history[0] / 100))


@settings(max_examples=60, deadline=None)
@given(logs=st.lists(st.floats(-16, 16), min_size=4, max_size=4))
def test_wherever_a_climb_goes_it_meets_numbers(logs: list[float]) -> None:
    height, gradient = objective(*SHOP, np.ones(len(SHOP[0])))(np.exp(logs))
    assert np.isfinite(height)
    assert np.isfinite(gradient).all()


def test_few_patterns_are_not_thinned_and_many_are_by_whole_steps() -> None:
    assert thinned(*SHOP, np.ones(400)) is None
    many = [np.tile(column, 60) for column in SHOP]
    _, size = thinned(*many, np.ones(24_000)) or (None, 0)
    assert size == 12_000


def test_no_horizon_no_purchases_and_arrays_keep_their_shape() -> None:
    params = ParetoNbdParams(r=0.6, alpha=10.0, s=1.0, beta=12.0)
    assert expected_purchases(params, np.ones((2, 3)), 1.0, 2.0, 0.0).shape == (2, 3)
    assert not expected_purchases(params, np.ones((2, 3)), 1.0, 2.0, 0.0).any()
    several = expected_purchases(params, 1.0, 1.0, 2.0, [3.0, 4.0])
    assert several == pytest.approx([float(expected_purchases(params, 1.0, 1.0, 2.0, t)) for t in (3.0, 4.0)])


def test_purchases_ahead_where_the_formula_is_zero_over_zero() -> None:
    """Schmittlein, Morrison & Colombo (1987), equation 22 at s = 1, where the power of time turns into a logarithm."""
    columns = 3.0, 11.0, 38.86
    for s in (1.0, 1 - 1e-12, 1 + 1e-12):
        params = ParetoNbdParams(r=0.6, alpha=10.0, s=s, beta=12.0)
        there = 3.6 / (10 + 38.86) * (12 + 38.86) * math.log1p(39 / (12 + 38.86))
        assert float(expected_purchases(params, *columns, 39.0)) == pytest.approx(
            float(probability_alive(params, *columns)) * there, rel=1e-10
        )
