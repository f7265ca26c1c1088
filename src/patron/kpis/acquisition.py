"""What did each channel pay for its customers, what are they worth, and do they come back?

The engine adds up the customers of each channel, cohort and segment; everything else is arithmetic on these sums.

In   `kpis.won.Won`, contracts.raw.RAW_SPEND, contracts.customer.MEMBERSHIPS
Out  contracts.channel.ACQUISITION
Ref  Blattberg & Deighton (1996), Harvard Business Review 74(4), 136-144: acquisition and retention as one account
     Fay & Feuer (1997), Tiwari, Clegg & Zou (2006): see `stats.compound_sum`
     Kish (1965), Survey Sampling, 11.7: as many whole customers as tell as much as weighted ones
     Wilson (1927): see `stats.wilson`
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.contracts.channel import ACQUISITION, CREDITED, EVERY, LATEST, NO_CHANNEL, NOT_TOLD, TOLD
from patron.kpis.channel_spend import Optionals, apportioned, cost, cost_status, money, over
from patron.kpis.payback import MONTH_DAYS
from patron.kpis.won import Won
from patron.kpis.won_cells import CELL, MONEYS, Cell, Sums, Wide, nobody, usual_spread, wide_of
from patron.stats.compound_sum import compound_interval, mean_interval
from patron.stats.wilson import wilson

_NO_WAIT: Mapping[str, float | None] = {"payback_days": None, "payback_low": None, "payback_high": None}


def acquisition(
    won: Won, *, payback: ir.Table | None = None, forecast_error: float = 0.0
) -> ir.Table:  # fmt: skip
    """Return what customers cost and are worth, by channel, cohort and segment.

    Parameters
    ----------
    won : Won
        Which channel won whom (`kpis.won`), with its spend and the segments that are told apart.
    payback : Table, optional
        contracts.channel.PAYBACK, from which the day of the payback is read.
    forecast_error : float
        Relative standard error that the predicted values of all customers share.

    Returns
    -------
    Table
        Keeps the contract ACQUISITION, held in memory: a row for each channel, cohort and segment with a customer or
        with spend, and for all cohorts. Without a row where nobody was won.
    """
    if won.since is None:
        return ACQUISITION.empty()
    cells = {cell: sums for cell, sums in won.cells.items() if cell[1] != LATEST}
    costs = _spend_of(won, cells)
    waits = {} if payback is None else paybacks(payback)
    every = sorted({*cells, *costs})
    cents = [costs.get(cell) for cell in every]
    sums = [cells.get(cell) or nobody() for cell in every]
    columns = _columns(every, sums, cents, won, forecast_error, usual_spread(cells))
    for name in _NO_WAIT:
        columns[name] = [(waits.get(cell[:2], _NO_WAIT) if cell[2] == EVERY else _NO_WAIT)[name] for cell in every]
    schema = ACQUISITION.schema.to_pyarrow()
    return ibis.memtable(pa.table({name: columns[name] for name in ACQUISITION.names}, schema=schema))


def _spend_of(won: Won, cells: Mapping[Cell, Sums]) -> dict[Cell, int]:
    """Return the cents of each cell: the month's of everybody, shared out by customers won among segments."""
    known = won.spent
    cents: dict[Cell, int] = defaultdict(int)
    for channel, months in known.months.items():
        for month, amount in months.items():
            for name, cohort in product((channel, EVERY), (month, EVERY)):
                if month >= won.first_cohort:
                    cents[name, cohort, EVERY, EVERY] += amount
    for cell in cells:  # a month without a bill cost nothing, where the channel has others
        if cell[0] in (*known.channels, *([EVERY] if known.channels else ())) and cell[2] == EVERY:
            cents.setdefault(cell, 0)
    return cents | _among_segments(cents, cells)


def _among_segments(cents: Mapping[Cell, int], cells: Mapping[Cell, Sums]) -> dict[Cell, int]:
    groups: dict[tuple[str, str, str], list[Cell]] = defaultdict(list)
    for cell in sorted(cells):
        if cell[2] != EVERY and cell[1] != EVERY and (*cell[:2], EVERY, EVERY) in cents:
            groups[cell[:3]].append(cell)
    found: dict[Cell, int] = defaultdict(int)
    for group, members in groups.items():
        # The part of a segmentation that leaves customers out is that of those it has.
        everyone = cells[(*group[:2], EVERY, EVERY)]["won"]
        parts = np.array([cells[cell]["won"] for cell in members])
        whole = cents[(*group[:2], EVERY, EVERY)]
        left = max(everyone - parts.sum(), 0.0)
        for cell, part in zip(members, apportioned(whole, np.append(parts, left)), strict=False):
            found[cell] += part
            found[cell[0], EVERY, cell[2], cell[3]] += part
    return dict(found)


def _columns(
    cells: Sequence[Cell], sums: Sequence[Sums], cents: Sequence[int | None], won: Won, forecast_error: float,
    usual: float,
) -> dict[str, Any]:  # fmt: skip
    """Return the columns of the table, but for the payback."""
    wide = wide_of(sums, usual)
    keys = zip(CELL, zip(*cells, strict=True), strict=True)
    return {
        **{name: list(values) for name, values in keys},
        "known_by": [_known_by(cell[0], one) for cell, one in zip(cells, sums, strict=True)],
        "people": [one["people"] for one in sums], "won": wide["won"].round(9), "spend": [money(one) for one in cents],
        **cost(cents, wide["won"], wide["won_2"], wide["people"]),
        **{name: [one[name] for one in sums] for name in MONEYS},
        **_worth(wide, forecast_error), **worth_over(wide, cents, forecast_error), **_returns(wide, won.return_days),
        "basis": [won.basis] * len(cells),
        "status": [cost_status(one, count) for one, count in zip(cents, wide["won"].tolist(), strict=True)],
    }  # fmt: skip


def _known_by(channel: str, one: Sums) -> str:
    if channel == NO_CHANNEL or not one["won"]:
        return NOT_TOLD
    return TOLD if one["told"] >= one["won"] / 2 else CREDITED


def _worth(wide: Wide, forecast_error: float) -> dict[str, Optionals]:
    """Return what a customer is worth, with its interval; nothing where nobody was won."""
    came = wide["won"] > 0
    count = np.where(came, wide["won"], 1.0)
    extra = (forecast_error * wide["predicted"] / count) ** 2
    squares = np.where(came, wide["won_2"], 1.0)
    ends = mean_interval(count, wide["value"], wide["value_2"], squares, extra=extra)
    ones = np.ones(len(count))
    return {name: over(end, ones, where=came) for name, end in zip(("ltv", "ltv_low", "ltv_high"), ends, strict=True)}


def worth_over(wide: Wide, cents: Sequence[int | None], forecast_error: float) -> dict[str, Optionals]:
    """Return what those won are worth for each unit of money that was spent, with its interval."""
    amount = np.array([0.0 if one is None else one / 100 for one in cents])
    extra = (forecast_error * wide["predicted"]) ** 2
    ends = (wide["value"], *compound_interval(wide["value"], wide["value_2"], wide["people"], extra=extra))
    told = (amount > 0) & (wide["people"] > 0)
    names = ("ltv_cac", "ltv_cac_low", "ltv_cac_high")
    return {name: over(end, amount, where=told) for name, end in zip(names, ends, strict=True)}


def _returns(wide: Wide, days: int | None) -> dict[str, Any]:
    """Return how many came back; a half of a customer tells as much as it weighs (Kish's effective number)."""
    seen = (wide["watched"] > 0) & (days is not None)
    watched = np.where(seen, wide["watched"], 0.0)
    many = np.where(seen, watched**2 / np.where(seen, wide["watched_2"], 1.0), 1.0)
    rate = np.where(seen, np.minimum(wide["again"] / np.where(seen, watched, 1.0), 1.0), 0.0)
    low, high = wilson(rate * many, many)
    ones = np.ones(len(rate))
    ends = {
        "return_rate": rate, "return_low": np.clip(low, 0.0, rate), "return_high": np.clip(high, rate, 1.0),
    }  # fmt: skip
    rates = {name: over(end, ones, where=seen) for name, end in ends.items()}
    return {"watched": watched, "return_days": [days] * len(rate), **rates}


def paybacks(payback: ir.Table) -> dict[tuple[str, str], dict[str, float | None]]:
    """Return the days until the money is back, with the ends of their interval, by channel and cohort."""
    rows = payback.filter((payback.began_with == EVERY) & payback.returned.notnull())
    curves: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in rows.order_by("channel", "cohort", "month").to_pyarrow().to_pylist():
        curves[row["channel"], row["cohort"]].append(row)
    names = {"payback_days": "returned", "payback_low": "returned_high", "payback_high": "returned_low"}
    return {key: {name: _reached(curve, column) for name, column in names.items()} for key, curve in curves.items()}


def _reached(curve: Sequence[Mapping[str, Any]], column: str) -> float | None:
    """Return after how many days a curve is at 1, straight between the ends of its months."""
    before = 0.0
    for row in curve:
        month, reached = int(row["month"]), float(row[column])
        if reached >= 1:
            return MONTH_DAYS * (month - 1 + (1 - before) / (reached - before)) if month else 0.0
        before = reached
    return None
