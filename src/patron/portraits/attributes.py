"""What is told of each person, one attribute a row: from a table with a column an attribute.

Numbers become the quarter in which they lie; a number of few values keeps them. Who has no value is not known, and
counts neither for nor against.

In   one row per person
Out  ``customer_id, attribute, value``: one row per person and attribute that is known
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from patron.engines.constant import constant
from patron.errors import ArgumentError
from patron.language import failure, listing, number, say
from patron.privacy.sensitive import screen

QUARTERS = (0.25, 0.5, 0.75)
FEW = 8
"""Different numbers up to which each is a value of its own."""

INDEX = "__index_level_"
NOT_ASKED = ("customer_id",)


def attributes(people: Any, *, leave_out: Iterable[str] = (), allowed: Collection[str] = ()) -> ir.Table:
    """Return what a table tells of each person, an attribute a row.

    Parameters
    ----------
    people : Table, one row per person
        Ibis, Arrow, pandas or Polars: ``customer_id`` and a column per attribute, of words, numbers or yes and no.
        Columns of other kinds (days, lists) tell nothing here and are left out.
    leave_out : iterable of str
        Columns that are no attributes, such as the segment.
    allowed : collection of str
        Specially protected attributes that may be used all the same (the setting ``privacy.sensitive``).

    Raises
    ------
    ArgumentError
        There is no column ``customer_id``, or no attribute beside it.
    SettingsError
        A column's name says that it is specially protected.

    Examples
    --------
    >>> told = attributes(pa.table({"customer_id": ["a", "b"], "town": ["Ulm", None], "age": [30, 40]}))
    >>> told.order_by("customer_id", "attribute").to_pyarrow().to_pylist()[:2]
    [{'customer_id': 'a', 'attribute': 'age', 'value': '30'}, {'customer_id': 'a', 'attribute': 'town', 'value': 'Ulm'}]
    """
    table = opened(people)
    names = _names(table, {*NOT_ASKED, *leave_out})
    screen(names, allowed=allowed, where="portraits.attributes")
    cuts = cut_points(table, [name for name in names if table[name].type().is_numeric()])
    columns = {name: _words(table[name], cuts.get(name)) for name in names}
    wide = table.select(customer_id=table.customer_id.cast("string"), **columns)
    return long(wide, names)


def opened(people: Any) -> ir.Table:
    """Return a table of any kind as the engine's; the index of a pandas table is no column of it."""
    if isinstance(people, ir.Table):
        return people
    table = pa.table(people)
    return ibis.memtable(table.select([name for name in table.column_names if not name.startswith(INDEX)]))


def long(wide: ir.Table, names: Sequence[str]) -> ir.Table:
    """Turn columns of words into rows ``customer_id, attribute, value``, without what is missing."""
    told = wide.select("customer_id", *names).pivot_longer(list(names), names_to="attribute", values_to="value")
    return told.filter(told["value"].notnull()).select("customer_id", "attribute", "value")


@dataclass(frozen=True)
class Cuts:
    """Where a column of numbers is cut, and whether all of them are whole."""

    ends: tuple[float, ...]
    whole: bool

    @property
    def words(self) -> list[str]:
        """The ranges in words; a number on an end is in the range above it.

        Examples
        --------
        >>> Cuts((30.0, 45.0, 60.5), whole=False).words
        ['below 30', '30 to 45', '45 to 60.5', '60.5 and more']
        >>> Cuts((1.0, 2.0, 4.0), whole=True).words
        ['below 1', '1', '2 to 3', '4 and more']
        """
        between = [self._between(low, high) for low, high in itertools.pairwise(self.ends)]
        first, last = _plain(self.ends[0]), _plain(self.ends[-1])
        return [say("portraits.below", high=first), *between, say("portraits.from", low=last)]

    def _between(self, low: float, high: float) -> str:
        last = high - 1 if self.whole else high
        return _plain(low) if last == low else say("portraits.between", low=_plain(low), high=_plain(last))


def cut_points(table: ir.Table, names: Sequence[str]) -> dict[str, Cuts]:
    """Return where each column of numbers is cut into quarters; none where it has few different values.

    This asks the engine once.
    """
    if not names:
        return {}
    asked: dict[str, ir.Value] = {}
    for place, name in enumerate(names):
        column = _finite(table[name])
        asked[f"values_{place}"] = column.nunique()
        asked[f"parts_{place}"] = ibis.ifelse(column == column.floor(), 0, 1).sum()
        asked |= {f"cut_{place}_{cut}": column.quantile(level) for cut, level in enumerate(QUARTERS)}
    row = table.aggregate(**asked).to_pyarrow().to_pylist()[0]
    return {
        name: _cuts((row[f"cut_{place}_{cut}"] for cut in range(len(QUARTERS))), whole=not row[f"parts_{place}"])
        for place, name in enumerate(names)
        if row[f"values_{place}"] > FEW
    }


def banded(value: ir.FloatingValue, cuts: Cuts) -> ir.StringValue:
    """Return the range of each number in words."""
    words = cuts.words
    branches = [(value < constant(end), ibis.literal(text)) for end, text in zip(cuts.ends, words, strict=False)]
    return ibis.cases((value.isnull(), ibis.null("string")), *branches, else_=ibis.literal(words[-1]))


def _cuts(ends: Iterable[float | None], *, whole: bool) -> Cuts:
    """Return different ends; of whole numbers the next whole one, below which the same numbers lie."""
    known = {float(np.ceil(end) if whole else end) for end in ends if end is not None}
    return Cuts(tuple(sorted(known)), whole)


def _plain(end: float) -> str:
    return number(end, digits=0 if end == round(end) or abs(end) >= 100 else 1 if abs(end) >= 1 else 2)


def _names(table: ir.Table, without: Collection[str]) -> list[str]:
    if "customer_id" not in table.columns:
        raise failure(ArgumentError, "portraits.nobody", came=listing(table.columns))
    names = [name for name, kind in table.schema().items() if name not in without and _tells(kind)]
    if not names:
        raise failure(ArgumentError, "portraits.nothing", came=listing(table.columns))
    return names


def _tells(kind: Any) -> bool:
    return bool(kind.is_string() or kind.is_numeric() or kind.is_boolean())


def _words(column: ir.Value, cuts: Cuts | None) -> ir.StringValue:
    kind = column.type()
    if kind.is_boolean():
        return ibis.cases(
            (column.isnull(), ibis.null("string")), (column, ibis.literal("yes")), else_=ibis.literal("no")
        )
    if cuts:
        return banded(_finite(column), cuts)
    if kind.is_numeric() and not kind.is_integer():  # few different values, or none: whole ones are written so
        value = _finite(column)
        whole = value == value.floor()
        return ibis.ifelse(whole, value.floor().cast("int64").cast("string"), value.cast("string"))
    text = column.cast("string").strip()
    return ibis.ifelse(text == "", ibis.null("string"), text)


def _finite(column: ir.Value) -> ir.FloatingValue:
    """Return a column of numbers without those that are none (NaN)."""
    value = column.cast("float64")
    return ibis.ifelse(value.isnan() | value.isinf(), ibis.null("float64"), value)
