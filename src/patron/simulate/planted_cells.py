"""Customers in cells of behaviour and stage whose true rates are known, with what a run would know of them.

The cells' sizes are uneven, as they are in shops: most customers are in few cells, and most cells have few customers.
A behaviour has rates of its own, its cells lie about them: shares as beta, money as gamma distributions. Each customer
was in a cell on an earlier day; by its rates she ordered, lapsed and brought money since; then she stayed or moved.

Ref  Ferguson (1973), A Bayesian analysis of some nonparametric problems, Annals of Statistics 1(2), 209-230: Dirichlet
     sizes of cells
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.simulate.arguments import not_negative, seeded, whole
from patron.simulate.tables import days_column, ids_column, moments_column, money_column, names_column

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AS_OF = date(2024, 12, 31)
WATCHED = 30  # days from the earlier day to AS_OF
HISTORY = 1_000  # days in which customers began
PATIENCE = 45.0  # days of silence that make a lapsed customer
UNEVEN = 0.5  # of the Dirichlet sizes: the smaller, the more uneven
ORDERING, LAPSING, STAYING = 0.25, 0.30, 0.75
BASKET, VALUE = 40.0, 90.0  # money of who orders since, and predicted of anybody
GROUP_STRENGTH, CELL_STRENGTH = 12.0, 40.0  # customers' worth of shares; larger: more alike
GROUP_SHAPE, CELL_SHAPE = 12.0, 25.0  # of the gamma distributions of money
SKEW = 0.8  # sigma of log-normal money within a cell
CHANNELS = ("mail", "search", "shop")


@dataclass(frozen=True, kw_only=True)
class PlantedCells:
    """Tables with the columns that micro-segments read, and the truth by cell."""

    memberships: pa.Table  # customer_id, segmentation (behaviour, stage), segment
    before: pa.Table  # the same and as_of, some days earlier
    profiles: pa.Table  # customer_id, margin, lapsed, first_order_on, acquisition_channel, main_channel, country
    forecasts: pa.Table  # customer_id, predicted_value
    orders: pa.Table  # customer_id, ordered_at
    takings: pa.Table  # customer_id, day, margin
    rhythm: pa.Table  # customer_id, lapse_after_days
    truth: pa.Table  # behaviour, stage, share, order_rate, lapse_rate, average_margin, predicted_value, stays
    as_of: date


@dataclass(frozen=True, kw_only=True)
class _Cells:
    """The truth by cell; cells are numbered behaviour by behaviour."""

    share: Floats
    order_rate: Floats
    lapse_rate: Floats
    basket: Floats
    value: Floats
    stays: Floats


def planted_cells(
    customers: int, *, seed: int, behaviours: int = 8, stages: int = 8, effect: float = 1.0
) -> PlantedCells:
    """Draw customers in cells.

    Parameters
    ----------
    customers, behaviours, stages : int
        How many.
    seed : int
        The same seed gives the same customers.
    effect : float
        How much cells differ: 1 as the constants say, 0 not at all.

    Raises
    ------
    ArgumentError
        A number that cannot be.

    Examples
    --------
    >>> drawn = planted_cells(1_000, seed=1, behaviours=3, stages=2)
    >>> drawn.profiles.num_rows, drawn.truth.num_rows, drawn.memberships.num_rows
    (1000, 6, 2000)
    """
    source = seeded(seed)
    size = whole("customers", customers, least=1)
    groups, kinds = (whole(name, many, least=1, most=5_000) for name, many in
                     (("behaviours", behaviours), ("stages", stages)))  # fmt: skip
    truth = _truth(source, groups, kinds, float(not_negative("effect", effect)))
    then = source.choice(groups * kinds, size=size, p=truth.share)
    now = np.where(source.random(size) < truth.stays[then], then, source.choice(groups * kinds, size, p=truth.share))
    ordered = source.random(size) < truth.order_rate[then]
    silent = ~ordered & (source.random(size) < truth.lapse_rate[then] / (1 - truth.order_rate[then]))
    who = ids_column("C", np.arange(1, size + 1), digits=9)
    names = tuple(f"behaviour_{number + 1}" for number in range(groups)), tuple(f"stage_{n + 1}" for n in range(kinds))
    money = np.where(ordered, _money(source, truth.basket[then]), 0)
    known = _known(source, who, ordered, silent, money)
    return PlantedCells(
        memberships=_memberships(who, now, names), truth=_told(truth, names), as_of=AS_OF,
        before=_memberships(who, then, names).append_column("as_of", _days(2 * size, -WATCHED)),
        forecasts=pa.table({"customer_id": who, "predicted_value": _money(source, truth.value[now]) / 100}), **known,
    )  # fmt: skip


def _truth(source: np.random.Generator, groups: int, kinds: int, effect: float) -> _Cells:
    cells = groups * kinds
    group = np.repeat(np.arange(groups), kinds)
    sizes = source.dirichlet(np.full(cells, UNEVEN))

    def shares(typical: float) -> Floats:
        if not effect:
            return np.full(cells, typical)
        above = _beta(source, np.full(groups, typical), GROUP_STRENGTH / effect**2)
        return _beta(source, above[group], CELL_STRENGTH / effect**2)

    def money(typical: float) -> Floats:
        if not effect:
            return np.full(cells, typical)
        above = typical * source.gamma(GROUP_SHAPE / effect**2, effect**2 / GROUP_SHAPE, groups)
        return np.asarray(above[group] * source.gamma(CELL_SHAPE / effect**2, effect**2 / CELL_SHAPE, cells))

    ordering = shares(ORDERING)
    return _Cells(
        share=sizes, order_rate=ordering, lapse_rate=(1 - ordering) * shares(LAPSING), basket=money(BASKET),
        value=money(VALUE), stays=shares(STAYING),
    )  # fmt: skip


def _beta(source: np.random.Generator, mean: Floats, strength: float) -> Floats:
    inside = np.clip(mean, 0.01, 0.98)
    return np.clip(source.beta(inside * strength, (1 - inside) * strength), 0.005, 0.985)


def _money(source: np.random.Generator, mean: Floats) -> Ints:
    """Draw amounts in whole cents, log-normal about their mean."""
    drawn = mean * np.exp(source.normal(-(SKEW**2) / 2, SKEW, len(mean)))
    return np.rint(100 * drawn).astype(np.int64)


def _known(
    source: np.random.Generator, who: pa.Array, ordered: NDArray[np.bool_], silent: NDArray[np.bool_], money: Ints
) -> dict[str, pa.Table]:
    size = len(ordered)
    first = -WATCHED - source.integers(31, HISTORY, size)
    last = -WATCHED - source.integers(0, 30, size)  # within everybody's patience on the earlier day
    later = -source.integers(0, WATCHED, size)
    earlier = _money(source, np.full(size, BASKET))
    buyers = np.flatnonzero(ordered)
    payers = pa.chunked_array([who, who.take(pa.array(buyers))]).combine_chunks()
    days = np.concatenate([last, later[buyers]])
    channel = source.integers(0, len(CHANNELS), size)
    return {
        "orders": pa.table(
            {"customer_id": payers, "ordered_at": moments_column(AS_OF, days * 86_400 + 3_600)},
        ),
        "takings": pa.table(
            {
                "customer_id": payers, "day": days_column(AS_OF, days),
                "margin": money_column(np.concatenate([earlier, money[buyers]]), digits=2),
            }
        ),
        "profiles": pa.table(
            {
                "customer_id": who, "margin": money_column(earlier + money, digits=2), "lapsed": silent,
                "first_order_on": days_column(AS_OF, first), "acquisition_channel": names_column(CHANNELS, channel),
                "main_channel": names_column(("web",), np.zeros(size, dtype=np.int64)),
                "country": pa.nulls(size, pa.string()),
            }
        ),
        "rhythm": pa.table({"customer_id": who, "lapse_after_days": np.full(size, PATIENCE)}),
    }  # fmt: skip


def _memberships(who: pa.Array, cell: Ints, names: tuple[tuple[str, ...], tuple[str, ...]]) -> pa.Table:
    behaviours, stages = names
    segments = names_column(behaviours, cell // len(stages)), names_column(stages, cell % len(stages))
    kinds = pa.array(["behaviour", "stage"]).take(pa.array(np.repeat([0, 1], len(who))))
    return pa.table(
        {
            "customer_id": pa.chunked_array([who, who]).combine_chunks(), "segmentation": kinds,
            "segment": pa.chunked_array(list(segments)).combine_chunks(),
            "detail": pa.nulls(2 * len(who), pa.string()),
        }
    )  # fmt: skip


def _told(truth: _Cells, names: tuple[tuple[str, ...], tuple[str, ...]]) -> pa.Table:
    behaviours, stages = names
    cells = np.arange(len(truth.share))
    return pa.table(
        {
            "behaviour": names_column(behaviours, cells // len(stages)),
            "stage": names_column(stages, cells % len(stages)),
            "share": truth.share, "order_rate": truth.order_rate, "lapse_rate": truth.lapse_rate,
            "average_margin": truth.order_rate * truth.basket, "predicted_value": truth.value, "stays": truth.stays,
        }
    )  # fmt: skip


def _days(rows: int, days: int) -> pa.Array:
    return pa.array(np.full(rows, np.datetime64(AS_OF + timedelta(days=days), "D")), pa.date32())
