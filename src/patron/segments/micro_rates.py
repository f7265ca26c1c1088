"""What came of the customers of each cell, pooled: order rate, lapse rate and average margin.

Ref  Smyth (2004), Statistical Applications in Genetics and Molecular Biology 3(1), 3: a cell's variance is drawn to
     that of all cells, here by the weight of `BORROWED` customers
     O'Neill (2014), American Statistician 68(4), 282-296: a variance is known from n values as from 2 n / (excess
     kurtosis + 2) normal ones
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from patron.segments.micro_cells import Values, name_of, values_of
from patron.segments.micro_counts import axis_values
from patron.stats.tree_shrinkage import Pooled, pooled_means, pooled_shares

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BORROWED = 300
"""Customers' worth of the variance of all in the variance of a cell. Most bring nothing in a month and a few bring
much, so that a customer tells a tenth as much of the variance as a normal value does; and the cell whose few large
amounts did not come has a mean and a variance that are too small together: it would be sure of the wrong mean."""

COUNTS = ("watched", "stayed", "ordered", "at_risk", "lapsed", "total", "squares")
LEAST_VARIANCE = 0.005**2  # of a customer's money: amounts are known to the cent


@dataclass(frozen=True, kw_only=True)
class Since:
    """What came since the earlier day, by cell."""

    names: tuple[str, ...]
    counts: dict[str, Floats]
    orders: Pooled
    lapses: Pooled
    margins: Pooled
    spread: Floats  # standard deviation of one customer's margin

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each cell's figures stand."""
        return {name: place for place, name in enumerate(self.names)}


def since_by_cell(counted: pa.Table) -> Since:
    """Return the rates of each cell, merged or not."""
    own = counted["own"].to_pylist()
    values = axis_values(counted)
    names = [name_of(one) if name is None else name for name, one in zip(own, values, strict=True)]
    return _since(counted, names)


def since_by_segment(counted: pa.Table) -> Since:
    """Return the rates of each segment; cells in which nobody is today count with the groups that they would be in."""
    cells = counted["cell"].to_pylist()
    values = axis_values(counted)
    return _since(counted, [name_of(one) if name is None else name for name, one in zip(cells, values, strict=True)])


def _since(counted: pa.Table, rows: Sequence[str]) -> Since:
    names = tuple(sorted(set(rows)))
    places = {name: place for place, name in enumerate(names)}
    at = np.array([places[name] for name in rows])
    counts = {
        name: np.bincount(at, weights=counted[name].to_numpy().astype(np.float64), minlength=len(names)).astype(
            np.float64
        )
        for name in COUNTS
    }
    groups = _groups([values_of(name) for name in names])
    variance = variances(counts["watched"], counts["total"], counts["squares"])
    many = counts["watched"]
    return Since(
        names=names, counts=counts, spread=np.sqrt(variance),
        orders=pooled_shares(counts["ordered"], many, groups),
        lapses=pooled_shares(counts["lapsed"], counts["at_risk"], groups),
        margins=pooled_means(
            counts["total"] / np.maximum(many, 1), np.where(many > 0, variance / np.maximum(many, 1), np.inf), groups
        ),
    )  # fmt: skip


def variances(count: Floats, total: Floats, squares: Floats) -> Floats:
    """Return the variance of one customer's value in each cell, drawn to that within all cells.

    Examples
    --------
    >>> variances(np.array([2.0, 1.0]), np.array([4.0, 9.0]), np.array([10.0, 81.0])).round(2).tolist()
    [2.0, 2.0]
    """
    within = np.maximum(squares - total**2 / np.maximum(count, 1), 0.0)
    freedom = np.maximum(count - 1, 0.0)
    usual = within.sum() / max(freedom.sum(), 1.0)
    return np.asarray(np.maximum((within + BORROWED * usual) / (freedom + BORROWED), LEAST_VARIANCE))


def _groups(values: Sequence[Values]) -> Ints:
    """Return the group of each cell: its value on the first axis; the rest of the whole is one of its own."""
    places: dict[Values, int] = {}
    return np.array([places.setdefault(value[:1], len(places)) for value in values], dtype=np.int64)
