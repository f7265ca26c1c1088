"""How many customers a test of two shares takes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from patron.errors import ArgumentError
from patron.stats.power import customers_per_arm


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
