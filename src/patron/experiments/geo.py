"""Did an action in some regions or stores pay, when there are only a few of them?

In   a panel: one row a unit and period, with a figure; which units had the action, and from which period on
Out  the effect per unit and period by difference in differences, with intervals; and whether the units ran alike before

The effect is how much more the treated units changed from before to after than the others did. Each unit is one draw,
however many customers it has.

Ref  Bertrand, Duflo & Mullainathan (2004), QJE 119, 249-275
     Roth (2022), Pretest with caution, American Economic Review: Insights 4(3), 305-322: a check of trends has a power
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.arrow_table import arrow_table, check_named
from patron.errors import ArgumentError
from patron.language import failure, listing
from patron.stats.few_units import (
    FEWEST_UNITS,
    TooFewUnits,
    UnitDifference,
    smallest_difference,
    too_few,
    unit_difference,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Method = Literal["permutation", "t"]
Warned = Literal["trends_differ"]

FEWEST_BEFORE = 2
"""Periods before the start without which there is no trend to check."""


@dataclass(frozen=True, kw_only=True)
class GeoReading:
    """What an action did in the treated units, per unit and period."""

    effect: float
    effect_low: float
    effect_high: float
    p_value: float
    relative: float | None  # of what the treated units would have had; None where that is not above 0
    relative_low: float | None
    relative_high: float | None
    total: float  # over all treated units and periods since the start
    total_low: float
    total_high: float
    method: Method
    change: UnitDifference  # of the units' changes, by both methods
    trend: UnitDifference | TooFewUnits  # what the difference moved by per period, before the start
    trend_unseen: float | None  # a bias of the effect that the check of trends misses one time in five
    smallest_effect: float  # that would have been seen four times in five
    units: int
    treated: int
    periods_before: int
    periods_after: int
    warning: Warned | None


def geo(
    panel: Any,
    *,
    metric: str,
    treated: Collection[object],
    start: object,
    unit: str = "unit",
    period: str = "period",
    method: Method = "permutation",
    level: float = 0.95,
) -> GeoReading | TooFewUnits:
    """Read an experiment on regions, stores or other few units.

    Parameters
    ----------
    panel : Table, one row per unit and period
        Ibis, Arrow, pandas or Polars. Every unit needs every period.
    metric : str
        The column of the figure, such as revenue.
    treated : collection
        The units with the action; the others are control. They should have been drawn by chance.
    start : object
        The first period with the action, of the column's type.
    unit, period : str
        The columns of the unit, and of the period in the order of time.
    method : {"permutation", "t"}
        Whose interval stands in `effect_low` and `effect_high`. The permutation needs no normal changes, and more
        units: 20 where one is treated, 7 where three are. The t-test needs 4 in all.
    level : float
        How often intervals made this way hold the truth.

    Returns
    -------
    GeoReading or TooFewUnits
        `warning` is ``trends_differ`` where the units did not run alike before; that there is none proves little:
        `trend_unseen` says how large a bias would have passed.

    Raises
    ------
    ContractError
        A column is not there.
    ArgumentError
        A unit without a period, or twice in one; treated units that are not in the panel, or all of them; fewer than
        two periods before the start, or none after; an option that is not allowed.

    Notes
    -----
    The change of a unit is the mean after less the mean before, so that how its periods hang together does not matter.
    """
    if method not in ("permutation", "t"):
        raise failure(ArgumentError, "geo.method", argument="method", came=method)
    names, periods, values = read_panel(panel, metric=metric, unit=unit, period=period)
    arm = _treated(names, treated)
    after = _after(periods, start)
    change = values[:, after].mean(axis=1) - values[:, ~after].mean(axis=1)
    found = unit_difference(change, arm, level=level)
    if isinstance(found, TooFewUnits):
        return found
    if method == "permutation" and found.low is None:
        return too_few(len(arm), int(arm.sum()), level)
    return _reading(values, arm, after, found, method=method, level=level)


def geo_power(
    panel: Any,
    *,
    metric: str,
    treated: int,
    periods_after: int,
    unit: str = "unit",
    period: str = "period",
    power: float = 0.8,
    level: float = 0.95,
) -> float | TooFewUnits:
    """Return the smallest effect per unit and period that a geo test would see, from a panel before it starts.

    Parameters
    ----------
    panel, metric, unit, period
        As in `geo`; all of it before the action.
    treated : int
        How many of the units will have the action.
    periods_after : int
        How long it will be read. The last such stretch of the panel is compared with what came before it, as the test
        will be: how unlike the units change without any action is the noise that an effect must stand out of.
    power, level : float
        The chance to see the effect, and how often intervals hold the truth.

    Raises
    ------
    ContractError, ArgumentError
        As `geo`; a number of treated units or of periods that is not inside what there is.
    """
    _, periods, values = read_panel(panel, metric=metric, unit=unit, period=period)
    units = len(values)
    if not 0 < treated < units:
        raise failure(ArgumentError, "geo.one_arm", argument="treated", treated=treated, units=units)
    if not 0 < periods_after <= len(periods) - FEWEST_BEFORE:
        raise failure(ArgumentError, "geo.periods", argument="periods_after", came=periods_after, there=len(periods))
    if units < FEWEST_UNITS:
        return too_few(units, treated, level)
    change = values[:, -periods_after:].mean(axis=1) - values[:, :-periods_after].mean(axis=1)
    spread = float(change.std(ddof=1))
    if spread == 0:
        return replace(too_few(units, treated, level), reason="no_spread")
    error = spread * math.sqrt(1 / treated + 1 / (units - treated))
    return smallest_difference(error, units - 2, power=power, level=level)


def read_panel(panel: Any, *, metric: str, unit: str, period: str) -> tuple[list[object], list[Any], Floats]:
    """Return the units, the periods in order, and the figures, one row a unit and one column a period."""
    rows = arrow_table(panel, "panel")
    check_named(rows, {"metric": metric, "unit": unit, "period": period}, "panel")
    came = {name: rows[column].to_pylist() for name, column in (("unit", unit), ("period", period))}
    units, periods = (sorted(set(came[name])) if None not in came[name] else None for name in ("unit", "period"))
    if units is None or periods is None or not units:
        raise failure(ArgumentError, "geo.empty", argument="panel", rows=rows.num_rows)
    row = {name: place for place, name in enumerate(units)}
    column_of = {name: place for place, name in enumerate(periods)}
    values, counted = np.full((len(units), len(periods)), np.nan), np.zeros((len(units), len(periods)), dtype=int)
    places = [row[name] for name in came["unit"]], [column_of[name] for name in came["period"]]
    values[places] = rows[metric].cast(pa.float64()).to_numpy()
    np.add.at(counted, places, 1)
    if (counted != 1).any() or not np.isfinite(values).all():
        twice, gaps = int((counted > 1).sum()), int((~np.isfinite(values)).sum())
        raise failure(ArgumentError, "geo.gaps", argument="panel", twice=twice, gaps=gaps)
    return units, periods, values


def _treated(names: list[object], treated: Collection[object]) -> Bools:
    wanted = {treated} if isinstance(treated, str) else set(treated)
    strange = sorted(str(name) for name in wanted - set(names))
    if strange:
        raise failure(ArgumentError, "geo.strange", argument="treated", came=listing(strange[:6]))
    return np.array([name in wanted for name in names])


def _after(periods: list[Any], start: Any) -> Bools:
    try:
        after = np.array([period >= start for period in periods])
    except TypeError as error:
        raise failure(ArgumentError, "geo.start", argument="start", came=start, before=0, after=0) from error
    if int((~after).sum()) < FEWEST_BEFORE or not after.any():
        raise failure(
            ArgumentError, "geo.start", argument="start", came=start, before=int((~after).sum()), after=int(after.sum())
        )
    return after


def _slopes(before: Floats) -> Floats:
    """Return by how much each unit moved per period."""
    time = np.arange(before.shape[1]) - (before.shape[1] - 1) / 2
    return np.asarray(before @ time / (time @ time), dtype=np.float64)


def _reading(
    values: Floats, arm: Bools, after: Bools, found: UnitDifference, *, method: Method, level: float
) -> GeoReading:
    trend = unit_difference(_slopes(values[:, ~after]), arm, level=level)
    low, high = (found.t_low, found.t_high) if method == "t" else (found.low, found.high)
    ends = (found.estimate, found.t_low if low is None else low, found.t_high if high is None else high)
    had = float(values[np.ix_(arm, after)].mean())
    shares = [end / (had - end) if had - found.estimate > 0 and had - end > 0 else None for end in ends]
    cells = int(arm.sum()) * int(after.sum())
    # A trend carries on from the middle of the time before to the middle of the time after.
    apart = values.shape[1] / 2
    warning: Warned | None = None
    unseen = None
    if isinstance(trend, UnitDifference):
        unseen = smallest_difference(trend.standard_error, trend.freedom, level=level) * apart
        p_value = trend.t_p_value if method == "t" else trend.p_value
        warning = "trends_differ" if p_value < 1 - level else None
    return GeoReading(
        effect=ends[0], effect_low=ends[1], effect_high=ends[2],
        p_value=found.t_p_value if method == "t" else found.p_value,
        relative=shares[0], relative_low=shares[1], relative_high=shares[2],
        total=ends[0] * cells, total_low=ends[1] * cells, total_high=ends[2] * cells,
        method=method, change=found, trend=trend,
        trend_unseen=unseen,
        smallest_effect=smallest_difference(found.standard_error, found.freedom, level=level),
        units=len(arm), treated=int(arm.sum()), periods_before=int((~after).sum()), periods_after=int(after.sum()),
        warning=warning,
    )  # fmt: skip
