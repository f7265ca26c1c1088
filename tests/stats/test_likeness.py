"""Values of units that are alike: what a new one is expected to be, and how much each way counts."""

from __future__ import annotations

import numpy as np
import pytest

from patron.stats.likeness import Alike, like_value, like_variances

PRIOR = np.array([0.01, 0.01, 0.01])


def kinds(rng: np.random.Generator, variances: np.ndarray, *, count: int = 40, units: int = 12) -> list[Alike]:
    """Make estimates of units in four families."""
    made = []
    for _ in range(count):
        family = np.arange(units) % 4
        values = (
            rng.normal(scale=np.sqrt(variances[0])) + rng.normal(scale=np.sqrt(variances[1]), size=4)[family]
            + rng.normal(scale=np.sqrt(variances[2]), size=units)
        )  # fmt: skip
        noise = np.full(units, 0.002)
        labels = np.column_stack([np.zeros(units, dtype=int), family, np.arange(units)])
        made.append(Alike(values + rng.normal(scale=np.sqrt(noise)), noise, labels))
    return made


@pytest.mark.parametrize("true", [(0.05, 0.001, 0.001), (0.001, 0.05, 0.001), (0.001, 0.001, 0.05)])
def test_what_counts_is_found(true: tuple[float, ...]) -> None:
    found = like_variances(kinds(np.random.default_rng(2), np.array(true)), prior=PRIOR)
    assert found.argmax() == np.argmax(true)
    assert found.max() == pytest.approx(max(true), rel=0.5)


def test_a_new_unit_is_expected_where_those_like_it_are() -> None:
    rng, variances = np.random.default_rng(5), np.array([0.02, 0.03, 0.01])
    missed = []
    for kind in kinds(rng, variances, count=400):
        rest = Alike(kind.estimate[:-1], kind.variance[:-1], kind.labels[:-1])
        mean, left = like_value(rest, np.array([0, 3, 99]), variances)
        missed.append((kind.estimate[-1] - mean) / np.sqrt(left + 0.002))
        assert 0 < left <= variances.sum()
    assert np.std(missed) == pytest.approx(1.0, abs=0.1)
    assert np.mean(missed) == pytest.approx(0.0, abs=0.15)


def test_a_unit_that_is_alike_to_none_is_expected_nowhere() -> None:
    kind = Alike(np.array([0.5]), np.array([0.01]), np.array([[1, 1]]))
    assert like_value(kind, np.array([2, 2]), np.array([0.1, 0.1])) == (0.0, pytest.approx(0.2))


def test_few_units_leave_the_prior_nearly_as_it_is() -> None:
    one = [Alike(np.array([0.1]), np.array([0.01]), np.array([[0, 0, 0]]))]
    assert like_variances(one, prior=PRIOR) == pytest.approx(PRIOR, rel=0.5)
