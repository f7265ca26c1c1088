"""How is one covariate read: as levels of a category, or as a number?

Text and booleans are categories. The most frequent level is the reference; each other has a coefficient. Levels of few
customers are pooled, and so is any level that the fit has not seen; what is missing is a level of its own. Numbers are
centred, and cut at the range of the fit.

A covariate gives one or two columns of numbers from 0 on, in which customers who are equal to the model are equal: made
by an Ibis expression, or of an Arrow column, alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from patron.errors import ArgumentError
from patron.language import failure

Floats = NDArray[np.float64]

MISSING = "(missing)"
OTHER = "(other)"
TRUE, FALSE = "true", "false"


@dataclass(frozen=True, kw_only=True)
class Category:
    """A covariate with levels; `levels` are those with a coefficient, in the order of their codes from 1 on."""

    kind: ClassVar[str] = "category"

    column: str
    reference: str
    levels: tuple[str, ...]
    pooled_levels: int  # that the fit saw and pooled
    pooled_customers: int

    @property
    def parts(self) -> int:
        """How many columns it gives."""
        return 1

    @property
    def labels(self) -> tuple[str, ...]:
        """What its coefficients are called."""
        return tuple(f"{self.column}={level}" for level in self.levels)

    @property
    def scales(self) -> tuple[float, ...]:
        """The unit in which each coefficient is searched."""
        return (1.0,) * len(self.levels)

    @property
    def pool(self) -> int:
        """The code of what is no level of its own."""
        return self.levels.index(OTHER) + 1 if OTHER in self.levels else 0

    def of_column(self, column: pa.ChunkedArray) -> tuple[Floats, ...]:
        """Return its columns, of an Arrow column."""
        known = pa.array([self.reference, *self.levels], pa.string())
        code = pc.index_in(texts(column, self.column), value_set=known)
        return (np.asarray(pc.fill_null(code, self.pool).to_numpy(), dtype=np.float64),)

    def of_engine(self, column: ir.Value) -> tuple[ir.Value, ...]:
        """Return its columns, of a column of an Ibis table."""
        text = _text_in_engine(column, self.column)
        known = [(level, code) for code, level in enumerate((self.reference, *self.levels)) if code != self.pool]
        return (text.cases(*known, else_=self.pool).cast("int64"),) if known else (ibis.literal(self.pool, "int64"),)

    def strange(self, column: ir.Value) -> ir.BooleanValue:
        """Tell, as an expression, who shows no level of the fit's own."""
        return ~_text_in_engine(column, self.column).isin([self.reference, *self.levels])

    def design(self, codes: tuple[Floats, ...]) -> Floats:
        """Return what its coefficients are multiplied with, one row a customer."""
        return np.asarray(codes[0][:, None] == np.arange(1, len(self.levels) + 1), dtype=np.float64)


@dataclass(frozen=True, kw_only=True)
class Number:
    """A covariate that is a number.

    Its columns are the distance from `low`, and where `missing` is a level of its own 1 for those without a number.
    """

    kind: ClassVar[str] = "number"

    column: str
    centre: float
    scale: float
    low: float
    high: float
    missing: bool
    pooled_levels: int  # 1 where a few customers without a number count as the mean
    pooled_customers: int

    @property
    def parts(self) -> int:
        """How many columns it gives."""
        return 2 if self.missing else 1

    @property
    def labels(self) -> tuple[str, ...]:
        """What its coefficients are called."""
        return (self.column, f"{self.column}={MISSING}")[: self.parts]

    @property
    def scales(self) -> tuple[float, ...]:
        """The unit in which each coefficient is searched."""
        return (self.scale, 1.0)[: self.parts]

    def of_column(self, column: pa.ChunkedArray) -> tuple[Floats, ...]:
        """Return its columns, of an Arrow column."""
        value = numbers(column, self.column)
        none = np.isnan(value)
        inside = np.clip(np.where(none, self.centre, value), self.low, self.high) - self.low
        return (inside, none.astype(np.float64))[: self.parts]

    def of_engine(self, column: ir.Value) -> tuple[ir.Value, ...]:
        """Return its columns, of a column of an Ibis table."""
        value, none = _number_in_engine(column, self.column)
        centre, low, high = (ibis.literal(v, "float64") for v in (self.centre, self.low, self.high))
        inside = ibis.least(ibis.greatest(ibis.ifelse(none, centre, value), low), high) - low
        return (inside, none.cast("int64"))[: self.parts]

    def strange(self, column: ir.Value) -> ir.BooleanValue:
        """Tell, as an expression, who is beyond the range of the fit, or has no number when the fit knew none such."""
        value, none = _number_in_engine(column, self.column)
        beyond = (value < ibis.literal(self.low, "float64")) | (value > ibis.literal(self.high, "float64"))
        return ibis.ifelse(none, ibis.literal(not self.missing), beyond.fill_null(False))

    def design(self, codes: tuple[Floats, ...]) -> Floats:
        """Return what its coefficients are multiplied with, one row a customer."""
        return np.column_stack([codes[0] + (self.low - self.centre), *codes[1:]])


Covariate = Category | Number
KINDS: dict[str, type[Category] | type[Number]] = {kind.kind: kind for kind in (Category, Number)}


def is_category(kind: pa.DataType) -> bool:
    """Tell whether an Arrow column of this type holds levels."""
    if pa.types.is_dictionary(kind):
        return is_category(kind.value_type)
    checks = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_boolean)
    return any(check(kind) for check in checks)


def texts(column: pa.ChunkedArray, name: str) -> pa.Array:
    """Return an Arrow column's levels as text, without nulls."""
    if not is_category(column.type) and not pa.types.is_null(column.type):
        raise _wrong_type(name, column.type, allowed=Category.kind)
    if pa.types.is_boolean(column.type):
        column = pc.if_else(column, TRUE, FALSE)
    text = column.cast(pa.string()).combine_chunks()
    return pc.fill_null(text, MISSING)


def is_number(kind: pa.DataType) -> bool:
    """Tell whether an Arrow column of this type holds numbers."""
    return any(check(kind) for check in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal))


def numbers(column: pa.ChunkedArray, name: str) -> Floats:
    """Return an Arrow column's numbers, with NaN where there is none."""
    if not is_number(column.type) and not pa.types.is_null(column.type):
        raise _wrong_type(name, column.type, allowed=Number.kind)
    return np.asarray(column.cast(pa.float64()).to_numpy(), dtype=np.float64) + 0.0  # so that -0.0 is 0.0


def _text_in_engine(column: ir.Value, name: str) -> ir.StringValue:
    kind = column.type()
    if kind.is_boolean():
        column = ibis.cases((column, TRUE), (~column, FALSE), else_=MISSING)
    elif not kind.is_string():
        raise _wrong_type(name, kind, allowed=Category.kind)
    return column.fill_null(MISSING)


def _number_in_engine(column: ir.Value, name: str) -> tuple[ir.FloatingValue, ir.BooleanValue]:
    """Return the numbers, and where there is none."""
    if not column.type().is_numeric() or column.type().is_boolean():
        raise _wrong_type(name, column.type(), allowed=Number.kind)
    value = column.cast("float64")
    return value, (value.isnull() | value.isnan()).fill_null(True)


def _wrong_type(name: str, came: Any, *, allowed: str) -> ArgumentError:
    return failure(ArgumentError, f"covariates.{allowed}_type", column=name, came=str(came))
