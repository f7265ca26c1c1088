"""How many customers a test of two shares takes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from patron.errors import ArgumentError
from patron.stats.power import customers_for, customers_per_arm, smallest_effect


def test_r_power_prop_test() -> None:
    """The example of R's help page: power.prop.test(p1 = .50, p2 = .75, power = .90) gives n = 76.7."""
    assert customers_per_arm(0.50, 0.75, power=0.90) == 77


def test_such_experiments_see_the_difference_four_times_in_five() -> None:
    size, rng = customers_per_arm(0.20, 0.25), np.random.default_rng(1)
    first, second = (rng.binomial(size, share, 20_000) / size for share in (0.20, 0.25))
    middle = (first + second) / 2
    z = (second - first) / np.sqrt(2 * middle * (1 - middle) / size)
    assert (np.abs(z) > norm.ppf(0.975)).mean() == pytest.approx(0.80, abs=0.015)


def test_both_ways_take_as_many() -> None:
    assert customers_per_arm(0.05, 0.06) == customers_per_arm(0.06, 0.05) == customers_per_arm(0.95, 0.94)


@pytest.mark.parametrize(
    ("base", "changed", "power"), [(0.2, 0.2, 0.8), (-0.1, 0.2, 0.8), (0.1, 1.2, 0.8), (0.1, 0.2, 1)]
)
def test_what_cannot_be_is_refused(base: float, changed: float, power: float) -> None:
    with pytest.raises(ArgumentError):
        customers_per_arm(base, changed, power=power)


def test_so_many_customers_see_the_smallest_effect_eight_times_in_ten() -> None:
    rng, holdout, many = np.random.default_rng(2), 0.2, 400
    effect = float(smallest_effect(many, 3.0, holdout=holdout))
    held = round(many * holdout)
    treated = rng.normal(effect, 3.0, (4_000, many - held)).mean(axis=1)
    control = rng.normal(0.0, 3.0, (4_000, held)).mean(axis=1)
    seen = np.abs(treated - control) > 1.959964 * 3.0 * np.sqrt(1 / held + 1 / (many - held))
    assert seen.mean() == pytest.approx(0.8, abs=0.025)


def test_customers_for_an_effect_and_the_effect_of_customers_are_inverse() -> None:
    many = customers_for(0.1, spread=0.5, holdout=0.1)
    assert smallest_effect(many, 0.5, holdout=0.1) <= 0.1 < smallest_effect(many - 1, 0.5, holdout=0.1)
    assert smallest_effect(0, 0.5, holdout=0.1) == np.inf
    for wrong in ({"effect": 0.0}, {"holdout": 0.0}, {"holdout": 1.0}):
        with pytest.raises(ArgumentError):
            customers_for(**{"effect": 0.1, "spread": 0.5, "holdout": 0.1, **wrong})
