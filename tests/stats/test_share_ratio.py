"""Ratios of shares: intervals that cover, a test that is Fisher's with the mid-p, and what lies at the ends."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from patron.stats.share_ratio import mid_p, share_ratio


@pytest.mark.parametrize(
    ("n", "m", "share", "other"),
    [
        (20, 280, 0.1, 0.1),
        (50, 250, 0.05, 0.15),
        (30, 30, 0.5, 0.4),
        (100, 5_000, 0.02, 0.01),
        (1_000, 5_000, 0.3, 0.25),
    ],
)
def test_intervals_cover_the_true_ratio(n: int, m: int, share: float, other: float) -> None:
    rng = np.random.default_rng(1)
    found = share_ratio(
        rng.binomial(n, share, 20_000), np.full(20_000, n), rng.binomial(m, other, 20_000), np.full(20_000, m)
    )
    covered = float(((found.low <= share / other) & (share / other <= found.high)).mean())
    assert 0.94 < covered < 0.98


@pytest.mark.parametrize(("n", "m", "share"), [(20, 280, 0.1), (40, 260, 0.3), (600, 5_000, 0.2)])
def test_chance_is_seldom_taken_for_more(n: int, m: int, share: float) -> None:
    rng = np.random.default_rng(2)
    p = mid_p(rng.binomial(n, share, 40_000), np.full(40_000, n), rng.binomial(m, share, 40_000), np.full(40_000, m))
    assert (p < 0.05).mean() < 0.052
    assert (p < 0.001).mean() < 0.0015


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 60), st.integers(0, 260), st.integers(0, 300)),
        min_size=1,
        max_size=8,
    )
)
@settings(max_examples=30)
def test_the_p_value_is_twice_the_smaller_hypergeometric_tail(rows: list[tuple[int, int, int, int]]) -> None:
    a, gap, b, rest = (np.array(column) for column in zip(*rows, strict=True))
    n, m = a + gap + 1, b + rest + 1
    for x, size, y, others, p in zip(a, n, b, m, mid_p(a, n, b, m), strict=True):
        law = stats.hypergeom(size + others, x + y, size)
        above, below = (float(tail + law.pmf(x) / 2) for tail in (law.sf(x), law.cdf(x - 1)))
        smallest = min(x + y, size + others - x - y) * min(size, others) / (size + others)
        if smallest < 50:
            assert p == pytest.approx(
                min(1.0, 2 * (above if x >= (x + y) * size / (size + others) else below)), abs=1e-9
            )


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 500), st.integers(0, 500))
@settings(max_examples=60)
def test_the_interval_holds_the_ratio_and_swapping_the_groups_turns_it_over(
    a: int, gap: int, b: int, rest: int
) -> None:
    n, m = a + gap + 1, b + rest + 1
    one, other = share_ratio([a], [n], [b], [m]), share_ratio([b], [m], [a], [n])
    assert one.p_value[0] == pytest.approx(other.p_value[0], abs=1e-9)
    assert one.low[0] >= 0
    if a and b:
        assert one.low[0] <= one.ratio[0] * (1 + 1e-12)
        assert one.ratio[0] <= one.high[0] * (1 + 1e-12)
        assert one.low[0] == pytest.approx(1 / other.high[0], rel=1e-6)
    if not a:
        assert (one.low[0], one.ratio[0]) == (0.0, 0.0 if b else np.inf)
    if not b:
        assert np.isinf(one.high[0])
