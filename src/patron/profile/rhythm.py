"""How often does each customer buy, by her own clock, and when has she been silent for too long?

In   purchases                      customer_id, ordered_at
Out  contracts.customer.RHYTHM      one row per customer

"Late" is measured against the customer's own interval between purchase days. One or two intervals say little, so the
own median is shrunk to that of all customers, on the log scale, where intervals are nearly normal. The weight is the
empirical-Bayes one of a one-way random-effects model, n / (n + within / between), with both variances estimated from
all customers' intervals by moments (Searle, Casella & McCulloch 1992, Variance Components, section 3.6).
"""

from __future__ import annotations

from datetime import date

import ibis
import ibis.expr.types as ir

from patron.contracts.customer import RHYTHM
from patron.profile.known import day_of, known_by

LAPSE_FACTOR = 3.0
"""Silence of three expected intervals counts as lapsed: were intervals exponential, 5 % of active customers would be
that late."""

_EXACT = "decimal(24, 12)"
_NO_REPEATS_DAYS = 365.0
"""The interval to expect when not one customer of the shop has bought twice."""


def rhythm(orders: ir.Table, *, as_of: date, lapse_factor: float = LAPSE_FACTOR) -> ir.Table:
    """Estimate each customer's interval between purchase days.

    Parameters
    ----------
    orders : Table, one row per order
        Columns `customer_id, ordered_at`.
    as_of : date
        The last day we may know about.
    lapse_factor : float
        How many expected intervals of silence make a lapsed customer.

    Returns
    -------
    Table, one row per customer
        contracts.customer.RHYTHM.
    """
    known = known_by(orders, as_of=as_of)
    days = known.select("customer_id", day=day_of(known.ordered_at)).distinct()
    return RHYTHM.shape(paced(days, lapse_factor=lapse_factor))


def paced(days: ir.Table, *, lapse_factor: float = LAPSE_FACTOR, by: tuple[str, ...] = ()) -> ir.Table:
    """Estimate intervals from purchase days.

    Parameters
    ----------
    days : Table, one row per customer and purchase day
        Columns `customer_id, day`, and those of `by`.
    lapse_factor : float
        As for `rhythm`.
    by : tuple of str
        Columns whose values are populations of their own, such as the day that the rest is known as of.

    Returns
    -------
    Table, one row per customer
        The columns of contracts.customer.RHYTHM, those of `by`, and what they are computed from.
    """
    keys = (*by, "customer_id")
    previous = ibis.window(group_by=[days[key] for key in keys], order_by=days.day)
    gaps = days.mutate(gap=days.day.delta(days.day.lag().over(previous), unit="day").cast("float64"))
    gaps = gaps.mutate(log_gap=gaps.gap.log())
    own = gaps.group_by(*keys).aggregate(
        intervals=gaps.gap.count(),
        median_interval_days=gaps.gap.median(),
        total_log=_total(gaps.log_gap),
        square_log=_total(gaps.log_gap * gaps.log_gap),
    )
    population = _population(own, by)
    return _shrunk(own.inner_join(population, by) if by else own.cross_join(population), lapse_factor)


def _population(own: ir.Table, by: tuple[str, ...]) -> ir.Table:
    """Estimate the centre of the log intervals and their variance within and between customers, by moments."""
    n = own.intervals.cast("float64")
    sums = (own.group_by(*by) if by else own).aggregate(
        total=n.sum(),
        squares_of_n=(n * n).sum(),
        groups=(own.intervals > 0).sum().cast("float64"),
        total_log=_total(own.total_log),
        between_squares=_total(own.total_log * own.total_log / n.nullif(0.0)),
        all_squares=_total(own.square_log),
        logs=_total(own.median_interval_days.log()),
    )
    within_squares = sums.all_squares - sums.between_squares
    within = ibis.greatest(within_squares, 0.0) / (sums.total - sums.groups).nullif(0.0)
    between_squares = sums.between_squares - sums.total_log * sums.total_log / sums.total.nullif(0.0)
    typical_n = (sums.total - sums.squares_of_n / sums.total.nullif(0.0)) / (sums.groups - 1).nullif(0.0)
    mean_square = between_squares / (sums.groups - 1).nullif(0.0)
    between = (mean_square - within) / typical_n.nullif(0.0)
    centre = sums.logs / sums.groups.nullif(0.0)
    return sums.select(*by, centre=centre, within=within, between=ibis.greatest(between, 0.0))


def _total(logs: ir.Value) -> ir.Value:
    """Add exactly, so that the order in which threads come to the rows cannot show in a last digit.

    Models are learned from intervals, and a model in words differs where a digit does.
    """
    return logs.cast(_EXACT).sum().cast("decimal(38, 12)").cast("float64")


def _shrunk(both: ir.Table, lapse_factor: float) -> ir.Table:
    n = both.intervals.cast("float64")
    # No spread between customers, or too few to tell: the population's interval is everybody's.
    weight = ibis.coalesce(n * both.between / (n * both.between + both.within).nullif(0.0), 0.0)
    own = ibis.coalesce(both.median_interval_days.log(), 0.0)
    centre = ibis.coalesce(both.centre, ibis.literal(_NO_REPEATS_DAYS).log())
    expected = (weight * own + (1.0 - weight) * centre).exp()
    return both.mutate(
        weight=weight, expected_interval_days=expected, lapse_after_days=expected * ibis.literal(float(lapse_factor))
    )
