"""What will the months ahead bring, by what was known on one day?

Present customers: expected purchases of the month by the purchase model x expected spend x season. Customers not yet
acquired: new customers of the month x their first order, plus the repeats of those who came in between, E[X(t)] x
spend, x season.

In   `revenue_sums.Sums`
Ref  Fader, Hardie & Lee (2005), Marketing Science 24(2), equations 9 and 10: E[X(t)], E[Y(t)]
     Bühlmann (1967), Experience rating and credibility, ASTIN Bulletin 4(3), 199-207: the spend of a customer
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from patron.models.months import Window, days_in, last_whole_month, month_of
from patron.models.new_customers import BELIEVED, Arrivals, arrivals, truly_new
from patron.models.purchase_model import PurchaseModel, columns_of
from patron.models.revenue_sums import Sums
from patron.models.season import Season, season

Floats = NDArray[np.float64]

GROWING = 6  # months, the first of the data, in which repeats grow from nothing
RECENT = 12  # months whose amounts stand for those ahead
LEAST_REPEATS = 50.0  # that newcomers are expected to have made, before what they made instead counts for half
NODES = np.array([0.1127016653792583, 0.5, 0.8872983346207417])  # Gauss-Legendre on (0, 1)
WEIGHTS = np.array([5.0, 8.0, 5.0]) / 18
MOMENTS = np.array([0.03, 0.17, 0.41, 0.69, 0.91, 1.0])  # of the horizon, at which E[Y(t)] is computed
AGES = 64  # at which E[X(t)] is
STEP = 0.05  # of a parameter's logarithm, in standard errors' finite differences


@dataclass(frozen=True, kw_only=True)
class Part:
    """The revenue of each window: expected, and the covariance of what may come instead."""

    expected: Floats
    covariance: Floats


@dataclass(frozen=True, kw_only=True)
class RevenueOutlook:
    """What the windows ahead bring, of present customers and of those who are yet to come."""

    windows: tuple[Window, ...]
    present: Part
    new: Part
    total: Part
    newcomers: Floats  # expected new customers of each window
    season: Season

    def with_parts(self, present: Part, new: Part, *, shared: Floats) -> RevenueOutlook:
        """Return the same with other parts, and with what moves both of them alike."""
        return replace(self, present=present, new=new, total=_together(present, new, shared))

    def at_level(self, total: float) -> RevenueOutlook:
        """Return the same with present customers who bring `total` over all windows."""
        factor = total / max(float(self.present.expected.sum()), 1e-9)
        present = Part(expected=self.present.expected * factor, covariance=self.present.covariance * factor**2)
        return self.with_parts(present, self.new, shared=np.zeros_like(self.new.covariance))

    @property
    def expected(self) -> Floats:
        """The total of each window."""
        return self.total.expected

    @property
    def covariance(self) -> Floats:
        """That of the total."""
        return self.total.covariance


def _together(present: Part, new: Part, shared: Floats) -> Part:
    return Part(expected=present.expected + new.expected, covariance=present.covariance + new.covariance + shared)


@dataclass(frozen=True, kw_only=True)
class Habits:
    """What is common to all customers of a shop: amounts, and how far newcomers keep to the model."""

    spend: float  # of a later purchase day
    pull: float  # how many purchase days at `spend` a customer's own amounts are mixed with
    first_spend: float
    dispersion: float  # sum of squares of the later amounts over their sum
    first_dispersion: float
    keeping: float  # repeats that newcomers made over those that the model expects of them
    new_spend: float  # of a repeat of theirs


@dataclass(frozen=True, kw_only=True)
class Seasons:
    """The season of all takings, and what that of repeats and of new customers has besides."""

    whole: Season
    repeats: Season
    new: Season

    def of_repeats(self, months: NDArray[np.int64]) -> Floats:
        """Return the factors of the repeats of some months."""
        return self.whole.of(months) * self.repeats.of(months)

    def of_new(self, months: NDArray[np.int64]) -> Floats:
        """Return the factors of the number of new customers."""
        return self.whole.of(months) * self.new.of(months)


def seasons(sums: Sums, true: Floats) -> Seasons:
    """Return the seasons that the whole months of a day's sums show.

    The repeats' own part is learned after the first months, in which they grow from nothing; that of new customers
    where those who look new mostly are.
    """
    months, days = whole_months(sums)
    size = len(months)
    whole = _season(months, sums.revenue[:size], days)
    per_day = np.maximum(days, 1.0) * whole.of(months)
    grown = np.where(np.arange(size) >= GROWING, days, 0.0)
    believed = np.where(true[:size] >= (1 - BELIEVED) * sums.new[:size], days, 0.0)
    return Seasons(
        whole=whole,
        repeats=_season(months, sums.amount.sum(axis=0)[:size] / per_day, np.sign(grown)),
        new=_season(months, (true[:size] + 0.5) / per_day, np.sign(believed)),
    )


def _season(months: NDArray[np.int64], value: Floats, days: Floats) -> Season:
    seen = days > 0
    return season(months[seen], value[seen] / days[seen])


def whole_months(sums: Sums) -> tuple[NDArray[np.int64], Floats]:
    """Return the whole months up to the origin, and the days of each; a first month that began earlier has none."""
    start = month_of(sums.first)
    months = np.arange(start, last_whole_month(sums.origin) + 1)
    days = np.array([float(days_in(month)) for month in months.tolist()])
    if len(days) and sums.first.day > 1 + days[0] / 10:
        days[0] = 0.0
    return months, days


def revenue_outlook(sums: Sums, model: PurchaseModel, windows: Sequence[Window]) -> RevenueOutlook:
    """Forecast the revenue of the windows after the origin.

    Parameters
    ----------
    sums : Sums
        As known on the origin.
    model : PurchaseModel
        Fitted on its patterns.
    windows : sequence of Window
        Of `windows_ahead`.
    """
    true = truly_new(sums.new, sums.gaps, sums.gaps.sum(axis=0) + sums.new)
    found = seasons(sums, true)
    ways = habits(sums, model)
    factors = found.of_repeats(np.array([window.month for window in windows]))
    coming = _coming(sums, true, windows, found)
    present = _present(sums, model, ways, windows, factors)
    new = _new(coming, model, ways, windows, factors)
    return RevenueOutlook(
        windows=tuple(windows), present=present, new=new, total=_together(present, new, np.zeros_like(new.covariance)),
        newcomers=coming.expected, season=found.whole,
    )  # fmt: skip


def habits(sums: Sums, model: PurchaseModel) -> Habits:
    """Read off what is common to all customers."""
    x = sums.patterns["frequency"]
    customers = sums.patterns.customers.astype(np.float64)
    days, buyers = float(customers @ x), float(customers @ (x > 0))
    spend = float(sums.spent.sum()) / max(days, 1.0)
    late = slice(max(0, sums.months - RECENT), None)
    cohorts = np.arange(sums.months) >= min(3, sums.months // 4)  # whose first purchase is likely to be one
    age = np.arange(sums.months) - np.arange(sums.months)[:, None]
    young = (age >= 0) & (age <= RECENT) & cohorts[:, None]
    made, brought = float(sums.days[young].sum()), float(sums.amount[young].sum())
    told = _told(sums, model, young)
    return Habits(
        spend=spend,
        pull=_pull(sums, days, buyers, spend),
        first_spend=_ratio(sums.new_amount[late].sum(), sums.new[late].sum(), spend),
        dispersion=_ratio(sums.squares[late].sum(), sums.amount.sum(axis=0)[late].sum(), spend),
        first_dispersion=_ratio(sums.new_squares[late].sum(), sums.new_amount[late].sum(), spend),
        keeping=(made + LEAST_REPEATS) / (told + LEAST_REPEATS),
        new_spend=(brought + LEAST_REPEATS * spend) / (made + LEAST_REPEATS),
    )


def _told(sums: Sums, model: PurchaseModel, young: NDArray[np.bool_]) -> float:
    """Return the repeats that the model expects of the cohorts in the months that `young` marks."""
    start = month_of(sums.first)
    ends = np.cumsum([0, *(days_in(start + month) for month in range(sums.months))]).astype(np.float64)
    ends = np.minimum(ends, (sums.origin - sums.first.replace(day=1)).days + 1)
    cohorts = np.flatnonzero(young.any(axis=1))
    until = ends[sums.months - np.argmax(young[cohorts, ::-1], axis=1)]
    came = ends[cohorts] + np.diff(ends)[cohorts] * NODES[:, None]
    return float(sums.new[cohorts] @ (WEIGHTS @ _repeats(model, until - came)))


def _repeats(model: PurchaseModel, ages: Floats) -> Floats:
    """Return E[X(t)] at many ages, none below zero, by interpolation."""
    grid = float(ages.max(initial=1.0)) * np.linspace(0, 1, AGES) ** 2
    repeats = np.concatenate([[0.0], model.expected_purchases_of_new(grid[1:])])
    return np.asarray(np.interp(ages.clip(0), grid, repeats), dtype=np.float64)


def _pull(sums: Sums, days: float, buyers: float, spend: float) -> float:
    """Return the credibility constant: variance of one customer's amounts over that of the customers' means."""
    within = max(float(sums.spent_squares.sum() - sums.mean_squares.sum()) / max(days - buyers, 1.0), 1e-9)
    x, customers = sums.patterns["frequency"], sums.patterns.customers
    unequal = days - float(customers @ x**2) / max(days, 1.0)
    between = (float(sums.mean_squares.sum()) - days * spend**2 - (buyers - 1) * within) / max(unequal, 1.0)
    return float(np.clip(within / max(between, 1e-9), 0.05, 50.0))


def _ratio(above: float, below: float, otherwise: float) -> float:
    return float(above / below) if below > 0 and above > 0 else otherwise


def _present(sums: Sums, model: PurchaseModel, ways: Habits, windows: Sequence[Window], factors: Floats) -> Part:
    """Return the revenue of those who have bought."""
    columns = columns_of(sums.patterns)
    x = columns[0]
    customers = sums.patterns.customers.astype(np.float64)
    spend = (sums.spent + customers * ways.pull * ways.spend) / (x + ways.pull)  # of all customers of a pattern
    purchases = _by_window(model, columns, windows)
    money = spend[:, None] * purchases * factors
    expected = money.sum(axis=0)
    # A customer's months move together: by the own rate, and by being there at all.
    alive = np.clip(model.alive(*columns), 1e-6, 1.0)
    own = ((1 + 1 / (x + 0.5)) / alive - 1) / customers
    sampling = money.T @ (own[:, None] * money) + np.diag(ways.dispersion * expected)
    unsure = _of_parameters(model, columns, float(windows[-1].ends), spend)
    return Part(expected=expected, covariance=sampling + unsure * np.outer(expected, expected))


def _by_window(model: PurchaseModel, columns: tuple[Floats, Floats, Floats], windows: Sequence[Window]) -> Floats:
    """Return the purchases of each pattern's customer in each window.

    E[Y(t)] is as smooth as functions are, so a polynomial through a few moments gives all the others.
    """
    horizon = float(windows[-1].ends)
    seen = np.column_stack([model.ahead(*columns, horizon * node) for node in MOMENTS.tolist()])
    ends = np.array([window.ends for window in windows]) / horizon
    powers = np.arange(1, len(MOMENTS) + 1)
    until = seen @ np.linalg.solve(MOMENTS[:, None] ** powers, np.eye(len(MOMENTS))).T @ (ends[:, None] ** powers).T
    return np.diff(until, axis=1, prepend=0.0)


def _of_parameters(
    model: PurchaseModel, columns: tuple[Floats, Floats, Floats], horizon: float, spend: Floats
) -> float:
    """Return the relative variance of all revenue within a horizon that comes from not knowing the parameters.

    By the delta method on the parameters' logarithms.
    """
    base = float(spend @ model.ahead(*columns, horizon))
    slopes = []
    for step in np.eye(len(model.names)) * STEP:
        moved = model.moved(step)
        slopes.append((float(spend @ moved.ahead(*columns, horizon)) / base - 1) / STEP)
    return float(np.array(slopes) @ model.log_covariance_ @ np.array(slopes))


def _coming(sums: Sums, true: Floats, windows: Sequence[Window], found: Seasons) -> Arrivals:
    """Return how many new customers the windows bring."""
    months, days = whole_months(sums)
    size = len(months)
    return arrivals(
        sums.new[:size], true[:size], days=days, factors=found.of_new(months), windows=windows,
        ahead_factors=found.of_new(np.array([window.month for window in windows])),
        skipped=windows[0].month - last_whole_month(sums.origin) - 1,
    )  # fmt: skip


def _new(coming: Arrivals, model: PurchaseModel, ways: Habits, windows: Sequence[Window], factors: Floats) -> Part:
    """Return the revenue of those who are yet to come."""
    first = ways.first_spend * np.eye(len(windows))
    later = _later(model, windows) * ways.keeping * ways.new_spend * factors
    each = first + later  # of a newcomer of a window (row) in a window (column)
    sampling = ways.first_dispersion * (coming.expected @ first) + ways.dispersion * (coming.expected @ later)
    return Part(expected=coming.expected @ each, covariance=each.T @ coming.covariance @ each + np.diag(sampling))


def _later(model: PurchaseModel, windows: Sequence[Window]) -> Floats:
    """Return the repeats of a newcomer of each window (rows) in each window (columns)."""
    begins, ends = (np.array([getattr(window, name) for window in windows], float) for name in ("begins", "ends"))
    came = begins + (ends - begins) * NODES[:, None]
    until = np.einsum("k,krc->rc", WEIGHTS, _repeats(model, ends - came[:, :, None]))
    return np.diff(until, axis=1, prepend=0.0)
