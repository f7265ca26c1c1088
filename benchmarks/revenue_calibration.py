"""Do the intervals of monthly revenue and of customer equity hold what they promise, over many simulated shops?

Each shop is simulated for a year more than the forecasts may know. They are made as a run makes them, and then judged
by that year: the share of months inside their 95 % interval, and the share of shops whose present customers brought
what their equity's interval says.

    python benchmarks/revenue_calibration.py --shops 50 --years 3
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import date, timedelta

import ibis
import ibis.expr.types as ir
import numpy as np

from patron.models import Lookback, fit_value_model, foresee, outcome, seen_by
from patron.models.lifetime_value import daily_force
from patron.models.revenue_forecast import interval, origins_before
from patron.models.revenue_outlook import Part
from patron.profile import known_by, known_purchases, purchase_history, purchase_ledger
from patron.simulate import shop

FIRST = date(2021, 1, 1)
YEAR = timedelta(days=365)
SIZES = (1000, 2000, 4000)
RATE = 0.10


@dataclass(frozen=True)
class Judged:
    """What one shop showed."""

    inside: list[bool]  # of each month's total
    equity_inside: bool
    bias: float  # of the year's revenue
    error: float  # mean absolute error of a month over the mean month
    naive: float  # that of the month of the year before
    equity_bias: float


def lines_of(customers: int, *, seed: int, last_day: date) -> ir.Table:
    """Return a simulated shop's lines as cleaning would leave them."""
    drawn = shop(customers=customers, seed=seed, first_day=FIRST, last_day=last_day, mess=False).order_lines
    lines = ibis.memtable(drawn)
    amount = (lines.quantity * lines.unit_price.cast("float64")).round(2).cast("decimal(18, 2)")
    return lines.mutate(
        amount=amount, kind=ibis.ifelse(lines.quantity > 0, "sale", "return"), reverses=ibis.null("int64"),
        line_id=ibis.row_number().cast("int64"),
    )  # fmt: skip


def judge(customers: int, *, seed: int, years: int) -> Judged:
    """Forecast a shop and hold it against the year that followed."""
    as_of = date(FIRST.year + years - 1, 12, 31)
    end = date(FIRST.year + years, 12, 31)
    ledger = ibis.memtable(purchase_ledger(lines_of(customers, seed=seed, last_day=end), as_of=end).to_pyarrow())
    ever = ibis.memtable(known_purchases(ledger, days=[end]).to_pyarrow())
    days = [*origins_before(FIRST, as_of=as_of), as_of]
    purchases = ibis.memtable(known_purchases(ledger, days=days).to_pyarrow())
    bought = ever.mutate(ordered_at=ever.day.cast("timestamp(6)")).drop("origin", "day")
    of_each, value = equity_of(known_by(bought, as_of=as_of), as_of=as_of)
    today = foresee(purchases, horizon_days=365, of_each=of_each)[-1]
    rows = ever.mutate(first=ever.day.min().over(group_by=ever.customer_id)).to_pyarrow().to_pandas()
    rows["amount"] = rows.amount.astype(float)
    after = rows[rows.day > as_of]
    months = [w for w in today.outlook.windows if w.start.day == 1 and (w.end + timedelta(days=1)).day == 1]
    actual = np.array([after[(after.day >= w.start) & (after.day <= w.end)].amount.sum() for w in months])
    usual = np.array([
        rows[(rows.day >= w.start - YEAR) & (rows.day <= w.end - YEAR)].amount.sum() for w in months
    ])  # fmt: skip
    ends = np.array([interval(today.outlook.total, slice(place, place + 1)) for place in range(len(months))])
    present = after[(after["first"] <= as_of) & (after.day <= as_of + YEAR)]
    waited = np.array([(day - as_of).days for day in present.day])
    realised = float((present.amount.to_numpy() * np.exp(-daily_force(RATE) * waited)).sum())
    mean, low, high = interval(
        Part(expected=today.outlook.present.expected, covariance=today.outlook.present.covariance)
    )
    return Judged(
        inside=((ends[:, 1] <= actual) & (actual <= ends[:, 2])).tolist(),
        equity_inside=bool(low / mean * value <= realised <= high / mean * value),
        bias=float(ends[:, 0].sum() / actual.sum() - 1),
        error=float(np.abs(ends[:, 0] - actual).mean() / actual.mean()),
        naive=float(np.abs(usual - actual).mean() / actual.mean()),
        equity_bias=value / realised - 1,
    )


def equity_of(known: ir.Table, *, as_of: date) -> tuple[float | None, float]:
    """Return what each present customer is expected to bring, where recalibrated, and the value of all of them."""
    history = purchase_history(known, as_of=as_of)
    origin = as_of - YEAR
    before = known_by(known, as_of=origin)
    lookback = None
    if (origin - FIRST).days >= 0.9 * 365:
        past = purchase_history(before, as_of=origin)
        came = outcome(past, before, known, origin=origin, horizon_days=365)
        lookback = Lookback(orders=before, history=past, outcome=came, origin=origin, horizon_days=365)
    model = fit_value_model(history, discount_rate=RATE, lookback=lookback)
    assert model is not None
    patterns = model.count(seen_by(model, history, known, as_of=as_of))
    plain, discounted = model.expected(patterns, horizon=365)
    scored = patterns.restore(plain=plain, discounted=discounted)
    spend = model.spend_of(scored)
    row = scored.aggregate(
        plain=(scored.plain * spend).sum(), value=(scored.discounted * spend).sum(), customers=scored.count()
    ).to_pyarrow().to_pylist()[0]  # fmt: skip
    return (row["plain"] / row["customers"] if model.recalibration_ else None), row["value"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=50)
    parser.add_argument("--years", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1000)
    asked = parser.parse_args()
    found = []
    for number in range(asked.shops):
        one = judge(SIZES[number % len(SIZES)], seed=asked.seed + number, years=asked.years)
        found.append(one)
        print(
            number,
            f"{np.mean(one.inside):.2f}",
            one.equity_inside,
            f"{one.bias:+.3f} {one.equity_bias:+.3f}",
            flush=True,
        )
    inside = np.array([one.inside for one in found])
    print(f"{asked.shops} shops of {asked.years} years: {inside.mean():.1%} of {inside.size} months inside 95 %")
    print(f"equity inside 95 %: {np.mean([one.equity_inside for one in found]):.1%} of the shops")
    for name in ("bias", "equity_bias", "error", "naive"):
        values = np.array([getattr(one, name) for one in found])
        print(f"{name}: mean {values.mean():+.3f}, standard deviation {values.std():.3f}")


if __name__ == "__main__":
    main()
