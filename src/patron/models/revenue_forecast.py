"""What will the months ahead bring, of present customers and of those who are yet to come, and how sure is that?

In   one row per origin, customer and purchase day (`profile.known_purchases`); takings by month
Out  contracts.outcome.REVENUE_FORECAST    one row per origin, month and part

Everything is made of what was known on its day: the run's forecast of what is known today, a tested one of what was
known on its origin. How far tested forecasts were off widens the intervals of the next (`revenue_shocks`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.outcome import REVENUE_FORECAST
from patron.errors import FitError, NotEnoughData
from patron.models.estimator import NORMAL_95, check_number
from patron.models.months import YEAR, days_in, last_day, last_whole_month, month_of, windows_ahead
from patron.models.purchase_choice import choose_purchases
from patron.models.purchase_model import PurchaseModel
from patron.models.revenue_outlook import Part, RevenueOutlook, revenue_outlook
from patron.models.revenue_shocks import came, shaken, shocks
from patron.models.revenue_sums import Sums, read_sums

Floats = NDArray[np.float64]

LEAST_DAYS = 90  # of data, for a forecast of months
TESTED_DAYS = 180  # of data, for a forecast that is tested
MOST_TESTS = 12
PARTS = ("present", "new", "total")
CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Rates:
    """What turns the amounts of purchases into money: net revenue over them, and margin over net revenue."""

    net: float
    margin: float
    basis: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Foreseen:
    """The outlook of one day, shocks and all, with what it was made of."""

    sums: Sums
    model: PurchaseModel
    outlook: RevenueOutlook


def origins_before(first: date, *, as_of: date) -> list[date]:
    """Return the days on which a forecast can be tested: the last days of months, at most twelve, evenly spread.

    Examples
    --------
    >>> [str(day) for day in origins_before(date(2023, 7, 1), as_of=date(2024, 3, 31))]
    ['2023-12-31', '2024-01-31', '2024-02-29']
    """
    earliest = month_of(first + timedelta(days=TESTED_DAYS))
    months = range(last_whole_month(as_of) - 1, earliest - 1, -1)
    step = -(-len(months) // MOST_TESTS) if months else 1
    return [last_day(month) for month in reversed(months[::step])]


def expected_of_each(forecasts: ir.Table) -> float | None:
    """Return what a present customer is expected to bring within the horizon, not discounted, where that is known well.

    Recalibrated forecasts have learned from what came of their own a year ago; others know no more than is known here.
    Payments of subscriptions are not counted.
    """
    known = forecasts.filter(forecasts.model.contains("recalibrated"))
    money = (known.expected_orders * known.expected_spend).round(4).cast("decimal(38, 4)")
    row = known.aggregate(money=money.sum().cast("float64"), customers=known.count()).to_pyarrow().to_pylist()[0]
    return row["money"] / row["customers"] if row["customers"] else None


def foresee(purchases: ir.Table, *, horizon_days: int, of_each: float | None = None) -> list[Foreseen]:
    """Forecast from each origin of `purchases` by what was known on it.

    Parameters
    ----------
    purchases : Table
        Of `profile.known_purchases`; read in three engine calls.
    horizon_days : int
        How far ahead.
    of_each : float, optional
        Of `expected_of_each`: the level of the present customers' part on the last origin, so that it agrees with the
        forecasts of that day.

    Returns
    -------
    list of Foreseen
        By day. An origin is left out where its data are shorter than 90 days or no model of the purchases can be
        fitted to them.
    """
    check_number("horizon", horizon_days)
    bare: list[tuple[int, RevenueOutlook]] = []
    found: list[Foreseen] = []
    every = read_sums(purchases)
    for sums in every:
        model = _fitted(sums)
        if model is None:
            continue
        outlook = revenue_outlook(sums, model, windows_ahead(sums.origin, horizon_days=horizon_days))
        if of_each is not None and sums is every[-1]:
            outlook = outlook.at_level(of_each * sums.patterns.total)
        seen = [(month, one) for month, one in bare if month < last_whole_month(sums.origin)]
        found.append(Foreseen(sums=sums, model=model, outlook=shaken(outlook, shocks(outlook, sums, seen))))
        if last_day(month_of(sums.origin)) == sums.origin:
            bare.append((month_of(sums.origin), outlook))
    return found


def _fitted(sums: Sums) -> PurchaseModel | None:
    if (sums.origin - sums.first).days < LEAST_DAYS:
        return None
    try:
        return choose_purchases(sums.patterns).model
    except (NotEnoughData, FitError):
        return None


def rates(takings: ir.Table, purchases: ir.Table, *, as_of: date) -> Rates:
    """Return the rates of the last 365 days.

    Parameters
    ----------
    takings : Table
        Keeps the contract TAKINGS.
    purchases : Table
        Of `profile.known_purchases`, for `as_of` alone or among others.
    as_of : date
        The last day we may know about.
    """
    since, until = ibis.literal(as_of - timedelta(days=365)), ibis.literal(as_of)
    year = takings.filter((takings.day > since) & (takings.day <= until))
    money = year.aggregate(net=year.net_revenue.sum(), margin=year.margin.sum(), basis=year.basis.max())
    bought = purchases.filter((purchases.origin == until) & (purchases.day > since))
    both = money.cross_join(bought.aggregate(amount=bought.amount.sum())).to_pyarrow().to_pylist()[0]
    net, margin, amount = (float(both[name] or 0) for name in ("net", "margin", "amount"))
    known = net > 0 and amount > 0
    return Rates(
        net=net / amount if known else 1.0, margin=margin / net if known else 1.0, basis=both["basis"] or "revenue"
    )


def revenue_forecast(foreseen: Sequence[Foreseen], *, money: Rates) -> ir.Table:
    """Return the forecast of the run's day, and those of earlier days beside what came, as a table.

    Parameters
    ----------
    foreseen : sequence of Foreseen
        By day, the run's day last; the earlier ones end a month.
    money : Rates
        Of the run's day.

    Returns
    -------
    Table
        Keeps the contract REVENUE_FORECAST, held in memory. Without rows where nothing was foreseen.
    """
    rows = [row for one in foreseen[:-1] for row in _tested(one, foreseen[-1].sums, money)]
    rows += [row for one in foreseen[-1:] for row in _ahead(one, money)]
    schema = REVENUE_FORECAST.schema.to_pyarrow()
    return REVENUE_FORECAST.shape(ibis.memtable(pa.Table.from_pylist(rows, schema=schema)))


def _ahead(one: Foreseen, money: Rates) -> list[dict[str, Any]]:
    """Return the months ahead of a day, and all of them together."""
    months = _months(one, money)
    outlook = one.outlook
    whole = _facts(one, money) | {
        "span": "horizon", "from_day": outlook.windows[0].start, "to_day": outlook.windows[-1].end,
        "newcomers": float(outlook.newcomers.sum()),
    }  # fmt: skip
    return months + [whole | row | _summed(months, row["part"]) for row in _parts(outlook, slice(None), money)]


def _tested(one: Foreseen, later: Sums, money: Rates) -> list[dict[str, Any]]:
    """Return the months after an earlier day that are over by now, beside what they brought."""
    then = came(later, month_of(one.sums.origin))
    size = min(len(then.new), sum(window.days == days_in(window.month) for window in one.outlook.windows))
    usual = naive(one.sums, size)
    beside = {
        (last_day(month_of(one.sums.origin) + 1 + place), part): {"actual": _cents(actual[place] * money.net)}
        | ({"naive": _cents(usual[place] * money.net)} if part == "total" else {})
        for part, actual in (("present", then.present), ("new", then.new), ("total", then.present + then.new))
        for place in range(size)
    }
    rows = _months(one, money)
    return [row | beside[key] for row in rows if (key := (row["to_day"], row["part"])) in beside]


def naive(sums: Sums, size: int) -> Floats:
    """Return the months a year before those ahead, or the mean of the latest, as many as are asked for."""
    past = sums.revenue
    if not size:
        return past[:0]
    if len(past) > YEAR:
        return np.array([past[len(past) - YEAR + place % YEAR] for place in range(size)])
    return np.full(size, float(past[-size:].mean()))


def _months(one: Foreseen, money: Rates) -> list[dict[str, Any]]:
    outlook = one.outlook
    months = np.array([window.month for window in outlook.windows])
    factors = outlook.season.of(months).tolist() if outlook.season.months else [None] * len(months)
    return [
        _facts(one, money)
        | {"span": "month", "from_day": window.start, "to_day": window.end, "season_factor": factors[place]}
        | {"newcomers": float(outlook.newcomers[place])}
        | row
        for place, window in enumerate(outlook.windows)
        for row in _parts(outlook, slice(place, place + 1), money)
    ]


def _facts(one: Foreseen, money: Rates) -> dict[str, Any]:
    return {
        "origin": one.sums.origin, "basis": money.basis, "customers": one.sums.patterns.total,
        "season_months": one.outlook.season.months,
    }  # fmt: skip


def interval(part: Part, chosen: slice = slice(None)) -> tuple[float, float, float]:
    """Return what some windows are expected to bring together, and the ends of its 95 % interval.

    The total is taken to be lognormal with the expected mean and variance: money that cannot be negative.
    """
    mean = float(part.expected[chosen].sum())
    if mean <= 0:
        return 0.0, 0.0, 0.0
    variance = float(np.log1p(part.covariance[chosen, chosen].sum() / mean**2))
    middle, reach = np.log(mean) - variance / 2, NORMAL_95 * np.sqrt(variance)
    return mean, float(np.exp(middle - reach)), float(np.exp(middle + reach))


def _parts(outlook: RevenueOutlook, chosen: slice, money: Rates) -> list[dict[str, Any]]:
    """Return what present and new customers bring in some windows, and the total: to the cent the sum of the two."""
    rows = []
    for name in PARTS:
        ends = np.array(interval(getattr(outlook, name), chosen)) * money.net
        row: dict[str, Any] = {"part": name}
        for column, rate in (("revenue", 1.0), ("margin", money.margin)):
            expected, low, high = (_cents(value) for value in ends * rate)
            low, high = sorted((low, high))
            row |= {column: expected, f"{column}_low": low, f"{column}_high": high}
        rows.append(row)
    for column in ("revenue", "margin"):
        rows[-1][column] = rows[0][column] + rows[1][column]
    return rows


def _summed(months: list[dict[str, Any]], part: str) -> dict[str, Decimal]:
    mine = [row for row in months if row["part"] == part]
    return {column: sum((row[column] for row in mine), Decimal(0)) for column in ("revenue", "margin")}


def _cents(value: float) -> Decimal:
    return Decimal(float(value)).quantize(CENT, rounding=ROUND_HALF_UP)
