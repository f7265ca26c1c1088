"""What does a history tell of a covariate: its levels with their customers, or its mean and range?

In   a history, of which each covariate's distinct values are read with their customers and how many of these came back
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.errors import ArgumentError, ContractError
from patron.language import did_you_mean, failure, listing
from patron.models.covariate_columns import OTHER, Category, Covariate, Number, is_category, is_number, numbers, texts
from patron.models.formula import OWN

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST = 30  # customers of a level with a coefficient of its own
CUSTOMERS, REPEATERS = "_customers", "_repeaters"


def learn_covariates(history: Any, names: tuple[str, ...], *, least_share: float = 0.0) -> tuple[Covariate, ...]:
    """Read covariates' levels and ranges off a history.

    Parameters
    ----------
    history : Table
        The customers.
    names : tuple of str
        Columns of it.
    least_share : float
        Levels that fewer of the customers show are pooled; those of fewer than 30 in any case.

    Raises
    ------
    ContractError
        A column is missing.
    ArgumentError
        The history is no table or has no rows; a column holds what is no covariate, infinity, or nothing that differs.
    """
    seen = _in_engine(history, names) if isinstance(history, ir.Table) else _in_memory(history, names)
    if not seen.num_rows:
        raise failure(ArgumentError, "models.history_empty")
    counts = _counts(seen, least_share)
    return tuple(_learn(name, seen[name], counts) for name in names)


def differing(history: ir.Table, names: tuple[str, ...], *, least_share: float = 0.0) -> tuple[str, ...]:
    """Return those of some columns of text in which enough customers differ for a coefficient, with the same terms."""
    if not names:
        return ()
    seen = _in_engine(history, names)
    counts = _counts(seen, least_share)
    return tuple(name for name in names if len(_own_levels(texts(seen[name], name), counts)[1]) > 1)


def _counts(seen: pa.Table, least_share: float) -> _Counts:
    customers, repeaters = (np.asarray(seen[name].to_numpy(), dtype=np.int64) for name in (CUSTOMERS, REPEATERS))
    fewest = max(FEWEST, int(np.ceil(least_share * customers.sum())))
    return _Counts(customers=customers, repeaters=repeaters, fewest=fewest)


def _in_engine(history: ir.Table, names: tuple[str, ...]) -> pa.Table:
    _check_columns((*OWN, *names), list(history.columns))
    _check_frequency(history.frequency.type(), history.frequency.type().is_numeric())
    came_back = (history.frequency > 0).fill_null(False).cast("int64")
    groups = history.group_by(*names).aggregate(**{CUSTOMERS: history.count(), REPEATERS: came_back.sum()})
    return groups.to_pyarrow()


def _in_memory(history: Any, names: tuple[str, ...]) -> pa.Table:
    if not hasattr(history, "__arrow_c_stream__"):
        allowed = listing((*OWN, *names))
        raise failure(ArgumentError, "models.history_kind", came=type(history).__name__, allowed=allowed)
    table = pa.table(history)
    _check_columns((*OWN, *names), table.column_names)
    _check_frequency(table["frequency"].type, is_number(table["frequency"].type))
    came_back = numbers(table["frequency"], "frequency") > 0
    columns = table.select(list(names)).append_column(CUSTOMERS, pa.array(np.ones(table.num_rows, dtype=np.int64)))
    return columns.append_column(REPEATERS, pa.array(came_back.astype(np.int64)))


def _check_columns(columns: tuple[str, ...], came: list[str]) -> None:
    for name in columns:
        if name not in came:
            raise failure(
                ContractError, "errors.contract_column_missing", table="history", column=name, came=listing(came),
                allowed="float64" if name in OWN else listing(("string", "boolean", "float64")),
                hint=did_you_mean(name, came),
            )  # fmt: skip


def _check_frequency(kind: object, fits: bool) -> None:  # noqa: FBT001
    if not fits:
        raise failure(ArgumentError, "models.history_type", column="frequency", came=str(kind))


@dataclass(frozen=True, kw_only=True)
class _Counts:
    """How many customers some rows stand for, and how many of these came back."""

    customers: Ints
    repeaters: Ints
    fewest: int

    def by(self, group: Ints, size: int) -> _Counts:
        """Return the same by group; whole numbers, so that the order of the rows does not matter."""
        both = (np.bincount(group, value, minlength=size) for value in (self.customers, self.repeaters))
        customers, repeaters = (total.astype(np.int64) for total in both)
        return _Counts(customers=customers, repeaters=repeaters, fewest=self.fewest)

    @property
    def enough(self) -> NDArray[np.bool_]:
        """Whether a coefficient can be fitted on them; a level at which nobody came back has none that is finite."""
        return (self.customers >= self.fewest) & (self.repeaters > 0)


def _learn(name: str, column: pa.ChunkedArray, counts: _Counts) -> Covariate:
    if is_category(column.type) or pa.types.is_null(column.type):
        return _learn_levels(name, texts(column, name), counts)
    return _learn_range(name, numbers(column, name), counts)


def _learn_levels(name: str, text: pa.Array, counts: _Counts) -> Category:
    levels, kept, pooled = _own_levels(text, counts)
    if len(kept) < 2:
        raise failure(ArgumentError, "covariates.constant_category", column=name, came=levels, allowed=counts.fewest)
    reference = min(kept, key=lambda level: (-kept[level], level))
    return Category(
        column=name, reference=reference, levels=tuple(sorted(set(kept) - {reference})),
        pooled_levels=levels - len(set(kept) - {OTHER}), pooled_customers=pooled,
    )  # fmt: skip


def _own_levels(text: pa.Array, counts: _Counts) -> tuple[int, dict[str, int], int]:
    """Pool the levels of few customers, in one level of their own where together they are enough.

    Returns
    -------
    int, dict, int
        How many levels there are; the customers of each that is kept; how many customers show the others.
    """
    coded = pc.dictionary_encode(text)
    levels = np.array(coded.dictionary.to_pylist(), dtype=object)
    of_level = counts.by(coded.indices.to_numpy(), len(levels))
    own = of_level.enough & (levels != OTHER)
    rest = of_level.by(np.where(own, 1, 0), 2)
    kept = {str(levels[i]): int(of_level.customers[i]) for i in np.flatnonzero(own)}
    if rest.enough[0]:
        kept[OTHER] = int(rest.customers[0])
    return len(levels), kept, int(rest.customers[0])


def _learn_range(name: str, values: Floats, counts: _Counts) -> Number:
    if np.isinf(values).any():
        came = int(counts.customers[np.isinf(values)].sum())
        raise failure(ArgumentError, "covariates.infinite", column=name, came=came)
    none = np.isnan(values)
    missing = counts.by(np.where(none, 0, 1), 2)
    distinct, at = np.unique(values[~none], return_inverse=True)
    if len(distinct) < 2:
        raise failure(ArgumentError, "covariates.constant_number", column=name)
    share = np.bincount(at, counts.customers[~none]) / missing.customers[1]
    centre = float((share * distinct).sum())
    scale = float(np.sqrt((share * (distinct - centre) ** 2).sum()))
    own, without = bool(missing.enough[0]), int(missing.customers[0])
    return Number(
        column=name, centre=centre, scale=scale, low=float(distinct[0]), high=float(distinct[-1]), missing=own,
        pooled_levels=int(without > 0 and not own), pooled_customers=0 if own else without,
    )  # fmt: skip
