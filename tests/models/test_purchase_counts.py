"""The distribution of the purchases ahead."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from patron.models.bg_nbd import BgNbdParams
from patron.models.dropout import expected_purchases, outlook, probability_alive
from patron.models.purchase_counts import DropoutOutlook, count_interval

PARAMS = BgNbdParams(r=0.6, alpha=10.0, a=0.8, b=3.0)
X, T_X, T = np.array([0.0, 1.0, 7.0, 7.0]), np.array([0.0, 4.0, 30.0, 20.0]), np.array([10.0, 40.0, 33.0, 33.0])


def ahead(horizon: float) -> DropoutOutlook:
    return outlook(PARAMS, X, T_X, T, horizon)


def test_chances_add_up_to_the_expected_count() -> None:
    counts = np.arange(1, 3000)
    for i in range(len(X)):
        one = outlook(PARAMS, X[i : i + 1], T_X[i : i + 1], T[i : i + 1], 26.0)
        total = one.at_least(counts).sum()
        assert total == pytest.approx(expected_purchases(PARAMS, X[i], T_X[i], T[i], 26.0), rel=1e-9)


def test_tables_hold_the_same_chances() -> None:
    direct = ahead(26.0)
    seen = []
    for rows, at_least in direct.tables():
        seen += rows.tolist()
        for row, chances in zip(rows, at_least, strict=True):
            one = outlook(PARAMS, X[[row]], T_X[[row]], T[[row]], 26.0)
            assert chances == pytest.approx(one.at_least(np.arange(len(chances))), abs=1e-12)
    assert sorted(seen) == [0, 1, 2, 3]


def test_one_chance_by_integrating_over_rate_and_dropout() -> None:
    x, t_x, age, t = 2.0, 8.0, 12.0, 6.0
    at_least_2 = outlook(PARAMS, np.array([x]), np.array([t_x]), np.array([age]), t).at_least(2)[0]
    rate = stats.gamma(PARAMS.r + x, scale=1 / (PARAMS.alpha + age))
    stay = stats.beta(PARAMS.a, PARAMS.b + x).expect(lambda p: 1 - p)
    arrive, _ = integrate.quad(lambda v: rate.pdf(v) * stats.poisson.sf(1, v * t), 0, 10)
    alive = probability_alive(PARAMS, x, t_x, age)
    assert at_least_2 == pytest.approx(float(alive * stay * arrive), rel=1e-6)


def test_interval_ends_are_the_smallest_that_reach_their_chance() -> None:
    direct = ahead(26.0)
    low, high = count_interval(direct, level=0.9)
    for ends, chance in ((low, 0.05), (high, 0.95)):
        assert (1 - direct.at_least(ends + 1) >= chance).all()
        assert ((1 - direct.at_least(ends) < chance) | (ends == 0)).all()


def test_no_horizon_no_purchases() -> None:
    low, high = count_interval(ahead(0.0), level=0.95)
    assert not low.any()
    assert not high.any()
    assert ahead(0.0).at_least(0).tolist() == [1.0] * 4
    assert ahead(0.0).at_least(1).tolist() == [0.0] * 4


@pytest.mark.parametrize("factor", [0.0, 0.3, 1.0, 1.7, 6.0])
def test_rescaled_outlook_expects_so_many_times_as_many(factor: float) -> None:
    params = BgNbdParams(r=0.6, alpha=10.0, a=0.3, b=3.0)
    direct = outlook(params, X, T_X, T, 26.0)
    changed = direct.rescaled(np.full(len(X), factor))
    counts = np.arange(1, 20_000)
    for i in range(len(X)):
        one = changed.take(np.array([i]))
        wanted = factor * expected_purchases(params, X[i], T_X[i], T[i], 26.0)
        assert one.at_least(counts).sum() == pytest.approx(wanted, rel=1e-3, abs=1e-12)
    assert (changed.alive <= 1).all()
    assert (changed.reach >= direct.reach).all()
    assert ((changed.reach == direct.reach) | (changed.alive == 1)).all()


def test_a_count_that_dropout_forbids_ends_at_a_fast_rate() -> None:
    short = BgNbdParams(r=0.6, alpha=10.0, a=5.0, b=0.5)  # hardly a purchase is survived
    changed = outlook(short, X[:1], T_X[:1], T[:1], 260.0).rescaled(np.array([50.0]))
    assert 0 < changed.reach[0] < 1
    assert np.isfinite(count_interval(changed, level=0.95)[1]).all()
