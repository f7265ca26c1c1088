"""Gaps to peers: like with like, none of its own best, and no more false findings than allowed."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from patron.segments.micro_cells import name_of
from patron.segments.micro_gaps import Sums, ahead, compared

LEVEL = 0.10
Floats = NDArray[np.float64]


def drawn(rng: np.random.Generator, means: Floats, sizes: NDArray[np.int64], *, strata: int = 3) -> Sums:
    """Skewed money (log-normal, sigma 0.8) of the customers of (behaviours, stages) cells in strata."""
    values, stratum, facts = [], [], []
    for (behaviour, stage), mean in np.ndenumerate(means):
        parts = rng.multinomial(sizes[behaviour, stage], np.full(strata, 1 / strata))
        for number, many in enumerate(parts):
            money = mean * (1 + 0.3 * number) * np.exp(rng.normal(-0.32, 0.8, many))
            values.append((f"b{behaviour}", f"s{stage}"))
            stratum.append((number,))
            facts.append((many, money.sum(), money @ money))
    count, total, squares = np.array(facts, dtype=np.float64).T
    return Sums(
        values=values, segment=[name_of(one) for one in values], stratum=stratum, count=count, total=total,
        squares=squares,
    )  # fmt: skip


@pytest.mark.parametrize("lifted", [0, 6])
def test_false_findings_stay_below_the_level(lifted: int) -> None:
    rng = np.random.default_rng(lifted)
    shares, power = [], []
    for _ in range(60):
        sizes = rng.integers(100, 900, (8, 5))
        better = np.zeros((8, 5), dtype=bool)
        better.flat[rng.choice(40, lifted, replace=False)] = True
        means = np.where(better, 60.0, 40.0) * np.array([1.0, 2.0, 0.5, 1.5, 1.0])
        sums = drawn(rng, means, sizes)
        _, q = ahead(compared(sums, sorted(set(map(str, sums.segment)))))
        found = {name for name, value in q.items() if value <= LEVEL}
        true = {name_of((f"b{b}", f"s{s}")) for b, s in zip(*np.nonzero(better), strict=True)}
        shares.append(len(found - true) / max(len(found), 1))
        power.append(len(found & true) / max(len(true), 1))
    assert np.mean(shares) <= LEVEL
    if lifted:
        assert np.mean(power) > 0.9


def test_peers_are_compared_in_the_same_stratum_alone() -> None:
    """All cells are alike within a stratum, but one holds the poor stratum: raw means differ, gaps do not."""
    values = [("a", "x"), ("a", "x"), ("b", "x"), ("b", "x")]
    count = np.array([900.0, 100.0, 100.0, 900.0])
    mean, variance = np.array([10.0, 30.0, 10.0, 30.0]), 4.0
    sums = Sums(
        values=values, segment=["a/x", "a/x", "b/x", "b/x"], stratum=[(0,), (1,), (0,), (1,)], count=count,
        total=count * mean, squares=count * (mean**2 + variance),
    )  # fmt: skip
    gaps = compared(sums, ["a/x", "b/x"])
    assert gaps["a/x"].difference == pytest.approx(0.0, abs=1e-9)
    assert gaps["b/x"].peers == 1_000


def test_peers_are_all_others_and_not_the_best() -> None:
    values = [("a", "x"), ("b", "x"), ("c", "x"), ("c", "y")]
    count = np.array([100.0, 300.0, 100.0, 500.0])
    mean = np.array([10.0, 10.0, 50.0, 90.0])
    sums = Sums(
        values=values, segment=[name_of(one) for one in values], stratum=[()] * 4, count=count, total=count * mean,
        squares=count * (mean**2 + 9),
    )  # fmt: skip
    gaps = compared(sums, ["a/x", "c/y"])
    assert gaps["a/x"].difference == pytest.approx(10 - 20)  # (300 x 10 + 100 x 50) / 400
    assert gaps["a/x"].axis == 0
    assert gaps["c/y"].axis == 1  # no other behaviour is in its stage, so the same behaviour in other stages
    assert gaps["c/y"].difference == pytest.approx(90 - 50)


def test_without_enough_peers_there_is_no_gap() -> None:
    sums = Sums(
        values=[("a", "x"), ("b", "y")], segment=["a/x", "b/y"], stratum=[()] * 2, count=np.array([500.0, 20.0]),
        total=np.array([1.0, 2.0]), squares=np.array([1.0, 2.0]),
    )  # fmt: skip
    assert compared(sums, ["a/x", "b/y"]) == {}
    assert ahead({}) == ({}, {})
