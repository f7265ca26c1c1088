"""What a fitted `Demand` is, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.models.demand_ahead import Calibration, Told
from patron.models.demand_before import Before
from patron.models.demand_filter import Dynamics, State
from patron.models.demand_fit import FittedSeries
from patron.models.demand_segments import Shares
from patron.models.demand_trends import find_trends

Ints = NDArray[np.int64]

ALL = "all"
FORECAST = pa.schema([
    ("product_id", pa.string()), ("segment", pa.string()), ("week", pa.int64()), ("from_day", pa.date32()),
    ("to_day", pa.date32()), ("units", pa.float64()), ("low", pa.float64()), ("middle", pa.float64()),
    ("high", pa.float64()),
])  # fmt: skip
TRENDS = pa.schema([
    ("kind", pa.string()), ("item", pa.string()), ("purchases", pa.float64()), ("expected", pa.float64()),
    ("low", pa.float64()), ("high", pa.float64()), ("p_value", pa.float64()), ("q_value", pa.float64()),
    ("found", pa.bool_()), ("rising", pa.bool_()),
])  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DemandParams:
    """Everything that a forecast is told from; arrays in the order of `product_id`."""

    as_of: date
    product_id: tuple[str, ...]
    verdict: tuple[str, ...]
    fitted: FittedSeries
    segments: tuple[str, ...]
    divided: Ints  # places of the products that are divided among segments
    shares: Shares  # of these


def forecast_rows(state: DemandParams, ahead: int) -> pa.Table:
    """Return the rows of `Demand.forecast`: all segments together first, then each, by week."""
    each, whole = state.fitted.ahead(ahead)
    names = tuple(state.product_id[one] for one in state.divided.tolist())
    told = {0: whole, **{week: _of_week(each, week - 1) for week in range(1, ahead + 1)}}
    parts = [
        _rows(state, ids, segment, week, ahead, one if place is None else _part(one, state, place))
        for place, segment, ids in (
            (None, ALL, state.product_id),
            *((place, segment, names) for place, segment in enumerate(state.segments)),
        )
        for week, one in told.items()
    ]
    return pa.concat_tables(parts)


def trend_rows(before: Mapping[str, Before]) -> pa.Table:
    """Return the rows of `Demand.trends`."""
    parts = [TRENDS.empty_table()]
    for kind, one in before.items():
        found = find_trends(one.fitted, one.came)
        columns = [getattr(found, name) for name in TRENDS.names[2:]]
        parts.append(pa.table([[kind] * len(one.item), list(one.item), *columns], schema=TRENDS))
    return pa.concat_tables(parts)


def plain_value(value: Any) -> Any:
    """Return an array or a day as JSON has it."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def read_params(facts: Mapping[str, Any]) -> DemandParams:
    """Return what `plain_value` helped to write.

    Raises
    ------
    KeyError, TypeError, ValueError
        It is something else.
    """
    fitted, shares = facts["fitted"], facts["shares"]
    state = fitted["state"]
    arrays = {name: np.array(state[name], dtype=np.float64) for name in ("level", "there", "away", "weeks")}
    of_week, of_total = (
        Calibration(**{**fitted[name], "levels": tuple(fitted[name]["levels"])}) for name in ("of_week", "of_total")
    )
    return DemandParams(
        as_of=date.fromisoformat(facts["as_of"]), product_id=tuple(facts["product_id"]),
        verdict=tuple(facts["verdict"]), segments=tuple(facts["segments"]),
        divided=np.array(facts["divided"], dtype=np.int64),
        shares=Shares(share=np.array(shares["share"]), purchases=np.array(shares["purchases"])),
        fitted=FittedSeries(
            dynamics=Dynamics(**fitted["dynamics"]), of_week=of_week, of_total=of_total,
            state=State(**arrays, live=np.array(state["live"], dtype=np.bool_)),
            unevenness=np.array(fitted["unevenness"]), season=np.array(fitted["season"]),
        ),
    )  # fmt: skip


def _rows(state: DemandParams, ids: tuple[str, ...], segment: str, week: int, ahead: int, told: Told) -> pa.Table:
    judged = state.fitted.of_week if week else state.fitted.calibration(ahead)
    days = (7 * week - 6, 7 * week) if week else (1, 7 * ahead)
    count = len(ids)
    first, last = ([state.as_of + timedelta(days=one)] * count for one in days)
    columns = [list(ids), [segment] * count, [week] * count, first, last]
    return pa.table([*columns, told.mean * told.chance, *judged.quantiles(told)], schema=FORECAST)


def _of_week(told: Told, step: int) -> Told:
    return Told(mean=told.mean[step], chance=told.chance[step], noise=told.noise[step])


def _part(told: Told, state: DemandParams, segment: int) -> Told:
    """Return what one segment takes of the products that are divided: a share that is not certain of uneven sales."""
    share, error = state.shares.share[:, segment], state.shares.error[:, segment]
    mean, noise, chance = (one[state.divided] for one in (told.mean, told.noise, told.chance))
    unevenness = state.fitted.unevenness[state.divided]
    level = np.maximum(noise - unevenness * mean, 0)  # of the level, which the segments share
    part = mean * share
    return Told(mean=part, chance=chance, noise=unevenness * part + level * share**2 + part**2 * error)
