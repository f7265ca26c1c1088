"""Own interval and everybody's: how much of each, and the truth found again in simulated intervals."""

from __future__ import annotations

import math
from datetime import date, timedelta

import ibis
import numpy as np
import pyarrow as pa
import pytest
from lines_of import rows

from patron.contracts.customer import RHYTHM
from patron.profile import LAPSE_FACTOR, rhythm

START = date(2000, 1, 1)
AS_OF = date(2100, 1, 1)


def of_gaps(*gaps_by_customer, as_of=AS_OF, **options):
    """Each customer buys on the first day, and then after each of her gaps."""
    who, when = [], []
    for number, gaps in enumerate(gaps_by_customer):
        days = np.concatenate([[0], np.cumsum(gaps)])
        who += [f"c{number:05d}"] * len(days)
        when += [START + timedelta(days=int(day)) for day in days]
    orders = ibis.memtable(
        pa.table({"customer_id": pa.array(who, pa.string()), "ordered_at": pa.array(when, pa.date32())})
    )
    made = rhythm(orders, as_of=as_of, **options)
    RHYTHM.check(made)
    return rows(made)


def test_nobody_came_back():
    for row in of_gaps([], [], []):
        assert (row["intervals"], row["median_interval_days"], row["weight"]) == (0, None, 0)
        assert row["expected_interval_days"] == pytest.approx(365)
        assert row["lapse_after_days"] == pytest.approx(LAPSE_FACTOR * 365)


def test_nobody_at_all():
    assert of_gaps() == []


def test_one_customer_alone_is_her_own_population():
    [row] = of_gaps([10, 20, 40])
    assert row["median_interval_days"] == 20
    assert row["weight"] == 0, "with nobody to compare, no spread between customers can be known"
    assert row["expected_interval_days"] == pytest.approx(20)


def test_customers_who_are_all_alike_share_one_interval():
    for row in of_gaps([7, 14, 28], [14, 28, 7], [28, 7, 14]):
        assert row["weight"] == 0
        assert row["expected_interval_days"] == pytest.approx(14)


def test_customers_who_are_each_exactly_regular_keep_their_own():
    for row, gap in zip(of_gaps([7] * 4, [30] * 4, [90] * 2), (7, 30, 90), strict=True):
        assert row["weight"] == pytest.approx(1)
        assert row["expected_interval_days"] == pytest.approx(gap)


def test_who_never_came_back_gets_the_interval_of_the_others():
    weekly, monthly, once = of_gaps([7] * 4, [28] * 4, [])
    assert once["expected_interval_days"] == pytest.approx(math.sqrt(7 * 28))
    assert (weekly["intervals"], monthly["intervals"], once["intervals"]) == (4, 4, 0)


def test_the_lapse_factor_is_the_callers():
    [row] = of_gaps([10, 20, 40], lapse_factor=5)
    assert row["lapse_after_days"] == pytest.approx(5 * row["expected_interval_days"])


def test_several_orders_of_one_day_are_one_purchase_day():
    assert of_gaps([0, 0, 10, 0, 10])[0]["intervals"] == 2


def simulated(*, between, within, customers=3_000, seed=7):
    """Log-normal intervals: means spread by `between`, each customer's own by `within` (variances of the log)."""
    rng = np.random.default_rng(seed)
    return [
        np.rint(np.exp(rng.normal(mean, math.sqrt(within), size=rng.integers(1, 9)))).clip(1)
        for mean in rng.normal(math.log(400), math.sqrt(between), size=customers)
    ]


@pytest.mark.parametrize(("between", "within"), [(0.5, 0.5), (0.2, 0.8), (1.0, 0.25)])
def test_the_weight_is_the_ratio_of_variances_that_made_the_data(between, within):
    """n / (n + within / between), with both found again from 3,000 simulated customers."""
    made = of_gaps(*simulated(between=between, within=within), as_of=date(2999, 1, 1))
    for row in made:
        n = row["intervals"]
        assert row["weight"] == pytest.approx(n / (n + within / between), rel=0.12)
    k = np.mean([row["intervals"] * (1 / row["weight"] - 1) for row in made])
    assert k == pytest.approx(within / between, rel=0.12)
    by_n = dict(sorted({row["intervals"]: row["weight"] for row in made}.items()))
    assert list(by_n) == list(range(1, 9))
    assert list(by_n.values()) == sorted(by_n.values()), "more intervals, more weight"
    every = [row["intervals"] * (1 / row["weight"] - 1) for row in made]
    assert every == pytest.approx([k] * len(every), rel=1e-6), "one k for all"


def test_the_formula_by_hand():
    """Two customers with the log intervals (0, 2) and (2, 4), as days: moments of a one-way random-effects model."""
    logs = [[math.log(d) for d in gaps] for gaps in ([3, 27], [27, 243])]
    means = [sum(log) / 2 for log in logs]
    within = sum((x - m) ** 2 for log, m in zip(logs, means, strict=True) for x in log) / (4 - 2)
    grand = sum(means) / 2
    mean_square = sum(2 * (m - grand) ** 2 for m in means) / (2 - 1)
    between = (mean_square - within) / 2
    weight = 2 / (2 + within / between)
    for row, own in zip(of_gaps([3, 27], [27, 243]), (15, 135), strict=True):
        assert row["weight"] == pytest.approx(weight)
        centre = (math.log(15) + math.log(135)) / 2
        expected = math.exp(weight * math.log(own) + (1 - weight) * centre)
        assert row["expected_interval_days"] == pytest.approx(expected)


def test_shrinking_pays():
    """The expected interval is nearer to the truth than the own median is, and than everybody's."""
    rng = np.random.default_rng(11)
    truth = rng.normal(math.log(400), math.sqrt(0.5), size=2_000)
    gaps = [np.rint(np.exp(rng.normal(mean, math.sqrt(0.5), size=rng.integers(1, 5)))).clip(1) for mean in truth]
    made = of_gaps(*gaps, as_of=date(2999, 1, 1))

    def error(guess):
        return float(np.mean((np.log(guess) - truth) ** 2))

    shrunk = error([row["expected_interval_days"] for row in made])
    assert shrunk < 0.8 * error([row["median_interval_days"] for row in made])
    assert shrunk < 0.8 * error(np.full(2_000, 400.0))


def test_the_order_of_the_rows_does_not_show_in_a_digit():
    """What is learned from intervals is kept as text, which a last digit changes."""
    rng = np.random.default_rng(5)
    who = [f"c{number:04d}" for number in rng.integers(0, 500, 4_000)]
    when = [START + timedelta(days=int(day)) for day in rng.integers(0, 3_000, 4_000)]
    orders = pa.table({"customer_id": who, "ordered_at": pa.array(when, pa.date32())})
    made = [rhythm(ibis.memtable(orders.take(rng.permutation(len(orders)))), as_of=AS_OF) for _ in range(3)]
    first, *others = (table.order_by("customer_id").to_pyarrow() for table in made)
    assert all(other.equals(first) for other in others)
