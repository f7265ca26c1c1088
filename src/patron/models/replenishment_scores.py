"""When does each customer's supply of each product run out, and when will the next purchase come?

All of it is arithmetic in the engine, but for the tails of the normal distribution: these depend on one number only,
how late the customer is (t of `replenishment_likelihood.py`), and are joined from a table of hundredths of it.

In   one row per customer and product, `replenishment_lines.cycles_of`; the fitted products
Out  one row per customer and fitted product
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
from scipy import special

from patron.language import say
from patron.models.replenishment_likelihood import FAR
from patron.models.replenishment_lines import UNIT
from patron.models.replenishment_rows import HALF_A_DAY, MOST_INTERVALS

NO_RHYTHM = np.pi**2 / 6  # variance of the logarithm of an interval that is exponential, so without a memory
EARLY = 8.0  # standard deviations before the middle: nothing is known of the open interval yet
FINE = 100  # steps of t
LONGEST_DAYS = 36_500.0
STILL_BOUGHT = 0.25  # a chance below it is grade D
GRADES = (("A", 4, 0.5), ("B", 2, 0.9))  # least intervals of the customer, most standard deviation of the logarithm
MOST_TOLD = 365  # days that a sentence counts


def due(cycles: ir.Table, fitted: pa.Table, *, level: float) -> ir.Table:
    """Tell when each customer will need each product again.

    Parameters
    ----------
    cycles : Table
        Of `cycles_of`, as of the day that is asked for.
    fitted : Arrow table
        ``product_id, mu, beta, S, T, p, q, error``: the parameters and the variance of mu.
    level : float
        How often the next purchase, if one comes, shall lie between ``due_low`` and ``due_high``.
    """
    known = ibis.memtable(fitted.rename_columns([f"_{name}" for name in fitted.column_names]))
    row = cycles.inner_join(known, [("product_id", "_product_id")])
    row = _placed(row)
    tails = ibis.memtable(_tails(level))
    row = row.inner_join(tails, [("_step", "_at")])
    return _told(_dated(row))


def _placed(row: ir.Table) -> ir.Table:
    """Add the open interval's mean and spread, and how late it is."""
    one = ibis.literal(1.0, "float64")
    share = one / ibis.greatest(row.intervals.cast("float64") / ibis.literal(MOST_INTERVALS, "float64"), one)
    unit = ibis.literal(UNIT, "float64")
    gaps, packs = (row[name].cast("float64") * share / unit for name in ("log_gap", "log_packs"))
    k = row.intervals.cast("float64") * share
    row = row.mutate(
        _D=row._S + k * row._T, _r=gaps - k * row._mu - row._beta * packs, _x=row.last_packs.cast("float64")
    )
    middle = row._mu + row._beta * row._x / unit + row._T * row._r / row._D
    row = row.mutate(_middle=middle, _own=row._T * row._S / row._D, _rest=row._S / row._D)
    row = row.mutate(_spread=(row._S + row._own + row._rest * row._rest * row._error).sqrt())
    silence = (row.silent_days.cast("float64") + ibis.literal(HALF_A_DAY, "float64")).log()
    row = row.mutate(_late=ibis.greatest((silence - row._middle) / row._spread, ibis.literal(-EARLY, "float64")))
    within = ibis.least(row._late, ibis.literal(FAR, "float64"))
    return row.mutate(_step=(within * ibis.literal(float(FINE), "float64")).round().cast("int64"))


def _tails(level: float) -> pa.Table:
    """Tabulate what the engine cannot compute, by t in hundredths.

    ``_alive``: the chance of a silence so long where the customer still buys. ``_stretch``: what the open interval is
    longer than its mean, given the silence. ``_to_low`` and ``_to_high``: from t to the quantiles, given the silence.
    """
    steps = np.arange(-round(EARLY * FINE), round(FAR * FINE) + 1)
    t = steps / FINE
    log_tail = special.log_ndtr(-t)
    low, high = (special.ndtri_exp(np.log((1 + side * level) / 2) + log_tail) for side in (1, -1))
    return pa.table({
        "_at": steps,
        "_alive": np.exp(log_tail),
        "_stretch": np.exp(-(t**2) / 2 - log_tail) / np.sqrt(2 * np.pi),
        "_to_low": -low - t,
        "_to_high": -high - t,
    })  # fmt: skip


def _dated(row: ir.Table) -> ir.Table:
    stop = ibis.ifelse(row.intervals > 0, row._q, row._p)
    goes_on = (ibis.literal(1.0, "float64") - stop) * row._alive
    row = row.mutate(chance=goes_on / (stop + goes_on))
    # Who has stopped tells nothing by the silence: the cycle is stretched by it in so far as the customer still buys.
    stretched = row._middle + row.chance * row._own / row._spread * row._stretch
    row = row.mutate(interval_days=_days(stretched))
    low, high = (_days(row._middle + row._spread * (row._late + to)) for to in (row._to_low, row._to_high))
    # Purchases come on whole days: a rounding inwards at both ends holds as many as the level says, on average.
    soonest = ibis.greatest(low.ceil().cast("int64"), row.silent_days + 1)
    latest = ibis.greatest(high.floor().cast("int64"), soonest)
    row = row.mutate(_until=row.interval_days.round().cast("int64"), _soonest=soonest, _latest=latest)
    last = row.last_bought_on
    return row.mutate(
        due_on=_after(last, row._until),
        due_low=_after(last, row._soonest),
        due_high=_after(last, row._latest),
        days_left=row._until - row.silent_days,
        purchases=row.intervals + 1,
    )


def _after(day: ir.DateValue, days: ir.IntegerValue) -> ir.DateValue:
    """Return a day so many days later, as a date: DuckDB makes a time of it."""
    return (day + days.as_interval("D")).cast("timestamp").cast("date")


def _days(logarithm: ir.FloatingValue) -> ir.FloatingValue:
    """Return the days of a logarithm of them, within a hundred years."""
    longest = ibis.literal(LONGEST_DAYS, "float64")
    return ibis.least(logarithm, longest.log()).exp()


def _told(row: ir.Table) -> ir.Table:
    good = [
        ((row.intervals >= least) & (row._spread <= ibis.literal(most, "float64")), grade)
        for grade, least, most in GRADES
    ]
    gone = row.chance < ibis.literal(STILL_BOUGHT, "float64")
    wide = row._spread >= ibis.literal(NO_RHYTHM**0.5, "float64")
    row = row.mutate(grade=ibis.cases((gone | wide, "D"), *good, else_="C"))
    most = MOST_TOLD + 1
    row = row.mutate(_told=ibis.greatest(ibis.least(row.days_left, most), -most))
    row = row.inner_join(ibis.memtable(_sentences()), [("_told", "_left")])
    stopped, unsure = (say(f"replenishment.{key}") for key in ("stopped", "unsure"))
    return row.select(
        "customer_id", "product_id", "last_bought_on", "interval_days", "due_on", "due_low", "due_high", "days_left",
        "purchases", "chance", "grade",
        sentence=ibis.cases((gone, stopped), (wide, unsure), else_=row._sentence),
    )  # fmt: skip


def _sentences() -> pa.Table:
    days = range(-MOST_TOLD - 1, MOST_TOLD + 2)
    return pa.table({"_left": pa.array(days, pa.int64()), "_sentence": [_sentence(left) for left in days]})


def _sentence(left: int) -> str:
    if abs(left) > MOST_TOLD:
        return say("replenishment.later" if left > 0 else "replenishment.long_ago", count=MOST_TOLD)
    if left == 0:
        return say("replenishment.today")
    return say("replenishment.left" if left > 0 else "replenishment.ago", count=abs(left))
