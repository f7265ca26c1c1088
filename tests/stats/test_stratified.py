"""Differences over strata: Berkeley's admissions, sparse strata, and what one stratum alone must be."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import norm

from patron.stats.stratified import mean_difference, no_difference, share_difference

# Bickel, Hammel & O'Connell (1975); R's UCBAdmissions: men and women admitted and rejected in departments A to F
MEN = np.array([[512, 313], [353, 207], [120, 205], [138, 279], [53, 138], [22, 351]])
WOMEN = np.array([[89, 19], [17, 8], [202, 391], [131, 244], [94, 299], [24, 317]])


def test_berkeley_by_department_has_no_difference_that_chance_cannot_make() -> None:
    """R: mantelhaen.test(UCBAdmissions, correct = FALSE) gives X-squared = 1.5246, p = .2169."""
    p = float(no_difference(MEN[:, 0], MEN.sum(1), WOMEN[:, 0], WOMEN.sum(1)))
    assert norm.isf(p / 2) ** 2 == pytest.approx(1.5246, abs=5e-5)
    assert p == pytest.approx(0.2169, abs=5e-5)


def test_berkeley_as_a_whole_seems_to_have_one() -> None:
    whole = float(no_difference([MEN[:, 0].sum()], [MEN.sum()], [WOMEN[:, 0].sum()], [WOMEN.sum()]))
    assert whole < 1e-20
    found = share_difference(MEN[:, 0], MEN.sum(1), WOMEN[:, 0], WOMEN.sum(1))
    assert -0.05 < float(found.low) < 0 < float(found.high) + 0.02


def test_one_stratum_is_the_plain_difference() -> None:
    found = share_difference([30], [100], [20], [100])
    assert float(found.difference) == pytest.approx(0.1)
    assert float(found.variance) == pytest.approx(0.3 * 0.7 / 100 + 0.2 * 0.8 / 100, rel=1e-9)
    means = mean_difference([3], [6.0], [14.0], [2], [10.0], [52.0])  # 1, 2, 3 and 4, 6
    assert float(means.difference) == pytest.approx(-3.0)
    assert float(means.variance) == pytest.approx(1 / 3 + 2 / 2)


def test_intervals_cover_the_truth_in_sparse_strata() -> None:
    """A seasonal item: most of its customers in few months, one or two in others; months differ by themselves."""
    rng = np.random.default_rng(3)
    size, others = rng.poisson([8, 8, 2, 1, 1, 1, 0.5, 4, 6, 2, 1, 1], (3_000, 12)), np.full(12, 200)
    level = np.linspace(0.2, 0.5, 12)
    did, others_did = rng.binomial(size, level + 0.1), rng.binomial(others, level, (3_000, 12))
    found = share_difference(did, size, others_did, others)
    assert found.difference.mean() == pytest.approx(0.1, abs=0.005)
    assert ((found.low <= 0.1) & (found.high >= 0.1)).mean() == pytest.approx(0.95, abs=0.015)
    null = no_difference(rng.binomial(size, level), size, others_did, others)
    assert (null < 0.05).mean() == pytest.approx(0.05, abs=0.015)


def test_means_cover_the_truth_where_spreads_differ() -> None:
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(1_000):
        size, others = rng.poisson(6, 12) + 1, np.full(12, 60)
        mine = [rng.gamma(2, 100 + 5 * month, n) for month, n in enumerate(size)]
        theirs = [rng.gamma(4, 40 + 2.5 * month, n) for month, n in enumerate(others)]
        sums = [
            np.array([[len(v), v.sum(), (v**2).sum()] for v in group]).T for group in (mine, theirs)
        ]  # fmt: skip
        found = mean_difference(*sums[0], *sums[1])
        weight = size * others / (size + others)
        truth = (weight * (200 + 10 * np.arange(12) - 160 - 10 * np.arange(12))).sum() / weight.sum()
        inside += bool(found.low <= truth <= found.high)
    assert inside / 1_000 == pytest.approx(0.95, abs=0.025)
