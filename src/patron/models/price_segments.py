"""How much more, or less, do the customers of a segment heed prices than others who buy the same products?

A segment's elasticity in a category is held against that of the category, from the same residuals; the differences are
drawn to what the segment shows everywhere, and that to none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.models.price_fit import FittedPrices
from patron.models.price_rows import ALL, PriceRows
from patron.models.price_scores import LEARNED, STATUS, TOO_FEW, Counted, naive
from patron.models.price_table import Said, all_said, category_said, estimates, numbers, table_of
from patron.stats.nested_normal import nested_normal

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SCALE = 0.5
"""Of the priors of how far segments, and a segment's categories, are apart."""


@dataclass(frozen=True, kw_only=True)
class Shifts:
    """What is added to an elasticity for each segment; NaN where nothing is known."""

    segments: tuple[str, ...]
    segment: Floats
    segment_variance: Floats
    cell: Floats  # (categories, segments)
    cell_variance: Floats
    raw: Floats  # elasticities, not differences
    raw_variance: Floats
    weight: Floats


def shifts_of(rows: PriceRows, fit: FittedPrices | None, name: str) -> Shifts:
    """Return what the segments of one division add."""
    segments = rows.segments[name]
    shape = (len(rows.categories), len(segments))
    nothing = np.full(shape, np.nan)
    none = Shifts(
        segments=segments, segment=nothing[0].copy(), segment_variance=nothing[0].copy(), cell=nothing,
        cell_variance=nothing, raw=nothing, raw_variance=nothing, weight=nothing,
    )  # fmt: skip
    if fit is None or fit.drawn is None:
        return none
    raw, variance, known = _raw(rows, fit, rows.segment[name], shape)
    precision = np.where(known, 1 / np.where(known, variance, 1.0), 0.0)
    whole = precision.sum(axis=1, keepdims=True).clip(1e-300)
    apart = raw - (precision * raw).sum(axis=1, keepdims=True) / whole
    # A cell is a part of the whole that it is held against. One that is all of it tells nothing.
    noise = variance - 1 / whole
    known &= noise > 1e-9 * variance
    if not known.any():
        return none
    place = np.nonzero(known)
    drawn = nested_normal(apart[known], noise[known], place[1], count=len(segments), scale=SCALE)
    cell, spread, weight = nothing.copy(), nothing.copy(), nothing.copy()
    cell[known], spread[known], weight[known] = drawn.unit, drawn.unit_variance, drawn.weight
    seen = known.any(axis=0)
    return Shifts(
        segments=segments, segment=np.where(seen, drawn.group, np.nan), cell=cell, cell_variance=spread,
        segment_variance=np.where(seen, drawn.group_variance, np.nan), raw=raw, raw_variance=variance, weight=weight,
    )  # fmt: skip


def segment_rows(
    rows: PriceRows, counts: Counted, fit: FittedPrices | None, *, status: Ints, name: str, shifts: Shifts
) -> pa.Table:
    """Return the rows of one division of the customers: of all products, then of each category."""
    code, many = rows.segment[name], len(shifts.segments)
    learned = status[rows.product] == LEARNED
    parts = []
    for level, base, group in (
        ("all", all_said(rows, counts, fit), np.zeros(rows.rows, dtype=np.int64)),
        ("category", category_said(rows, fit), rows.category[rows.product]),
    ):
        groups = len(base.value)
        size, place = groups * many, group * many + code
        added = shifts.segment[None] if level == "all" else shifts.cell
        unsure = shifts.segment_variance[None] if level == "all" else shifts.cell_variance
        nothing = np.full((groups, many), np.nan)
        said = Said(
            value=(base.value[:, None] + added).reshape(-1), variance=(base.variance[:, None] + unsure).reshape(-1),
            raw=(nothing if level == "all" else shifts.raw).reshape(-1),
            error=np.sqrt(nothing if level == "all" else shifts.raw_variance).reshape(-1),
            weight=(nothing if level == "all" else shifts.weight).reshape(-1),
        )  # fmt: skip
        known = np.isfinite(said.value)
        own = rows.product * many + code
        products = np.unique(np.column_stack([place, rows.product])[learned], axis=0)[:, 0]
        facts = {
            "level": [level] * size, "segmentation": [name] * size, "segment": list(shifts.segments) * groups,
            "category": np.repeat([ALL] if level == "all" else np.array(rows.categories, dtype=object), many),
            "product_id": [ALL] * size, "other_product_id": [ALL] * size,
            "status": [STATUS[LEARNED if one else TOO_FEW] for one in known.tolist()], **estimates(said, known),
            "naive": numbers(naive(rows, place, size, apart=own)), "rows": np.bincount(place, minlength=size),
            "units": np.bincount(place, rows.units, size), "products": np.bincount(products, minlength=size),
            "price_moves": [0] * size,
        }  # fmt: skip
        parts.append(table_of(facts, size))
    return pa.concat_tables(parts)


def _raw(
    rows: PriceRows, fit: FittedPrices, code: Ints, shape: tuple[int, int]
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return each cell's elasticity from its own rows of learned products, its variance, and where there is any."""
    use = fit.status[rows.product[fit.kept]] == LEARNED
    kept, found = fit.kept[use], fit.residuals
    product, residual, expected = rows.product[kept], found.residual[use], found.expected[use]
    place = rows.category[product] * shape[1] + code[kept]
    size = shape[0] * shape[1]
    told = expected * residual * found.told[use]
    information = np.bincount(place, told, size)
    score = np.bincount(place, residual * (rows.units[kept] - expected) + fit.guess[product] * told, size)
    noise = np.bincount(place, fit.scores.dispersion[product] * expected * residual**2, size)
    known = information > 1e-9 * max(float(information.max()), 1e-300)
    safe = np.where(known, information, 1.0)
    return (
        np.where(known, score / safe, 0.0).reshape(shape), np.where(known, noise / safe**2, np.inf).reshape(shape),
        known.reshape(shape),
    )  # fmt: skip
