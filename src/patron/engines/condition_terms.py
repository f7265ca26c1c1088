"""The parts of a condition, each with both of its meanings: as an engine's column, and as a function of one live row.

Both stand side by side in each function here, so that one cannot be changed without the other. Nothing is left to an
engine's own conversions, which differ: what is compared or calculated with is first made one kind (`alike`).

Unknown is null in the engine and None in Python.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import reduce
from itertools import starmap
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from patron.engines.condition_kinds import (
    BOOLEAN,
    DAY,
    FLOAT,
    INSTANT,
    MOMENT,
    NOTHING,
    TEXT,
    WIDEST,
    Kind,
    Row,
    kind_of,
    reader,
    since_epoch,
)
from patron.engines.constant import constant
from patron.language import listing, say

_VARIES = object()


@dataclass(frozen=True)
class Term:
    """A part of a condition: its kind, its two meanings, and its value where it is written out."""

    kind: Kind
    engine: Callable[[ir.Table], Any]
    live: Callable[[Row], Any]
    value: Any = _VARIES

    @property
    def is_written(self) -> bool:
        """Whether the value is written out in the condition."""
        return self.value is not _VARIES


def column(name: str, dtype: dt.DataType, *, where: str) -> Term:
    """Return a column's values."""
    kind = kind_of(dtype)
    # Timestamps of nanoseconds, short floats and unsigned numbers are made what all engines have.
    engine: Callable[[ir.Table], Any] = operator.itemgetter(name)
    if kind.name in ("exact", "float", "moment"):
        engine = lambda table: table[name].cast(kind.dtype)  # noqa: E731 - Ibis leaves out a cast to the same type
    return Term(kind, engine, reader(name, dtype, where=where))


def written(value: Any) -> Term:
    """Return a value that is written out; text and numbers, days and moments without and with a zone, truth, null."""
    kind = _kind_of_written(value)
    told = since_epoch(value) if kind is INSTANT else value
    return Term(kind, lambda _table: _literal(value, kind), lambda _row: told, value)


def _kind_of_written(value: Any) -> Kind:
    if isinstance(value, datetime):
        return MOMENT if value.tzinfo is None else INSTANT
    if isinstance(value, Decimal):
        _, digits, exponent = value.as_tuple()
        assert isinstance(exponent, int)
        return Kind("exact", max(len(digits) + exponent, 0), -exponent)
    if isinstance(value, int) and not isinstance(value, bool):
        return Kind("exact", len(str(abs(value))), whole=True)
    return _WRITTEN[type(value)]


_WRITTEN = {type(None): NOTHING, bool: BOOLEAN, float: FLOAT, str: TEXT, date: DAY}


def _literal(value: Any, kind: Kind) -> ir.Value:
    return constant(value) if kind is FLOAT else ibis.literal(value, type=kind.dtype)


# One kind for all that stand together


def alike(*terms: Term) -> list[Term]:
    """Return the terms as one kind, each still with its own nulls.

    Raises
    ------
    TypeError
        They have none in common.
    """
    kinds = [term.kind for term in terms if term.kind is not NOTHING]
    moments = [kind for kind in kinds if kind in (DAY, MOMENT, INSTANT)]
    if moments:
        terms = tuple(_dated(term, reduce(_common, moments)) for term in terms)
        kinds = [term.kind for term in terms if term.kind is not NOTHING]
    kind = reduce(_common, kinds, NOTHING)
    return [as_kind(term, kind) for term in terms]


def _common(left: Kind, right: Kind) -> Kind:
    """Return the kind that holds the values of both."""
    names = {left.name, right.name}
    if names == {"exact"}:
        whole = Kind("exact", max(left.digits, right.digits), max(left.scale, right.scale), left.whole and right.whole)
        return whole if whole.digits + whole.scale <= WIDEST else FLOAT
    if len(names) == 1 and left.name not in ("other", "nothing"):
        return left
    if names == {"exact", "float"}:
        return FLOAT
    if names == {"day", "moment"}:
        return MOMENT
    if NOTHING in (left, right):
        return right if left is NOTHING else left
    raise TypeError(say("errors.kind.different", kinds=listing([left.title, right.title])))


def _dated(term: Term, kind: Kind) -> Term:
    """Read a text that is written out as the day or moment that it stands with."""
    if term.kind is not TEXT or not term.is_written:
        return term
    value: Any = date.fromisoformat(term.value) if kind is DAY else datetime.fromisoformat(term.value)
    if kind is INSTANT and value.tzinfo is None:
        raise TypeError(say("errors.kind.zone", came=term.value))
    if kind is MOMENT and value.tzinfo is not None:
        raise TypeError(say("errors.kind.no_zone", came=term.value))
    return written(value)


def as_kind(term: Term, kind: Kind) -> Term:
    """Return a term as a kind that holds its values."""
    if term.kind == kind or kind is NOTHING:
        return term
    if term.kind is NOTHING:
        return Term(kind, lambda _table: ibis.null(kind.dtype), term.live, None)
    if kind.whole:
        return replace(term, kind=kind)
    if term.is_written:
        return _rewritten(term, kind)
    changes: dict[Kind, Callable[[Any], Any]] = {FLOAT: float, MOMENT: _midnight}
    change = changes.get(kind)
    live = term.live if change is None else known(term, change)
    return Term(kind, lambda table: term.engine(table).cast(kind.dtype), live)


def _rewritten(term: Term, kind: Kind) -> Term:
    """Return a value that is written out as another kind."""
    if kind is FLOAT:
        return written(float(term.value))
    if kind is MOMENT:
        return written(_midnight(term.value))
    return Term(kind, lambda _table: ibis.literal(Decimal(term.value), type=kind.dtype), term.live, term.value)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time())


def known(term: Term, function: Callable[[Any], Any]) -> Callable[[Row], Any]:
    """Return a function of a row that applies `function` to what is known."""

    def apply(row: Row) -> Any:
        value = term.live(row)
        return None if value is None else function(value)

    return apply


def both_known(left: Term, right: Term, function: Callable[[Any, Any], Any]) -> Callable[[Row], Any]:
    """Return a function of a row that applies `function` where both are known."""

    def apply(row: Row) -> Any:
        first = left.live(row)
        if first is None:
            return None
        second = right.live(row)
        return None if second is None else function(first, second)

    return apply


UNKNOWN = Term(BOOLEAN, lambda _table: ibis.null("boolean"), lambda _row: None, None)


# Comparisons. Engines hold that NaN equals NaN and is greater than any other number.


def _is_nan(value: float) -> bool:
    return value != value


def _float_equal(a: float, b: float) -> bool:
    return a == b or (_is_nan(a) and _is_nan(b))


def _float_less(a: float, b: float) -> bool:
    return a < b or (_is_nan(b) and not _is_nan(a))


_FLOATS: dict[Callable[[Any, Any], Any], Callable[[float, float], bool]] = {
    operator.eq: _float_equal,
    operator.ne: lambda a, b: not _float_equal(a, b),
    operator.lt: _float_less,
    operator.gt: lambda a, b: _float_less(b, a),
    operator.le: lambda a, b: not _float_less(b, a),
    operator.ge: lambda a, b: not _float_less(a, b),
}


def compared(left: Term, right: Term, comparison: Callable[[Any, Any], Any]) -> Term:
    """Compare two terms; `comparison` is one of those of the module `operator`."""
    left, right = alike(left, right)
    if NOTHING in (left.kind, right.kind) or None in (left.value, right.value):
        return UNKNOWN
    live = _FLOATS[comparison] if left.kind is FLOAT else comparison
    return Term(
        BOOLEAN, lambda table: comparison(left.engine(table), right.engine(table)), both_known(left, right, live)
    )


def between(value: Term, low: Term, high: Term) -> Term:
    """Tell whether a value lies between two others, or is one of them."""
    value, low, high = alike(value, low, high)
    if value.kind is NOTHING or value.value is None:
        return UNKNOWN
    less = _FLOATS[operator.lt] if value.kind is FLOAT else operator.lt

    def live(row: Row) -> Any:
        came = value.live(row)
        if came is None:
            return None
        ends = low.live(row), high.live(row)
        if (ends[0] is not None and less(came, ends[0])) or (ends[1] is not None and less(ends[1], came)):
            return False
        return None if None in ends else True

    return Term(BOOLEAN, lambda table: value.engine(table).between(low.engine(table), high.engine(table)), live)


def one_of(value: Term, choices: Sequence[Term]) -> Term:
    """Tell whether a value is one of several; unknown where it is none of those that are known and one is not."""
    value, *choices = alike(value, *choices)
    known = [choice for choice in choices if choice.value is not None]
    if value.kind is NOTHING or value.value is None or not known:
        return UNKNOWN
    unsure = len(known) < len(choices)

    def engine(table: ir.Table) -> ir.Value:
        found = value.engine(table).isin([choice.engine(table) for choice in known])
        return ibis.ifelse(found, ibis.literal(value=True), ibis.null("boolean")) if unsure else found

    return Term(BOOLEAN, engine, _is_one_of(value, known, unsure=unsure))


def _is_one_of(value: Term, known: Sequence[Term], *, unsure: bool) -> Callable[[Row], Any]:
    fixed = frozenset(choice.live({}) for choice in known if choice.is_written)
    others = [both_known(value, other, _equal(value.kind)) for other in known if not other.is_written]

    def apply(row: Row) -> Any:
        came = value.live(row)
        if came is None:
            return None
        if came in fixed:
            return True
        found = [other(row) for other in others]
        if True in found:
            return True
        return None if unsure or None in found else False

    return apply


def _equal(kind: Kind) -> Callable[[Any, Any], Any]:
    return _float_equal if kind is FLOAT else operator.eq


# Truth


def truth(term: Term) -> Term:
    """Refuse what is neither true nor false: on whole numbers engines would work bit by bit."""
    if term.kind is NOTHING:
        return UNKNOWN
    if term.kind is not BOOLEAN:
        raise TypeError(say("errors.kind.no_truth", kind=term.kind.title))
    return term


def negated(term: Term) -> Term:
    """Turn true into false and false into true."""
    term = truth(term)
    return Term(BOOLEAN, lambda table: ~term.engine(table), known(term, operator.not_))


def joined(terms: Sequence[Term], *, both: bool) -> Term:
    """Join a chain of AND (`both`) or OR; in the engine by halves, so that a thousand of them are ten deep."""
    terms = [truth(term) for term in terms]
    join: Callable[[Any, Any], Any] = operator.and_ if both else operator.or_

    def engine(table: ir.Table) -> ir.Value:
        values = [term.engine(table) for term in terms]
        while len(values) > 1:
            rest = values[len(values) // 2 * 2 :]
            values = [*starmap(join, zip(values[::2], values[1::2], strict=False)), *rest]
        return values[0]

    def live(row: Row) -> Any:
        unknown = False
        for term in terms:
            value = term.live(row)
            if value is None:
                unknown = True
            elif bool(value) is not both:
                return not both
        return None if unknown else both

    return Term(BOOLEAN, engine, live)


def is_null(term: Term) -> Term:
    """Tell whether a value is unknown."""

    def engine(table: ir.Table) -> ir.Value:
        value = term.engine(table)
        # On Spark Ibis takes NaN for null, too; a comparison is null for null alone.
        return (value == value).isnull() if term.kind is FLOAT else value.isnull()

    return Term(BOOLEAN, engine, lambda row: term.live(row) is None)


def is_truth(term: Term, wanted: bool) -> Term:  # noqa: FBT001 - the value that is asked for
    """Tell whether something is true (or false), and not unknown."""
    term = truth(term)
    return Term(
        BOOLEAN,
        lambda table: ibis.coalesce(term.engine(table) == wanted, ibis.literal(value=False)),
        lambda row: term.live(row) == wanted,  # None equals neither
    )


def coalesced(terms: Sequence[Term]) -> Term:
    """Return the first that is known."""
    terms = alike(*terms)

    def live(row: Row) -> Any:
        for term in terms:
            value = term.live(row)
            if value is not None:
                return value
        return None

    kind = terms[0].kind
    return Term(kind, lambda table: ibis.coalesce(*(term.engine(table) for term in terms)), live)
