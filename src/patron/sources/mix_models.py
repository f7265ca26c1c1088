"""Rows of the source `mix_model` from the posterior draws of a mix model, such as pymc-marketing's or Meridian's.

In   contributions by draw, period and channel, in money: a labelled array (xarray), read by its names alone
Out  the fields of the source `mix_model`, one row a period and channel

What several periods brought together is summed draw by draw before its interval is read: the draws know how the errors
of one week hang together with those of the next, which the ends of weekly intervals no longer tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.contracts.raw import FIELDS
from patron.contracts.raw_mix import LEVEL
from patron.errors import ArgumentError
from patron.language import failure, listing

TIMES = ("date", "time")
CHANNEL = "channel"
DRAWS = ("chain", "draw", "sample")

Floats = NDArray[np.float64]
Days = NDArray[np.datetime64]


def mix_rows(
    contributions: Any,
    *,
    model: str,
    spend: Any = None,
    fitted_on: date | None = None,
    level: float = LEVEL,
    together: int = 1,
    period_days: int | None = None,
) -> pa.Table:
    """Write the draws of a mix model as rows of the source `mix_model`.

    Parameters
    ----------
    contributions : labelled array
        Money by ``draw`` (and ``chain``), ``date`` or ``time`` (the first day of a period), and ``channel``. What other
        dimensions tell apart, such as ``geo``, is added up. Of pymc-marketing
        ``mmm.idata.posterior["channel_contribution_original_scale"]``; of Meridian
        ``Analyzer(mmm).incremental_outcome_xr(aggregate_geos=True, include_non_paid_channels=False)``.
    model : str
        Which model, and which state of it.
    spend : labelled array, or mapping of channel to one amount a period, optional
        What was spent; without it a run reads the source `spend`.
    fitted_on : date, optional
        The day up to which the model knew the data; the last day of all periods when absent.
    level : float
        What share of the draws an interval holds, with as many below it as above.
    together : int
        How many periods a row holds, counted back from the last one; an incomplete rest at the beginning is left out.
    period_days : int, optional
        Days of a period; by default what lies between two of them.

    Returns
    -------
    Table, one row per period and channel
        The fields of the source `mix_model`, the contribution being the mean of the draws.

    Raises
    ------
    ArgumentError
        A dimension is missing, a number is none, or an option has a value that is not allowed.
    """
    _check(level, together, period_days)
    read = _read(contributions)
    days = _lengths(read.starts, period_days)
    paid = None if spend is None else _spend(spend, read)
    blocks = _blocks(len(read.starts), together)
    made_on = fitted_on or _day(read.starts[-1], int(days[-1]) - 1)
    rows: list[dict[str, Any]] = []
    for first, last in blocks:
        summed = read.draws[:, first:last].sum(axis=1)
        ends = np.quantile(summed, [(1 - level) / 2, (1 + level) / 2], axis=0)
        for place, channel in enumerate(read.channels):
            middle = float(summed[:, place].mean())
            rows.append({
                "model": model, "channel": channel, "period_start": _day(read.starts[first]),
                "period_days": int(days[first:last].sum()), "contribution": _cents(middle),
                "low": _cents(min(float(ends[0, place]), middle)), "high": _cents(max(float(ends[1, place]), middle)),
                "level": level, "spend": None if paid is None else _cents(float(paid[first:last, place].sum())),
                "fitted_on": made_on,
            })  # fmt: skip
    return pa.Table.from_pylist(rows, schema=_schema())


@dataclass(frozen=True)
class _Read:
    """Draws x periods x channels, with the names of the latter two."""

    draws: Floats
    starts: Days
    channels: tuple[str, ...]


def _read(contributions: Any) -> _Read:
    dims = tuple(str(name) for name in getattr(contributions, "dims", ()))
    time = next((name for name in TIMES if name in dims), None)
    if time is None or CHANNEL not in dims or not set(DRAWS) & set(dims):
        raise failure(ArgumentError, "mix.dimensions", came=listing(dims))
    values = np.asarray(contributions.values, dtype=np.float64)
    if not np.isfinite(values).all():
        raise failure(ArgumentError, "mix.not_a_number", came=int((~np.isfinite(values)).sum()))
    kept = [place for place, name in enumerate(dims) if name in DRAWS]
    order = [*kept, dims.index(time), dims.index(CHANNEL)]
    rest = tuple(place for place in range(len(dims)) if place not in order)
    moved = np.transpose(values, (*order, *rest)).sum(axis=tuple(range(len(order), len(dims))))
    starts = np.asarray(contributions.coords[time].values).astype("datetime64[D]")
    draws = moved.reshape(-1, *moved.shape[-2:])
    names = tuple(str(name) for name in np.asarray(contributions.coords[CHANNEL].values))
    return _Read(draws, starts, names)


def _spend(spend: Any, read: _Read) -> Floats:
    """Return what was spent, periods x channels."""
    if isinstance(spend, Mapping):
        missing = [name for name in read.channels if name not in spend]
        columns = [np.asarray(spend[name], dtype=np.float64) for name in read.channels if name in spend]
        if missing or any(column.shape != read.starts.shape for column in columns):
            raise failure(
                ArgumentError, "mix.spend", channels=listing(missing or read.channels), periods=len(read.starts)
            )
        return np.stack(columns, axis=1)
    dims = tuple(str(name) for name in spend.dims)
    time = next((name for name in TIMES if name in dims), None)
    across = next((name for name in dims if name.endswith(CHANNEL)), None)
    shape = (len(read.starts), len(read.channels))
    if time is None or across is None:
        raise failure(ArgumentError, "mix.dimensions", came=listing(dims))
    order = (dims.index(time), dims.index(across))
    rest = tuple(place for place in range(len(dims)) if place not in order)
    values = np.transpose(np.asarray(spend.values, dtype=np.float64), (*order, *rest))
    paid: Floats = values.sum(axis=tuple(range(2, len(dims))))
    if paid.shape != shape:
        raise failure(ArgumentError, "mix.spend", channels=listing(read.channels), periods=len(read.starts))
    return paid


def _lengths(starts: Days, period_days: int | None) -> NDArray[np.int64]:
    if period_days is not None:
        return np.full(len(starts), period_days, dtype=np.int64)
    between = np.diff(starts).astype(np.int64)
    if not len(between) or (between < 1).any():
        raise failure(ArgumentError, "mix.periods", came=len(starts))
    return np.append(between, between[-1])


def _blocks(periods: int, together: int) -> Sequence[tuple[int, int]]:
    first = periods % together
    return [(start, start + together) for start in range(first, periods, together)]


def _check(level: float, together: int, period_days: int | None) -> None:
    if not 0 < level < 1:
        raise failure(ArgumentError, "survival.open_share", argument="level", came=level)
    for name, value in (("together", together), ("period_days", period_days)):
        if value is not None and value < 1:
            raise failure(ArgumentError, "mix.at_least_one", argument=name, came=value)


def _day(start: np.datetime64, later: int = 0) -> date:
    day: date = (start + np.timedelta64(later, "D")).astype(object)
    return day


def _cents(amount: float) -> Decimal:
    return Decimal(f"{amount:.2f}")


def _schema() -> pa.Schema:
    kinds = {"string": pa.string(), "date": pa.date32(), "int64": pa.int64(), "float64": pa.float64()}
    return pa.schema([(one.name, kinds.get(one.type, pa.decimal128(18, 2))) for one in FIELDS["mix_model"]])
