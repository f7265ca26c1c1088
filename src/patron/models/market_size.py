"""How much of the market is ours, segment by segment, and what is at stake where others show that more is possible?

Of our customers a trait is known of some only. Those of whom it is known stand for all: our customers of a kind are
those who are known to be of it, over the share of customers of whom the traits are known at all. What more could be had
is told by the best comparable segment, cautiously: by the lower end of the interval of our share there, so that a small
segment with a lucky share sets no target.

In   sums over our customers of each kind, and the reference population
Out  rows of contracts.market.MARKET_SIZE
Ref  Garwood (1936), Fiducial limits for the Poisson distribution, Biometrika 28, 437-442: the interval of a count
     `stats/shrinkage.py`: means of small groups are drawn to that of all
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from patron.stats.shrinkage import shrink

Floats = NDArray[np.float64]
Row = dict[str, Any]

LEVEL = 0.95
LEAST_KNOWN = 30
"""Customers of a kind below which its share sets no target for others."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One segment of the market, and the sums over our customers of that kind."""

    segment: str
    traits: tuple[str, ...]  # by which it is cut out, sorted
    people: int
    source: str
    dated: date
    told: int  # our customers of whom all these traits are known
    known: int  # those of them who are of that kind
    ideal: int
    value: float  # sum of their predicted values
    squares: float
    cost_each: float | None = None  # of acquiring a customer, where the kind is a channel or nothing else is known


@dataclass(frozen=True, kw_only=True)
class Ours:
    """All our customers: how many, how many of them ideal, and the sum of their predicted values."""

    customers: int
    ideal: int
    value: float


def count_interval(count: int, *, level: float = LEVEL) -> tuple[float, float]:
    """Return the interval of the mean behind a count (Garwood's).

    Examples
    --------
    >>> [round(end, 2) for end in count_interval(10)], count_interval(0)[0]
    ([4.8, 18.39], 0.0)
    """
    tail = (1 - level) / 2
    low = float(special.gammaincinv(count, tail)) if count else 0.0
    return low, float(special.gammaincinv(count + 1, 1 - tail))


def market_size(
    kinds: Sequence[Kind], ours: Ours, *, horizon_days: int, cost_per_contact: float | None = None
) -> list[Row]:
    """Return the segments, the one with most at stake first.

    Parameters
    ----------
    kinds : sequence of Kind
        The segments.
    ours : Ours
        All our customers.
    horizon_days : int
        Over which value counts.
    cost_per_contact : float, optional
        What reaching one person costs.
    """
    rows = [_shares(kind, ours) for kind in kinds]
    ideal, each = _drawn(kinds, ours)
    for place, (kind, row) in enumerate(zip(kinds, rows, strict=True)):
        row |= {"horizon_days": horizon_days, "ideal_share": ideal[place], "value_each": each[place]}
        row |= _stake(kind, row, _best(place, kinds, rows), cost_per_contact)
    rows.sort(key=_order)
    return [row | {"rank": rank} for rank, row in enumerate(rows, start=1)]


def _shares(kind: Kind, ours: Ours) -> Row:
    row: Row = {
        "segment": kind.segment, "people": kind.people, "source": kind.source, "dated": kind.dated, "known": kind.known,
        "customers": None, "share": None, "share_low": None, "share_high": None,
    }  # fmt: skip
    if not kind.told:
        return row
    scale = ours.customers / kind.told
    low, high = count_interval(kind.known)
    shares = {name: min(n * scale / kind.people, 1.0) for name, n in (("share_low", low), ("share_high", high))}
    customers = kind.known * scale
    return row | {"customers": customers, "share": min(customers / kind.people, 1.0)} | shares


def _drawn(kinds: Sequence[Kind], ours: Ours) -> tuple[list[float | None], list[float | None]]:
    """Return the share of ideal customers and the mean value of each kind, drawn to those of all."""
    there = [place for place, kind in enumerate(kinds) if kind.known]
    ideal: list[float | None] = [None] * len(kinds)
    each: list[float | None] = [None] * len(kinds)
    if not there or not ours.customers:
        return ideal, each
    known = np.array([kinds[place].known for place in there], dtype=np.float64)
    overall = ours.ideal / ours.customers
    rates = np.array([kinds[place].ideal for place in there]) / known
    noise = max(overall * (1 - overall), 1e-6) / known
    means = np.array([kinds[place].value for place in there]) / known
    squares = np.array([kinds[place].squares for place in there])
    scatter = max(float((squares - known * means**2).sum() / known.sum()), 1e-9)
    pairs = zip(there, _towards(rates, noise), _towards(means, scatter / known), strict=True)
    for place, rate, mean in pairs:
        ideal[place], each[place] = float(np.clip(rate, 0, 1)), float(mean)
    return ideal, each


def _towards(estimates: Floats, variances: Floats) -> Floats:
    return shrink(estimates, variances).estimate if len(estimates) > 1 else estimates


def _best(place: int, kinds: Sequence[Kind], rows: Sequence[Row]) -> Row | None:
    """Return the comparable segment in which our share is highest for certain."""
    others = (
        row for other, (kind, row) in enumerate(zip(kinds, rows, strict=True))
        if other != place and kind.traits == kinds[place].traits and kind.known >= LEAST_KNOWN
    )  # fmt: skip
    return max(others, key=lambda row: (row["share_low"], row["segment"]), default=None)


def _stake(kind: Kind, row: Row, best: Row | None, cost_per_contact: float | None) -> Row:
    nothing: Row = dict.fromkeys(
        ("compared_with", "reachable", "reachable_ideal", "value", "cost", "cost_basis")
    )  # fmt: skip
    if best is None or row["share"] is None:
        return nothing
    reachable = kind.people * max(best["share_low"] - row["share"], 0.0)
    ideal, each = row["ideal_share"], row["value_each"]
    return {
        "compared_with": best["segment"], "reachable": reachable,
        "reachable_ideal": None if ideal is None else reachable * ideal,
        "value": None if each is None else reachable * each,
        **_cost(kind, row, reachable, cost_per_contact),
    }  # fmt: skip


def _cost(kind: Kind, row: Row, reachable: float, cost_per_contact: float | None) -> Row:
    if cost_per_contact is not None:
        contacts = max(kind.people - row["customers"], 0.0) if reachable else 0.0
        return {"cost": contacts * cost_per_contact, "cost_basis": "contact"}
    if kind.cost_each is not None:
        return {"cost": reachable * kind.cost_each, "cost_basis": "acquisition"}
    return {"cost": None, "cost_basis": None}


def _order(row: Row) -> tuple[float, str]:
    if row["value"] is None:
        return math.inf, row["segment"]
    return -(row["value"] - (row["cost"] or 0.0)), row["segment"]
