"""Which signal, segment and action promise most incremental margin?

In   contracts.action.ACTION_EFFECTS  what an action brings to one customer
     contracts.signal.SIGNAL_STATES   for how many days a signal is fresh
Out  contracts.action.OPPORTUNITIES   every signal x segment x action, best first
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from patron.contracts.action import EVERYBODY, OPPORTUNITIES
from patron.errors import ArgumentError
from patron.language import failure
from patron.stats.experiment_power import Plan, days_until

HOLDOUTS = (0.1, 0.2, 0.3, 0.5)
SOON_WEEKS, LATE_WEEKS, LOOK_WEEKS = 26, 104, 8
WEEK = 7
NEVER = 10**15
LEAST = 1e-9  # a smaller change of the chance is none
MOST = 100.0
"""Times its chance that no action adds: an effect beyond is as good as infinite."""

Row = dict[str, Any]


def opportunities(
    effects: ir.Table, signal_states: ir.Table, *, segmentation: str = "tier", minimum: int = 30
) -> ir.Table:
    """Return every signal x segment x action, ranked by the margin that it is expected to add.

    A signal is divided by the segments of `segmentation` where each segment with customers has `minimum` of them, and
    else taken as a whole. So the rows of one signal and action are about different customers. Those of different
    signals may be about the same: their gains do not add up, and who gets what is left to the auction.

    The hold-out of each row is the smallest that shows the expected effect on who orders within half a year; of the
    customers that will come, as many a week as are fresh today over the days that a signal is fresh.

    Parameters
    ----------
    effects : Table
        `ACTION_EFFECTS`.
    signal_states : Table
        `SIGNAL_STATES`: for how many days each signal is fresh.
    segmentation : str
        By which way of dividing.
    minimum : int
        Customers that each segment needs for a signal to be divided.

    Returns
    -------
    Table
        `OPPORTUNITIES`; it executes, for the rows are few: no customer is in it.

    Raises
    ------
    ArgumentError
        `minimum` is below one.
    """
    if minimum < 1:
        raise failure(ArgumentError, "gaps.positive", name="minimum", came=minimum)
    rows = effects.to_pyarrow().to_pylist()
    states = signal_states.select("signal", "fresh_days").to_pyarrow().to_pylist()
    days = {row["signal"]: row["fresh_days"] for row in states}
    chosen = ranked(_divided(rows, segmentation, minimum), days)
    return ibis.memtable(pa.Table.from_pylist(chosen, schema=OPPORTUNITIES.schema.to_pyarrow()))


def ranked(rows: Iterable[Row], fresh_days: Mapping[str, int]) -> list[Row]:
    """Return rows of `ACTION_EFFECTS` as rows of `OPPORTUNITIES`, the largest gain first.

    Parameters
    ----------
    rows : iterable of mapping
        About different customers, or different actions.
    fresh_days : mapping of signal to days
        For how long each is fresh; a day where it is not told.
    """
    found = [_described(row, fresh_days.get(row["signal"], 1)) for row in rows]
    found.sort(key=lambda row: (-row["total_gain"], row["opportunity"]))
    _mark_best(found)
    return [{**row, "rank": rank} for rank, row in enumerate(found, start=1)]


def _divided(rows: Iterable[Row], segmentation: str, minimum: int) -> list[Row]:
    """Return the rows by segments of the signals that are large enough, and the whole of the others."""
    by_signal: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_signal[row["signal"]].append(row)
    found: list[Row] = []
    for mine in by_signal.values():
        whole = [row for row in mine if row["segmentation"] == EVERYBODY]
        parts = [row for row in mine if row["segmentation"] == segmentation]
        sizes = {row["segment"]: row["customers"] for row in parts}
        everybody = max((row["customers"] for row in whole), default=0)
        divides = len(sizes) > 1 and min(sizes.values()) >= minimum and sum(sizes.values()) == everybody
        found += parts if divides else whole
    return found


def _described(row: Mapping[str, Any], fresh_days: int) -> Row:
    """Return a row with its totals and what could be learned of it."""
    many = row["reachable"]
    alone = row["probability"] * row["value"]
    name = f"{row['signal']}:{row['segmentation']}.{row['segment']}:{row['action']}:{row['channel']}"
    return {
        **row, "opportunity": name, "best": False,
        "value_at_stake": None if row["stake"] is None else row["customers"] * row["stake"],
        "total_cost": many * row["cost"], "total_gain": many * row["gain"], "total_low": many * row["gain_low"],
        "total_high": many * row["gain_high"], "break_even": _told(row["cost"] / alone) if alone > 0 else None,
        "weekly": many * WEEK / fresh_days, **_learnable(row, many * WEEK / fresh_days),
    }  # fmt: skip


def _learnable(row: Mapping[str, Any], weekly: float) -> Row:
    """Return which hold-out shows the expected effect, with how many customers, and when."""
    chance, effect = row["probability"], row["effect"]
    if not (chance < 1 and chance * effect > LEAST):
        shown = _visible(chance, weekly, HOLDOUTS[0], row) if 0 < chance < 1 else None
        nothing = {"needed": None, "weeks": None, "can_be_learned": "nothing_to_learn"}
        return {**nothing, "holdout": HOLDOUTS[0], "visible": shown}
    spread = math.sqrt(chance * (1 - chance))
    tried: list[tuple[float, float, float]] = []
    for share in HOLDOUTS:
        needed = float(Plan(shares=(share, 1 - share)).units_for(chance * effect, spread))
        until = float(days_until(needed, row["reachable"], weekly / WEEK)) + row["window_days"]
        tried.append((share, needed, until / WEEK))
        if until / WEEK <= SOON_WEEKS:
            break
    # Where no hold-out tells anything, the smallest: what it shows still counts beside others of its kind.
    share, needed, weeks = tried[-1] if tried[-1][2] <= LATE_WEEKS else tried[0]
    told = "yes" if weeks <= SOON_WEEKS else "slow" if weeks <= LATE_WEEKS else "never"
    return {
        "holdout": share, "needed": int(needed) if needed < NEVER else None,
        "weeks": math.ceil(weeks) if weeks <= LATE_WEEKS else None, "visible": _visible(chance, weekly, share, row),
        "can_be_learned": told,
    }  # fmt: skip


def _visible(chance: float, weekly: float, holdout: float, row: Mapping[str, Any]) -> float | None:
    """Return the smallest effect, as a share of the chance, that the next weeks show; none where nobody comes."""
    days = max(LOOK_WEEKS * WEEK - row["window_days"], 0)
    many = row["reachable"] + weekly / WEEK * days
    if many < 1:
        return None
    spread = math.sqrt(chance * (1 - chance))
    shown = float(Plan(shares=(holdout, 1 - holdout)).smallest_effect(many, spread)) / chance
    return _told(shown)


def _told(share: float) -> float | None:
    """Return a share that can be an effect; none beyond what any action does."""
    return share if share <= MOST else None


def _mark_best(rows: list[Row]) -> None:
    """Mark, of each signal and segment, the first that gains anything."""
    seen: set[tuple[str, str, str]] = set()
    for row in rows:
        cell = row["signal"], row["segmentation"], row["segment"]
        if cell not in seen and row["total_gain"] > 0:
            row["best"] = True
            seen.add(cell)
