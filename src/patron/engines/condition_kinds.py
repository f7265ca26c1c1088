"""What a value in a condition can be, and how a live customer's value is read as one.

There are few kinds, and each means the same in every engine and in Python. Whole numbers and decimals are one kind,
`exact`: it remembers how many digits a value can have before and after the point, so that it is known beforehand
whether a sum still fits into what engines calculate exactly.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from operator import index
from typing import Any, Literal

import ibis.expr.datatypes as dt
import numpy as np

from patron.errors import ConditionError
from patron.language import did_you_mean, failure, say

Name = Literal["nothing", "boolean", "exact", "float", "text", "day", "moment", "instant", "other"]
Row = Mapping[str, Any]

WIDEST = 38
"""Digits that DuckDB and Spark hold in a decimal."""

WIDE = Context(prec=4 * WIDEST, rounding=ROUND_HALF_UP)
"""Calculates with decimals of that many digits without rounding."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INTEGER_DIGITS = {"int8": 3, "int16": 5, "int32": 10, "int64": 19, "uint8": 3, "uint16": 5, "uint32": 10, "uint64": 20}


@dataclass(frozen=True)
class Kind:
    """A kind of value; of `exact` ones the digits before and after the point, and whether an integer type holds it."""

    name: Name
    digits: int = 0
    scale: int = 0
    whole: bool = False

    @property
    def dtype(self) -> dt.DataType:
        """The Ibis type that holds it; `other` has none."""
        if self.name == "exact":
            return dt.int64 if self.whole else dt.Decimal(self.digits + self.scale, self.scale)
        return _DTYPES[self.name]

    @property
    def title(self) -> str:
        """Its name for people."""
        return say(f"errors.kind.{self.name}")


_DTYPES = {
    "nothing": dt.null, "boolean": dt.boolean, "float": dt.float64, "text": dt.string, "day": dt.date,
    "moment": dt.Timestamp(scale=6), "instant": dt.Timestamp("UTC", scale=6),
}  # fmt: skip

NOTHING, BOOLEAN, FLOAT, TEXT = Kind("nothing"), Kind("boolean"), Kind("float"), Kind("text")
DAY, MOMENT, INSTANT, OTHER = Kind("day"), Kind("moment"), Kind("instant"), Kind("other")


def kind_of(dtype: dt.DataType) -> Kind:
    """Return the kind of a column's values."""
    if dtype.is_integer():
        digits = _INTEGER_DIGITS[str(dtype.copy(nullable=True))]
        return Kind("exact", digits, whole=digits < 20)
    if dtype.is_decimal():
        known = dtype.precision is not None and dtype.scale is not None
        return Kind("exact", dtype.precision - dtype.scale, dtype.scale) if known else FLOAT
    if dtype.is_timestamp():
        return MOMENT if dtype.timezone is None else INSTANT
    return next((kind for is_it, kind in _SIMPLE if is_it(dtype)), OTHER)


_SIMPLE: tuple[tuple[Callable[[dt.DataType], bool], Kind], ...] = (
    (lambda dtype: bool(dtype.is_boolean()), BOOLEAN),
    (lambda dtype: bool(dtype.is_floating()), FLOAT),
    (lambda dtype: bool(dtype.is_string()), TEXT),
    (lambda dtype: bool(dtype.is_date()), DAY),
    (lambda dtype: bool(dtype.is_null()), NOTHING),
)


def reader(column: str, dtype: dt.DataType, *, where: str) -> Callable[[Row], Any]:
    """Return a function that reads a column's value from a row, as the column would hold it.

    It raises ConditionError where the row does not know the column, or holds what the column could not.
    """
    kind = kind_of(dtype)
    read = _READERS[kind.name](dtype)

    def value(row: Row) -> Any:
        try:
            came = row[column]
        except KeyError:
            hint = did_you_mean(column, [str(name) for name in row])
            raise failure(ConditionError, "errors.condition_row", where=where, column=column, hint=hint) from None
        if came is None:
            return None
        try:
            return read(came)
        except (TypeError, ValueError, ArithmeticError) as error:
            raise failure(
                ConditionError, "errors.condition_value", where=where, column=column, came=repr(came)[:80],
                allowed=kind.title, type=str(dtype),
            ) from error  # fmt: skip

    return value


def _instance(*types: type) -> Callable[[dt.DataType], Callable[[Any], Any]]:
    def check(value: Any) -> Any:
        if not isinstance(value, types):
            raise TypeError(type(value))
        return value

    return lambda _dtype: check


def _exact(dtype: dt.DataType) -> Callable[[Any], Any]:
    return _integer(dtype) if dtype.is_integer() else _decimal(dtype)


def _integer(dtype: dt.DataType) -> Callable[[Any], int]:
    least, most = dtype.bounds

    def read(value: Any) -> int:
        if isinstance(value, bool | np.bool_):
            raise TypeError(type(value))
        number = index(value)
        if not least <= number <= most:
            raise ValueError(number)
        return number

    return read


def _decimal(dtype: dt.DataType) -> Callable[[Any], Decimal]:
    unit, limit = Decimal(1).scaleb(-dtype.scale), Decimal(10) ** (dtype.precision - dtype.scale)

    def read(value: Any) -> Decimal:
        if isinstance(value, bool | np.bool_):
            raise TypeError(type(value))
        # A float says the shortest number that it stands for: 12.35, not 12.3499999999999996447.
        number = Decimal(repr(float(value))) if isinstance(value, float) else Decimal(value)
        if isinstance(value, str) or not number.is_finite():
            raise InvalidOperation
        number = WIDE.quantize(number, unit)
        if number.copy_abs() >= limit:
            raise ValueError(number)
        return number

    return read


def _float(dtype: dt.DataType) -> Callable[[Any], float]:
    short = "<e" if dtype.is_float16() else "<f" if dtype.is_float32() else None

    def read(value: Any) -> float:
        if isinstance(value, bool | np.bool_ | str):
            raise TypeError(type(value))
        number = float(value)
        if short is None or not math.isfinite(number):
            return number
        return float(struct.unpack(short, struct.pack(short, number))[0])

    return read


def _day(_dtype: dt.DataType) -> Callable[[Any], date]:
    def read(value: Any) -> date:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise TypeError(type(value))
        return value

    return read


def _moment(_dtype: dt.DataType) -> Callable[[Any], datetime]:
    def read(value: Any) -> datetime:
        if not isinstance(value, datetime) or value.tzinfo is not None:
            raise TypeError(type(value))
        return value

    return read


def since_epoch(instant: datetime) -> int:
    """Return the microseconds from 1970 to an instant that states its zone: an exact number, whatever the zone."""
    return (instant - _EPOCH) // timedelta(microseconds=1)


def _instant(_dtype: dt.DataType) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise TypeError(type(value))
        return since_epoch(value)

    return read


def _other(_dtype: dt.DataType) -> Callable[[Any], Any]:
    return lambda value: value


_READERS: dict[Name, Callable[[dt.DataType], Callable[[Any], Any]]] = {
    "boolean": _instance(bool, np.bool_), "text": _instance(str), "exact": _exact, "float": _float, "day": _day,
    "moment": _moment, "instant": _instant, "other": _other, "nothing": _other,
}  # fmt: skip
