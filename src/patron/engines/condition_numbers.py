"""Numbers in conditions: sums, products and quotients.

Sums and products of exact numbers are exact as long as no engine would run out of digits; beyond that they are floats.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from patron.engines.condition_kinds import FLOAT, NOTHING, WIDE, WIDEST, Kind
from patron.engines.condition_terms import Term, alike, as_kind, both_known, known, written
from patron.language import say


def _numbers(*terms: Term) -> list[Term]:
    for term in terms:
        if term.kind.name not in ("exact", "float", "nothing"):
            raise TypeError(say("errors.kind.no_number", kind=term.kind.title))
    return [as_kind(term, FLOAT) if term.kind is NOTHING else term for term in terms]


def added(left: Term, right: Term, *, minus: bool = False) -> Term:
    """Add two numbers, or take the right from the left."""
    left, right = alike(*_numbers(left, right))
    kind = replace(left.kind, digits=left.kind.digits + 1, whole=False)
    floats, exact = (operator.sub, WIDE.subtract) if minus else (operator.add, WIDE.add)
    return _calculated(left, right, kind, kind, floats, exact)


def multiplied(left: Term, right: Term) -> Term:
    """Multiply two numbers."""
    left, right = alike(*_numbers(left, right))
    within = replace(left.kind, whole=False)
    product = Kind("exact", 2 * within.digits, 2 * within.scale)
    return _calculated(left, right, within, product, operator.mul, WIDE.multiply)


def _calculated(
    left: Term, right: Term, within: Kind, result: Kind, floats: Callable[[Any, Any], Any], exact: Callable[..., Any]
) -> Term:
    """Calculate with exact numbers of the kind `within`, or with floats where `result` has too many digits."""
    # Spark counts one digit more than the result needs, and takes it from those behind the point.
    if left.kind is FLOAT or result.digits + result.scale >= WIDEST:
        left, right = as_kind(left, FLOAT), as_kind(right, FLOAT)
        return Term(
            FLOAT, lambda table: floats(left.engine(table), right.engine(table)), both_known(left, right, floats)
        )
    left, right = as_kind(left, within), as_kind(right, within)
    return Term(
        result,
        lambda table: floats(left.engine(table), right.engine(table)).cast(result.dtype),
        both_known(left, right, exact),
    )


def divided(left: Term, right: Term) -> Term:
    """Divide two numbers, as floats.

    A division by zero is an error on Spark and infinity on DuckDB: here it is unknown, as SQL means it.
    """
    left, right = (as_kind(term, FLOAT) for term in _numbers(left, right))
    return Term(
        FLOAT,
        lambda table: left.engine(table) / right.engine(table).nullif(0),
        both_known(left, right, lambda a, b: a / b if b else None),
    )


def _unsigned(term: Term) -> Term:
    """Return a number with room for the opposite of the least whole number."""
    (number,) = _numbers(term)
    return number if number.kind is FLOAT else as_kind(number, replace(number.kind, whole=False))


def opposite(term: Term) -> Term:
    """Return a number with the other sign."""
    (number,) = _numbers(term)
    if number.is_written and number.value is not None:
        return written(number.value.copy_negate() if isinstance(number.value, Decimal) else -number.value)
    number = _unsigned(number)
    negative = operator.neg if number.kind is FLOAT else WIDE.minus
    return Term(number.kind, lambda table: -number.engine(table), known(number, negative))


def absolute(term: Term) -> Term:
    """Return a number without its sign."""
    number = _unsigned(term)
    size = abs if number.kind is FLOAT else WIDE.abs
    return Term(number.kind, lambda table: number.engine(table).abs(), known(number, size))
