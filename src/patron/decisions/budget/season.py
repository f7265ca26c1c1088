"""How should next season's money be shared between customers there are and those to be won?

Money is moved until its last unit brings the same everywhere (or nothing more is known, or nothing is left to gain).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from patron.contracts.budget import EVERY
from patron.decisions.budget.acquisition import MOST, Curve

Row = dict[str, Any]
Floats = NDArray[np.float64]

HALVINGS = 60
SMALL = 0.02
"""Share of the present spend, below which a change is none."""

NOTABLE = 0.1
"""By which share the next season has to differ from the last to be the reason of a change."""


@dataclass(frozen=True, kw_only=True)
class Retention:
    """The frontier of the plan, brought to a season: budgets, what they bring less cost, and the last unit's return."""

    budget: Floats
    value: Floats
    price: Floats
    now: float  # spend of the present plan
    customers: int
    evidence: str

    def price_of(self, spend: float, *, season: float = 1.0) -> float:
        """Return what the next unit of money brings, less itself; 0 where there is nothing left to spend it on."""
        price = float(np.interp(spend, self.budget, self.price))
        return (price + 1.0) * season - 1.0 if price > 0 else 0.0

    def value_of(self, spend: float, *, season: float = 1.0) -> float:
        """Return what so much money brings, less itself."""
        return (float(np.interp(spend, self.budget, self.value)) + spend) * season - spend

    def spend_at(self, price: float, *, season: float = 1.0) -> float:
        """Return the spend whose last unit of money brings `price`, not beyond `MOST` times the present one."""
        wanted = (price + 1.0) / season - 1.0
        spend = float(np.interp(-wanted, -self.price, self.budget))
        return min(spend, MOST * self.now)


@dataclass(frozen=True, kw_only=True)
class Season:
    """The next season: its days, and what is expected of it over the last."""

    from_day: date
    days: int
    present: float = 1.0  # revenue of customers who are there
    newcomers: float = 1.0


def season_plan(retention: Retention | None, curves: Sequence[Curve], season: Season) -> list[Row]:
    """Return next season's spend on customers there are and on each channel that wins new ones.

    Together they spend what they spend now, or less where the last unit would bring less than itself.

    Parameters
    ----------
    retention : Retention or None
        None without a plan.
    curves : sequence of Curve
        Of `acquisition.curves`.
    season : Season

    Returns
    -------
    list of dict
        Rows of SEASON_PLAN.
    """
    total = (retention.now if retention else 0.0) + sum(one.spend for one in curves)
    price = _price(retention, curves, season, total)
    rows = []
    if retention is not None:
        rows.append(_retained(retention, season, price))
    return [*rows, *(_won(one, season, price) for one in curves)]


def _spends(retention: Retention | None, curves: Sequence[Curve], season: Season, price: float) -> float:
    kept = retention.spend_at(price, season=season.present) if retention else 0.0
    return kept + sum(one.spend_at(price, season=season.newcomers) for one in curves)


def _price(retention: Retention | None, curves: Sequence[Curve], season: Season, total: float) -> float:
    """Return the return of the last unit of money at which all is spent; not below 0, where money is better kept."""
    low, high = 0.0, 1e6
    if _spends(retention, curves, season, low) <= total:
        return low
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if _spends(retention, curves, season, middle) > total else (low, middle)
    return high


def _retained(retention: Retention, season: Season, price: float) -> Row:
    spend = retention.spend_at(price, season=season.present)
    return _row(
        season, side="retention", channel=EVERY, customers=retention.customers, spend_now=retention.now,
        value_now=retention.value_of(retention.now), return_now=retention.price_of(retention.now),
        season=season.present, spend_next=spend, value_next=retention.value_of(spend, season=season.present),
        return_next=retention.price_of(spend, season=season.present), bend=None, evidence=retention.evidence,
    ) | {"price": price}  # fmt: skip


def _won(curve: Curve, season: Season, price: float) -> Row:
    spend = curve.spend_at(price, season=season.newcomers)
    return _row(
        season, side="acquisition", channel=curve.channel, customers=round(curve.won), spend_now=curve.spend,
        value_now=curve.value(curve.spend), return_now=curve.price(curve.spend), season=season.newcomers,
        spend_next=spend, value_next=curve.value(spend, season=season.newcomers),
        return_next=curve.price(spend, season=season.newcomers), bend=curve.bend, evidence=curve.evidence,
    ) | {"price": price}  # fmt: skip


def _row(at: Season, **facts: Any) -> Row:
    change = facts["spend_next"] - facts["spend_now"]
    last = at.from_day + timedelta(days=at.days - 1)
    return {"from_day": at.from_day, "to_day": last, "change": change, "reason": _reason(facts, change), **facts}


def _reason(facts: Row, change: float) -> str:
    """Say why the spend changes: the season where it alone would have done so, else what the last unit brings."""
    now, then = facts["spend_now"], facts["spend_next"]
    if abs(change) <= SMALL * now:
        return "as_now"
    if then >= MOST * now * (1 - SMALL):
        return "at_the_edge"
    if abs(facts["season"] - 1.0) >= NOTABLE and (facts["season"] > 1) == (change > 0):
        return "season_up" if change > 0 else "season_down"
    return "more_pays" if change > 0 else "less_pays"
