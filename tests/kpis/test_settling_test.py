"""The test that would settle it: moments are those of the customers, and its power is what it promises."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from evidence_support import LAST, orders, table
from patron.kpis.settling_test import WEEKS, Base, Window, base_of, settling_test


def test_moments_are_those_of_each_customer_over_each_number_of_weeks() -> None:
    placed = orders()
    base = base_of(table("orders", placed), as_of=LAST)
    assert base.customers == len(
        {row["customer_id"] for row in placed if row["ordered_at"].date() > LAST - timedelta(365)}
    )
    assert [window.weeks for window in base.windows] == list(WEEKS)
    for window in base.windows:
        began = LAST - timedelta(days=7 * window.weeks)
        sums: dict[str, list[float]] = {}
        for row in placed:
            day = row["ordered_at"].date()
            if began - timedelta(days=365) < day <= began:
                sums.setdefault(row["customer_id"], [0.0, 0.0])[1] += float(row["amount"])
        for row in placed:
            if began < row["ordered_at"].date() and row["customer_id"] in sums:
                sums[row["customer_id"]][0] += float(row["amount"])
        y, x = np.array(list(sums.values())).T
        left = y - np.cov(y, x)[0, 1] / x.var(ddof=1) * x
        assert window.spread == pytest.approx(left.std(ddof=1), rel=1e-9)


def test_the_shortest_test_that_will_do_is_taken_else_the_longest_and_says_so() -> None:
    base = Base(10_000, [Window(4, 50.0), Window(13, 90.0), Window(26, 130.0)])
    assert [settling_test(day, base).weeks for day in (1_500.0, 600.0, 450.0)] == [4, 13, 26]  # type: ignore[union-attr]
    hopeless = settling_test(10.0, base)
    assert hopeless is not None
    assert (hopeless.weeks, hopeless.enough) == (26, False)
    assert hopeless.customers_needed > 10_000
    assert settling_test(0.0, base) is None
    assert settling_test(10.0, Base(0, [])) is None


def test_so_many_customers_tell_the_claims_apart_four_times_in_five() -> None:
    """Claims differ by 400 a day of all customers; the customers' own revenue is skewed, as money is."""
    rng = np.random.default_rng(3)
    spread = float(rng.gamma(0.5, 60.0, 10**6).std())
    test = settling_test(400.0, Base(8_000, [Window(8, spread)]))
    assert test is not None
    assert test.enough
    half = test.customers_needed // 2
    each = rng.gamma(0.5, 60.0, (2, 600, half))
    each[0] += test.difference
    means, errors = each.mean(axis=2), each.var(axis=2, ddof=1) / half
    seen = np.abs(means[0] - means[1]) / np.sqrt(errors.sum(axis=0)) > 1.96
    assert 0.75 < seen.mean() < 0.85
